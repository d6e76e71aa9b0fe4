"""What the readers of reviewed files share: what they look up in a run, and what they note down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.errors import UserError
from pipeline.model import Story


def folded(text: str) -> str:
    """The text as it is compared: white space is what programs change first."""
    return " ".join(text.split())


def _squeezed(*texts: str) -> str:
    """The texts without any white space, which may or may not be between sentences."""
    return "".join("".join(texts).split())


class Known:
    """A run, by its ids and its texts."""

    def __init__(self, story: Story) -> None:
        self.segments = {segment.id: segment for segment in story.segments if segment.kind != "boilerplate"}
        self.languages = {document.source.id: document.source.language for document in story.documents}
        self.groups = {
            group.id: [id for run in group.members.values() for id in run if id in self.segments]
            for group in story.groups
        }
        self._links = {frozenset((frozenset(link.a), frozenset(link.b))) for link in story.links}
        self._quotes = {
            (self.languages[source].base, _squeezed(*(self.segments[id].plain for id in run if id in self.segments)))
            for group in story.groups
            for source, run in group.members.items()
        }
        # By language, for tools that drop ids; by source, for tables.
        self._by_text: dict[tuple[str, str], list[str]] = {}
        for segment in self.segments.values():
            for where in (self.languages[segment.source].base, f"{segment.source}:"):
                self._by_text.setdefault((where, folded(segment.plain)), []).append(segment.id)

    def linked(self, a: Iterable[str], b: Iterable[str]) -> bool:
        return frozenset((frozenset(a), frozenset(b))) in self._links

    def says(self, ids: Sequence[str], text: str) -> bool:
        """Whether this is, but for white space, the text of those sentences."""
        return all(id in self.segments for id in ids) and _squeezed(text) == _squeezed(
            *(self.segments[id].plain for id in ids)
        )

    def changes(self, id: str, translation: str) -> bool:
        """Whether this is a translation, and not the one that the run has."""
        return bool(translation.strip()) and folded(translation) != folded(self.segments[id].pivot or "")

    def quotes(self, base: str, text: str) -> bool:
        """Whether a source in that language says this in some group."""
        return (base, _squeezed(text)) in self._quotes

    def by_text(self, base: str, text: str) -> str | None:
        """The first sentence with this text in a language, given by its base subtag."""
        return next(iter(self._by_text.get((base, folded(text)), ())), None)

    def in_source(self, source: str, text: str, among: Collection[str]) -> str | None:
        """The sentence of a source with this text, one of `among` if there are more."""
        found = self._by_text.get((f"{source}:", folded(text)), [])
        return next((id for id in found if id in among), next(iter(found), None))


@dataclass
class Reading:
    """What a file says, in ids of the run."""

    groups: dict[str, list[str]] = field(default_factory=dict)  # the file's name of a group to its sentences
    seen: set[str] = field(default_factory=set)  # the sentences whose groups the reviewer had in view
    emptied: set[str] = field(default_factory=set)  # the sentences that stand beside an empty cell for their group
    links: list[tuple[Sequence[str], Sequence[str], Literal["yes", "no", ""]]] = field(default_factory=list)
    translations: dict[str, str] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)  # translations that the file marks as approved
    notes: list[str] = field(default_factory=list)

    @property
    def used(self) -> bool:
        return bool(self.seen or self.links or self.translations)

    def put(self, id: str, group: str) -> None:
        """Note that a sentence is in a group. A sentence that tells two facts may be in two."""
        if id not in (ids := self.groups.setdefault(group, [])):
            ids.append(id)

    def translate(self, id: str, translation: str, where: str, known: Known) -> None:
        """Note a translation. Raises UserError where the file has two different new ones of one sentence."""
        if not known.changes(id, translation):
            self.translations.setdefault(id, translation)
        elif known.changes(id, present := self.translations.get(id, "")) and folded(present) != folded(translation):
            raise UserError(f"{where} translates {id} in another way than a row above; write the same in both.")
        else:
            self.translations[id] = translation
