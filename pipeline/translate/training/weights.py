"""Trained weights as small files, and the shape of the network they belong to. Needs numpy only.

Matrices are stored as CTranslate2's int8 does, one scale for each row, so that nothing more is
lost when the package is made from them. The files hold no pickled objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import UserError

FILE_BYTES = 15 * 1024 * 1024
_SCALE = "/scale"

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


SHAPES: dict[str, dict[str, Any]] = {
    "base": {},
    "small": {"width": 128, "heads": 4, "inner": 512, "encoder": 3, "decoder": 2},
    "tiny": {"width": 64, "heads": 2, "inner": 256, "encoder": 2, "decoder": 1},
}


def shape(name: str, vocabulary: int, **changes: Any) -> Shape:
    """A shape by its name. The vocabulary is rounded up to a multiple of 8, which GPUs like."""
    return Shape(vocabulary=-(-vocabulary // 8) * 8, **{**SHAPES[name], **changes})


def pack(folder: Path, arrays: Mapping[str, Array], shape: Shape, facts: Mapping[str, Any]) -> list[Path]:
    """Write float arrays as `weights-00.npz` ..., each under `FILE_BYTES`, and `training.json`.

    Returns the files. Raises ValueError for an array that is too large for a file of its own.
    """
    stored: dict[str, Array] = {}
    for name, array in sorted(arrays.items()):
        if array.ndim == 2:
            stored[name], stored[name + _SCALE] = quantised(array)
        else:
            stored[name] = array.astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("weights-*.npz"):
        old.unlink()
    files: list[dict[str, Array]] = [{}]
    for name, array in stored.items():
        if array.nbytes > FILE_BYTES:
            raise ValueError(f"{name} has {array.nbytes} bytes, more than a file may have")
        if _bytes(files[-1]) + array.nbytes > FILE_BYTES:
            files.append({})
        files[-1][name] = array
    written = []
    for number, content in enumerate(files):
        path = folder / f"weights-{number:02d}.npz"
        # Slashes would be folders inside the archive for no gain, but numpy handles them.
        np.savez(path, **content)  # type: ignore[arg-type]
        written.append(path)
    record = folder / "training.json"
    record.write_text(json.dumps({"shape": asdict(shape), **facts}, indent=1) + "\n", encoding="utf-8")
    return [*written, record]


def unpack(folder: Path) -> tuple[dict[str, Array], Shape, dict[str, Any]]:
    """The float32 arrays, the shape and the facts that `pack` was given.

    Raises UserError for a folder that holds no packed weights.
    """
    try:
        facts = json.loads((folder / "training.json").read_text(encoding="utf-8"))
        stored: dict[str, Array] = {}
        for path in sorted(folder.glob("weights-*.npz")):
            with np.load(path, allow_pickle=False) as content:
                stored.update(content)
        shape = Shape(**facts.pop("shape"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{folder} holds no packed weights ({error}); run the pack step first.") from None
    arrays = {}
    for name, array in stored.items():
        if not name.endswith(_SCALE):
            scale = stored.get(name + _SCALE)
            arrays[name] = array if scale is None else array.astype(np.float32) * scale[:, None]
    return arrays, shape, facts


def quantised(matrix: Array) -> tuple[Array, Array]:
    """int8 values and a float32 scale for each row: row = values * scale."""
    scale = np.maximum(np.abs(matrix).max(axis=1), 1e-8).astype(np.float32) / np.float32(127)
    return np.rint(matrix / scale[:, None]).astype(np.int8), scale


def _bytes(content: Mapping[str, Array]) -> int:
    return sum(array.nbytes + 512 for array in content.values())
