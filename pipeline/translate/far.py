"""Translation on the workers of a cluster: sentences go there by value, packages are there already."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.settings import Settings
from pipeline.translate import engine, guarded, install, packages
from pipeline.translate.guarded import Output
from pipeline.translate.protect import Span


@dataclass(frozen=True)
class Chunk:
    """Sentences for one package, which is named by what tells it from any other."""

    package: str
    fingerprint: str
    settings: Settings
    language: Language
    texts: tuple[str, ...]
    names: tuple[Sequence[Span], ...]  # of each text


def translated(chunk: Chunk) -> list[Output]:
    """The sentences of a chunk in English. Runs in a worker."""
    loaded = _loaded(chunk.package, chunk.fingerprint, chunk.settings)
    names = dict(zip(chunk.texts, chunk.names))
    return guarded.translate(chunk.texts, loaded, chunk.language, names.__getitem__)


@functools.cache
def _loaded(name: str, fingerprint: str, settings: Settings) -> engine.Engine:
    """The package, loaded once in a worker. Raises UserError where the worker does not have this very one."""
    for package in packages.installed(settings)[0]:
        if package.name == name and install.fingerprint(folder := install.unpacked(package)) == fingerprint:
            return engine.Engine(folder, package, beam=settings.beam, threads=1)
    raise UserError(
        f"A worker of the cluster does not have the {name} of this computer; install the same package on all workers,"
        " with: parallax models install FILE"
    )
