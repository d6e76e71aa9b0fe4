"""Gold for parallel text: folders of documents with their beads, as the field keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError
from pipeline.evaluate import beads
from pipeline.evaluate.beads import Bead
from pipeline.language import Language

# The languages of the encoder, as base subtags.
_KNOWN = frozenset(["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"])


@dataclass(frozen=True)
class Document:
    """Two texts of n and m segments, and which of these belong together."""

    name: str
    texts: tuple[tuple[str, ...], tuple[str, ...]]
    languages: tuple[Language, Language]
    gold: tuple[Bead, ...]

    @property
    def supported(self) -> bool:
        """Whether the encoder knows both languages."""
        return all(language.base in _KNOWN for language in self.languages)


def documents(folder: Path) -> list[Document]:
    """The documents of a set, by name: `NAME.gold` and `NAME.LANGUAGE.txt` for both languages, one segment a line.

    Which language is the gold's first is told by the set's name, which ends in `_FIRST_SECOND`.
    Raises UserError for a gold file without its two texts. A bead of a line that is not there stays,
    and can be found by nobody.
    """
    found = []
    for gold in sorted(folder.glob("*.gold")):
        tags = folder.name.split("_")[-2:]
        paths = [gold.with_name(f"{gold.stem}.{tag}.txt") for tag in tags]
        for path in paths:
            if not path.is_file():
                raise UserError(f"{gold} needs {path.name} beside it; name the folder SET_LANGUAGE_LANGUAGE.")
        first, second = (tuple(lines(path)) for path in paths)
        languages = (Language.parse(tags[0]), Language.parse(tags[1]))
        found.append(Document(gold.stem, (first, second), languages, tuple(beads.read(gold))))
    return found


def lines(path: Path) -> list[str]:
    """The lines of a file, one segment each; the last one needs no line end."""
    text = path.read_text(encoding="utf-8-sig")
    return text.removesuffix("\n").split("\n") if text else []
