"""What a number counts: the noun behind it, or, in Chinese and after `the number of`, the one before it."""

from __future__ import annotations

from pipeline.compare.draft import Draft
from pipeline.compare.numerals import Number
from pipeline.compare.words import Words

# How many tokens may stand between a number and the noun it counts.
_REACH, _REACH_HAN, _REACH_BACK = 4, 12, 9
# Words behind a Chinese measure word that are surely not what is counted.
_NO_NOUN = frozenset(("stop", "after_over", "after_under", "after_about", "range", "unit"))


def counts(words: Words, draft: Draft, number: Number) -> bool:
    """Find what is counted, for `draft.noun`, and say whether the number is surely a count."""
    if draft.noun:
        return True
    return _noun_han(words, draft, number) if words.han else _noun_spaced(words, draft, number)


def _noun_spaced(words: Words, draft: Draft, number: Number) -> bool:
    i, modifier, unknown = draft.next, "", ""
    if words.text(i) == "-" and words.touches(i):
        i += 1
    if words.sense(i, "link"):
        if not (number.scaled or number.low != number.high or number.unit):
            return False
        i += 1
    last = min(i + _REACH, len(words))
    end = draft.next
    while i < last:
        token = words.tokens[i]
        if token.text == "-" and words.touches(i) and words.touches(i + 1):
            i, last = i + 1, min(last + 2, len(words))
            continue
        if sense := words.sense(i, "concept"):
            while (step := _compound_head(words, i)) and (head := words.sense(i + step, "concept")):
                i, sense = i + step, head
            draft.noun, draft.next = f"{modifier} {sense.name}".strip(), i + 1
            return True
        if token.kind != "word" or words.sense(i, "stop") or words.starts_number(i) or i in words.taken:
            break
        if sense := words.sense(i, "modifier"):
            modifier = sense.name
        elif not words.sense(i, "rate") and (found := _unknown(words, i)):
            unknown, end = found, i + 1
            if words.lexicon.language == "de" and words.text(i + 1) != "-":
                break
        i += 1
    if unknown and not number.one:
        draft.noun, draft.next = f"{modifier} {unknown}@{words.lexicon.language}".strip(), end
        return number.digits or words.lexicon.language == "de"
    return _counted_before(words, draft)


def _compound_head(words: Words, i: int) -> int:
    """How far the next word of a compound is: 1 for `video editors`, 2 for `Video-Editoren`."""
    if words.text(i + 1) == "-" and words.touches(i + 1) and words.touches(i + 2):
        return 2
    return 1


def _unknown(words: Words, i: int) -> str:
    """A noun that is in no table: a German word with a capital, an English one that ends in s."""
    word = words.tokens[i].text
    if words.lexicon.language == "de":
        return word.lower() if word[0].isupper() and len(word) > 1 else ""
    return word.lower() if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else ""


def _counted_before(words: Words, draft: Draft) -> bool:
    """`The number of users rose to 600 million`."""
    noun = ""
    for i in range(draft.first - 1, max(-1, draft.first - _REACH_BACK), -1):
        if sense := words.sense(i, "concept"):
            noun = sense.name
        elif words.sense(i, "count") and noun:
            draft.noun = noun
            return True
        if words.ends_clause(i) or words.starts_number(i):
            break
    return False


def _noun_han(words: Words, draft: Draft, number: Number) -> bool:
    i = draft.next
    measure = words.sense(i, "measure")
    whole = words.sense(i, "concept")
    if whole:  # 6人, 百万卡: the word measures and is counted
        draft.noun, draft.next = whole.name, i + 1
        while head := words.sense(draft.next, "concept"):
            draft.noun, draft.next = head.name, draft.next + 1
        return True
    if measure:
        i += 1
        draft.next = i
    elif number.digits and words.tokens[i - 1].kind == "number" and not words.touches(i) and _latin(words, i):
        return False
    noun, end = _concept_han(words, i)
    if measure and measure.name and not (noun and (measure.name != "person" or _is_person(words, noun))):
        noun, end = measure.name, draft.next
    unknown, behind = _unknown_han(words, i) if measure and not noun else ("", i)
    if unknown:
        noun, end = f"{unknown}@zh", behind
    elif noun == "person" or (not noun and (words.ends_clause(i) or words.sense(i, "stop"))):
        noun = _before_han(words, draft, people=noun == "person") or noun
    draft.noun, draft.next = noun, max(end, draft.next)
    return measure is not None or (bool(noun) and number.scaled)


def _is_person(words: Words, noun: str) -> bool:
    return noun in words.lexicon.people or noun.partition(" ")[2] in words.lexicon.people


def _latin(words: Words, i: int) -> bool:
    return i < len(words) and words.tokens[i].kind == "word"


def _concept_han(words: Words, i: int) -> tuple[str, int]:
    modifier = ""
    for j in range(i, min(i + _REACH_HAN, len(words))):
        if sense := words.sense(j, "concept"):
            while head := words.sense(j + 1, "concept"):
                j, sense = j + 1, head
            return f"{modifier} {sense.name}".strip(), j + 1
        if words.ends_clause(j) or words.starts_number(j) or (words.sense(j, "stop") and j > i):
            break
        if sense := words.sense(j, "modifier"):
            modifier = sense.name
    return "", i


def _before_han(words: Words, draft: Draft, people: bool) -> str:
    """月活约6亿: what is counted stands before the number."""
    for i in range(draft.first - 1, max(-1, draft.first - 1 - _REACH_HAN), -1):
        sense = words.sense(i, "concept")
        if sense and len(words.text(i)) > 1:
            return sense.name if not people or sense.name in words.lexicon.people else ""
        if words.ends_clause(i) or words.starts_number(i):
            break
    return ""


def _unknown_han(words: Words, i: int) -> tuple[str, int]:
    """A noun that is in no table, as two characters or one Latin word, and the token after it."""
    if i >= len(words) or not _NO_NOUN.isdisjoint(words.tokens[i].senses):
        return "", i
    if words.kind(i) == "word":
        return words.lower(i), i + 1
    pair = words.tokens[i : i + (2 if len(words.text(i)) == 1 else 1)]
    if any(token.kind != "han" for token in pair):
        return "", i
    return "".join(token.text for token in pair)[:2], i + len(pair)
