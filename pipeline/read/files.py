"""Which files to read: those the user names, and those below the folders the user names."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import UserError, named
from pipeline.read import manifest
from pipeline.read.draft import Entry, printable
from pipeline.read.parse import EXTENSIONS

MOST_BYTES = 256 * 2**20  # of one file

# Files about a folder, not of it.
_ABOUT = re.compile(
    r"(?:readme|licen[cs]e|copying|notice|changelog|changes|history|contributing|security|authors)(?:[._-].*)?", re.I
)
# Companions of sources, read by other parts of Parallax.
_COMPANIONS = ("sources.toml", "facts.toml", "parallax.toml", "memory.tmx", "glossary.tsv")
# What tells the folder of a run, from its first moment and after its workspace was thrown away.
_WORKSPACE = ".parallax"
_RUN = ("run.json", "segments.jsonl")


@dataclass(frozen=True, slots=True)
class File:
    """A file to read. `name` is how the user would write it; `named` says that the user did."""

    path: Path
    name: str
    named: bool
    stated: Mapping[int, Entry] = field(default_factory=dict)

    def content(self) -> bytes:
        """What is in the file. Raises UserError if it cannot be read."""
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise UserError(f"{self.name} is larger than {MOST_BYTES // 2**20} MiB; split it.")
            return self.path.read_bytes()
        except OSError as error:
            raise UserError(f"{self.name} cannot be read ({error.strerror}); check the file.") from None


@dataclass(frozen=True, slots=True)
class Found:
    """The files to read, in order, and a sentence on each thing that was left out."""

    files: tuple[File, ...]
    notes: tuple[str, ...]


def find(paths: Sequence[Path]) -> Found:
    """The files that these paths name or hold, each once.

    Folders are searched to the bottom in the order of names. Hidden files, links out of the folder,
    files of other kinds, files about the folder (README, LICENSE ...) and the results of earlier
    runs are left out. A `sources.toml` speaks of the files of its folder and below; named itself, it
    stands for the files it lists.

    Raises UserError for a path that is not there, a named file of an unknown kind, a `sources.toml`
    that is wrong, and where nothing is left to read.
    """
    search = _Search()
    files: dict[Path, File] = {}
    for path in paths:
        for file in search.files(path):
            place = file.path.resolve()
            if place not in files or file.named > files[place].named:
                files[place] = file
    if not files:
        where = named(printable(path.as_posix()) for path in paths) or "The command line"
        raise UserError(f"{where} holds nothing to read; give files of the kinds {', '.join(EXTENSIONS)}.")
    return Found(tuple(files.values()), tuple(search.notes))


class _Search:
    """A search, with the manifests it came across and notes on what it left out."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.manifests: dict[Path, dict[str, dict[int, Entry]]] = {}

    def files(self, path: Path) -> Iterator[File]:
        name = printable(path.as_posix())
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such name is possible"
            raise UserError(f"{name} cannot be read ({reason}); check the path.") from None
        if stat.S_ISDIR(mode):
            yield from self.below(path)
        elif not stat.S_ISREG(mode):
            raise UserError(f"{name} is neither a file nor a folder; give one of these.")
        elif path.name == manifest.FILE_NAME:
            for listed in self.manifest(path.parent):
                yield from self.files(path.parent / listed)
        elif path.suffix.lower() not in EXTENSIONS:
            raise UserError(f"{name} is of no kind that Parallax reads; it reads {', '.join(EXTENSIONS)}.")
        else:
            yield File(path, name, True, self.stated(path, path.parent))

    def below(self, root: Path) -> Iterator[File]:
        inside = root.resolve()
        left_out: dict[str, list[str]] = {}
        unreadable: list[str] = []
        for folder, subfolders, names in os.walk(root, onerror=lambda error: unreadable.append(str(error.filename))):
            here = Path(folder)
            links = [name for name in subfolders if (here / name).is_symlink()]
            is_run = _WORKSPACE in subfolders or all(name in names for name in _RUN)
            subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name not in links)
            if is_run and here != root:
                left_out.setdefault("results of an earlier run", []).append(_relative(here, root))
                subfolders.clear()
                continue
            for name in sorted([*names, *links]):
                if name.startswith((".", "~$")) or name in _COMPANIONS:
                    continue
                path = here / name
                reason = _reason_to_skip(path, inside)
                if reason:
                    left_out.setdefault(reason, []).append(_relative(path, root))
                else:
                    yield File(path, printable(path.as_posix()), False, self.stated(path, root))
        if unreadable:
            left_out["not readable"] = [_relative(Path(name), root) for name in unreadable]
        for reason, what in left_out.items():
            self.notes.append(f"Left out of {printable(root.as_posix())}: {named(what)} ({reason}).")

    def stated(self, path: Path, root: Path) -> dict[int, Entry]:
        """What the manifests between `root` and the file say of it; the nearest has the first word."""
        entries: dict[int, Entry] = {}
        folder = path.parent
        while True:
            for number, entry in self.manifest(folder).get(path.relative_to(folder).as_posix(), {}).items():
                entries[number] = entries[number].over(entry) if number in entries else entry
            if folder == root:
                return entries
            folder = folder.parent

    def manifest(self, folder: Path) -> dict[str, dict[int, Entry]]:
        if folder not in self.manifests:
            path = folder / manifest.FILE_NAME
            tables = self.manifests[folder] = manifest.load(path) if path.is_file() else {}
            if gone := [name for name in tables if not (folder / name).exists()]:
                self.notes.append(f"{printable(path.as_posix())} speaks of {named(gone)}, not there.")
        return self.manifests[folder]


def _reason_to_skip(path: Path, inside: Path) -> str:
    if path.is_symlink():
        target = path.resolve()
        if path.is_dir():
            return "a link to a folder"
        if not target.is_relative_to(inside):
            return "a link out of the folder"
    if not path.is_file():
        return "not a file"
    if _ABOUT.fullmatch(path.name):
        return "about the folder"
    return "" if path.suffix.lower() in EXTENSIONS else "of no kind that Parallax reads"


def _relative(path: Path, root: Path) -> str:
    return printable(path.relative_to(root).as_posix())
