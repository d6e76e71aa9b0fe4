"""Installing, removing and checking packages.

A package is unpacked beside its place, proven to load in a process of its own, and only then renamed
into place: whatever goes wrong before leaves nothing behind.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import UserError
from pipeline.settings import Settings
from pipeline.translate import archive, packages
from pipeline.translate.packages import SUFFIX, Package, Place

_PATIENCE = 300  # seconds that a package may take to load
_STAGING = ".parallax-incoming-"


def cache_folder() -> Path:
    """Parallax' folder in the user's cache."""
    from platformdirs import user_cache_path

    return Path(user_cache_path("parallax", appauthor=False))


def target_folder(settings: Settings) -> tuple[Path, Place]:
    """Where packages are installed: the folder that the settings name, or Argos' own."""
    return (settings.models, "models") if settings.models else (packages.argos_folder(), "argos")


def unpacked(package: Package) -> Path:
    """The folder of a package; one that is an archive is unpacked into the user's cache once, and again
    where files of it have lost something since.

    Raises UserError for a bad archive, or where the cache cannot be written.
    """
    if package.location.is_dir():
        return package.location
    try:
        place = cache_folder() / "packages" / sha256(package.location)[:24]
        if not place.is_dir() or not archive.whole(package.location, place):
            with _staging(place.parent) as staging:
                if place.is_dir():
                    place.rename(staging / "damaged")
                _renamed(archive.unpack(package.location, staging), place)
        return place
    except OSError as error:
        raise UserError(f"{package.location} cannot be unpacked into {cache_folder()} ({error}).") from None


def _renamed(made: Path, place: Path) -> None:
    try:
        made.rename(place)
    except OSError:
        # Another run may have been faster; the name is the archive's hash, so its result is the same.
        if not place.is_dir():
            raise


def install(path: Path, settings: Settings) -> list[Package]:
    """Install an `.argosmodel` file, an unpacked package, or all `.argosmodel` files of a folder.

    A package takes the place of older ones for its pair in the same folder. Raises UserError, with
    nothing changed, for anything that is no sound package.
    """
    if not path.exists():
        raise UserError(f"{path} does not exist; check the name.")
    if path.is_dir() and not (path / "metadata.json").is_file():
        files = sorted(file for file in path.iterdir() if file.suffix == SUFFIX and file.is_file())
        if not files:
            raise UserError(f"{path} holds no {SUFFIX} file and is no package; name a file or another folder.")
        return [_install(file, settings) for file in files]
    return [_install(path, settings)]


def _install(path: Path, settings: Settings) -> Package:
    folder, place = target_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _staging(folder) as staging:
            made = _copied(path, staging) if path.is_dir() else archive.unpack(path, staging)
            package = packages.read(made, place)
            if problem := trouble(package):
                raise UserError(f"{path} is not installed: {problem}")
            name = f"translate-{package.source.argos}_{package.target.argos}-{package.version.replace('.', '_')}"
            return _placed(made, folder / name, package, staging)
    except OSError as error:
        raise UserError(f"{path} cannot be installed in {folder} ({error}); check its permissions.") from None


def _placed(made: Path, target: Path, package: Package, staging: Path) -> Package:
    """Rename a package into place, and those that it replaces out of the way."""
    old = [
        other.location
        for other in _in(target.parent, package.place)
        if other.pair == package.pair and other.location.is_dir()
    ]
    moved: list[tuple[Path, Path]] = []
    try:
        for number, location in enumerate(dict.fromkeys([*old, *([target] if target.exists() else [])])):
            moved.append((location, staging / f"old-{number}"))
            location.rename(staging / f"old-{number}")
        made.rename(target)
    except OSError:
        for location, aside in moved:
            if aside.exists():
                aside.rename(location)
        raise
    return packages.read(target, package.place)


def _in(folder: Path, place: Place) -> list[Package]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and (path / "metadata.json").is_file():
            try:
                found.append(packages.read(path, place))
            except UserError:
                continue  # a broken package is not in the way of a sound one
    return found


def _copied(source: Path, staging: Path) -> Path:
    """Copy an unpacked package without following links, under the limits of an archive."""
    made = staging / "package"
    size = 0
    for count, path in enumerate(sorted(source.rglob("*")), 1):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise UserError(f"{path} is a link or a special file; a package holds neither.")
        if path.is_file():
            size += path.stat().st_size
        if count > archive.MAX_MEMBERS or size > archive.MAX_BYTES:
            raise UserError(f"{source} is larger than any Argos package; name the folder of one package.")
    shutil.copytree(source, made)
    return made


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A temporary folder from which things can be renamed into `folder`: beside it, since Argos
    takes every folder inside for a package."""
    folder.mkdir(parents=True, exist_ok=True)
    parent = folder.parent
    beside = os.access(parent, os.W_OK) and parent.stat().st_dev == folder.stat().st_dev
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=parent if beside else folder) as path:
        yield Path(path)


def trouble(package: Package) -> str:
    """What is wrong with a package, as a sentence; empty where it loads and translates.

    It is loaded in a process of its own, which a broken model may crash.
    """
    command = [sys.executable, "-m", "pipeline.translate.probe", str(package.location)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *_python_path()])}
    try:
        result = subprocess.run(
            command, capture_output=True, timeout=_PATIENCE, env=environment, encoding="utf-8", errors="replace"
        )
    except subprocess.TimeoutExpired:
        return f"it did not load within {_PATIENCE} seconds."
    if result.returncode == 0:
        return ""
    try:
        return str(json.loads(result.stdout)["problem"])
    except (ValueError, KeyError, TypeError):
        return "loading it crashes; get it again."


def _python_path() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def remove(source: str, target: str, settings: Settings) -> list[Package]:
    """Remove the packages of a pair, given in Argos' codes, from where `install` puts them.

    Raises UserError where there is none.
    """
    folder, place = target_folder(settings)
    there = _in(folder, place) if folder.is_dir() else []
    found = [package for package in there if package.pair == f"{source}-{target}"]
    if not found:
        raise UserError(f"No package {source}-{target} is in {folder}; see what is there with: parallax models list")
    try:
        with _staging(folder) as staging:
            for number, package in enumerate(found):
                package.location.rename(staging / str(number))
    except OSError as error:
        raise UserError(f"{folder} cannot be changed ({error}); check its permissions.") from None
    return found


def sha256(path: Path) -> str:
    return _digest("sha256", (_stamp(path),))


def fingerprint(folder: Path) -> str:
    """What tells two packages of the same name and version apart."""
    telling = ("model.bin", "sentencepiece.model", "bpe.model", "metadata.json")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name in telling]
    return _digest("blake2b", tuple(_stamp(path) for path in files))[:16]


def _stamp(path: Path) -> tuple[Path, int, int]:
    """A file, and what changes when it is written."""
    state = path.stat()
    return path, state.st_size, state.st_mtime_ns


@functools.lru_cache(maxsize=256)
def _digest(name: str, files: tuple[tuple[Path, int, int], ...]) -> str:
    """The digest of files one after another, read once as long as they stay what they are."""
    digest = hashlib.new(name)
    for path, _, _ in files:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
