"""Translation on the workers of a cluster: sentences go there by value, packages are there already."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.settings import Settings
from pipeline.translate import engine, guarded, install, packages
from pipeline.translate.guarded import Output
from pipeline.translate.packages import PIVOT, Package
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


def stated(languages: Iterable[Language], settings: Settings) -> list[str]:
    """The packages that these languages go through on this computer, named by what tells each from any other."""
    found, _ = packages.installed(settings)
    foreign = sorted({language for language in languages if language.base != PIVOT.base})
    routes = [packages.route(found, language) or () for language in foreign]
    return [_named(package) for route in routes for package in route]


def refuse_others(expected: Sequence[str], languages: Iterable[Language], settings: Settings) -> None:
    """Raise UserError where this computer, a worker, would translate with other packages than these."""
    if stated(languages, settings) != list(expected):
        raise UserError(
            "A worker of the cluster does not have the translation packages of this computer"
            f" ({', '.join(expected) or 'none'}); install the same on all workers, with: parallax models install FILE"
        )


def _named(package: Package) -> str:
    try:
        return f"{package.name} {install.fingerprint(install.unpacked(package))}"
    except UserError:
        return f"{package.name} (damaged)"


@functools.cache
def _loaded(name: str, fingerprint: str, settings: Settings) -> engine.Engine:
    """The package, loaded once in a worker. Raises UserError where the worker does not have this very one."""
    for package in packages.installed(settings)[0]:
        if package.name == name and install.fingerprint(folder := install.unpacked(package)) == fingerprint:
            return engine.Engine(folder, package, beam=settings.beam, threads=settings.threads or 1)
    raise UserError(
        f"A worker of the cluster does not have the {name} of this computer; install the same package on all workers,"
        " with: parallax models install FILE"
    )
