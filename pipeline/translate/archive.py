"""Unpacking `.argosmodel` archives, which are hostile until proven otherwise.

Everything is judged from the archive's directory before a byte is written. The sizes stated there
may lie, but `zipfile` reads no further than they say, and then finds the checksum wrong.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from pipeline.errors import UserError

MAX_MEMBERS = 2_000
MAX_BYTES = 4 * 1024**3  # unpacked; the largest package in Argos' index has under 500 MB
MAX_METADATA = 1024**2
_CHUNK = 1024**2
_FORBIDDEN = frozenset('\\:*?"<>|')


def metadata(archive: Path) -> bytes:
    """The metadata.json of an archive. Raises UserError where the archive is not what it should be."""
    with _opened(archive) as opened:
        members, top = _checked(opened, archive)
        member = next((m for m in members if m.filename == f"{top}/metadata.json"), None)
        if member is None:
            raise UserError(f"{archive} is no Argos package: it holds no metadata.json; get it again.")
        try:
            with opened.open(member) as stream:
                return stream.read(MAX_METADATA)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise _damaged(archive, error) from None


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive into an empty folder; the path of the package's own folder inside it.

    Raises UserError for an archive that is damaged, that reaches outside its folder, that holds
    links or encrypted files, or that is too large. What was written by then is the caller's to remove.
    """
    with _opened(archive) as opened:
        members, top = _checked(opened, archive)
        need = sum(member.file_size for member in members)
        free = shutil.disk_usage(folder).free
        if need > free:
            raise UserError(f"{archive} needs {need:,} bytes unpacked, and {folder} has {free:,} left; make room.")
        for member in members:
            target = folder.joinpath(*PurePosixPath(member.filename).parts)
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(opened, member, target, archive)
        return folder / top


def whole(archive: Path, folder: Path) -> bool:
    """Whether the package folder that was unpacked from an archive still has files of the sizes stated there."""
    with _opened(archive) as opened:
        members, _ = _checked(opened, archive)
        files = {folder.joinpath(*PurePosixPath(m.filename).parts[1:]): m.file_size for m in members if not m.is_dir()}
    try:
        return all(path.stat().st_size == size for path, size in files.items())
    except OSError:
        return False


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, archive: Path) -> None:
    try:
        with opened.open(member) as stream, target.open("xb") as out:
            shutil.copyfileobj(stream, out, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _damaged(archive, error) from None


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except FileNotFoundError:
        raise UserError(f"{archive} does not exist; check the name.") from None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(archive, error) from None


def _damaged(archive: Path, error: object) -> UserError:
    return UserError(f"{archive} is damaged or no .argosmodel archive ({error}); get it again.")


def _checked(opened: zipfile.ZipFile, archive: Path) -> tuple[list[zipfile.ZipInfo], str]:
    """The members and the one folder they all lie in."""
    members = opened.infolist()
    if len(members) > MAX_MEMBERS:
        raise UserError(f"{archive} holds {len(members):,} files, more than {MAX_MEMBERS:,}; it is no Argos package.")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise UserError(f"{archive} would unpack to more than {MAX_BYTES // 1024**3} GiB; it is no Argos package.")
    tops: dict[str, None] = {}
    seen: set[str] = set()
    for member in members:
        reason = _refusal(member)
        folded = member.filename.rstrip("/").casefold()
        if not reason and folded in seen:
            reason = "a file twice"
        if reason:
            raise UserError(f"{archive} holds {reason} ({member.filename[:80]!r}); do not use it.")
        seen.add(folded)
        tops[PurePosixPath(member.filename).parts[0]] = None
    if len(tops) != 1 or all(member.filename.rstrip("/") in tops for member in members):
        raise UserError(f"{archive} is no Argos package: it should hold one folder; get it again.")
    return members, next(iter(tops))


def _refusal(member: zipfile.ZipInfo) -> str:
    """Why a member is not to be unpacked; empty if it may be."""
    name = member.filename
    parts = name.rstrip("/").split("/")
    if name != member.orig_filename or not name.isprintable() or _FORBIDDEN & set(name) or len(name) > 300:
        return "a name that is not allowed"
    if any(part in ("", ".", "..") or part.endswith((" ", ".")) for part in parts):
        return "a path that leads outside its folder"
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or a special file"
    if member.flag_bits & 0x1:
        return "an encrypted file"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "a file packed in a way that is not allowed"
    return ""
