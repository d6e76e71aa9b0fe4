"""Installing packages: from an index, a file, a folder or an address."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from pipeline.translate import archive
from pipeline.translate.packages import Package


def cache_folder() -> Path:
    """Parallax' folder in the user's cache."""
    from platformdirs import user_cache_path

    return Path(user_cache_path("parallax", appauthor=False))


def unpacked(package: Package) -> Path:
    """The folder of a package; one that is an archive is unpacked into the user's cache once."""
    if package.location.is_dir():
        return package.location
    folder = cache_folder() / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / sha256(package.location)[:24]
    if not place.is_dir():
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as temporary:
            made = archive.unpack(package.location, Path(temporary))
            try:
                os.rename(made, place)
            except OSError:
                # Another run was faster; its result is the same.
                if not place.is_dir():
                    raise
    return place


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


__all__ = ["cache_folder", "sha256", "shutil", "unpacked"]
