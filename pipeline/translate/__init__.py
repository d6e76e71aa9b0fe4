"""Segments in, segments with their English out.

What a person translated comes first, from the translation memory; then the installed Argos
packages, all sentences of all sources at once; a language without a package stays untranslated, and
a note says which command would install one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.language import UNDETERMINED, Language, to_traditional
from pipeline.model import Segment
from pipeline.settings import Settings
from pipeline.translate import guards, packages
from pipeline.translate.exchange import HUMAN, Unit
from pipeline.translate.glossary import Glossary
from pipeline.translate.guarded import Output
from pipeline.translate.guarded import translate as guarded_translate
from pipeline.translate.memory import Memory
from pipeline.translate.packages import Package

if TYPE_CHECKING:
    from pipeline.executor import Workers
    from pipeline.translate.protect import Span

__all__ = ["Glossary", "Memory", "Translated", "Unit", "Violation", "remembered", "translate"]

_CHUNK = 500  # sentences that one worker translates at once, and after which results are kept in the memory


@dataclass(frozen=True, slots=True)
class Violation:
    """A glossary term in a segment whose translation has none of the term's targets."""

    segment: str
    term: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Translated:
    """Segments in their order with pivots; the models that made them; what the reader should know;
    where the glossary was not kept to."""

    segments: tuple[Segment, ...]
    models: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()


def translate(
    segments: Sequence[Segment],
    languages: Mapping[str, Language],
    settings: Settings,
    *,
    memory: Memory | None = None,
    glossary: Glossary | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    workers: Workers | None = None,
) -> Translated:
    """Give each segment its English: from the memory, from a model, or from itself where it is English.

    `languages` maps source ids to languages. Boilerplate has no pivot. `on_progress` is told how many
    of the sentences that need a model are done, and how many there are. `workers` translate where they
    are on other machines; on this one the engine itself uses every core.

    A package that cannot be used is noted, and another way is taken if there is one. Raises UserError
    where the folder of models that the settings name is missing.
    """
    glossary = (glossary or Glossary()).learn(segment.plain for segment in segments)
    done: dict[int, Segment] = {}
    waiting: dict[Language, list[int]] = {}
    for i, segment in enumerate(segments):
        language = languages[segment.source]
        if segment.kind == "boilerplate":
            done[i] = segment
        elif language.base == "en" or segment.kind == "code" or not guards.has_words(segment.plain):
            done[i] = replace(segment, pivot=segment.plain, pivot_origin="same")
        elif memory and (human := memory.human(segment.plain, language)) is not None:
            done[i] = replace(segment, pivot=human, pivot_origin="memory", pivot_engine=HUMAN)
        else:
            waiting.setdefault(language, []).append(i)
    run = _Run(settings, memory, glossary, on_progress, workers) if waiting else None
    if run:
        done |= run.translated(segments, waiting)
    notes = [*(run.notes if run else ()), *(memory.notes if memory else ())]
    checked = [_checked(done[i], glossary) for i in range(len(segments))]
    return Translated(
        tuple(segment for segment, _ in checked),
        tuple(run.models if run else ()),
        tuple(notes),
        tuple(violation for _, found in checked for violation in found),
    )


def remembered(
    segments: Sequence[Segment], languages: Mapping[str, Language], settings: Settings, memory: Memory
) -> list[Unit]:
    """All that the memory, its layers included, can answer while `translate` is at work on these segments."""
    found, _ = packages.installed(settings)
    units: dict[Unit, None] = {}
    routes = {language: packages.route(found, language) or () for language in sorted(set(languages.values()))}
    for segment in segments:
        language = languages[segment.source]
        if language.base == packages.PIVOT.base:
            continue
        units.update(dict.fromkeys(memory.humans(segment.plain, language)))
        texts = [_text(segment, language, package) for package in routes[language][:1]]
        for package in routes[language]:
            made = [unit for text in texts for unit in memory.machines(text, package.source, package.target)]
            units.update(dict.fromkeys(made))
            texts = list(dict.fromkeys(unit.translation for unit in made))
    return list(units)


def _checked(segment: Segment, glossary: Glossary) -> tuple[Segment, list[Violation]]:
    """A segment, with a warning where its translation does not keep to the glossary."""
    if segment.pivot is None or segment.pivot_origin == "same":
        return segment, []
    terms = glossary.violated(segment.plain, segment.pivot)
    if terms:
        segment = replace(segment, warnings=(*segment.warnings, "glossary"))
    return segment, [Violation(segment.id, term.source, term.targets) for term in terms]


class _Broken(UserError):
    """A package that is installed and cannot be used."""

    def __init__(self, error: UserError, package: Package) -> None:
        super().__init__(str(error))
        self.package = package


class _Run:
    """The part of a translation that needs models."""

    def __init__(
        self,
        settings: Settings,
        memory: Memory | None,
        glossary: Glossary,
        on_progress: Callable[[int, int], None] | None,
        workers: Workers | None,
    ) -> None:
        self._settings, self._memory, self._glossary = settings, memory, glossary
        self._on_progress, self._workers = on_progress, workers
        self._packages: list[Package] = []
        self.models: list[str] = []
        self.notes: list[str] = []
        if settings.translate:
            self._packages, problems = packages.installed(settings)
            self.notes += problems

    def translated(self, segments: Sequence[Segment], waiting: Mapping[Language, list[int]]) -> dict[int, Segment]:
        """The segments that wait for a model, language by language, by their number."""
        done = {i: segments[i] for numbers in waiting.values() for i in numbers}
        pending = sorted(waiting)
        lacking: list[Language] = []
        self._done = self._total = 0
        while pending:
            routes: dict[tuple[Package, ...], list[Language]] = {}
            for language in pending:
                routes.setdefault(packages.route(self._packages, language) or (), []).append(language)
            lacking += routes.pop((), [])
            self._total = self._total or sum(
                len(route) * len(waiting[language]) for route, found in routes.items() for language in found
            )
            pending = []
            for route, found in routes.items():
                texts = {i: _text(segments[i], language, route[0]) for language in found for i in waiting[language]}
                try:
                    outputs = self._along(route, list(texts.values()))
                except _Broken as broken:
                    # There may be another way, over a starter model for instance.
                    self.notes.append(str(broken))
                    self._packages.remove(broken.package)
                    pending += found
                    continue
                engine = " + ".join(package.name for package in route)
                done |= {i: _with(segments[i], output, engine) for i, output in zip(texts, outputs)}
        if self._settings.translate:
            self._note(lacking)
        return done

    def _note(self, languages: Sequence[Language]) -> None:
        """Say which languages have no model, one sentence for each command that would help."""
        names: dict[str, list[str]] = {}
        for language in languages:
            names.setdefault("" if language == UNDETERMINED else _wanted(language), []).append(language.name)
        for code, named in names.items():
            if not code:
                self.notes.append("A source of unknown language is shown untranslated; state its language.")
                continue
            who = " and ".join(dict.fromkeys(named)) + (" is" if len(set(named)) == 1 else " are")
            self.notes.append(
                f"{who} shown untranslated, since no model is installed;"
                f" install one with: parallax models install {code} en"
            )

    def _along(self, route: tuple[Package, ...], texts: Sequence[str]) -> list[Output]:
        """Texts through one package after another; scores multiply, warnings add up."""
        outputs = [Output(text, None) for text in texts]
        for step, package in enumerate(route):
            made = self._through(package, [output.text for output in outputs], first=step == 0)
            outputs = [
                Output(b.text, _product(a.score, b.score), tuple(dict.fromkeys(a.warnings + b.warnings)))
                for a, b in zip(outputs, made)
            ]
        return outputs

    def _through(self, package: Package, texts: Sequence[str], *, first: bool) -> list[Output]:
        from pipeline.translate import engine, install

        with _blamed(package):
            folder = install.unpacked(package)
        version = f"{package.version} {install.fingerprint(folder)} r{engine.REVISION} b{self._settings.beam}"
        known: dict[str, Output] = {}
        keys = {text: _key(version, self._glossary, text) if first else version for text in dict.fromkeys(texts)}
        if self._memory:
            for text, key in keys.items():
                if row := self._memory.machine(text, package.source, package.target, package.name, key):
                    known[text] = Output(*row)
        missing = [text for text in keys if text not in known]
        self._progress(sum(text in known for text in texts))
        chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
        for chunk, made in zip(chunks, self._made(package, folder, chunks, first)):
            known |= zip(chunk, made)
            if self._memory:
                self._memory.add(
                    Unit(
                        package.source, package.target, text, output.text, package.name, keys[text],
                        output.score, output.warnings,
                    )
                    for text, output in zip(chunk, made)
                )  # fmt: skip
        self.models += [package.name] if package.name not in self.models else []
        return [known[text] for text in texts]

    def _made(
        self, package: Package, folder: Path, chunks: Sequence[Sequence[str]], first: bool
    ) -> Iterator[list[Output]]:
        """The outputs for chunk after chunk, which are the same wherever they are made."""
        names: Callable[[str], Sequence[Span]] = self._glossary.names if first else lambda text: ()
        if self._workers and self._workers.far:
            from pipeline.translate import far, install

            fingerprint = install.fingerprint(folder)
            sent = [
                far.Chunk(
                    package.name, fingerprint, self._settings, package.source, tuple(texts), tuple(map(names, texts))
                )
                for texts in chunks
            ]
            for texts, made in zip(chunks, self._workers.map(far.translated, sent)):
                self._progress(len(texts))
                yield made
        elif chunks:
            from pipeline.translate import engine

            with _blamed(package):
                loaded = engine.Engine(folder, package, beam=self._settings.beam, threads=self._settings.threads)
            for texts in chunks:
                yield guarded_translate(texts, loaded, package.source, names, self._progress)

    def _progress(self, more: int) -> None:
        self._done = min(self._done + more, self._total)
        if self._on_progress:
            self._on_progress(self._done, self._total)


@contextmanager
def _blamed(package: Package) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise _Broken(error, package) from None


def _text(segment: Segment, language: Language, package: Package) -> str:
    """What a package is given: Chinese in the package's script."""
    if language.base != "zh":
        return segment.plain
    if package.source.script == "Hans":
        return segment.normal or segment.plain
    return segment.plain if language.script == "Hant" else to_traditional(segment.plain)


def _with(segment: Segment, output: Output, engine: str) -> Segment:
    empty = "empty" in output.warnings
    return replace(
        segment,
        pivot=None if empty else output.text,
        pivot_origin="none" if empty else "model",
        pivot_engine=engine,
        pivot_score=output.score,
        warnings=output.warnings,
    )


def _wanted(language: Language) -> str:
    """The package code to ask for: that of Simplified for both scripts, since Parallax converts."""
    return "zh" if language.base == "zh" else language.argos


def _product(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else a * b


def _key(version: str, glossary: Glossary, text: str) -> str:
    """The memory's version of a text: what the glossary puts into it counts too."""
    names = glossary.names(text)
    return f"{version} {_hash(repr([(n.start, n.end, n.shown) for n in names]).encode())}" if names else version


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
