"""Corpora whose line i says the same in every language: what made benchmarks are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError

DOCUMENTS = "DOCUMENT_IDS.tsv"


@dataclass(frozen=True)
class Corpus:
    """n lines in several languages, and the document of each line (n,)."""

    lines: dict[str, list[str]]  # by language tag
    documents: list[str]


def is_corpus(folder: Path) -> bool:
    return (folder / DOCUMENTS).is_file()


def read(folder: Path, languages: Sequence[str] = ()) -> Corpus:
    """`DOCUMENT_IDS.tsv` and a `TAG.txt` or `NAME.TAG.txt` for each language, or for each of `languages`.

    Raises UserError where a file is not there, or has not as many lines as there are document ids.
    """
    table = (folder / DOCUMENTS).read_text(encoding="utf-8").splitlines()
    documents = [line.split("\t")[0] for line in table]
    files = {path.stem.rpartition(".")[2]: path for path in sorted(folder.glob("*.txt"))}
    if missing := [tag for tag in languages if tag not in files]:
        raise UserError(f"{folder} has no text in {', '.join(missing)}; add {missing[0]}.txt.")
    lines = {}
    for tag, path in files.items():
        if not languages or tag in languages:
            lines[tag] = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
            if len(lines[tag]) != len(documents):
                raise UserError(f"{path} has {len(lines[tag])} lines for {len(documents)} document ids; line them up.")
    return Corpus(lines, documents)


def split(documents: Sequence[str]) -> tuple[list[str], list[str]]:
    """Development and test documents: every second one of the sorted names."""
    names = sorted(set(documents))
    return names[::2], names[1::2]
