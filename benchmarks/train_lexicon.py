"""Train the lexicon that glosses German and Chinese in English, word piece by word piece.

    python -m benchmarks.train_lexicon ../shared/mt-data     write align/lexicon.npz; about ten minutes, 4 GB

Method: IBM model 1 with an empty word (Brown et al., "The Mathematics of Statistical Machine
Translation", 1993, section 4.1), estimated by expectation-maximisation on sets of word pieces: a
piece that occurs twice in a sentence counts once. The text is the training text of the starter
models (`docs/training.md`); of the large software sets only every n-th pair is read, and those whose
licence asks for the same licence of what is made from them are left out.
"""

from __future__ import annotations

import argparse
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.align import gloss
from pipeline.embed import tokenizer
from pipeline.language import to_simplified

Indices: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]

# Of each set of sentence pairs every n-th is read.
SETS = {
    "de": {
        "news-human": 1, "news-bt": 1, "news-kd": 1, "europarl-20k": 1, "opennmt-sample-wmt15": 1, "tatoeba": 1,
        "mozilla-engagement": 1, "mozilla-www": 1, "kubernetes-docs": 1, "opensource-guide": 1, "msdocs-business-ht": 3,
    },
    "zh": {
        "news-human": 1, "news-bt": 1, "news-kd": 1, "tatoeba": 1, "3am-captions": 1, "lctt-translateproject": 2,
        "mozilla-engagement.hant": 1, "mozilla-www": 1, "opensource-guide": 1, "kubernetes-docs": 5,
        "msdocs-business-ht": 5, "taiwan-laws.hant": 2,
    },
}  # fmt: skip
ROUNDS = 6
LONGEST = 60  # pieces of a sentence
# A pair of pieces must meet so often to be looked at, and be so probable to be kept.
MEETINGS = 3
PROBABLE = 0.03
MOST = 8  # translations of a piece
_CHUNK = 10_000


def pairs(folder: Path, language: str) -> Iterator[tuple[str, str]]:
    """The sentence pairs (foreign, English) that a lexicon learns from, in lower case, Chinese in Simplified."""
    for name, step in SETS[language].items():
        with lzma.open(folder / f"{language}-en" / f"{name}.tsv.xz", "rt", encoding="utf-8") as file:
            for line in file.read().splitlines()[::step]:
                foreign, _, english = line.partition("\t")
                yield (to_simplified(foreign) if name.endswith(".hant") else foreign).lower(), english.lower()


def meetings(foreign: Sequence[Sequence[int]], english: Sequence[Sequence[int]], size: int) -> tuple[Indices, Indices]:
    """Every English piece of a sentence pair with the empty word and every foreign one, as foreign * size + English.

    Also how many belong to each English piece, in order.
    """
    keys, counts = [], []
    for own, other in zip(foreign, english):
        left = np.array([size, *own], dtype=np.int64)
        keys.append((left[None, :] * size + np.array(other, dtype=np.int64)[:, None]).ravel())
        counts += [len(left)] * len(other)
    return np.concatenate(keys), np.array(counts)


def frequent(chunks: Sequence[Indices], size: int) -> Indices:
    """The sorted pairs that meet at least `MEETINGS` times, and all with the empty word."""
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for first in range(0, len(chunks), 5):
        found = [np.unique(chunk, return_counts=True) for chunk in chunks[first : first + 5]]
        every = np.concatenate([keys, *(k for k, _ in found)])
        number = np.concatenate([counts, *(c for _, c in found)])
        keys, place = np.unique(every, return_inverse=True)
        counts = np.bincount(place, number).astype(np.int64)
    kept: Indices = keys[(counts >= MEETINGS) | (keys // size == size)]
    return kept


def estimate(foreign: Sequence[Sequence[int]], english: Sequence[Sequence[int]], size: int) -> tuple[Indices, Floats]:
    """The pairs of pieces, as foreign * size + English, and the probability of the English given the foreign."""
    chunks = [
        meetings(foreign[start : start + _CHUNK], english[start : start + _CHUNK], size)
        for start in range(0, len(foreign), _CHUNK)
    ]
    keys = frequent([chunk for chunk, _ in chunks], size)
    cells = []
    for met, counts in chunks:
        place = np.minimum(np.searchsorted(keys, met), len(keys) - 1)
        # What is not frequent gets a place of its own, whose probability stays 0.
        place = np.where(keys[place] == met, place, len(keys)).astype(np.int32)
        cells.append((place, np.concatenate([[0], np.cumsum(counts)[:-1]]), counts))
    holders = np.flatnonzero(np.diff(keys // size, prepend=-1))
    held = np.diff(holders, append=len(keys))
    probability = np.ones(len(keys) + 1, dtype=np.float32)
    probability[-1] = 0
    for number in range(ROUNDS):
        expected = np.zeros(len(keys) + 1)
        for place, start, counts in cells:
            share = probability[place]
            share /= np.repeat(np.maximum(np.add.reduceat(share, start), 1e-9), counts)
            expected += np.bincount(place, share, minlength=len(expected))
        # Half a meeting with nothing keeps what was hardly ever seen from being sure of itself.
        totals = np.add.reduceat(expected[:-1], holders) + 0.5
        probability[:-1] = expected[:-1] / np.repeat(totals, held)
        print(f"round {number + 1} of {ROUNDS}", flush=True)
    return keys, probability[:-1]


def best(keys: Indices, probability: Floats, size: int) -> tuple[Indices, Indices, Floats]:
    """How many translations each foreign piece keeps (size,); these, the most probable first, and their shares."""
    kept = (probability >= PROBABLE) & (keys // size < size)
    holder, pieces, share = keys[kept] // size, keys[kept] % size, probability[kept]
    order = np.lexsort((pieces, -share, holder))
    holder, pieces, share = holder[order], pieces[order], share[order]
    rank = np.arange(len(holder)) - np.searchsorted(holder, holder)
    top = rank < MOST
    return np.bincount(holder[top], minlength=size), pieces[top], share[top]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where de-en/ and zh-en/ lie")
    folder = parser.parse_args().folder
    size = tokenizer().get_piece_size()
    arrays: dict[str, Any] = {}
    sentences, holders = 0, np.zeros(size)
    for language in SETS:
        foreign, english = [], []
        for left, right in pairs(folder, language):
            own, other = (sorted(set(tokenizer().encode(text, out_type=int))) for text in (left, right))
            if 0 < len(own) <= LONGEST and 0 < len(other) <= LONGEST:
                foreign.append(own)
                english.append(other)
        print(f"{language}: {len(foreign):,} sentence pairs", flush=True)
        sentences += len(english)
        holders += np.bincount([piece for pieces in english for piece in pieces], minlength=size)
        count, pieces, share = best(*estimate(foreign, english, size), size)
        print(f"{language}: {len(pieces):,} translations", flush=True)
        arrays[f"{language}_count"] = count.astype(np.uint8)
        arrays[f"{language}_pieces"] = pieces.astype(np.uint32)
        arrays[f"{language}_share"] = np.round(share * 255).astype(np.uint8)
    arrays["rarity"] = np.log(sentences / (1 + holders)).clip(0.05, 9).astype(np.float16)
    np.savez_compressed(Path(gloss.__file__).with_name("lexicon.npz"), **arrays)


if __name__ == "__main__":
    main()
