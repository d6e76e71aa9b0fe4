"""How well and how fast sentences are found, next to pysbd and sentencex.

    pip install pysbd sentencex
    python benchmarks/segmentation.py
    python benchmarks/segmentation.py --ntrex FOLDER

The tables are those of sentencex and our own, in tests/golden; a case counts when all its sentences
are right. FOLDER holds NTREX-128 as `ntrex.<tag>.txt`, one sentence a line: four lines at a time are
joined to a paragraph, and the ends of its sentences are to be found again (F1; a line may hold two
sentences, which costs every splitter the same). Speed is relative to ours within this one run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from test_segment_golden import Case, cases, folded  # type: ignore[import-not-found,unused-ignore] # noqa: E402

from pipeline.language import Language  # noqa: E402
from pipeline.segment import split  # noqa: E402

Splitter = Callable[[str, Language], list[str]]


def ours(text: str, language: Language) -> list[str]:
    return [text[start:end] for start, end in split(text, language)]


def sentencex(text: str, language: Language) -> list[str]:
    from sentencex import segment  # type: ignore[import-untyped,unused-ignore]

    return [str(sentence) for sentence in segment(language.base, text)]


def pysbd(text: str, language: Language) -> list[str]:
    from pysbd import Segmenter  # type: ignore[import-untyped,unused-ignore]
    from pysbd.languages import LANGUAGE_CODES  # type: ignore[import-untyped,unused-ignore]

    code = language.base if language.base in LANGUAGE_CODES else "en"
    if code not in _PYSBD:
        _PYSBD[code] = Segmenter(language=code, clean=False)
    return [str(sentence) for sentence in _PYSBD[code].segment(text)]


_PYSBD: dict[str, Any] = {}
SPLITTERS: dict[str, Splitter] = {"ours": ours, "sentencex": sentencex, "pysbd": pysbd}


def passed(splitter: Splitter, table: list[Case]) -> str:
    """Right cases of a table without and with its known failures."""
    right = [
        case for case in table if [folded(s) for s in splitter(case.text, case.language) if s.strip()] == case.sentences
    ]
    plain = [case for case in table if not case.known_failure]
    return f"{sum(not case.known_failure for case in right)}/{len(plain)} {len(right)}/{len(table)}"


def f1(splitter: Splitter, lines: list[str], language: Language) -> float:
    """F1 of the places where sentences end, in paragraphs of four lines."""
    joint = " " if language.spaced else ""
    both = found = gold = 0
    for at in range(0, len(lines) - 3, 4):
        paragraph = lines[at : at + 4]
        text = joint.join(paragraph)
        right, given = ends(text, paragraph), ends(text, splitter(text, language))
        both, found, gold = both + len(right & given), found + len(given), gold + len(right)
    return 2 * both / (found + gold)


def ends(text: str, sentences: Iterable[str]) -> set[int]:
    places, position = set(), 0
    for sentence in sentences:
        if sentence.strip():
            position = text.index(sentence.strip(), position) + len(sentence.strip())
            places.add(position)
    return places


def seconds(splitter: Splitter, table: list[Case]) -> float:
    start = time.process_time()
    for case in table:
        splitter(case.text, case.language)
    return time.process_time() - start


def row(name: str, cells: Iterable[str]) -> None:
    print(f"{name:<22}" + "".join(f"{cell:>22}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ntrex", type=Path, help="a folder with NTREX-128")
    folder = parser.parse_args().ntrex

    row("right cases", SPLITTERS)
    print("(of each table: without known failures, with them)")
    tables = {
        f"{path.parent.name}/{path.stem}": cases(path)
        for kind in ("sentencex", "segment")
        for path in sorted((ROOT / "tests" / "golden" / kind).glob("*.txt"))
        if path.stem != "lists"  # shapes of lists are the reader's work, before sentences
    }
    for name, table in tables.items():
        row(name, [passed(splitter, table) for splitter in SPLITTERS.values()])

    if folder is not None:
        print()
        row("NTREX-128, F1", SPLITTERS)
        for tag in ("de", "en", "zh-CN", "zh-TW", "fr", "es", "ru", "ja", "ar"):
            lines = [line.strip() for line in (folder / f"ntrex.{tag}.txt").read_text(encoding="utf-8").splitlines()]
            language = Language.parse(tag)
            row(tag, [f"{f1(splitter, lines, language):.4f}" for splitter in SPLITTERS.values()])

    print()
    row("time, ours = 1", SPLITTERS)
    for tag in ("de", "en", "zh-Hans"):
        table = tables[f"segment/{tag}"]
        text = " ".join(case.text for case in table if not case.known_failure)
        case = Case(table[0].language, text, [], False)
        for splitter in SPLITTERS.values():
            splitter(text[:200], case.language)
        base, *others = (min(seconds(splitter, [case] * 20) for _ in range(3)) for splitter in SPLITTERS.values())
        row(tag, ["1.00", *(f"{other / base:.2f}" for other in others)])


if __name__ == "__main__":
    main()
