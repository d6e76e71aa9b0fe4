"""Sentences of a running text, by rules.

Every stop mark is looked at once, together with a bounded stretch of text on either side: what
closes after it, the word before it, and how the next word begins. The tables of words are data
(see `rules.Rules`). Where the evidence is weak a sentence is rather left whole than cut in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from pipeline.language import Language
from pipeline.segment.pairs import BRACKETS, TITLES, Marks, find
from pipeline.segment.rules import Rules, rules_for

_Kind = Literal["upper", "lower", "digit", "caseless", "other"]

_PARAGRAPH = regex.compile(r"\n[^\S\n]*+\n\s*+|\n[^\S\n]*+(?=[•‣◦▪●■*]\s)")
_RUN = regex.compile(
    r"[\p{Sentence_Terminal}…]++(?:[ \u00a0]++[.!?…](?=[\s.!?…\"'”’)\]]|\Z)[\p{Sentence_Terminal}…]*+)*+"
)
_FULL_WIDTH = frozenset("。！？｡．")
_REFERENCE = regex.compile(r"\[\d{1,3}(?:[-–,]\s?\d{1,3}){0,5}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹]++")
_EMOJI = regex.compile(
    r"(?:(?![©®™\u2190-\u21ff])\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f\u200d]*+|\p{Regional_Indicator}{2})++"
)
_CONTINUES = frozenset(",;:)]}，、；：）」』”")
_LEADING = frozenset("*_~-–—•·¿¡#>")
_FORMAT = regex.compile(r"\p{Cf}")
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー々〇]")
_LETTERS = regex.compile(r"\p{L}++")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]++")
_NOT_WORD_START = regex.compile(r"^[^\p{L}\p{N}%‰$€£]++")
_BEHIND_HAN = regex.compile(r"^.*[\p{Han}\p{Hiragana}\p{Katakana}](?=.)")
_INITIALS = regex.compile(r"(?:\p{L}\.)++")
_ACRONYM = regex.compile(r"(?:\p{L}\.)++\p{L}")
_ROMAN = regex.compile(r"[IVXLC]++|[ivx]++")
_NUMBER = regex.compile(r"\p{N}[\p{N}.,/]*+\p{L}{0,3}")
_LIST_MARK = regex.compile(r"\d{1,2}|\p{L}|[IVX]{1,4}|[ivx]{1,4}")
_CLAUSE = regex.compile(r"[^\n。！？；，,：:“”「」『』\"]{1,20}+")
_SPEAKER = regex.compile(r"(?:\p{Lu}[\p{L}.'’-]*+ ){1,3}+(\p{Ll}++)")
_ORDINAL = regex.compile(r"\d{1,3}|\d+00")
_VOWELS = frozenset("aeiouyäöü")
_GLUED_BEFORE = regex.compile(r"\p{L}*\p{Ll}{3}\Z|\d[\d.,]*\d{3}\Z|[\p{L}%]\d+\Z")
_GLUED_AFTER = regex.compile(r"(\p{Lu}\p{Ll}++)(?![\p{L}\p{N}@/_\\(=]|\.\p{L})")
_FILE_ENDINGS = frozenset(
    "ai at app ch cn co com de dev eu exe html io js jpg me net org pdf php png py tv uk us".split()
)
_ADDRESS = frozenset("/@\\=_")
_BACK = 48  # code points looked at before a stop
_AHEAD = 24  # and after it
_NEAR = 6
_FRONTED = 80  # an adverbial that opens a sentence is shorter than this


def split(text: str, language: Language) -> list[tuple[int, int]]:
    """Offsets of the sentences of one running text, in linear time.

    Line ends count as white space, a blank line as the end of a sentence. Each sentence is trimmed
    of outer white space, and every non-blank character is in exactly one of them. A stretch without
    letter or digit belongs to the sentence before it, or to the first one.
    """
    rules = rules_for(language)
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs(text):
        paragraph = text[start:end]
        cuts = [0, *_boundaries(paragraph, rules), len(paragraph)]
        sentences = [_trimmed(paragraph, a, b) for a, b in zip(cuts, cuts[1:])]
        spans += [(start + a, start + b) for a, b in _with_words(paragraph, sentences)]
    return _with_words(text, spans)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        if text[max(0, gap.start() - _AHEAD) : gap.start()].rstrip().endswith((":", "：")):
            continue  # what is announced belongs to its announcement
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _with_words(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that are not blank, those without a letter or digit joined to the one before."""
    joined: list[tuple[int, int]] = []
    wordless = False
    for start, end in spans:
        if start >= end:
            continue
        has_word = _WORD.search(text, start, end) is not None
        if joined and (wordless or not has_word):
            joined[-1] = (joined[-1][0], end)
            wordless = wordless and not has_word
        else:
            joined.append((start, end))
            wordless = not has_word
    return joined


@dataclass(slots=True)
class _Stop:
    """A run of stop marks `text[start:end]`, the closing marks up to `close`, and what follows."""

    text: str
    rules: Rules
    marks: Marks
    sentence: int  # where the sentence began
    start: int
    end: int
    close: int
    closer: int | None  # the last closing mark, where one follows
    after: int  # the next visible character
    head: int  # the next letter or digit, behind opening marks

    @property
    def run(self) -> str:
        return self.text[self.start : self.end]

    @property
    def next(self) -> str:
        return self.text[self.after : self.after + 1]

    @property
    def kind(self) -> _Kind:
        """How the next word begins; xAI and https://... count as capitals."""
        first = self.text[self.head : self.head + 1]
        if first.isupper() or first.istitle():
            return "upper"
        if first.islower():
            word = self.next_word
            return "upper" if word in ("http", "https", "www") or not word.islower() else "lower"
        if first.isdecimal():
            return "digit"
        return "caseless" if first.isalpha() else "other"

    @property
    def next_word(self) -> str:
        word = _LETTERS.match(self.text, self.head, self.head + _AHEAD)
        return word.group() if word else ""

    @property
    def starter(self) -> bool:
        """Whether the next word has its capital because a sentence begins."""
        word = self.next_word
        initial = len(word) == 1 and self.text.startswith(".", self.head + 1)
        return word[:1].isupper() and not initial and word.lower() in self.rules.starters


def _boundaries(text: str, rules: Rules) -> Iterator[int]:
    """Where one sentence ends and the next may begin."""
    marks = find(text, rules.elisions)
    guarded = _guarded(text, marks, rules.whole)
    guard = next(guarded, None)
    sentence = done = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if start < done:
            continue
        start, end, close, closer = _closed(text, start, end, marks)
        done = close
        after = _past_space(text, close)
        if after == len(text):
            return
        stop = _Stop(text, rules, marks, sentence, start, end, close, closer, after, _head(text, after, marks))
        while guard is not None and guard[1] <= close:
            guard = next(guarded, None)
        if (guard is None or close <= guard[0]) and _ends_sentence(stop):
            yield close
            sentence = after


def _guarded(text: str, marks: Marks, whole: int) -> Iterator[tuple[int, int]]:
    """Stretches that are not split: short quotations and brackets, in order and without overlap.

    What is quoted as a whole sentence begins like one, or goes on after a comma; anything else
    between two quotation marks may be the text between two quotations.
    """
    pairs = sorted((opening, marks.closing[close]) for close, opening in marks.partner.items())
    reach = 0
    for start, end in pairs:
        if end - start > whole or end <= reach:
            continue
        if text[start] not in BRACKETS.values():
            inside = _past_space(text, marks.opening[start])
            before = text[max(0, start - 3) : start].rstrip()[-1:]
            if text[inside].islower() and before not in (",", ":"):
                continue
        yield max(start, reach), end
        reach = end


def _past_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _head(text: str, position: int, marks: Marks) -> int:
    end = min(len(text), position + _AHEAD)
    while position < end:
        if position in marks.opening:
            position = marks.opening[position]
        elif text[position].isspace() or text[position] in _LEADING:
            position += 1
        else:
            break
    return position


def _closed(text: str, start: int, end: int, marks: Marks) -> tuple[int, int, int, int | None]:
    """What closes after a stop `text[start:end]`: quotes, brackets, reference marks, emoji.

    Returns the stop, where all that ends, and the last closing mark among it. A further stop after
    a closing mark takes the place of the first: (yes!).
    """
    closer = None
    position = end
    while position < len(text):
        ahead = position
        while text[ahead : ahead + 1] in (" ", "\u00a0", "\u202f"):
            ahead += 1
        if ahead in marks.closing:
            closer, position = ahead, marks.closing[ahead]
        elif match := _REFERENCE.match(text, ahead) or _EMOJI.match(text, ahead):
            position = match.end()
        elif (
            closer is not None
            and (match := _RUN.match(text, ahead))
            and not text[match.end() : match.end() + 1].isalnum()
        ):
            (start, end), closer = match.span(), None
            position = end
        elif _FORMAT.match(text, position):
            position += 1
        else:
            break
    return start, end, position, closer


def _ends_sentence(stop: _Stop) -> bool:
    if stop.next in _CONTINUES and stop.after not in stop.marks.opening:
        return False
    if _is_full_width(stop):
        return _ends_full_width(stop)
    if stop.after == stop.close and not (stop.closer is not None and stop.kind == "upper"):
        return _is_glued(stop)
    if stop.closer is not None and not _ends_after_closing_mark(stop):
        return False
    run = stop.run
    if "…" in run or run.count(".") > 1:
        if stop.text[stop.start - 1 : stop.start] in ("[", "(") and stop.text[stop.end : stop.end + 1] in ("]", ")"):
            return False  # words left out: [...]
        return _ends_after_ellipsis(stop)
    if "!" in run or "?" in run:
        return stop.kind != "lower"
    return _ends_after_full_stop(stop)


def _ends_after_closing_mark(stop: _Stop) -> bool:
    """Whether a sentence may end where a bracket or quotation has just closed after a stop."""
    assert stop.closer is not None
    mark = stop.text[stop.closer]
    if stop.kind == "lower" or mark in TITLES:
        return False
    opening = stop.marks.partner.get(stop.closer)
    if mark not in BRACKETS:
        speaker = _SPEAKER.match(stop.text, stop.head, stop.head + _BACK)
        if speaker is not None and speaker.group(1) in stop.rules.reporting:
            return False
    if opening is None or opening < stop.sentence:
        return True
    before = stop.text[max(stop.sentence, opening - 3) : opening].rstrip()[-1:]
    if mark in BRACKETS:  # an aside, unless the bracket holds a sentence of its own
        return not before or _RUN.fullmatch(before) is not None
    # »Wer bin ich?« Regisseur ...: a title that ends in a question mark, where nouns have capitals.
    is_title = stop.rules.capital_nouns and before.isalnum() and "." not in stop.run
    return not is_title or stop.starter


# Full-width stops, as in Chinese and Japanese


def _is_full_width(stop: _Stop) -> bool:
    """Whether a stop is to be read as Chinese or Japanese; "." and "?" are where Han characters are next to them."""
    if not _FULL_WIDTH.isdisjoint(stop.run):
        return True
    before, behind = stop.text[stop.start - 1 : stop.start], stop.next
    if stop.closer is not None and _HAN.match(behind):
        return True
    if stop.run in (".", "!", "?", "!!", "?!", "!?", "??"):
        if _HAN.match(before):
            return bool(_HAN.match(behind)) or stop.after > stop.close
        return stop.run != "." and bool(_HAN.match(behind))
    return False


def _ends_full_width(stop: _Stop) -> bool:
    """After a full-width stop a sentence ends, unless a quotation closes after it and the sentence
    goes on: with the clause that names the speaker, or because the quotation is but a part of it.

    GB/T 15834-2011: the stop of a quotation stands inside the marks where the quotation is a
    sentence of its own; a question or exclamation mark stands inside in any case.
    """
    text = stop.text
    if stop.run == "．" and text[stop.start - 1 : stop.start].isdecimal() and stop.next.isdecimal():
        return False
    if stop.closer is None:
        return True
    mark = text[stop.closer]
    if mark in TITLES or text.startswith(stop.rules.continues, stop.after):
        return False
    opening = stop.marks.partner.get(stop.closer)
    before = text[max(0, opening - 2) : opening].rstrip()[-1:] if opening is not None else ""
    if mark in BRACKETS:
        return not before or _RUN.fullmatch(before) is not None or before in "”」』）"
    if _names_speaker(stop, opening):
        return False
    if "。" in stop.run or "." in stop.run or stop.after in stop.marks.opening:
        return True
    return stop.run[-1] in "！？!?" and (not before or not before.isalnum())


def _names_speaker(stop: _Stop, opening: int | None) -> bool:
    """Whether what follows a quotation says whose it was (他说。): it had no speaker yet, and this
    clause does not announce the next one (他说：)."""
    text, verbs = stop.text, stop.rules.reporting
    if opening is not None and text[max(0, opening - _NEAR) : opening].rstrip().endswith(("：", ":", *verbs)):
        return False
    clause = _CLAUSE.match(text, stop.after, stop.after + _AHEAD)
    if clause is None or not clause.group().endswith(verbs):
        return False
    follows = text[clause.end() : clause.end() + 1]
    return clause.end() + 1 in stop.marks.opening if follows in ("，", ",") else follows not in ("：", ":")


# Stops of other scripts


def _is_glued(stop: _Stop) -> bool:
    """Whether a space is missing: "Ende.Anfang", but not "grok.com", "Node.js", "z.B." or an address."""
    if stop.closer is not None or stop.run not in (".", "!", "?"):
        return False
    after = _GLUED_AFTER.match(stop.text, stop.end, stop.end + _AHEAD)
    if after is None or after.group(1).lower() in _FILE_ENDINGS:
        return False
    word, first = _word_before(stop)
    if not _ADDRESS.isdisjoint(word) or _GLUED_BEFORE.search(word) is None or _table(stop, word, first):
        return False
    return word[-1].isdecimal() or not _VOWELS.isdisjoint(word.lower())


def _ends_after_ellipsis(stop: _Stop) -> bool:
    """An ellipsis is a pause as often as an end; only a capital that could not stand within tells."""
    if stop.kind != "upper" or stop.next_word == "I":
        return False
    return stop.starter or not stop.rules.capital_nouns or not {"!", "?"}.isdisjoint(stop.run)


def _ends_after_full_stop(stop: _Stop) -> bool:
    word, first = _word_before(stop)
    kind, table = stop.kind, _table(stop, word, first)
    if table == "never":
        return False
    if kind == "lower":
        return table is None and _cannot_be_abbreviation(word, stop.rules)
    if table == "number" or (first and _LIST_MARK.fullmatch(word)):
        return False
    if table in ("closing", "unit"):
        return _ends_after_closing(stop, table)
    if table == "may" or _ACRONYM.fullmatch(word) or (len(word) == 1 and word.isalpha()):
        return stop.starter and not (len(word) == 1 and word.islower())
    if stop.rules.capital_nouns and (_ORDINAL.fullmatch(word) or _ROMAN.fullmatch(word)):
        return stop.starter
    return True


def _ends_after_closing(stop: _Stop, table: str) -> bool:
    """After "p.m.", "Ph.D.", "5 lb." a capital begins a sentence, unless it begins the subject."""
    word = stop.next_word
    if stop.starter:
        return True
    if stop.kind == "digit":
        return table == "closing"
    if word.isupper() and (len(word) > 1 or stop.text.startswith(".", stop.head + 1)):
        return False  # a time zone, another degree
    clause = max(stop.sentence, stop.text.rfind(": ", max(stop.sentence, stop.start - _FRONTED), stop.start) + 1)
    opening = _LETTERS.match(stop.text, _head(stop.text, clause, stop.marks))
    fronted = opening is not None and opening.group().lower() in stop.rules.fronting
    return not (fronted and stop.start - clause < _FRONTED)


def _cannot_be_abbreviation(word: str, rules: Rules) -> bool:
    """Whether a stop before a small letter is a full stop all the same, in careless typing: after
    no word, a short common word, or a small word that is long or ends in a vowel."""
    if _WORD.search(word) is None:
        return True
    if len(word) < 2 or not word.isalpha() or not word.islower():
        return False
    return word in rules.starters or len(word) >= 8 or (len(word) >= 4 and word[-1] in _VOWELS)


def _word_before(stop: _Stop) -> tuple[str, bool]:
    """The word before a stop without opening marks ("Dr", "12", "z.B" also for "z. B."), and
    whether it opens the sentence."""
    begin = max(stop.sentence, stop.start - _BACK)
    words = _NOT_WORD_START.sub("", stop.text[begin : stop.start]).split()
    if not words:
        return "", False
    word = _NOT_WORD_START.sub("", _BEHIND_HAN.sub("", words.pop()))
    if len(word) == 1 and word.isalpha():
        while words and _INITIALS.fullmatch(words[-1]):
            word = words.pop() + word
    return word, not words and begin == stop.sentence


def _table(stop: _Stop, word: str, first: bool) -> str | None:
    """The table of the rules that the word before a stop is in."""
    rules = stop.rules
    for form in _forms(word, first):
        if form in rules.never:
            return "never"
        if form in rules.number and (stop.kind == "digit" or _ROMAN.fullmatch(stop.next_word)):
            return "number"
        if form in rules.unit and _follows_number(stop):
            return "unit"
        if form in rules.closing:
            return "closing"
        if form in rules.may or form.endswith(rules.endings):
            return "may"
    return None


def _forms(token: str, first: bool) -> Iterator[str]:
    yield token
    for separator in "/-–.":
        if separator in token:
            yield token.rsplit(separator, 1)[1]
    if first:
        yield token[:1].lower() + token[1:]


def _follows_number(stop: _Stop) -> bool:
    words = stop.text[max(stop.sentence, stop.start - _BACK) : stop.start].split()
    return len(words) > 1 and (_NUMBER.fullmatch(words[-2]) is not None or words[-2].rstrip(".") in stop.rules.unit)
