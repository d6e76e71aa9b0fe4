"""The vectors of the sources: workers encode them once, the workspace keeps them, later runs read them back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline import embed, executor
from pipeline.embed import Encoder, Matrix
from pipeline.executor import Workers
from pipeline.model import Document, Segment
from pipeline.progress import Task
from pipeline.workspace import Artefacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VECTORS = "embed"  # the stage whose artefacts are the vectors of a source


def encoded(
    documents: Sequence[Document], segments: Sequence[Segment], artefacts: Artefacts, workers: Workers, task: Task
) -> Iterator[tuple[Document, list[Segment], Encoder]]:
    """Each source with its segments and an encoder that knows them; only what is new is encoded, by the workers."""
    sources = list(_by_source(documents, segments).values())
    keys = [artefacts.key(VECTORS, source) for source in sources]
    kept = [_said(artefacts.get(VECTORS, key)) for key in keys]
    new = [source for source, said in zip(sources, kept) if said is None]
    chosen = executor.enough(workers, sum(len(document.text) for document, _ in new))
    fresh = chosen.map(vectors, new, task.step)
    for key, source, said in zip(keys, sources, kept):
        if said is None:
            data = next(fresh)
            artefacts.put(VECTORS, key, data)
            said = _said(data)
            assert said is not None
        yield (*source, said)


def _by_source(documents: Sequence[Document], segments: Sequence[Segment]) -> dict[str, tuple[Document, list[Segment]]]:
    """Each source with its segments, by its id, in order."""
    own: dict[str, tuple[Document, list[Segment]]] = {document.source.id: (document, []) for document in documents}
    for one in segments:
        own[one.source][1].append(one)
    return own


def vectors(source: tuple[Document, Sequence[Segment]]) -> bytes:
    """All that alignment asks of the encoder about one source, as an .npz file. Runs in a worker."""
    import numpy as np

    from pipeline import align

    once = _Once(embed.default())
    align.from_document(*source, once, lexicon=False)
    buffer = io.BytesIO()
    texts = np.frombuffer(json.dumps(list(once.rows)).encode(), dtype=np.uint8)
    np.savez(buffer, texts=texts, vectors=_stacked(once.rows, list(once.rows), once.encode([])))
    return buffer.getvalue()


class _Once:
    """An encoder for one source that encodes each text once: as a context, as English, again in a table."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.rows: dict[str, NDArray[np.float32]] = {}
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self.rows]
        vectors = self._encoder.encode(new)
        self.rows.update(zip(new, vectors))
        return _stacked(self.rows, texts, vectors)


class _Replay:
    """An encoder that says again what was said of the texts of one source."""

    def __init__(self, texts: Sequence[str], vectors: Matrix) -> None:
        self.name = embed.default_name()
        self._vectors = vectors
        self._rows = dict(zip(texts, vectors))

    def encode(self, texts: Sequence[str]) -> Matrix:
        return _stacked(self._rows, texts, self._vectors)


def _stacked(rows: Mapping[str, NDArray[np.float32]], texts: Sequence[str], like: Matrix) -> Matrix:
    import numpy as np

    return np.stack([rows[text] for text in texts]) if texts else like[:0]


def _said(data: bytes | None) -> _Replay | None:
    """What `vectors` made, or None if there is none or it is something else."""
    import zipfile

    import numpy as np

    if data is None:
        return None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as said:
            return _Replay(json.loads(said["texts"].tobytes()), said["vectors"])
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        return None
