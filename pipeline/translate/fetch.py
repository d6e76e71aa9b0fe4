"""Argos' index of packages and downloads from it: the only place where Parallax uses the network.

Nothing here runs unless `parallax models install` was asked for by name.
"""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any

import regex

from pipeline import __version__
from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.translate import archive
from pipeline.translate.install import cache_folder, sha256
from pipeline.translate.packages import SUFFIX

# As in argostranslate.settings, which is not imported since that creates folders.
INDEX = "https://raw.githubusercontent.com/argosopentech/argospm-index/main/"
TIMEOUT = 30.0  # seconds without an answer
_MAX_INDEX = 16 * 1024**2
_CHUNK = 1 << 16
_SHA256 = regex.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Offer:
    """A package that an index offers. `sha256` is empty where the index gives none."""

    source: Language
    target: Language
    version: str
    links: tuple[str, ...]
    sha256: str = ""

    @property
    def name(self) -> str:
        return f"argos {self.source.argos}-{self.target.argos} {self.version}"


def index_address(stated: str | None = None) -> str:
    """The address of index.json: as stated, as Argos' own setting has it, or Argos' own index."""
    address = stated or os.environ.get("ARGOS_PACKAGE_INDEX") or INDEX
    if address.endswith(".json"):
        return address
    return address.rstrip("/") + "/index.json"


def offers(address: str) -> list[Offer]:
    """The translation packages of an index. Raises UserError where it cannot be had or read."""
    with _get(address) as response:
        data = _read(response, address, _MAX_INDEX + 1)
    if len(data) > _MAX_INDEX:
        raise UserError(f"The index {address} is larger than {_MAX_INDEX // 1024**2} MiB; it is no index of packages.")
    try:
        entries = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        raise UserError(f"The index {address} is no JSON list; check the address.")
    return [offer for entry in entries if (offer := _offer(entry, address))]


def _offer(entry: object, address: str) -> Offer | None:
    """An entry of the index; None for what is no translation package."""
    if not isinstance(entry, dict) or entry.get("type", "translate") != "translate":
        return None
    links = entry.get("links")
    try:
        source, target = (Language.parse(str(entry[key])) for key in ("from_code", "to_code"))
        found = [urllib.parse.urljoin(address, link) for link in links or () if isinstance(link, str)]
    except (KeyError, TypeError, ValueError, UserError):
        return None
    safe = ("https://",) if address.startswith("https://") else ("https://", "http://")
    usable = tuple(link for link in found if link.startswith(safe))
    digest = entry.get("sha256")
    known = digest.lower() if isinstance(digest, str) and _SHA256.fullmatch(digest) else ""
    return Offer(source, target, str(entry.get("package_version", "")), usable, known) if usable else None


def choose(available: Sequence[Offer], source: Language, target: Language) -> Offer:
    """The newest offer for a pair. Raises UserError where there is none, naming what there is."""
    fitting = [o for o in available if (o.source.argos, o.target.argos) == (source.argos, target.argos)]
    if fitting:
        return max(fitting, key=lambda offer: [int(n) for n in regex.findall("[0-9]+", offer.version)])
    targets = sorted({offer.target.argos for offer in available if offer.source.argos == source.argos})
    there = f"from {source.argos} it has {', '.join(targets)}" if targets else f"it has nothing from {source.argos}"
    raise UserError(f"The index has no package {source.argos}-{target.argos}; {there}.")


def fetch(
    links: Sequence[str],
    *,
    digest: str = "",
    announce: Callable[[str, int | None], bool] = lambda link, size: True,
    progress: Callable[[int], None] = lambda bytes_so_far: None,
) -> Path:
    """Download an archive from the first link that works; the file in the user's cache.

    A download that was broken off goes on where it stopped, if the server can and the file there is
    still the same. `announce` is told the address and the size in bytes (None if the server does not
    say) before anything is downloaded, and may refuse. Raises UserError for whatever goes wrong; a
    file with the wrong SHA-256 is deleted.
    """
    errors = []
    for link in links:
        try:
            return _fetched(link, digest, announce, progress)
        except _Unreachable as error:
            errors.append(str(error))
    raise UserError(errors[0] if errors else "There is no address to download from.")


class _Unreachable(UserError):
    """A link that does not answer: another may."""


def _fetched(
    link: str, digest: str, announce: Callable[[str, int | None], bool], progress: Callable[[int], None]
) -> Path:
    import hashlib

    folder = cache_folder() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (hashlib.sha256(link.encode()).hexdigest()[:24] + ".part")
    note = part.with_suffix(".json")  # what tells whether the file on the server is still the same
    have, validator = _left_over(part, note)
    headers = {"Range": f"bytes={have}-", "If-Range": validator} if have else {}
    with _get(link, headers) as response:
        if response.status != 206 or not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = 0
        length = response.headers.get("Content-Length", "")
        size = have + int(length) if length.isdigit() else None
        if size is not None and size > archive.MAX_BYTES:
            raise UserError(f"{link} has {size:,} bytes, more than any Argos package; it is not downloaded.")
        if not announce(link, size):
            raise UserError("Nothing was downloaded.", exit_code=1)
        if size is not None and size - have > shutil.disk_usage(folder).free:
            raise UserError(f"{link} has {size:,} bytes, and {folder} has no room for them; make room.")
        note.write_text(json.dumps(_validator(response.headers)), encoding="utf-8")
        with part.open("ab" if have else "wb") as out:
            have = _copy(response, out, have, link, progress)
    if size is not None and have != size:
        raise UserError(f"The download of {link} broke off at {have:,} of {size:,} bytes; the same command goes on.")
    if digest and sha256(part) != digest:
        part.unlink()
        raise UserError(f"{link} is not the file that the index describes (its SHA-256 differs); it was deleted.")
    done = part.with_suffix(SUFFIX)
    part.replace(done)
    note.unlink(missing_ok=True)
    return done


def _left_over(part: Path, note: Path) -> tuple[int, str]:
    """How much of a file is there from an earlier download, and the server's mark of its version."""
    try:
        validator = json.loads(note.read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0, ""
    return (size, validator) if isinstance(validator, str) and validator else (0, "")


def _validator(headers: HTTPMessage) -> str:
    """What If-Range may hold (RFC 9110, 13.1.5): a strong entity tag, or the date of the last change."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _copy(response: Any, out: IO[bytes], have: int, link: str, progress: Callable[[int], None]) -> int:
    progress(have)
    while chunk := _read(response, link, _CHUNK, more=f"; the same command goes on at {have:,} bytes"):
        out.write(chunk)
        have += len(chunk)
        if have > archive.MAX_BYTES:
            raise UserError(f"{link} sends more bytes than any Argos package has; the download was stopped.")
        progress(have)
    return have


def _read(response: Any, link: str, size: int, more: str = "") -> bytes:
    try:
        return bytes(response.read(size))
    except (OSError, HTTPException) as error:
        raise UserError(f"The download of {link} broke off ({_reason(error)}){more}.") from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never from https to anything else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://" if req.full_url.startswith("https://") else ("https://", "http://")):
            raise urllib.error.URLError(f"it leads to {newurl[:100]}, which is not safe")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _get(address: str, headers: dict[str, str] | None = None) -> Any:
    """An open response. Raises UserError in a sentence."""
    if not address.startswith(("https://", "http://")):
        raise UserError(f"{address} is no address that starts with https:// or http://.")
    opener = urllib.request.build_opener(_Redirects)
    request = urllib.request.Request(address, headers={"User-Agent": f"parallax/{__version__}", **(headers or {})})
    try:
        return opener.open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        with suppress(OSError):
            error.close()
        if error.code == 416 and headers:  # the file there is shorter than what is here: begin again
            return _get(address)
        raise _Unreachable(f"{address} answers {error.code} {error.reason}; check the address.") from None
    except (OSError, HTTPException, ValueError) as error:
        raise _Unreachable(f"{address} cannot be reached ({_reason(error)}); check the connection.") from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)
