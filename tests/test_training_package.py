"""The training chain from weights to a package and its scores, and the command line. Needs no PyTorch."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import training_fixture
from training_fixture import CARRIED, ROOT, carried_to, run_carried

from pipeline.errors import UserError
from pipeline.translate.training import clean, evaluate, package, prepare, shards, weights
from pipeline.translate.training.__main__ import main

pytest_plugins = ["training_plugin"]


def random_weights(shape: weights.Shape) -> dict[str, weights.Array]:
    """Weights with the names and sizes that training gives, without torch."""
    chance = np.random.default_rng(0)
    width, inner = shape.width, shape.inner
    sizes: dict[str, tuple[int, ...]] = {
        "embedding.weight": (shape.vocabulary, width),
        "head.bias": (shape.vocabulary,),
    }
    for side, count in (("encoder", shape.encoder), ("decoder", shape.decoder)):
        norms = [f"{side}_norm"]
        for number in range(count):
            name = f"{side}.{number}"
            norms += [f"{name}.attention_norm", f"{name}.feed_norm"]
            linears = {"attention.inputs": (3 * width, width), "attention.output": (width, width)}
            linears |= {"feed.up": (inner, width), "feed.down": (width, inner)}
            if side == "decoder":
                norms.append(f"{name}.cross_norm")
                linears |= {"cross.query": (width, width), "cross.inputs": (2 * width, width)}
                linears["cross.output"] = (width, width)
            for linear, size in linears.items():
                sizes |= {f"{name}.{linear}.weight": size, f"{name}.{linear}.bias": size[:1]}
        for norm in norms:
            sizes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    return {name: chance.normal(0, 0.1, size).astype(np.float32) for name, size in sizes.items()}


FACTS = {
    "step": 10,
    "tokens": 1000,
    "seconds": 6.0,
    "validation": {"news": 5.0},
    "about": {"device": "CPU"},
}


@pytest.fixture(scope="module")
def packed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = weights.shape("tiny", shards.facts(prepared)["vocabulary"], 0.1)
    folder = tmp_path_factory.mktemp("packed")
    weights.pack(folder, random_weights(shape), shape, FACTS)
    return folder


def test_packed_weights_come_back_within_half_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = weights.shape("tiny", 333, 0.1)
    assert shape.vocabulary == 336
    arrays = random_weights(shape)
    monkeypatch.setattr(weights, "FILE_BYTES", 60_000)
    files = weights.pack(tmp_path, arrays, shape, FACTS)
    assert len(files) > 3 and all(path.stat().st_size < 62_000 for path in files)
    restored, restored_shape, facts = weights.unpack(tmp_path)
    assert restored_shape == shape and facts == FACTS and restored.keys() == arrays.keys()
    for name, array in arrays.items():
        step = np.abs(array).max(axis=-1, keepdims=True) / 127 if array.ndim == 2 else 0
        assert (np.abs(restored[name] - array) <= step * 0.5001).all(), name
    # Packing what was unpacked changes nothing.
    files_again = weights.pack(tmp_path / "again", restored, shape, FACTS)
    assert all(
        (tmp_path / path.name).read_bytes() == path.read_bytes() for path in files_again if path.suffix == ".npz"
    )
    files[1].unlink()
    with pytest.raises(UserError, match="weights-01"):
        weights.unpack(tmp_path)


def test_the_full_size_fits_the_channel_it_is_carried_over() -> None:
    shape = weights.shape("base", 16_000, 0.1)
    stored = sum(array.size for array in random_weights(shape).values())
    assert 35e6 < stored < 45e6
    assert shape.vocabulary * shape.width < weights.FILE_BYTES


def test_a_package_is_what_argos_expects(prepared: Path, packed: Path, tmp_path: Path) -> None:
    from argostranslate.package import Package

    path = package.package(prepared, packed, tmp_path, "1.2")
    assert path.name == "translate-de_en-1_2.argosmodel" == package.file_name("de-en", "1.2")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    found = Package(tmp_path / path.stem)
    assert (found.from_code, found.to_code, found.package_version, found.type) == ("de", "en", "1.2", "translate")
    assert found.tokenizer.decode(found.tokenizer.encode("Das „Haus“")) == 'Das "Haus"'
    assert len(evaluate.translate(path, ["Das Haus", "", "Der Turm am Montag."])) == 3
    card = (tmp_path / path.stem / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert (
        "| grammar | sentences made by a grammar |" in card and "MIT" in card and "10 steps" in card and "A toy" in card
    )
    assert "Not measured." in card


def test_the_same_weights_give_the_same_archive(prepared: Path, packed: Path, tmp_path: Path) -> None:
    first, second = (package.package(prepared, packed, tmp_path / name, "1.0") for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted(archive.namelist())


def test_scores_are_sacrebleus_and_go_into_the_card(prepared: Path, packed: Path, tmp_path: Path) -> None:
    import sacrebleu

    path = package.package(prepared, packed, tmp_path, "1.0")
    sources, references = map(list, zip(*training_fixture.sentences("de")[:20]))
    scores, translations = evaluate.evaluate("grammar", path, sources, references)
    assert scores.chrf == round(sacrebleu.corpus_chrf(translations, [references]).score, 2)
    assert scores.bleu == round(sacrebleu.corpus_bleu(translations, [references]).score, 2)
    # The card has the scores of these weights, and not those of others.
    named = package.package(
        prepared, packed, tmp_path / "scored", "1.0", [vars(scores), {**vars(scores), "model": "x"}]
    )
    with zipfile.ZipFile(named) as archive:
        card = archive.read(f"{named.stem}/MODEL_CARD.md").decode()
    assert card.count("| grammar | 20 | 0 |") == 1 and "tok:13a" in card
    assert scores.lines == 20 and scores.kept_out == 0 and "version:" in scores.bleu_signature
    with pytest.raises(UserError, match="20 sources and 19 references"):
        evaluate.evaluate("grammar", path, sources, references[1:])


@pytest.mark.parametrize(
    ("pair", "sentences"),
    [
        ("de-en", {"Ich bin müde.": "I'm tired.", "Tom hat drei Katzen.": "Tom has three cats."}),
        ("zh-en", {"我累了。": "I'm tired.", "我不知道。": "I don't know."}),
    ],
)
def test_the_small_packages_translate_what_they_learnt(pair: str, sentences: dict[str, str]) -> None:
    path = ROOT / "tests" / "fixtures" / f"tiny-{pair}.argosmodel"
    assert path.stat().st_size < 1_000_000
    assert dict(zip(sentences, evaluate.translate(path, list(sentences)))) == sentences
    with zipfile.ZipFile(path) as archive:
        card = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("MODEL_CARD.md"))
    assert "CC BY 2.0 FR" in card and "A toy" in card


def test_traditional_test_sets_are_read_in_simplified_script() -> None:
    assert evaluate.simplified(["部長買了房子。", "圖書館在大樓裡。"]) == ["部长买了房子。", "图书馆在大楼里。"]
    assert evaluate.simplified(["Der Turm.", "乾"]) == ["Der Turm.", "乾"]


# The command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prepare", "de-en"], "--data"),
        (["prepare", "xx-en", "--data", "."], "no pair"),
        (["prepare", "de-en", "--data", ".", "--only", "nothing"], "nothing"),
        (["prepare", "de-en", "--data", "."], "news-human"),
        (["package", "de-en"], "packed weights"),
        (["evaluate", "de-en", "--test", "x", "list.toml", "list.toml"], "run the package step"),
        (["evaluate", "de-en", "--test", "x", "nothing", "list.toml"], "nothing"),
        (["prepare", "de-en", "--data", ".", "--longest", "300"], "--longest"),
    ],
)
def test_mistakes_end_in_one_sentence(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.toml").write_text("", encoding="utf-8")
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_fingerprints_are_printed_for_new_test_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "test.txt"
    path.write_text("Ein Satz.\n\nNoch einer.\n", encoding="utf-8")
    assert main(["fingerprint", str(path)]) == 0
    printed = capsys.readouterr().out.split()
    assert printed == sorted(prepare.fingerprint(clean.key(text)) for text in ("Ein Satz.", "Noch einer."))


def test_what_is_carried_over_stands_alone(tmp_path: Path) -> None:
    done = run_carried(carried_to(tmp_path), "train", "--help")
    assert done.returncode == 0 and "--minutes" in done.stdout, done.stderr
    docs = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    assert all(name in docs for name in CARRIED)
