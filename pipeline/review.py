"""A reviewer's file comes back: translations to the memory, decisions on groups to the run's workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.export import decisions
from pipeline.export.jsonl import read_story
from pipeline.export.review import read_review
from pipeline.language import Language
from pipeline.settings import Settings
from pipeline.translate.exchange import Unit
from pipeline.translate.memory import Memory
from pipeline.workspace import DECISIONS, FOLDER, Workspace


@dataclass(frozen=True)
class Taken:
    """How many translations and decisions a reviewed file brought, and what of it could not be used."""

    corrections: int
    decisions: int
    notes: tuple[str, ...]


def take_back(file: Path, folder: Path, settings: Settings) -> Taken:
    """Read a reviewed file of the run in `folder` and keep what it changes.

    Raises UserError where the file or the run cannot be read, or does not fit the other, and while a run is at work.
    """
    review = read_review(file, read_story(folder))
    path = folder / FOLDER / DECISIONS
    with Workspace(folder).locked():
        memory = Memory.of(settings)
        try:
            memory.add(Unit(c.language, Language("en"), c.text, c.translation) for c in review.corrections)
        finally:
            memory.close()
        decisions.save(path, decisions.added(decisions.load(path), review.decisions))
    return Taken(len(review.corrections), len(review.decisions), (*memory.notes, *review.notes))
