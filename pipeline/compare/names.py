"""Names of people, companies and products, learnt from the texts themselves.

There is no list of names. A name is what several sources write with the same Latin letters, or what
a source glosses in parentheses, 馬斯克（Elon Musk）. Where no Chinese source glosses a name, the
characters that stand in the same groups as the Latin name are taken for it, if hardly anything else
shares them (the Dice coefficient, as Smadja, McKeown and Hatzivassiloglou 1996 use it).
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

import regex

from pipeline.compare.fold import fold
from pipeline.compare.lexicon import lexicon, table
from pipeline.language import Language
from pipeline.model import Group, Segment

_LETTER = r"[\p{L}--\p{Han}]"
_NAME_WORD = rf"(?:\p{{Lu}}(?:[{_LETTER}\p{{M}}]|[’'](?={_LETTER}))*+|\p{{Ll}}{{1,2}}\p{{Lu}}{_LETTER}*+)"
_RUN = regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{_NAME_WORD})(?:[ ]{_NAME_WORD}){{0,3}}+(?![\p{{L}}\p{{N}}])", regex.V1)
_WORD = regex.compile(rf"{_LETTER}(?:[{_LETTER}\p{{M}}\p{{N}}]|[’'](?={_LETTER}))*+", regex.V1)
_HAN = regex.compile(r"\p{Han}++")
_GLOSS = regex.compile(
    r"(?P<han>[\p{Han}·•‧]{2,24}+)[ ]*+[（(](?P<latin>[\p{L}--\p{Han}][[\p{L}--\p{Han}]'’. \-]{1,40}+)[）)，,、]",
    regex.V1,
)
_GLOSS_BACK = regex.compile(
    r"(?P<latin>(?<![\p{L}\p{N} ])[\p{L}--\p{Han}][[\p{L}--\p{Han}]'’. \-]{1,40}+)[（(](?P<han>\p{Han}{1,8}+(?:[·•‧]\p{Han}{1,8}+)*+)[）)，,、]",
    regex.V1,
)
_GLOSS_LONGER = regex.compile(rf"(?P<short>{_NAME_WORD})[ ]*+[（(](?P<long>{_NAME_WORD}[ ]{_NAME_WORD})[）)]", regex.V1)
_DOTS = regex.compile(r"[·•‧]")
# A longer run of characters before a gloss is a phrase, not a name.
_LONGEST_MEANING = 6
# Characters stand for a Latin name when they share at least so many groups, so exclusively.
_SHARED_GROUPS = 3
_DICE = 0.8


class Found(NamedTuple):
    """A name at `text[start:end]` of a folded text."""

    start: int
    end: int
    name: str


class Names:
    """Spellings and the name each stands for. Latin spellings keep their case, Han ones are simplified."""

    def __init__(self, spellings: Mapping[str, str]) -> None:
        self.spellings = dict(spellings)
        self._latin: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self._han: dict[str, list[str]] = defaultdict(list)
        for spelling in spellings:
            if _HAN.match(spelling):
                self._han[spelling[0]].append(spelling)
            else:
                words = tuple(spelling.split(" "))
                self._latin[words[0]].append(words)
        for runs in self._latin.values():
            runs.sort(key=lambda words: (-len(words), words))
        for characters in self._han.values():
            characters.sort(key=lambda spelling: (-len(spelling), spelling))

    def find(self, text: str) -> list[Found]:
        """The names in a folded text, the longest spelling at each place. Linear in the text's length."""
        return sorted([*self._find_latin(text), *self._find_han(text)])

    def _find_latin(self, text: str) -> Iterator[Found]:
        words = list(_WORD.finditer(text))
        i = 0
        while i < len(words):
            for spelling in self._latin.get(_nominative(words[i][0], self._latin), ()):
                if end := _matches(words, i, spelling, text):
                    yield Found(words[i].start(), end, self.spellings[" ".join(spelling)])
                    i += len(spelling)
                    break
            else:
                i += 1

    def _find_han(self, text: str) -> Iterator[Found]:
        end = 0
        for i, character in enumerate(text):
            if i < end or character not in self._han:
                continue
            for spelling in self._han[character]:
                if text.startswith(spelling, i):
                    end = i + len(spelling)
                    yield Found(i, end, self.spellings[spelling])
                    break


def _nominative(word: str, known: Mapping[str, object]) -> str:
    """A word without the ending of a genitive: `Musks`, `Musk's`."""
    if word not in known:
        for ending in ("'s", "’s", "s"):
            if word.endswith(ending) and word[: -len(ending)] in known:
                return word[: -len(ending)]
    return word


def _matches(words: Sequence[regex.Match[str]], i: int, spelling: Sequence[str], text: str) -> int:
    """The end of the spelling that starts at word i, 0 where it is not there."""
    run = words[i : i + len(spelling)]
    if len(run) < len(spelling):
        return 0
    for before, after in zip(run, run[1:]):
        if text[before.end() : after.start()].strip(" ") or after.start() - before.end() > 2:
            return 0
    if any(_nominative(word[0], {known: None}) != known for word, known in zip(run, spelling)):
        return 0
    return run[-1].start() + len(spelling[-1])


def learn_names(segments: Sequence[Segment], languages: Mapping[str, Language], groups: Sequence[Group]) -> Names:
    """The names in these segments. `languages` maps a source's id to its language."""
    texts: dict[str, list[str]] = defaultdict(list)
    for segment in segments:
        if segment.kind not in ("boilerplate", "code"):
            texts[segment.source].append(fold(segment.text))
    bases = {source: languages[source].base if source in languages else "" for source in texts}
    latin = _latin_names(texts, bases)
    glosses = dict(_glosses(texts, bases, latin))
    whole = "\n".join(line for source in sorted(texts) for line in texts[source])
    full = _full_names({*latin, *glosses.values()}, whole)
    spellings = {**full, **{han: full.get(name, name) for han, name in glosses.items()}}
    spellings.update(_surnames(spellings))
    spellings.update(_from_groups(segments, bases, groups, Names(spellings)))
    return Names(dict(sorted(spellings.items())))


# Latin letters


def _latin_names(texts: Mapping[str, Sequence[str]], bases: Mapping[str, str]) -> set[str]:
    """Runs of capitalised words that are names, not capitalised for grammar's sake.

    In Chinese every Latin run may be one, in English one inside a sentence. German writes all its
    nouns with a capital: there only a run of two that two sources have is taken for one, or a word
    with a capital inside (SpaceX). A single word must be in two sources, or twice in one.
    """
    places: dict[str, Counter[str]] = defaultdict(Counter)
    trusted: set[str] = set()
    for source, lines in sorted(texts.items()):
        base = bases[source]
        for line in lines:
            for match in _RUN.finditer(line):
                begins = base != "zh" and not line[: match.start()].strip('"“„«「『 -–—(（#>.0123456789')
                for words in _without_common(match[0].split(" "), base):
                    run = " ".join(words)
                    places[run][source] += 1
                    if base == "zh" or (base != "de" and not begins) or (len(words) == 1 and _inside(words[0])):
                        trusted.add(run)
                    if base == "de":
                        for pair in zip(words, words[1:]):
                            places[" ".join(pair)][source] += len(words) > 2
    names = {run for run in trusted if len(run) > 1 and (" " in run or sum(places[run].values()) > 1)}
    single = {name for name in names if " " not in name}
    for run, where in places.items():
        words = run.split(" ")
        if len(words) == 2 and len(+where) > 1 and single.isdisjoint(words):
            names.add(run)
    return names


def _without_common(words: Sequence[str], base: str) -> Iterator[list[str]]:
    """The parts of a run between its common words."""
    known, part = lexicon(base), list[str]()
    for word in words:
        shouted = len(words) > 1 and len(word) > 1 and word.isupper()
        # English words of a Chinese text's lexicon may well be parts of a name there: Plaza Pay.
        usual = known.common(word) and not (base == "zh" and len(words) > 1)
        if shouted or usual or word in _data()[2]:
            if part:
                yield part
            part = []
        else:
            part.append(word)
    if part:
        yield part


def _inside(word: str) -> bool:
    return any(character.isupper() for character in word[1:]) and not word.isupper()


def _full_names(names: Iterable[str], whole: str) -> dict[str, str]:
    """Latin spellings and the name each stands for: `Zhang Guodong` is `Guodong Zhang`, `Musk` `Elon Musk`."""
    known = set(names)
    given: dict[str, str] = {}
    for match in _GLOSS_LONGER.finditer(whole):
        if match["short"] in match["long"].split(" "):
            known.add(match["long"])
            given[match["short"]] = match["long"]
    same: dict[frozenset[str], list[str]] = defaultdict(list)
    for name in sorted(known):
        same[frozenset(name.lower().split(" "))].append(name)
    full = {}
    for spellings in same.values():
        best = max(spellings, key=lambda name: (whole.count(name), name))
        full.update(dict.fromkeys(spellings, best))
    owners: dict[str, set[str]] = defaultdict(set)
    for name in sorted(known):
        words = name.split(" ")
        if len(words) == 2 and len(words[1]) > 2:
            owners[words[1]].add(full[name])
    for surname, people in owners.items():
        if len(people) == 1 and not _inside(surname):
            full[surname] = next(iter(people))
    full.update({short: full[long] for short, long in given.items()})
    return full


# Chinese characters


@functools.cache
def _data() -> tuple[dict[str, tuple[str, ...]], frozenset[str], frozenset[str]]:
    """Surnames with their romanisations, characters for foreign sounds, words that are no names."""
    rows = table("names")
    surnames = (item.split() for item in rows["surnames"].split(","))
    return (
        {item[0]: tuple(item[1:]) for item in surnames},
        frozenset(rows["sounds"]),
        frozenset(item.strip() for item in rows["common"].split(",")),
    )


def _glosses(
    texts: Mapping[str, Sequence[str]], bases: Mapping[str, str], latin: set[str]
) -> Iterator[tuple[str, str]]:
    """Characters and the Latin name that parentheses give for them, or the other way round."""
    for source in sorted(texts):
        if bases[source] != "zh":
            continue
        for line in texts[source]:
            for pattern, known in ((_GLOSS, latin), (_GLOSS_BACK, frozenset[str]())):
                for match in pattern.finditer(line):
                    name = " ".join(match["latin"].split())
                    if _RUN.fullmatch(name) and (han := _glossed(match["han"], name, known)):
                        yield han, name


def _glossed(run: str, name: str, latin: Set[str]) -> str:
    """The name at the end of a run of characters, "" where it has none.

    A Chinese name starts with the surname that is also in the Latin one; a foreign name is as long as
    its characters write sounds; any other must be the whole run, for a name that is known.
    """
    surnames, sounds, common = _data()
    words = [word.lower() for word in name.split(" ")]
    if len(words) > 1:
        for size in (3, 2, 4):
            if len(run) >= size and any(sound in words for sound in surnames.get(run[-size], ())):
                return run[-size:]
    start = len(run)
    while start and (run[start - 1] in sounds or _DOTS.match(run[start - 1])):
        start -= 1
    sounded = _DOTS.sub("·", run[start:]).strip("·")
    if len(sounded) > 2 and len(sounded) * 4 >= len(name):
        return sounded
    if name not in latin or name in common or name.isupper():
        return ""
    return run if 1 < len(run) <= _LONGEST_MEANING else ""


def _surnames(spellings: Mapping[str, str]) -> dict[str, str]:
    """The surname of 埃隆·马斯克 stands alone too, where it is that of one person only."""
    owners: dict[str, set[str]] = defaultdict(set)
    for spelling, name in spellings.items():
        if _DOTS.search(spelling):
            owners[_DOTS.split(spelling)[-1]].add(name)
    return {part: next(iter(names)) for part, names in owners.items() if len(names) == 1 and len(part) > 1}


def _from_groups(
    segments: Sequence[Segment], bases: Mapping[str, str], groups: Sequence[Group], names: Names
) -> dict[str, str]:
    """Characters for the names that no source glosses, from the groups they share."""
    text_of = {segment.id: fold(segment.text) for segment in segments}
    glossed = {name for spelling, name in names.spellings.items() if _HAN.match(spelling)}
    with_name: Counter[str] = Counter()
    with_string: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for group in groups:
        texts = {source: "\n".join(text_of.get(id, "") for id in ids) for source, ids in group.members.items()}
        han = "\n".join(text for source, text in texts.items() if bases.get(source) == "zh")
        found = {one.name for source, text in texts.items() if bases.get(source) != "zh" for one in names.find(text)}
        if not han:
            continue
        strings = _strings(han)
        with_string.update(strings)
        for name in sorted(found - glossed):
            with_name[name] += 1
            if name not in han:
                together.update((name, string) for string in strings)
    best: dict[str, tuple[float, int, str]] = {}
    for (name, string), count in together.items():
        dice = 2 * count / (with_name[name] + with_string[string])
        if count >= _SHARED_GROUPS and dice >= _DICE and string not in names.spellings:
            best[name] = max(best.get(name, (0.0, 0, "")), (dice, len(string), string))
    return {string: name for name, (_, _, string) in sorted(best.items())}


def _strings(text: str) -> set[str]:
    """All strings of two to five characters."""
    return {run[i : i + size] for run in _HAN.findall(text) for size in range(2, 6) for i in range(len(run) - size + 1)}
