"""The engine against a package whose output is known beforehand (see argos_fixture)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import argos_fixture
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.translate import archive, engine, packages
from pipeline.translate.engine import Engine

pytest_plugins = ("argos_plugin",)


@pytest.fixture(scope="module")
def german(models: Path) -> Engine:
    return loaded(models / "translate-de_en-1_0")


def loaded(folder: Path, **options: int) -> Engine:
    return Engine(folder, packages.read(folder), **{"threads": 1, **options})


def test_one_output_for_each_text_in_order(german: Engine) -> None:
    texts = ["Der Zug", "Die Stadt baut vier neue Brücken über den Fluss.", "", "Hamburg 17,5", "Der Zug"]
    made = german.decode(texts)
    assert [h.text for h in made] == [
        "The train", "The city builds four new bridges over the river.", "", "Hamburg 17,5", "The train",
    ]  # fmt: skip
    assert all(h.complete for h in made)


def test_a_text_that_occurs_twice_is_translated_once(german: Engine) -> None:
    seen: list[int] = []
    german.decode(["Der Zug", "Der Hafen"] * 50, progress=seen.append)
    assert sum(seen) == 2


def test_texts_of_like_length_share_a_batch(german: Engine) -> None:
    seen: list[int] = []
    german.decode([f"Zug {n} {'heute ' * (20 * (n % 2))}" for n in range(10, 40)], progress=seen.append)
    assert seen == [15, 15]


def test_score_is_the_mean_log_probability_of_a_token(german: Engine) -> None:
    text = "Die Stadt baut vier Brücken"
    made = german.decode([text])[0]
    source, target = german._encoded(text), german._tokenizer.lazy_processor().encode(made.text, out_type=str)
    tokens = german._translator.score_batch([source], [target])[0].log_probs
    assert made.length == len(tokens)
    assert made.score == pytest.approx(sum(tokens) / len(tokens), abs=1e-3)
    assert -0.5 < made.score < 0


def test_company_in_the_batch_does_not_matter(german: Engine) -> None:
    words = [word for word in argos_fixture.GERMAN if word not in (argos_fixture.MUTE, argos_fixture.LOOP)]
    rng = random.Random(7)
    texts = [" ".join(rng.choices(words, k=rng.randint(1, 30))) for _ in range(60)]
    together = german.decode(texts)
    alone = [german.decode([text])[0] for text in texts]
    assert [h.text for h in together] == [h.text for h in alone]
    assert [h.score for h in together] == pytest.approx([h.score for h in alone], abs=1e-4)
    assert german.decode(texts) == together


def test_a_loop_ends_at_a_limit_and_is_marked(models: Path) -> None:
    greedy = loaded(models / "translate-de_en-1_0", beam=1)
    made = greedy.decode([f"Die {argos_fixture.LOOP} baut"])[0]
    assert not made.complete
    assert made.text.startswith("The loop loop loop loop")
    assert greedy.decode([f"Die {argos_fixture.LOOP} baut"], careful=True)[0].text.count("loop") <= 3


def test_out_of_memory_halves_the_batch(german: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small:
        """A machine with room for three sentences at once."""

        sizes: list[int] = []  # noqa: RUF012
        translator = german._translator

        def translate_batch(self, source, **options):  # type: ignore[no-untyped-def]
            self.sizes.append(len(source))
            if len(source) > 3:
                return [Failed()] * len(source)
            return self.translator.translate_batch(source, **options)

    class Failed:
        def result(self) -> None:
            raise RuntimeError("mkl_malloc: failed to allocate memory")

    monkeypatch.setattr(german, "_translator", Small())
    texts = [f"Zug {number}" for number in range(10, 20)]
    assert [h.text for h in german.decode(texts)] == [f"train {number}" for number in range(10, 20)]
    assert max(Small.sizes) == 10
    assert Small.sizes.count(3) + Small.sizes.count(2) >= 4


def test_out_of_memory_for_one_sentence_is_said(german: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def translate_batch(self, source, **options):  # type: ignore[no-untyped-def]
            return [self] * len(source)

        def result(self) -> None:
            raise MemoryError

    monkeypatch.setattr(german, "_translator", Full())
    with pytest.raises(UserError, match=r"not enough memory to translate a sentence of \d+ tokens; close") as caught:
        german.decode(["Der Zug", "Der Hafen"])
    assert caught.value.exit_code == 1


def test_an_error_that_is_not_about_memory_is_not_hidden(german: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def translate_batch(self, source, **options):  # type: ignore[no-untyped-def]
            raise RuntimeError("the model is broken")

    monkeypatch.setattr(german, "_translator", Broken())
    with pytest.raises(RuntimeError, match="broken"):
        german.decode(["Der Zug", "Der Hafen"])


@settings(derandomize=True)
@given(st.lists(st.integers(1, 700), max_size=200))
def test_batches_hold_every_text_once_and_no_more_than_the_machine_can_hold(lengths: list[int]) -> None:
    texts = sorted(((str(i), length) for i, length in enumerate(lengths)), key=lambda item: -item[1])
    made = list(engine.batches(texts))
    length = dict(texts)
    assert [text for batch in made for text in batch] == [text for text, _ in texts]
    for batch in made:
        assert len(batch) <= engine.BATCH_TEXTS
        assert len(batch) == 1 or len(batch) * max(length[t] for t in batch) <= engine.BATCH_TOKENS
        assert len({engine._limit(length[text]) for text in batch}) == 1


def test_target_prefix_is_given_to_the_model_and_cut_off(tmp_path: Path) -> None:
    path = argos_fixture.build(tmp_path / "p.argosmodel", argos_fixture.GERMAN, target_prefix="▁zweck")
    folder = archive.unpack(path, tmp_path)
    made = loaded(folder).decode(["Die Stadt baut"])[0]
    # The fixture's decoder answers by position, and the prefix takes the first.
    assert made.text == "The city builds"
    assert made.length == 4


def test_bpe_package(tmp_path: Path) -> None:
    path = argos_fixture.build(tmp_path / "b.argosmodel", {"Stadt": "city", "Zug": "train"}, bpe=True)
    folder = archive.unpack(path, tmp_path)
    assert loaded(folder).decode(["Zug Stadt Hamburg 12"])[0].text == "train city Hamburg 12"


def test_normalisation_only_where_the_package_was_trained_with_it(tmp_path: Path) -> None:
    for name, texts in (("", "„Zug“"), ("parallax-1", '"Zug"')):
        (tmp_path / (name or "none")).mkdir()
        path = argos_fixture.build(tmp_path / f"n{name}.argosmodel", argos_fixture.GERMAN, normalisation=name)
        made = loaded(archive.unpack(path, tmp_path / (name or "none")))
        assert made._cleaned("„Zug\u00ad“") == texts


def test_broken_packages_are_user_errors(models: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "broken"
    shutil.copytree(models / "translate-de_en-1_0", folder)
    (folder / "model" / "model.bin").write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be loaded"):
        loaded(folder)
    (folder / "sentencepiece.model").write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be read"):
        loaded(folder)
    (folder / "sentencepiece.model").unlink()
    with pytest.raises(UserError, match="no tokenizer"):
        loaded(folder)


def run(code: str, home: Path) -> str:
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1])}
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_translating_leaves_no_trace_at_home_and_loads_nothing_heavy(models: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from pipeline.translate import engine, packages
folder = Path({str(models / "translate-de_en-1_0")!r})
print(engine.Engine(folder, packages.read(folder)).decode(["Der Zug"])[0].text)
unwanted = ("argostranslate.settings", "argostranslate.translate", "stanza", "spacy", "minisbd", "torch")
print([name for name in unwanted if name in sys.modules])
"""
    assert run(code, tmp_path) == "The train\n[]\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bpe", [False, True])
def test_tokens_are_those_of_argos_own_package(tmp_path: Path, bpe: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    path = argos_fixture.build(tmp_path / "x.argosmodel", {"Stadt": "city"}, bpe=bpe)
    folder = archive.unpack(path, tmp_path)
    text = "Die Stadt, 12 % & „Zug“"
    code = f"""
from argostranslate.package import Package
print(Package({str(folder)!r}).tokenizer.encode({text!r}))
"""
    assert run(code, home).strip() == str(engine.tokenizer(folder, packages.read(folder)).encode(text))
