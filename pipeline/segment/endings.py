"""Whether a sentence ends at a stop.

Where the evidence is weak a sentence is rather left whole than cut in two.
"""

from __future__ import annotations

import regex

from pipeline.segment.pairs import BRACKETS, TITLES
from pipeline.segment.stops import AHEAD, BACK, HAN, NEAR, ROMAN, RUN, WORD, Stop, head

_CONTINUES = frozenset(",;:)]}，、；：）」』”")
_FULL_WIDTH = frozenset("。！？｡．")
_CLAUSE = regex.compile(r"[^\n。！？；，,：:“”「」『』\"]{1,20}+")
_SPEAKER = regex.compile(r"(?:\p{Lu}[\p{L}.'’-]*+ ){1,3}+(\p{Ll}++)")
_ACRONYM = regex.compile(r"(?:\p{L}\.)++\p{L}")
_LIST_MARK = regex.compile(r"\d{1,2}|\p{L}|[IVX]{1,4}|[ivx]{1,4}")
_ORDINAL = regex.compile(r"\d{1,3}|\d+00")
_GLUED_BEFORE = regex.compile(r"[\p{L}’'-]*\p{Ll}{3}[)\]\"”“»«]*|\d[\d.,]*\d{3}")
_GLUED_AFTER = regex.compile(r"(\p{Lu}\p{Ll}++)(?![\p{L}\p{N}@/_\\(=]|\.\p{L})")
_VOWELS = frozenset("aeiouyäöü")
_FRONTED = 80  # an adverbial that opens a sentence is shorter than this


def ends_sentence(stop: Stop) -> bool:
    """Whether the sentence ends after the stop and all that closes after it; text follows."""
    if stop.next in _CONTINUES and stop.after not in stop.marks.opening:
        return False
    if _is_full_width(stop):
        return _ends_full_width(stop)
    if stop.after == stop.close and (stop.closer is None or stop.kind != "upper"):
        return _is_glued(stop)
    if stop.closer is not None and not _ends_after_closing_mark(stop):
        return False
    if "…" in stop.run or stop.run.count(".") > 1:
        return _ends_after_ellipsis(stop)
    if "!" in stop.run or "?" in stop.run:
        return stop.kind != "lower"
    return _ends_after_full_stop(stop)


# Full-width stops, as in Chinese and Japanese


def _is_full_width(stop: Stop) -> bool:
    """Whether a stop is to be read as Chinese or Japanese; "." and "?" are where Han characters are next to them."""
    if not _FULL_WIDTH.isdisjoint(stop.run):
        return True
    han_follows = HAN.match(stop.next) is not None
    if stop.closer is not None or stop.run not in (".", "!", "?", "!!", "?!", "!?", "??"):
        return han_follows and stop.closer is not None
    if HAN.match(stop.before):
        return han_follows or stop.after > stop.close
    return han_follows and stop.run != "."


def _ends_full_width(stop: Stop) -> bool:
    """After a full-width stop a sentence ends, unless a quotation closes after it and the sentence
    goes on: with the clause that names the speaker, or because the quotation is but a part of it.

    GB/T 15834-2011: the stop of a quotation stands inside the marks where the quotation is a
    sentence of its own; a question or exclamation mark stands inside in any case.
    """
    if stop.run == "．" and stop.before.isdecimal() and stop.next.isdecimal():
        return False
    if stop.closer is None:
        return True
    mark = stop.text[stop.closer]
    if mark in TITLES or stop.text.startswith(stop.rules.continues, stop.after):
        return False
    before = _before_opening(stop, 0)
    if mark in BRACKETS:
        return not before or RUN.fullmatch(before) is not None or before in "”」』）"
    if _names_speaker(stop):
        return False
    if "。" in stop.run or "." in stop.run or stop.after in stop.marks.opening:
        return True
    return stop.run[-1] in "！？!?" and not before.isalnum()


def _names_speaker(stop: Stop) -> bool:
    """Whether what follows a quotation says whose it was (他说。): it had no speaker yet, and this
    clause does not announce the next one (他说：)."""
    text, verbs = stop.text, stop.rules.reporting
    if stop.opening is not None:
        announced = text[max(0, stop.opening - NEAR) : stop.opening].rstrip()
        if announced.endswith(("：", ":", *verbs)):
            return False
    clause = _CLAUSE.match(text, stop.after, stop.after + AHEAD)
    if clause is None or not clause.group().endswith(verbs):
        return False
    follows = text[clause.end() : clause.end() + 1]
    return clause.end() + 1 in stop.marks.opening if follows in ("，", ",") else follows not in ("：", ":")


def _before_opening(stop: Stop, limit: int) -> str:
    """The character before what has closed last, white space aside, not before `limit`."""
    if stop.opening is None:
        return ""
    return stop.text[max(limit, stop.opening - NEAR) : stop.opening].rstrip()[-1:]


# Stops of other scripts


def _ends_after_closing_mark(stop: Stop) -> bool:
    """Whether a sentence may end where a bracket or quotation has just closed after a stop."""
    assert stop.closer is not None
    mark = stop.text[stop.closer]
    if stop.kind == "lower" or mark in TITLES:
        return False
    if "." not in stop.run and not stop.starter:  # "Why?" Ames asked.
        speaker = _SPEAKER.match(stop.text, stop.after, stop.after + BACK)
        if speaker is not None and speaker.group(1) in stop.rules.reporting:
            return False
    if stop.opening is None or stop.opening < stop.sentence:
        return True
    before = _before_opening(stop, stop.sentence)
    if mark in BRACKETS:  # an aside, unless the bracket holds a sentence of its own
        return not before or RUN.fullmatch(before) is not None
    # »Wer bin ich?« Regisseur ...: a title that ends in a question mark, where nouns have capitals.
    is_title = stop.rules.capital_nouns and before.isalnum() and "." not in stop.run
    return not is_title or stop.starter


def _is_glued(stop: Stop) -> bool:
    """Whether a space is missing: "Ende.Anfang", but not "grok.com", "Node.js", "z.B." or an address."""
    if stop.closer is not None or stop.run not in (".", "!", "?"):
        return False
    after = _GLUED_AFTER.match(stop.text, stop.end, stop.end + AHEAD)
    if after is None or after.group(1).lower() in stop.rules.suffixes:
        return False
    if _GLUED_BEFORE.fullmatch(stop.word) is None or stop.table is not None:
        return False
    return stop.word[-1].isdecimal() or not _VOWELS.isdisjoint(stop.word.lower())


def _ends_after_ellipsis(stop: Stop) -> bool:
    """An ellipsis is a pause as often as an end; only a capital that could not stand within tells."""
    left_out = stop.before in ("[", "(") and stop.text[stop.end : stop.end + 1] in ("]", ")")
    if left_out or stop.kind != "upper" or stop.next_word == "I":
        return False
    return stop.starter or not stop.rules.capital_nouns or not {"!", "?"}.isdisjoint(stop.run)


def _ends_after_full_stop(stop: Stop) -> bool:
    word, table = stop.word, stop.table
    if table == "never":
        return False
    if stop.kind == "lower":
        return table is None and _cannot_be_abbreviation(stop)
    if table == "number" or (stop.first and _LIST_MARK.fullmatch(word)):
        return False
    if table == "closing" or table == "unit":
        return _ends_after_closing_word(stop)
    if table == "may" or (len(word) == 1 and word.isalpha()) or _ACRONYM.fullmatch(word):
        return stop.starter
    if stop.rules.capital_nouns and (_ORDINAL.fullmatch(word) or ROMAN.fullmatch(word)):
        return stop.starter
    return True


def _ends_after_closing_word(stop: Stop) -> bool:
    """After "p.m.", "Ph.D.", "5 lb." a capital begins a sentence, unless it begins the subject."""
    if stop.starter:
        return True
    if stop.kind == "digit":
        return stop.table == "closing"
    if stop.next_word.isupper() and (len(stop.next_word) > 1 or stop.text.startswith(".", stop.head + 1)):
        return False  # a time zone, another degree
    clause = stop.text.rfind(": ", max(stop.sentence, stop.start - _FRONTED), stop.start) + 1 or stop.sentence
    if stop.start - clause >= _FRONTED:
        return True
    opening = stop.text[head(stop.text, clause, stop.marks) : stop.start].split(None, 1)
    return not opening or opening[0].lower() not in stop.rules.fronting


def _cannot_be_abbreviation(stop: Stop) -> bool:
    """Whether a stop before a small letter is a full stop all the same, in careless typing: after
    no word, after a common short word, after a small word that is long or ends in a vowel."""
    word = stop.word
    if WORD.search(word) is None:
        return True
    if len(word) < 2 or not word.isalpha() or not word.islower():
        return False
    return word in stop.rules.starters or len(word) >= 8 or (len(word) >= 4 and word[-1] in _VOWELS)
