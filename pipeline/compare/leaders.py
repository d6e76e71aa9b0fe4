"""Who is said to lead, and what: the one role that is stated plainly enough to be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from pipeline.compare.names import Found, by_token
from pipeline.compare.words import Words

# What the note of a name's claim says of a leader, and, with the department behind it, of a post.
LEADER = "leads"
POST = "in charge of "
# How many tokens may stand between the words of leading and the name, or what is led.
_REACH = 4
_SEPARATED = 8
_ROLES = frozenset(("led_by", "leader", "leads", "by"))
_CLAUSE_ENDS = frozenset(".,;。，；()（）")


def leaders(words: Words, names: Sequence[Found], people: Set[str]) -> list[Found]:
    """The names of a segment that are said to lead something: beside `leads`, behind `led by`, 負責人.

    Only people lead: `Kontor verantwortet Odalys Renner` has the leader last.
    """
    found: list[Found] = []
    persons = by_token(words, [name for name in names if name.name in people])
    if not persons:
        return found
    for i in words.having(_ROLES):
        if words.sense(i, "led_by") or words.sense(i, "leader") or _passive(words, i):
            name = _beside(words, persons, i, 1)
        elif words.sense(i, "leads"):
            name = _beside(words, persons, i, -1) or _beside(words, persons, i, 1)
        else:
            continue
        if name is not None:
            found.append(name)
    return list(dict.fromkeys(found))


def posts(words: Words, names: Sequence[Found], people: Set[str]) -> list[tuple[Found, str]]:
    """What the one person of a segment is in charge of: the place of the words and the department."""
    persons = {name.name for name in names if name.name in people}
    if len(persons) != 1:
        return []
    person = persons.pop()
    found = []
    for i in words.having(frozenset(("post",))):
        post = words.sense(i, "post")
        if post and any(words.sense(j, role) for j in _near(words, i) for role in ("leads", "led", "in_charge")):
            token = words.tokens[i]
            found.append((Found(token.start, token.end, person), post.name))
    return found


def _near(words: Words, i: int) -> list[int]:
    """The tokens around token i, in the same clause."""
    near = []
    for step in (-1, 1):
        j = i + step
        while 0 <= j < len(words) and abs(j - i) <= _REACH and words.text(j) not in _CLAUSE_ENDS:
            near.append(j)
            j += step
    return near


def _passive(words: Words, i: int) -> bool:
    """German parts the verb from `von`: `wird von Aman Madaan geleitet`, `Geführt wird sie von ...`."""
    if not words.sense(i, "by"):
        return False
    return any(words.sense(j, "led") for j in range(max(0, i - _SEPARATED), min(len(words), i + _SEPARATED)))


def _beside(words: Words, persons: Mapping[int, Found], i: int, step: int) -> Found | None:
    """The nearest person on one side of token i, in the same clause."""
    j = i + step
    while 0 <= j < len(words) and abs(j - i) <= _REACH and words.text(j) not in _CLAUSE_ENDS:
        if j in persons:
            return persons[j]
        j += step
    return None
