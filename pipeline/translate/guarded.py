"""Sentences through a model with guards: take apart, translate, check, try once more, put together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.language import Language
from pipeline.translate import guards, protect
from pipeline.translate.engine import MAX_TOKENS, Hypothesis
from pipeline.translate.protect import Protected, Span


class Decoder(Protocol):
    """What the guards need of an engine (see `engine.Engine`)."""

    def length(self, text: str) -> int: ...

    def decode(
        self, texts: Sequence[str], *, careful: bool = False, progress: Callable[[int], None] | None = None
    ) -> list[Hypothesis]: ...


@dataclass(frozen=True, slots=True)
class Output:
    """A translation: `score` is the mean probability of a token, from 0 to 1, or None where no model
    was needed; `warnings` are the codes of docs/translation.md."""

    text: str
    score: float | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    protected: Protected
    pieces: tuple[tuple[str, ...], ...]  # for each part what the model is given; () for a part kept as it is
    careful: bool
    faults: frozenset[str] = frozenset()  # what was wrong with the attempt before

    @property
    def inputs(self) -> object:
        return self.pieces, self.careful


@dataclass(frozen=True, slots=True)
class _Result:
    output: Output
    hard: frozenset[str]


def translate(
    texts: Sequence[str],
    decoder: Decoder,
    language: Language,
    names: Callable[[str], Sequence[Span]] = lambda text: (),
    progress: Callable[[int], None] | None = None,
) -> list[Output]:
    """Translate sentences into English, each by itself.

    `names` finds names that are to appear as given. They are put into the text; where the model
    spoils one all the same, it is hidden behind a placeholder. A sentence whose translation is empty,
    runs in circles, is cut short, is not translated or lost a placeholder is translated once more in
    another way, and the better of the two is kept; what is still wrong is in its warnings.
    """
    spans = [protect.merged(protect.spans(text), names(text)) for text in texts]
    first = [_attempt(text, found, decoder) for text, found in zip(texts, spans)]
    results = _run(texts, spans, first, decoder, language, progress)
    second = {i: _attempt(texts[i], spans[i], decoder, r.hard) for i, r in enumerate(results) if r.hard}
    # Where there is no other way to try, the model would say the same again.
    retries = [i for i, attempt in second.items() if attempt.inputs != first[i].inputs]
    again = _run(
        [texts[i] for i in retries], [spans[i] for i in retries], [second[i] for i in retries], decoder, language, None
    )
    for i, result in zip(retries, again):
        if len(result.hard) < len(results[i].hard):
            results[i] = result
    return [result.output for result in results]


def _attempt(text: str, spans: Sequence[Span], decoder: Decoder, faults: frozenset[str] = frozenset()) -> _Attempt:
    """How to try a sentence: the first time, or again after the faults of the first time."""
    protected = protect.protect(text, spans, split="protected" in faults, hide_names="glossary" in faults)
    capitals = guards.in_capitals(text)
    pieces = []
    for part in protected.parts:
        shown = part.text
        # Capitals go in small letters at once; if that failed, as they are. Small letters the other way round.
        if capitals != ("untranslated" in faults):
            shown = guards.recased(shown) or shown
        pieces.append(tuple(_pieces(shown, decoder)) if part.translate else ())
    return _Attempt(protected, tuple(pieces), bool({"repetition", "empty", "short"} & faults), faults)


def _pieces(text: str, decoder: Decoder) -> list[str]:
    """A text, cut where it is longer than the model takes."""
    done: list[str] = []
    waiting = [text]
    while waiting:
        piece = waiting.pop()
        cut = guards.clauses(piece, MAX_TOKENS, decoder.length(piece))
        if len(cut) > 1:
            waiting.extend(reversed(cut))
        else:
            done.append(piece.strip())
    return [piece for piece in done if piece]


def _run(
    texts: Sequence[str],
    spans: Sequence[Sequence[Span]],
    attempts: Sequence[_Attempt],
    decoder: Decoder,
    language: Language,
    progress: Callable[[int], None] | None,
) -> list[_Result]:
    made: dict[tuple[str, bool], Hypothesis] = {}
    for careful in (False, True):
        wanted = list(dict.fromkeys(p for a in attempts if a.careful is careful for part in a.pieces for p in part))
        if wanted:
            hypotheses = decoder.decode(wanted, careful=careful, progress=progress)
            made |= {(text, careful): hypothesis for text, hypothesis in zip(wanted, hypotheses)}
    return [_result(text, found, attempt, made, language) for text, found, attempt in zip(texts, spans, attempts)]


def _result(
    text: str,
    spans: Sequence[Span],
    attempt: _Attempt,
    made: dict[tuple[str, bool], Hypothesis],
    language: Language,
) -> _Result:
    protected = attempt.protected
    used = [[made[piece, attempt.careful] for piece in pieces] for pieces in attempt.pieces]
    translated = [guards.english_marks(protect.joined(h.text for h in hypotheses)) for hypotheses in used]
    models = [h for hypotheses in used for h in hypotheses]
    outputs = [text for text, part in zip(translated, protected.parts) if part.translate]
    whole = protect.joined(t if part.translate else part.text for t, part in zip(translated, protected.parts))
    hard = set()
    if protected.missing(whole):
        hard.add("protected")
    whole = protected.restored(whole)
    if any(name not in whole for name in protected.names):
        hard.add("glossary")
    found = list(
        guards.faults(
            _bare(text, spans),
            protect.without(" ".join(outputs), [*protected.names, *(slot for slot, _ in protected.slots)]),
            language,
            complete=all(h.complete for h in models),
        )
        if models
        else ()
    )
    hard |= guards.HARD & set(found)
    if "protected" in hard | attempt.faults:
        found.append("protected")
    if any(len(pieces) > 1 for pieces in attempt.pieces):
        found.append("long")
    length = sum(h.length for h in models)
    score = math.exp(min(0.0, sum(h.score * h.length for h in models) / length)) if length else None
    return _Result(Output(whole, score, tuple(found)), frozenset(hard))


def _bare(text: str, spans: Sequence[Span]) -> str:
    """A text without its protected spans."""
    kept, position = [], 0
    for span in spans:
        kept.append(text[position : span.start])
        position = span.end
    return " ".join([*kept, text[position:]])
