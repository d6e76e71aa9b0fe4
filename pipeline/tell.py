"""One story as a worker tells it: all that its files follow from comes by value, and what was made goes back.

So a story can be told on any machine, and only the one that asks reads and writes files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline import executor, results
from pipeline.analyse import analyse
from pipeline.model import Document
from pipeline.progress import Progress, Silent
from pipeline.references import References
from pipeline.settings import Settings
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.export.decisions import Decision
    from pipeline.translate import Unit
    from pipeline.translate.glossary import Term

T = TypeVar("T")


@dataclass(frozen=True)
class Translating:
    """What the translation of one story looks up: what the memory has of its sentences, the terms of the glossary, and
    the packages that its languages go through, each named by what tells it from any other."""

    units: Sequence[Unit]
    terms: Sequence[Term]
    packages: Sequence[str]


@dataclass(frozen=True)
class Telling:
    """One story to be told.

    documents: with ids that are unique. notes: what the reader should know of them. vectors: those of
    its sources that an earlier telling made, by their keys. translating: None where translation is off.
    """

    documents: Sequence[Document]
    settings: Settings
    notes: Sequence[str] = ()
    reviews: Sequence[Decision] = ()
    vectors: Mapping[str, bytes] | None = None
    translating: Translating | None = None


@dataclass(frozen=True)
class Told:
    """What a telling made.

    files: as a run writes them, by name; about: what goes into `run.json` besides. vectors: those that
    were not there yet; asked: the keys of all that the story has. units: new translations.
    """

    files: Mapping[str, bytes]
    about: Mapping[str, Any]
    vectors: Mapping[str, bytes]
    asked: Sequence[str]
    units: Sequence[Unit]


class _Here(executor.Alone):
    """This process, which is a worker: a translation package that it has loaded it keeps for the next story."""

    far = True


class _Carried:
    """Artefacts that came by value. Only vectors are worth their way; the rest of a changed story is new anyway."""

    def __init__(self, vectors: Mapping[str, bytes]) -> None:
        self._vectors = vectors
        self.asked: list[str] = []
        self.made: dict[str, bytes] = {}

    @staticmethod
    def key(stage: str, inputs: Any) -> str:
        return Workspace.key(stage, inputs)

    def get(self, stage: str, key: str) -> bytes | None:
        self.asked.append(key)
        return self._vectors.get(key)

    def put(self, stage: str, key: str, data: bytes) -> None:
        self.made[key] = data

    def cached(self, stage: str, inputs: Any, kind: type[T], compute: Callable[[], T]) -> T:
        return compute()


def tell(telling: Telling, progress: Progress | None = None) -> Told:
    """The files of one story, the same as a run over its documents writes. Runs in a worker.

    Raises UserError where this computer does not have the packages that the telling names.
    """
    progress = progress or Silent()
    carried = _Carried(telling.vectors or {})
    references, known = References(), frozenset[Any]()
    if telling.translating:
        from pipeline.translate import Glossary, Memory, far

        languages = [document.source.language for document in telling.documents]
        far.refuse_others(telling.translating.packages, languages, telling.settings)
        memory, known = Memory.in_ram(), frozenset(telling.translating.units)
        memory.add(telling.translating.units)
        references = References(memory, Glossary(telling.translating.terms))
    story, _ = analyse(
        telling.documents, telling.notes, telling.settings, references, telling.reviews, carried, _Here(), progress
    )
    with progress.stage("Writing"):
        files = results.outputs(story)
    kept = references.memory.units(machine=True) if references.memory else ()
    units = [unit for unit in kept if unit not in known]
    if references.memory:
        references.memory.close()
    return Told(files, results.about(story), carried.made, carried.asked, units)
