"""One CTranslate2 translator over all sentences of a run, in batches of like length.

`argostranslate.translate` sends one sentence a time, or glues the sentences of a paragraph
together so that no translation can be traced to its sentence. Here each sentence is its own
hypothesis, and sentences of like length share a batch.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.translate.normalise import NORMALISATION, normalise, tidy
from pipeline.translate.packages import Package

REVISION = "1"  # part of the memory's key: raise it when the same model would now give another text
MAX_TOKENS = 160  # longer sentences are cut at a clause; Argos' models saw few longer ones in training
BATCH_TOKENS = 1536  # padded source tokens in a batch
BATCH_TEXTS = 64  # each of them has as many floats as the vocabulary has pieces, times the beam, in every thread
_BUCKETS = (8, 16, 32, 64, 128, MAX_TOKENS, 256, 512)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a model makes of one text: `score` is the mean log-probability of its `length` tokens,
    the end mark included. `complete` is False where the model was stopped at its longest output."""

    text: str
    score: float
    length: int
    complete: bool = True


class Engine:
    """An Argos package, loaded.

    The same texts in one call give the same hypotheses. A text's batch is made of its like in the
    call; since CTranslate2's kernels round differently for batches of different shape, its company
    may decide between two hypotheses whose scores agree to about six digits, and nothing else:
    texts are translated once however often they occur, and no limit depends on the batch.

    Raises UserError where the model cannot be loaded.
    """

    def __init__(self, folder: Path, package: Package, *, beam: int = 4, threads: int = 0) -> None:
        # Threads that spin while they wait slow each other down where cores are shared.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import ctranslate2

        self._tokenizer = tokenizer(folder, package)
        self._cleaned = normalise if package.normalisation == NORMALISATION else tidy
        self._prefix = [package.target_prefix] if package.target_prefix else None
        self._beam = beam
        threads = threads or _cores()
        supported = ctranslate2.get_supported_compute_types("cpu")
        try:
            self._translator: Any = ctranslate2.Translator(
                str(folder / "model"),
                device="cpu",
                compute_type="int8" if "int8" in supported else "default",
                inter_threads=threads,
                intra_threads=1,
            )
        except (RuntimeError, ValueError) as error:
            raise UserError(
                f"The model of {package.name} in {folder} cannot be loaded ({error}); install the package again."
            ) from None
        self._window = 2 * threads

    def length(self, text: str) -> int:
        """How many tokens a text has for this model."""
        return len(self._encoded(text))

    def _encoded(self, text: str) -> list[str]:
        clean = self._cleaned(text).encode("utf-8", "replace").decode("utf-8")  # SentencePiece takes no lone surrogates
        return list(self._tokenizer.encode(clean))

    def decode(
        self, texts: Sequence[str], *, careful: bool = False, progress: Callable[[int], None] | None = None
    ) -> list[Hypothesis]:
        """One hypothesis for each text, in order. `careful` decodes greedily and bars repetition, for
        texts whose first translation ran in circles; otherwise nothing is barred, since names and
        figures are repeated for good reason. `progress` is told of each batch's size."""
        tokens = {text: self._encoded(text) for text in dict.fromkeys(texts)}
        done: dict[str, Hypothesis] = {text: Hypothesis("", 0.0, 0) for text in tokens if not tokens[text]}
        # Longest first: a batch too large for the memory fails at once, not in the end.
        waiting = sorted((text for text in tokens if tokens[text]), key=lambda text: (-len(tokens[text]), text))
        for batch, results in self._run(batches([(text, len(tokens[text])) for text in waiting]), tokens, careful):
            for text, result in zip(batch, results):
                done[text] = self._hypothesis(result, _limit(len(tokens[text])))
            if progress:
                progress(len(batch))
        return [done[text] for text in texts]

    def _run(
        self, queue: Iterator[list[str]], tokens: dict[str, list[str]], careful: bool
    ) -> Iterator[tuple[list[str], list[Any]]]:
        pending: deque[tuple[list[str], list[Any]]] = deque()
        for batch in queue:
            pending.append((batch, self._submit(batch, tokens, careful)))
            if len(pending) >= self._window:
                yield from self._collected(*pending.popleft(), tokens, careful)
        while pending:
            yield from self._collected(*pending.popleft(), tokens, careful)

    def _submit(self, batch: list[str], tokens: dict[str, list[str]], careful: bool) -> list[Any]:
        return list(
            self._translator.translate_batch(
                [tokens[text] for text in batch],
                target_prefix=[self._prefix] * len(batch) if self._prefix else None,
                asynchronous=True,
                beam_size=1 if careful else self._beam,
                repetition_penalty=1.2 if careful else 1.0,
                no_repeat_ngram_size=3 if careful else 0,
                max_input_length=0,
                max_decoding_length=_limit(len(tokens[batch[0]])),
                replace_unknowns=True,
                return_scores=True,
            )
        )

    def _collected(
        self, batch: list[str], futures: list[Any], tokens: dict[str, list[str]], careful: bool
    ) -> Iterator[tuple[list[str], list[Any]]]:
        try:
            results = [future.result() for future in futures]
        except (MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            if len(batch) == 1:
                raise UserError(
                    f"There is not enough memory to translate a sentence of {len(tokens[batch[0]])} tokens;"
                    " close other programs or run with --no-translate.",
                    1,
                ) from None
            results = []
        if results:
            yield batch, results
        else:
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                yield from self._collected(half, self._submit(half, tokens, careful), tokens, careful)

    def _hypothesis(self, result: Any, limit: int) -> Hypothesis:
        pieces: list[str] = result.hypotheses[0]
        if self._prefix and pieces[:1] == self._prefix:
            pieces = pieces[1:]
        text = " ".join(self._tokenizer.decode(pieces).split())
        score = float(result.scores[0])
        return Hypothesis(text, score if math.isfinite(score) else -99.0, len(pieces) + 1, len(pieces) < limit)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tokenizer(folder: Path, package: Package) -> Any:
    """The tokenizer that `argostranslate.package.Package` would give this package.

    Raises UserError where there is none or it cannot be read.
    """
    from argostranslate.tokenizer import BPETokenizer, SentencePieceTokenizer

    sentencepiece, bpe = folder / "sentencepiece.model", folder / "bpe.model"
    if sentencepiece.is_file():
        made = SentencePieceTokenizer(sentencepiece)
    elif bpe.is_file():
        made = BPETokenizer(bpe, package.source.argos, package.target.argos)
    else:
        raise UserError(f"{package.name} in {folder} has no tokenizer; remove the package and install it again.")
    try:
        made.encode("a")
    except (RuntimeError, OSError, ValueError) as error:
        raise UserError(
            f"The tokenizer of {package.name} in {folder} cannot be read ({error}); install the package again."
        ) from None
    return made


def batches(texts: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Cut texts with their lengths, longest first, into batches of at most BATCH_TEXTS texts and about
    BATCH_TOKENS tokens including padding. No batch mixes buckets, so that all its texts have the same output limit."""
    batch: list[str] = []
    bucket = widest = 0
    for text, length in texts:
        full = len(batch) == BATCH_TEXTS or (len(batch) + 1) * widest > BATCH_TOKENS
        if batch and (full or _bucket(length) != bucket):
            yield batch
            batch = []
        if not batch:
            bucket, widest = _bucket(length), length
        batch.append(text)
    if batch:
        yield batch


def _bucket(length: int) -> int:
    return next((bucket for bucket in _BUCKETS if length <= bucket), length)


def _limit(length: int) -> int:
    """The longest output for a source of so many tokens. It depends on the text alone."""
    return 2 * _bucket(length) + 16


def _out_of_memory(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in text or "bad_alloc" in text or "allocate" in text
