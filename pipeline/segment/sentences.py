"""Sentences of a running text, by rules.

Every stop mark is looked at once, together with a bounded stretch of text on either side. The
tables of words are data (see `rules.Rules`), the decisions are in `endings`.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from pipeline.language import Language
from pipeline.segment.endings import ends_sentence
from pipeline.segment.pairs import BRACKETS, Marks, find
from pipeline.segment.rules import Rules, rules_for
from pipeline.segment.stops import AHEAD, NEAR, RUN, WORD, Stop, past_space

_PARAGRAPH = regex.compile(r"\n[^\S\n]*+\n\s*+|\n[^\S\n]*+(?=[•‣◦▪●■*]\s)")


def split(text: str, language: Language) -> list[tuple[int, int]]:
    """Offsets of the sentences of one running text, in linear time.

    Line ends count as white space, a blank line as the end of a sentence. Each sentence is trimmed
    of outer white space, and every non-blank character is in exactly one of them. A stretch without
    letter or digit belongs to the sentence before it, or to the first one.
    """
    rules = rules_for(language)
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs(text):
        begin = start
        for boundary in _boundaries(text[start:end], rules):
            spans.append((begin, start + boundary))
            begin = start + boundary
        spans.append((begin, end))
    return _with_words(text, spans)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        if text[max(0, gap.start() - AHEAD) : gap.start()].rstrip().endswith((":", "：")):
            continue  # what is announced belongs to its announcement
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _boundaries(text: str, rules: Rules) -> Iterator[int]:
    """Where one sentence ends and the next may begin."""
    marks = find(text, rules.elisions)
    guarded = _guarded(text, marks, rules.whole)
    guard = next(guarded, None)
    sentence = done = 0
    for run in RUN.finditer(text):
        if run.start() < done:
            continue
        stop = Stop(text, rules, marks, sentence, *run.span())
        done = stop.close
        if stop.after == len(text):
            return
        while guard is not None and guard[1] <= stop.close:
            guard = next(guarded, None)
        if (guard is None or stop.close <= guard[0]) and ends_sentence(stop):
            yield stop.close
            sentence = stop.after


def _guarded(text: str, marks: Marks, whole: int) -> Iterator[tuple[int, int]]:
    """Stretches that are not split: short quotations and brackets, in order and without overlap.

    What is quoted as a whole sentence begins like one, or goes on after a comma; anything else
    between two quotation marks may be the text between two quotations.
    """
    reach = 0
    for start, end in sorted((opening, marks.closing[close]) for close, opening in marks.partner.items()):
        if end - start > whole or end <= reach:
            continue
        if text[start] not in BRACKETS.values():
            before = text[max(0, start - NEAR) : start].rstrip()[-1:]
            if text[past_space(text, marks.opening[start])].islower() and before not in (",", ":"):
                continue
        yield max(start, reach), end
        reach = end


def _with_words(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans trimmed; those that are blank left out, those without letter or digit joined to the one before."""
    joined: list[tuple[int, int]] = []
    wordless = False
    for start, end in spans:
        start = past_space(text, start)
        end = start + len(text[start:end].rstrip())
        if start == end:
            continue
        has_word = WORD.search(text, start, end) is not None
        if joined and (wordless or not has_word):
            joined[-1] = (joined[-1][0], end)
            wordless = wordless and not has_word
        else:
            joined.append((start, end))
            wordless = not has_word
    return joined
