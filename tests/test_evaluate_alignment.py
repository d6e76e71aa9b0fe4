"""Gold of all kinds, scored in one table; and what the training of parallel alignment is made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import train_parallel
from pipeline.align.bead_scores import BIASES, FEATURES, NULL_FEATURES
from pipeline.cli import app
from pipeline.embed import default
from pipeline.errors import UserError
from pipeline.evaluate import alignment, corpora
from pipeline.evaluate.parallel import Document, documents
from pipeline.language import Language

GERMAN = [
    "Der Hafen blieb am Montag geschlossen.",
    "Drei Fähren warteten vor der Mole, und ihre Kapitäne stritten über Funk.",
    "Niemand hatte mit dem Sturm gerechnet.",
    "An Bord waren 212 Reisende.",
]
ENGLISH = [
    "The harbour stayed closed on Monday.",
    "Three ferries were waiting outside the pier.",
    "Their captains argued over the radio.",
    "Nobody had expected the storm.",
    "There were 212 travellers on board.",
]
GOLD = "[0]:[0]\n[1]:[1, 2]\n[2]:[3]\n[3]:[4]\n"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    folder = tmp_path / "gold" / "harbour_de_en"
    folder.mkdir(parents=True)
    (folder / "x.de.txt").write_text("\n".join(GERMAN) + "\n", encoding="utf-8")
    (folder / "x.en.txt").write_text("\n".join(ENGLISH), encoding="utf-8")
    (folder / "x.gold").write_text(GOLD, encoding="utf-8")
    return tmp_path / "gold"


def test_a_folder_of_folders_is_scored_in_one_table(gold: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "alignment", str(gold), "--json"])
    (row,) = json.loads(result.stdout)
    assert row["set"] == "harbour_de_en" and row["kind"] == "parallel"
    assert row["strict"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    table = CliRunner().invoke(app, ["evaluate", "alignment", str(gold)]).stdout
    assert "| harbour_de_en (parallel) | 1.000 / 1.000 / 1.000 |" in table


def test_wrong_gold_lowers_the_score(gold: Path) -> None:
    (gold / "harbour_de_en" / "x.gold").write_text("[0]:[0]\n[1]:[1]\n[]:[2]\n[2]:[3]\n[3]:[4]\n", encoding="utf-8")
    (row,) = alignment.evaluate([gold], default(), (0.45, 0.45))
    assert row["strict"]["precision"] == 0.75 and row["strict"]["recall"] == 0.75
    assert row["lax"]["f1"] == 1.0
    assert row["null"]["recall"] == 0.0 and row["strict_with_null"]["recall"] == 0.6


def test_stories_are_made_from_a_corpus(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    names = [f"doc{n // 5:02}" for n in range(60)]
    (folder / "DOCUMENT_IDS.tsv").write_text("\n".join(names) + "\n", encoding="utf-8")
    for tag, words in (("de", "Satz Nummer"), ("en", "Sentence number"), ("fr", "Phrase")):
        text = "".join(f"{words} {n}, {GERMAN[n % 4] if tag == 'de' else ENGLISH[n % 5]}\n" for n in range(60))
        (folder / f"tiny.{tag}.txt").write_text(text, encoding="utf-8")
    stories = alignment.made(folder)
    assert stories == alignment.made(folder)
    assert {outlet.id for story in stories for outlet in story.outlets} == {"de", "en"}
    _, test = corpora.split(names)
    assert all(name in test for story in stories for name in story.story.split("+"))
    (row,) = alignment.evaluate([folder], default(), (0.45, 0.45))
    assert row["kind"] == "made" and 0 <= row["links"]["f1"] <= 1 and 0 < row["groups"]["f1"] <= 1
    # Twice the same stories together score what they score alone.
    one, other, both = alignment.evaluate([folder, folder], default(), (0.45, 0.45))
    assert one == other == row and both["set"] == "all of these"
    assert both["links"] == row["links"] and both["groups"]["f1"] == pytest.approx(row["groups"]["f1"])


def test_mistakes_in_gold_are_one_sentence(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not there"):
        alignment.evaluate([tmp_path / "none"], default(), (0.45, 0.45))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no gold"):
        alignment.evaluate([tmp_path / "empty"], default(), (0.45, 0.45))
    (gold / "harbour_de_en" / "x.en.txt").unlink()
    with pytest.raises(UserError, match=r"needs x\.en\.txt beside it"):
        alignment.evaluate([gold], default(), (0.45, 0.45))
    (tmp_path / "DOCUMENT_IDS.tsv").write_text("a\nb\n", encoding="utf-8")
    (tmp_path / "de.txt").write_text("eins\n", encoding="utf-8")
    with pytest.raises(UserError, match="has 1 lines for 2 document ids"):
        corpora.read(tmp_path)
    with pytest.raises(UserError, match="has no text in fr"):
        corpora.read(tmp_path, ["fr"])


def test_the_gradient_is_that_of_the_loss(gold: Path) -> None:
    one = train_parallel.example(documents(gold / "harbour_de_en")[0], default())
    generator = np.random.default_rng(0)
    count = len(NULL_FEATURES) + len(BIASES) + 2 * len(FEATURES)
    point = generator.normal(0, 0.5, count)
    _, gradient = train_parallel.loss(one, train_parallel.shaped(point))
    for place in range(count):
        step = np.zeros(count)
        step[place] = 1e-5
        after, before = (train_parallel.loss(one, train_parallel.shaped(point + s))[0] for s in (step, -step))
        assert gradient[place] == pytest.approx((after - before) / 2e-5, abs=1e-4)


def test_lossy_documents_keep_their_gold() -> None:
    texts = tuple(f"a{n}" for n in range(40)), tuple(f"b{n}" for n in range(40))
    whole = Document("x", texts, (Language("de"), Language("en")), tuple(((n,), (n,)) for n in range(40)))
    lossy = train_parallel.lossy(whole, 3)
    assert lossy == train_parallel.lossy(whole, 3)
    assert len(lossy.texts[0]) + len(lossy.texts[1]) < 80
    for a, b in lossy.gold:
        if a and b:
            assert lossy.texts[0][a[0]][1:] == lossy.texts[1][b[0]][1:]
    covered = [sorted(x for bead in lossy.gold for x in bead[side]) for side in (0, 1)]
    assert covered == [list(range(len(text))) for text in lossy.texts]
    first, second = train_parallel.halves(whole)
    assert first.texts[0] + second.texts[0] == texts[0] and len(first.gold) + len(second.gold) == 40
