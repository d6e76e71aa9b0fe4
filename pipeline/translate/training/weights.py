"""Trained weights as small files, and the shape of the network they belong to. Needs numpy only.

Matrices are stored as CTranslate2's int8 does, one scale for each row, so that nothing more is
lost when the package is made from them. The files hold no pickled objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import UserError

FILE_BYTES = 15 * 1024 * 1024
_SCALE = ":scale"

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Shape:
    """The size of a network: `encoder` and `decoder` count layers, `inner` is the width between
    the two matrices of a feed-forward block."""

    vocabulary: int
    width: int = 512
    heads: int = 8
    inner: int = 2048
    encoder: int = 6
    decoder: int = 3
    dropout: float = 0.1


SHAPES: dict[str, dict[str, int]] = {
    "base": {},
    "small": {"width": 96, "heads": 4, "inner": 384, "encoder": 2, "decoder": 2},
    "tiny": {"width": 64, "heads": 2, "inner": 256, "encoder": 2, "decoder": 1},
}


def shape(name: str, vocabulary: int, dropout: float) -> Shape:
    """A shape by its name. The vocabulary is rounded up to a multiple of 8, which GPUs like."""
    return Shape(vocabulary=-(-vocabulary // 8) * 8, dropout=dropout, **SHAPES[name])


def pack(folder: Path, arrays: Mapping[str, Array], shape: Shape, facts: Mapping[str, Any]) -> list[Path]:
    """Write float arrays as `weights-00.npz` ..., each under `FILE_BYTES`, and `training.json`.

    Returns the files. Raises ValueError for an array that is too large for a file of its own.
    """
    files: list[dict[str, Array]] = [{}]
    for name, array in sorted(arrays.items()):
        if array.ndim == 2:
            values, scale = quantised(array)
            entry = {name: values, name + _SCALE: scale}
        else:
            entry = {name: array.astype(np.float32)}
        if _bytes(entry) > FILE_BYTES:
            raise ValueError(f"{name} has {_bytes(entry)} bytes, more than a file may have")
        if _bytes(files[-1]) + _bytes(entry) > FILE_BYTES:
            files.append({})
        files[-1].update(entry)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("weights-*.npz"):
        old.unlink()
    written = []
    for number, content in enumerate(files):
        written.append(folder / f"weights-{number:02d}.npz")
        np.savez(written[-1], **content)  # type: ignore[arg-type]
    sums = {path.name: _sum(path) for path in written}
    record = folder / "training.json"
    record.write_text(json.dumps({**facts, "shape": asdict(shape), "files": sums}, indent=1) + "\n", encoding="utf-8")
    return [*written, record]


def unpack(folder: Path) -> tuple[dict[str, Array], Shape, dict[str, Any]]:
    """The float32 arrays, the shape and the facts that `pack` was given.

    Raises UserError for a folder that does not hold all that `pack` wrote.
    """
    stored: dict[str, Array] = {}
    try:
        facts = json.loads((folder / "training.json").read_text(encoding="utf-8"))
        shape = Shape(**facts.pop("shape"))
        for name, digest in facts.pop("files").items():
            if _sum(folder / name) != digest:
                raise ValueError(f"{name} is not the file that was written")
            with np.load(folder / name, allow_pickle=False) as content:
                stored.update(content)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{folder} holds no packed weights ({error}); run pack, or copy all its files.") from None
    arrays = {n: _restored(array, stored.get(n + _SCALE)) for n, array in stored.items() if not n.endswith(_SCALE)}
    return arrays, shape, facts


def quantised(matrix: Array) -> tuple[Array, Array]:
    """int8 values and a float32 scale for each row: row = values * scale."""
    scale = np.maximum(np.abs(matrix).max(axis=1), 1e-8).astype(np.float32) / np.float32(127)
    return np.rint(matrix / scale[:, None]).astype(np.int8), scale


def _restored(array: Array, scale: Array | None) -> Array:
    return array if scale is None else array.astype(np.float32) * scale[:, None]


def _bytes(content: Mapping[str, Array]) -> int:
    return sum(array.nbytes + 512 for array in content.values())


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
