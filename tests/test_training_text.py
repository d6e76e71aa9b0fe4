"""The training chain up to the batches: what text is learnt from, and in which form. Needs no PyTorch."""

from __future__ import annotations

import shutil
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import training_fixture
from hypothesis import given, settings
from hypothesis import strategies as st
from training_fixture import SMALL, prepared_at

from pipeline.errors import UserError
from pipeline.translate.normalise import character_rules, normalise, tidy
from pipeline.translate.training import batches, clean, prepare, recipe, shards
from pipeline.translate.training.options import Preparation

pytest_plugins = ["training_plugin"]

# Normalisation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("„Ja“, sagte er – ‚nein‘.", "\"Ja\", sagte er – 'nein'."),
        ("Weiß\u00adbier\u00a0und\u2009Brot", "Weißbier und Brot"),
        ("馬斯克（Elon　Musk）說：「５０％」", '馬斯克(Elon Musk)說:"50%"'),
        ("在 2024 年 GDP 增长", "在2024年GDP增长"),
        ("特朗普访华 两国元首会谈", "特朗普访华 两国元首会谈"),
        ("10² m², ½ l", "10² m², ½ l"),
        ("埃隆・马斯克", "埃隆·马斯克"),
        ("a\u0308 \u212b", "ä Å"),
        ("ein\n\tSatz \u2028 hier", "ein Satz hier"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_text_has_one_form(text: str, expected: str) -> None:
    assert normalise(text) == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize("text", ["„So“ — 5²", "（全角）", "在 2024 年", "l’État", "naïve café", "A_B/c.d@e"])
def test_tidy_leaves_what_a_reader_sees(text: str) -> None:
    assert tidy(f"  {text}\u200b\n") == text


# Cleaning


@pytest.mark.parametrize(
    ("source", "target", "language", "kind", "reason"),
    [
        ("Die Stadt baut vier Brücken.", "The city builds four bridges.", "de", "news", ""),
        ("市长昨天访问了港口。", "The mayor visited the harbour yesterday.", "zh", "news", ""),
        ("", "Nothing.", "de", "news", "empty"),
        ("a" * 800, "b" * 10, "de", "news", "long"),
        ("Siehe <b>hier</b>", "See here", "de", "prose", "markup"),
        ("Datei {name} öffnen", "Open file {name}", "de", "docs", "markup"),
        ("Copyright Firma", "Copyright Firma", "de", "docs", "copy"),
        ("Anna Schmidt", "Anna Schmidt", "de", "news", ""),
        ("Only Latin here", "Only Latin here too", "zh", "prose", "language"),
        ("市长", "the 市长", "zh", "prose", "language"),
        ("The ship is in the harbour and it is old.", "The ship is old.", "de", "prose", "language"),
        ("Das Schiff ist alt.", "Das Schiff ist nicht neu und die Farbe ist ab.", "de", "prose", "language"),
        ("12345 67890 !!! ??? ---", "12345 67890", "de", "prose", "language"),
        ("Nein.", "No, and here is a whole lot of text that nobody ever wrote.", "de", "prose", "length"),
        ("Im Jahr 1998 gab es 120 Fälle.", "There were 450 cases in 2003.", "de", "docs", "numbers"),
        ("Es kostet 12.000 Euro.", "It costs 12,000 euros.", "de", "docs", ""),
        ("Rufen Sie get_name() auf", "Call get_name()", "de", "docs", "markup"),
        ("Der Wert max_len gilt.", "The value max_len holds.", "de", "docs", "code"),
        ("Bitte schreiben Sie an .", "Please write to .", "de", "docs", "hole"),
        ("在 和 中修改变量。", "Modify the variable in and.", "zh", "docs", "hole"),
        ("使用 Linux 和 Docker。", "Fresh bread is on the table today.", "zh", "prose", "names"),
        ("港口（译注：位于北方）很大。", "The harbour is large.", "zh", "prose", "note"),
        ("兴山县", "Xingshan county", "zh", "words", ""),
        ("兴", "one two three four five six seven eight nine", "zh", "words", "length"),
    ],
)
def test_pairs_are_dropped_for_a_reason(source: str, target: str, language: str, kind: str, reason: str) -> None:
    assert clean.drop_reason(clean.mend(source, kind), clean.mend(target, kind), language, kind) == reason


def test_slips_are_mended() -> None:
    assert clean.mend("It\\'s here , he said .", "news") == "It's here, he said."
    assert clean.mend("He \\ said so", "prose") == "He said so"
    assert clean.mend("See here ::", "docs") == "See here"
    assert clean.mend("[x] 信頼", "docs") == "信頼"
    assert clean.mend("软件 ABC", "news", lambda text: text.replace("软件", "程序")) == "程序ABC"


@pytest.mark.parametrize("unit", ["<a ", "[[", "a(", "/x", "--", "1.", "的 ", "&a", "$a", "a_", " ,", "=", "aA", "%d"])
def test_hostile_lines_take_linear_time(unit: str) -> None:
    unlimited = clean.Limits(longest=10**9)
    began = time.process_time()
    for kind in ("news", "docs"):
        for start in ("a", "的"):
            source = start + unit * (60_000 // len(unit))
            clean.drop_reason(source, "the " * 10_000, "de" if start == "a" else "zh", kind, unlimited)
    assert time.process_time() - began < 2


def test_duplicates_have_one_key() -> None:
    assert clean.key("Im Jahr 1998: „Ja“!") == clean.key("im Jahr 2005 - ja")
    assert clean.key("...") == ""


# The data list


@pytest.mark.parametrize("pair", ["de-en", "zh-en"])
def test_the_data_list_names_licence_and_origin_of_each_text(pair: str) -> None:
    texts = recipe.read(pair).texts
    assert len({text.file for text in texts}) == len(texts) > 10
    assert all(text.licence and text.origin.startswith("https://") and text.what for text in texts)
    assert sum(text.held for text in texts if text.kind == "news") >= 300


def test_a_pair_may_weigh_its_classes_differently() -> None:
    german, chinese = recipe.read("de-en").classes, recipe.read("zh-en").classes
    assert list(german) == list(chinese) and german["docs"] == chinese["docs"]
    assert chinese["news"].end > german["news"].end


@pytest.mark.parametrize(
    ("pair", "change", "message"),
    [
        ("en-de", "", "no pair"),
        ("de-en", 'class = "other"', "class"),
        ("de-en", "held = true\nheld2 = 1", "held2"),
        ("de-en", "= broken", "no readable data list"),
    ],
)
def test_a_wrong_data_list_is_the_users_error(tmp_path: Path, pair: str, change: str, message: str) -> None:
    path = tmp_path / "list.toml"
    text = training_fixture.DATA_LIST
    path.write_text(text.replace('class = "docs"', change) if "class" in change else text + change, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        recipe.read(pair, path)


# Preparing


def decoded(folder: Path, text: shards.Encoded) -> list[tuple[str, str]]:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sentencepiece.model"))
    sides = []
    for tokens, lengths in ((text.source, text.source_lengths), (text.target, text.target_lengths)):
        ends = np.cumsum(lengths, dtype=np.int64)
        sides.append([processor.decode(tokens[b - a : b].tolist()) for a, b in zip(lengths.astype(int), ends.tolist())])
    return list(zip(*sides))


def test_what_was_written_reads_back_as_the_text(prepared: Path, data: Path) -> None:
    text, held = shards.read(prepared)
    trained, kept_back = decoded(prepared, text), decoded(prepared, held)
    known = set(training_fixture.sentences("de")[:2400])
    assert set(kept_back) < known
    assert {pair for pair in trained if pair[0].endswith(".") and pair[0].count(".") == pair[1].count(".") == 1} < known
    assert len(kept_back) == 60
    # Neither side of what was held back is trained on.
    assert not {a for a, _ in trained} & {a for a, _ in kept_back}
    assert not {b for _, b in trained} & {b for _, b in kept_back}
    # Headlines without a stop, and lines that hold two sentences, were added.
    assert 50 < sum(not a.endswith(".") for a, _ in trained) < 300
    assert 30 < sum(a.count(". ") > 0 and b.count(". ") > 0 for a, b in trained) < 300


def test_the_same_text_gives_the_same_files(prepared: Path, data: Path, tmp_path: Path) -> None:
    again, _ = prepared_at(data, tmp_path)
    assert sorted(path.name for path in again.iterdir()) == sorted(path.name for path in prepared.iterdir())
    for path in again.iterdir():
        assert path.read_bytes() == (prepared / path.name).read_bytes(), path.name


def test_the_vocabulary_normalises_as_the_program_does(prepared: Path) -> None:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(prepared / "sentencepiece.model"))
    for text in (
        "„Ja“ – ‚nein‘…",
        "Weiß\u00adbier\u00a0x",
        "（５０％）",
        "a\u0308o\u0302",
        "\u2028a\u200bb\ufeff",
        "l’an ·",
    ):
        assert processor.normalize(text).replace("▁", " ").strip() == normalise(text)
    for code in range(1, 0x3100):
        character = chr(code)
        if unicodedata.combining(character) or 0x1100 <= code < 0x1200 or character == "▁":
            continue  # what these do depends on what stands before, or is SentencePiece's own sign
        assert processor.normalize(f"a{character}b").replace("▁", " ").strip() == normalise(f"a{character}b"), hex(code)
    assert processor.decode(processor.encode("Ж漢🙂")) == "Ж漢🙂"
    assert dict(character_rules())["„"] == '"'


def test_duplicates_and_test_lines_are_kept_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = training_fixture.sentences("de")[:300]
    training_fixture.save(tmp_path / "de-en" / "grammar.tsv.xz", [*pairs[:200], *pairs[:50], ("nur eine Spalte", "")])
    training_fixture.save(tmp_path / "de-en" / "more.hant.tsv.xz", pairs[150:])
    (tmp_path / "list.toml").write_text(training_fixture.DATA_LIST, encoding="utf-8")
    tests = tmp_path / "held_out.txt"
    tests.write_text("# a test set\n" + "\n".join(prepare.fingerprints_of([pairs[7][0], pairs[8][1].upper()])), "ascii")
    monkeypatch.setattr(prepare, "FINGERPRINTS", tests)
    rows, held, tallies = prepare.collect(tmp_path, recipe.read("de-en", tmp_path / "list.toml"), SMALL, lambda _: None)
    sources = [row.source for row in (*rows, *held)]
    assert len(sources) == len(set(sources)) == 298
    assert pairs[7][0] not in sources and pairs[8][0] not in sources
    assert tallies[0].dropped["test set"] >= 2 and tallies[0].dropped["empty"] == 1
    assert tallies[1].dropped["duplicate"] == 50
    for tally in tallies:
        assert tally.read == tally.kept + sum(tally.dropped.values())


def test_what_is_held_back_is_not_trained_on_in_another_translation(tmp_path: Path) -> None:
    pairs = training_fixture.sentences("de")[:300]
    others = [(f"Heute: {a}", b) for a, b in pairs] + [(a, f"Today: {b}") for a, b in pairs]
    training_fixture.save(tmp_path / "de-en" / "grammar.tsv.xz", pairs)
    training_fixture.save(tmp_path / "de-en" / "more.hant.tsv.xz", others)
    (tmp_path / "list.toml").write_text(training_fixture.DATA_LIST, encoding="utf-8")
    rows, held, _ = prepare.collect(tmp_path, recipe.read("de-en", tmp_path / "list.toml"), SMALL, lambda _: None)
    assert len(held) == 30 and len(rows) == 3 * 270
    assert not {row.source for row in rows} & {row.source for row in held}
    assert not {row.target for row in rows} & {row.target for row in held}


def test_ntrex_and_pud_are_among_the_lines_kept_out() -> None:
    known = prepare.fingerprints(prepare.FINGERPRINTS)
    assert len(known) > 10_000
    assert all(len(line) == 12 and int(line, 16) >= 0 for line in known)


def test_traditional_text_is_learnt_in_simplified_script(data: Path, tmp_path: Path) -> None:
    folder, _ = prepared_at(data, tmp_path, "zh-en", Preparation(vocabulary=500))
    known = {source for source, _ in training_fixture.sentences("zh")}
    sources = [a for a, _ in decoded(folder, shards.read(folder)[0])]
    assert sum(source in known for source in sources) > 450
    assert not any(set(source) & set("買賣畫書師鐘樓觀") for source in sources)


def test_parts_stay_small_and_are_checked(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, held = shards.read(prepared)
    monkeypatch.setattr(shards, "PART_BYTES", 30_000)
    pieces = [text] * 3
    shards.write(tmp_path, [pieces[0], held, held, pieces[1], held], held, {"pair": "de-en"})
    files = sorted(tmp_path.glob("part-*.xz"))
    assert len(files) == 4
    assert len(shards.read(tmp_path)[0]) == 2 * len(text) + 3 * len(held)
    files[1].unlink()
    with pytest.raises(UserError, match="part-01"):
        shards.read(tmp_path)
    assert len(shards.read(tmp_path, partial=True)[0]) == 2 * len(text) + len(held)
    files[0].write_bytes(files[0].read_bytes()[:-1])
    with pytest.raises(UserError, match="not the file"):
        shards.read(tmp_path, partial=True)


def test_a_broken_text_is_the_users_error(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    path = tmp_path / "data" / "de-en" / "more.hant.tsv.xz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match=r"more\.hant"):
        prepared_at(tmp_path / "data", tmp_path / "out")
    path.unlink()
    with pytest.raises(UserError, match=r"more\.hant"):
        prepared_at(tmp_path / "data", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# Batches


def test_a_batch_has_sources_of_one_length_and_few_tokens(prepared: Path) -> None:
    text, held = shards.read(prepared)
    classes = list(shards.facts(prepared)["classes"].values())
    order = batches.round_of(text, classes, seed=1, number=0, progress=0.0, budget=500)
    assert sum(len(batch.rows) for batch in order) == len(text)
    for batch in order:
        assert set(text.source_lengths[batch.rows] + 1) == {batch.source_length}
        assert batch.target_length == text.target_lengths[batch.rows].max() + 2
        assert len(batch.rows) * (batch.source_length + batch.target_length) <= 1.3 * 500
        assert batch.target_tokens == (text.target_lengths[batch.rows].astype(int) + 1).sum()
    once = np.concatenate([batch.rows for batch in batches.in_order(held, np.arange(len(held)), 300)])
    assert sorted(once.tolist()) == list(range(len(held)))


def test_a_round_follows_from_its_number_alone(prepared: Path) -> None:
    text, _ = shards.read(prepared)
    classes = list(shards.facts(prepared)["classes"].values())

    def rows(number: int) -> list[list[int]]:
        return [batch.rows.tolist() for batch in batches.round_of(text, classes, 1, number, 0.5, 500)]

    assert rows(3) == rows(3) != rows(4)


def test_the_mix_moves_from_start_to_end(prepared: Path) -> None:
    text, _ = shards.read(prepared)
    classes = [{"start": 1.0, "end": 3.0}, {"start": 1.0, "end": 0.0}]
    news = (text.kinds == 0).mean()
    for progress, expected in ((0.0, news), (0.5, 2 * news / (2 * news + 0.5 * (1 - news))), (1.0, 1.0)):
        drawn = np.concatenate([batch.rows for batch in batches.round_of(text, classes, 1, 0, progress, 500)])
        assert (text.kinds[drawn] == 0).mean() == pytest.approx(expected, abs=0.01)
