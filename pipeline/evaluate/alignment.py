"""All the gold for alignment that folders hold, scored in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.align import parallel
from pipeline.embed import Encoder
from pipeline.errors import UserError
from pipeline.evaluate import beads, comparable, corpora
from pipeline.evaluate.comparable import Benchmark, Found
from pipeline.evaluate.parallel import documents
from pipeline.language import to_simplified

Row: TypeAlias = dict[str, Any]
# A row, and what was found in each story that it is about.
_Scored: TypeAlias = tuple[Row, Sequence[Found]]

# The outlets of made stories; a corpus tells at least two of these languages.
OUTLETS = ("de", "en", "zh-Hans", "zh-Hant", "zh-CN", "zh-TW")
SEED = 1
# A story is made from so many documents at once, or more until it has so many lines.
_DOCUMENTS, _LINES = 3, 40


def evaluate(gold: Sequence[Path], encoder: Encoder, least: tuple[float, float], pivots: bool = True) -> list[Row]:
    """A row of scores for each set of gold in these folders and files, and one for all made stories together.

    least: how probable a link and one that makes a group must be, as the settings `min_score` and `group_score`.

    Raises UserError for a path that is not there, and where there is no gold at all.
    """
    scored = [both for path in gold for both in _scored(path, encoder, least, pivots)]
    rows = [row for row, _ in scored]
    together = [found for row, found in scored if row["kind"] == "made"]
    if len(together) > 1:
        rows.append(_row("all of these", "made", [one for found in together for one in found]))
    if not rows:
        names = ", ".join(map(str, gold))
        raise UserError(f"{names} holds no gold; give a folder with NAME.gold, DOCUMENT_IDS.tsv or stories as .json.")
    return rows


def _scored(path: Path, encoder: Encoder, least: tuple[float, float], pivots: bool) -> Iterator[_Scored]:
    if not path.exists():
        raise UserError(f"{path} is not there; give a folder of gold.")
    if path.is_file():
        yield _stories(path.stem, [path], encoder, least, pivots)
        return
    if any(path.glob("*.gold")):
        yield _beads(path, encoder), []
    elif corpora.is_corpus(path):
        found = [comparable.find(story, encoder, *least) for story in made(path)]
        yield _row(path.name, "made", found), found
    elif told := sorted(path.glob("*.json")):
        yield _stories(path.name, told, encoder, least, pivots)
    else:
        for folder in sorted(inner for inner in path.iterdir() if inner.is_dir()):
            yield from _scored(folder, encoder, least, pivots)


def made(folder: Path) -> list[Benchmark]:
    """The stories made from the test documents of a corpus, always the same ones."""
    corpus = corpora.read(folder)
    lines = {tag: own for tag, own in corpus.lines.items() if tag in OUTLETS}
    _, chosen = corpora.split(corpus.documents)
    mean = sum(name in set(chosen) for name in corpus.documents) / max(len(chosen), 1)
    together = min(max(_DOCUMENTS, round(_LINES / max(mean, 1))), len(chosen))
    return list(comparable.stories(lines, corpus.documents, chosen, SEED, together))


def _stories(name: str, paths: Sequence[Path], encoder: Encoder, least: tuple[float, float], pivots: bool) -> _Scored:
    read = [comparable.read_story(path) for path in paths]
    kind = "written"
    if not pivots:
        read, kind = [comparable.untranslated(story) for story in read], "written, no English"
    found = [comparable.find(story, encoder, *least) for story in read]
    return _row(name, kind, found), found


def _row(name: str, kind: str, found: Sequence[Found]) -> Row:
    scores = comparable.scores(found).items()
    return {
        "set": name, "kind": kind, **{part: dict(zip(("precision", "recall", "f1"), own)) for part, own in scores}
    }  # fmt: skip


def _beads(folder: Path, encoder: Encoder) -> Row:
    found = []
    supported = True
    for document in documents(folder):
        a, b = (_simplified(text, tag.tag) for text, tag in zip(document.texts, document.languages))
        path = parallel.align(a, b, encoder, document.languages)
        found.append(([(tuple(bead.a), tuple(bead.b)) for bead in path], document.gold))
        supported &= document.supported
    scores = beads.score(found)
    parts = {part: getattr(scores, part) for part in ("strict", "lax", "null", "strict_with_null")}
    row = {part: {"precision": one.precision, "recall": one.recall, "f1": one.f1} for part, one in parts.items()}
    return {"set": folder.name, "kind": "parallel" if supported else "parallel, language unknown to the encoder", **row}


def _simplified(texts: Sequence[str], tag: str) -> Sequence[str]:
    return [to_simplified(text) for text in texts] if tag.startswith("zh") else texts


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown: a table of parallel sets, and one of comparable ones."""
    parts: list[str] = []
    columns: tuple[tuple[str, Callable[[Row], bool], tuple[str, ...]], ...] = (
        ("parallel", lambda row: "strict" in row, ("strict", "lax", "null", "strict_with_null")),
        ("comparable", lambda row: "links" in row, ("links", "groups")),
    )
    for title, chosen, measures in columns:
        own = [row for row in rows if chosen(row)]
        if own:
            heads = " | ".join(f"{measure.replace('_', ' ')} P / R / F1" for measure in measures)
            parts.append(f"| {title} | {heads} |\n| --- |{' --- |' * len(measures)}")
            parts += [
                f"| {row['set']} ({row['kind']}) | " + " | ".join(_cell(row[m]) for m in measures) + " |" for row in own
            ]
            parts.append("")
    return "\n".join(parts).rstrip()


def _cell(score: dict[str, float]) -> str:
    return " / ".join(f"{score[name]:.3f}" for name in ("precision", "recall", "f1"))
