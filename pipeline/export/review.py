"""Files that people corrected, read back: better translations, and other groups and links.

A review is what differs between a file and the run it was exported from. Nothing follows from what
a file leaves out: a reviewer may keep only the rows that matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal

from pipeline.errors import UserError, named
from pipeline.export.decisions import Decision, added, keys
from pipeline.export.reading import Known, Reading
from pipeline.language import Language
from pipeline.model import Story

_LARGEST = 100_000_000  # bytes; a review of 5,000 sentences has about two million
_READERS = {
    ".tsv": "reading_tables:read_tsv",
    ".txt": "reading_tables:read_tsv",
    ".xlsx": "reading_tables:read_xlsx",
    ".xlf": "reading_xml:read_xliff",
    ".xliff": "reading_xml:read_xliff",
    ".tmx": "reading_xml:read_tmx",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says is the translation of a sentence, for the translation memory."""

    segment: str
    language: Language
    text: str  # `Segment.plain`
    translation: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewed file changes, and `notes` on what in it could not be used."""

    corrections: tuple[Correction, ...]
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...]


def read_review(path: Path, story: Story) -> Review:
    """What a reviewed TSV, XLSX, XLIFF or TMX file changes in the run it was exported from.

    Raises UserError for a file of another kind, a damaged or hostile one, one that contradicts
    itself, and one in which nothing belongs to this run.
    """
    known = Known(story)
    reading = _read(path, known)
    if not reading.used:
        reason = f": {reading.notes[0]}" if reading.notes else "."
        raise UserError(f"{path} holds nothing that belongs to this run; import it into the run it came from{reason}")
    key = keys(story.segments)

    def decision(verdict: Literal["together", "apart"], *parts: Sequence[str]) -> Decision:
        return Decision(verdict, tuple(tuple(key[id] for id in part) for part in parts))

    decisions = [decision("apart", *parts) for parts in _taken_apart(reading, known)]
    decisions += [decision("together", ids) for ids in _put_together(reading, known)]
    for a, b, verdict in reading.links:
        if verdict == "no":
            decisions.append(decision("apart", a, b))
        elif verdict == "yes" or not known.linked(a, b):
            decisions.append(decision("together", (*a, *b)))
    return Review(tuple(_corrections(reading, known)), added((), decisions), tuple(reading.notes))


def _read(path: Path, known: Known) -> Reading:
    if path.suffix.lower() not in _READERS:
        raise UserError(f"{path} is no file to import; Parallax takes back {named(_READERS, most=9)}.")
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{path} is larger than {_LARGEST // 1_000_000} MB; import it in parts.")
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    module, function = _READERS[path.suffix.lower()].split(":")
    reader: Callable[[Path, bytes, Known], Reading] = getattr(import_module(f"{__package__}.{module}"), function)
    return reader(path, content, known)


def _corrections(reading: Reading, known: Known) -> Iterator[Correction]:
    for id, translation in reading.translations.items():
        segment = known.segments[id]
        confirmed = id in reading.confirmed and segment.pivot_origin == "model"
        if segment.pivot_origin != "same" and (known.changes(id, translation) or confirmed):
            yield Correction(id, known.languages[segment.source], segment.plain, translation.strip())


def _taken_apart(reading: Reading, known: Known) -> Iterator[list[list[str]]]:
    """The groups of the run that the file splits: their parts, each sentence that is in no group a part."""
    now: dict[str, list[str]] = {}
    for name, ids in reading.groups.items():
        for id in ids:
            now.setdefault(id, []).append(name)
    once: dict[str, set[str]] = {}
    for name, members in known.groups.items():
        for id in members:
            once.setdefault(id, set()).add(name)
    for name, members in known.groups.items():
        seen = [id for id in members if id in reading.seen]
        # A group that the file does not name was left out, unless a sentence of it visibly went elsewhere.
        if name not in reading.groups and all(
            id not in reading.emptied and once[id].issuperset(now.get(id, ())) for id in seen
        ):
            continue
        counts = Counter(name for id in seen for name in now.get(id, ()))
        # A sentence of two groups stays with the most of this one, whatever the file calls that.
        main = max(counts, key=counts.__getitem__, default="")
        parts: dict[tuple[str, str], list[str]] = {}
        for id in seen:
            names = now.get(id, [])
            part = (main, "") if main in names else (names[0], "") if names else ("", id)
            parts.setdefault(part, []).append(id)
        if len(parts) > 1:
            yield list(parts.values())


def _put_together(reading: Reading, known: Known) -> Iterator[list[str]]:
    """The groups of the file that are no groups of the run, as far as both know their sentences."""
    ours = {frozenset(id for id in members if id in reading.seen) for members in known.groups.values()}
    for ids in reading.groups.values():
        if len(ids) > 1 and frozenset(ids) not in ours:
            yield ids
