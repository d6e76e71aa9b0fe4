"""Tokenised text on disk: what `prepare` leaves and `train` reads. Needs numpy and nothing else.

A folder holds `prepare.json` (what it is), `sentencepiece.model`, `held.xz` (pairs kept back) and
`part-00.xz`, `part-01.xz` ... Each of these is an xz-compressed .npz of the arrays of `Encoded`;
each part stays under `PART_BYTES` even if nothing of it could be compressed, so that parts can be
carried over any channel with a limit on file sizes.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import UserError

UNKNOWN, START, END, PADDING = 0, 1, 2, 3  # ids of the control tokens in every vocabulary of this chain
PART_BYTES = 15 * 1024 * 1024
# Two-byte ids: the position parameters of LZMA that suit them.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 3, "lp": 1, "pb": 1}]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Encoded:
    """Pairs as token ids, without control tokens.

    `source` and `target` (uint16) hold the ids of all pairs one after the other, `source_lengths`
    and `target_lengths` (uint8) how many belong to each, `kinds` (uint8) the number of its class.
    """

    source: Array
    target: Array
    source_lengths: Array
    target_lengths: Array
    kinds: Array

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def tokens(self) -> int:
        return len(self.source) + len(self.target)


_FIELDS = ("source", "target", "source_lengths", "target_lengths", "kinds")
_TYPES = (np.uint16, np.uint16, np.uint8, np.uint8, np.uint8)


def encoded(pairs: Sequence[tuple[Sequence[int], Sequence[int], int]]) -> Encoded:
    """The arrays of pairs of token ids, each with the number of its class."""
    values = (
        [token for source, _, _ in pairs for token in source],
        [token for _, target, _ in pairs for token in target],
        [len(source) for source, _, _ in pairs],
        [len(target) for _, target, _ in pairs],
        [kind for _, _, kind in pairs],
    )
    return Encoded(*(np.array(value, kind) for value, kind in zip(values, _TYPES)))


def joined(pieces: Sequence[Encoded]) -> Encoded:
    """Several sets of pairs as one."""
    return Encoded(*(np.concatenate([getattr(piece, field) for piece in pieces]) for field in _FIELDS))


def write(folder: Path, pieces: Sequence[Encoded], held: Encoded, facts: dict[str, Any]) -> None:
    """Write a prepared folder; `facts` become its `prepare.json`, with the list of parts added.

    `pieces` are small sets of pairs, put together into parts as they fit.
    """
    for old in folder.glob("part-*.xz"):
        old.unlink()
    parts: list[dict[str, Any]] = []
    pending: list[Encoded] = []
    for piece in pieces:
        if pending and sum(map(_size, pending)) + _size(piece) > PART_BYTES:
            parts.append(_save(folder / f"part-{len(parts):02d}.xz", joined(pending)))
            pending = []
        pending.append(piece)
    parts.append(_save(folder / f"part-{len(parts):02d}.xz", joined(pending)))
    kept_back = _save(folder / "held.xz", held)
    text = json.dumps({**facts, "parts": parts, "held": kept_back}, indent=1, ensure_ascii=False)
    (folder / "prepare.json").write_text(text + "\n", encoding="utf-8")


def facts(folder: Path) -> dict[str, Any]:
    """What `prepare.json` says. Raises UserError where there is none."""
    path = folder / "prepare.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); run the prepare step first.") from None


def read(folder: Path, partial: bool = False) -> tuple[Encoded, Encoded]:
    """The pairs to train on and the pairs kept back.

    Raises UserError where a part is missing (unless `partial`) or is not the one that was written.
    """
    known = facts(folder)
    parts = [part for part in known["parts"] if not partial or (folder / part["file"]).exists()]
    if not parts:
        raise UserError(f"{folder} holds no part of the text; carry part-00.xz and the others over.")
    return joined([_load(folder, part) for part in parts]), _load(folder, known["held"])


def _size(piece: Encoded) -> int:
    return sum(int(getattr(piece, field).nbytes) for field in _FIELDS)


def _save(path: Path, piece: Encoded) -> dict[str, Any]:
    buffer = io.BytesIO()
    np.savez(buffer, **{field: getattr(piece, field) for field in _FIELDS})
    data = lzma.compress(buffer.getvalue(), filters=_FILTERS)
    path.write_bytes(data)
    return {
        "file": path.name,
        "pairs": len(piece),
        "tokens": piece.tokens,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _load(folder: Path, record: dict[str, Any]) -> Encoded:
    path = folder / record["file"]
    try:
        data = path.read_bytes()
    except OSError:
        raise UserError(f"{path} is missing; carry it over, or pass --partial to train without it.") from None
    if hashlib.sha256(data).hexdigest() != record["sha256"]:
        raise UserError(f"{path} is not the file that prepare.json lists; carry both over again.")
    arrays = np.load(io.BytesIO(lzma.decompress(data)))
    return Encoded(*(arrays[field] for field in _FIELDS))
