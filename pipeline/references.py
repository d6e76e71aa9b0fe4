"""What an analysis goes by besides the sources: translation memory, glossary, decisions of a reviewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.settings import Settings
from pipeline.workspace import DECISIONS

if TYPE_CHECKING:
    from pipeline.export.decisions import Decision
    from pipeline.translate import Glossary, Memory

MEMORY_NAME = "memory.tmx"


@dataclass(frozen=True)
class References:
    """What translation looks things up in; nothing where it is off."""

    memory: Memory | None = None
    glossary: Glossary | None = None

    @classmethod
    @contextmanager
    def opened(cls, paths: Sequence[Path], settings: Settings) -> Iterator[References]:
        """The translation memory, with the `memory.tmx` of each folder in `paths`, and the glossary of the settings."""
        if not settings.translate:
            yield cls()
            return
        from pipeline.translate import Glossary, Memory

        memory = Memory.of(settings)
        try:
            for folder in paths:
                if (folder / MEMORY_NAME).is_file():
                    memory.layers.append(Memory.from_tmx(folder / MEMORY_NAME))
            yield cls(memory, Glossary.read(settings.glossary) if settings.glossary else None)
        finally:
            memory.close()


def reviews(folder: Path) -> Sequence[Decision]:
    """What a reviewer decided, from the workspace in this folder."""
    if not (folder / DECISIONS).exists():
        return ()
    from pipeline.export import decisions

    return decisions.load(folder / DECISIONS)
