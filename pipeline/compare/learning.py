"""Learning the names that a set of texts uses, from the texts themselves.

There is no list of names. A name is what several sources write with the same Latin letters, or what
a source glosses in parentheses, 馬斯克（Elon Musk）. Where no Chinese source glosses a name, the
characters that stand in the same groups as the Latin name are taken for it, if hardly anything else
shares them (the Dice coefficient, as Smadja, McKeown and Hatzivassiloglou 1996 use it).
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from pipeline.compare.fold import fold
from pipeline.compare.lexicon import lexicon, table
from pipeline.compare.names import ALONE, LETTER, NAME_WORD, Names, is_han
from pipeline.language import Language
from pipeline.model import Group, Segment

_RUN = regex.compile(rf"{ALONE}{NAME_WORD}(?:[ ]{NAME_WORD}){{0,3}}+(?![{LETTER}\p{{N}}])", regex.V1)
_GENITIVE = regex.compile(r"['’]s?$")
_LOWER = regex.compile(rf"{ALONE}\p{{Ll}}{LETTER}*+", regex.V1)
_HAN = regex.compile(r"\p{Han}++")
# The Latin part of a gloss, and the characters before or in the parentheses.
_LATIN = r"[\p{L}--\p{Han}][[\p{L}--\p{Han}]'’. \-]{1,40}+"
_GLOSS = regex.compile(rf"(?P<han>[\p{{Han}}·•‧]{{2,24}}+)[ ]*+[（(](?P<latin>{_LATIN})[）)，,、]", regex.V1)
_GLOSS_BACK = regex.compile(
    rf"(?<![\p{{L}}\p{{N}} ])(?P<latin>{_LATIN})[（(](?P<han>[\p{{Han}}·•‧]{{2,24}}+)[）)，,、]", regex.V1
)
_GLOSS_LONGER = regex.compile(rf"(?P<short>{NAME_WORD})[ ]*+[（(](?P<long>{NAME_WORD}[ ]{NAME_WORD})[）)]", regex.V1)
# What may stand before the first word of a sentence.
_OPENERS = '"“„«「『 -–—(（#>.0123456789'
_OPENING = 12
# Words that stand before a name, and in none.
_FUNCTION = frozenset(
    ("stop", "link", "month", "weekday", "relative", "about", "over", "under", "digit", "big", "modifier", "opener")
)
_DOTS = regex.compile(r"[·•‧]")
# A longer run of characters before a gloss is a phrase, not a name.
_LONGEST_MEANING = 6
# Characters stand for a Latin name when they share at least so many groups, so exclusively.
_SHARED_GROUPS = 3
# A group with more characters of Chinese than this says too much to tell what stands for what.
_LONGEST_GROUP = 1000
_DICE = 0.8


def learn_names(segments: Sequence[Segment], languages: Mapping[str, Language], groups: Sequence[Group]) -> Names:
    """The names in these segments. `languages` maps a source's id to its language."""
    texts: dict[str, list[str]] = defaultdict(list)
    for segment in segments:
        if segment.kind not in ("boilerplate", "code"):
            texts[segment.source].append(fold(segment.text))
    bases = {source: languages[source].base if source in languages else "" for source in texts}
    runs = _runs(texts, bases)
    small = {
        word
        for source, lines in texts.items()
        if bases[source] == "en"
        for line in lines
        for word in _LOWER.findall(line)
    }
    latin = {name for name in _latin_names(runs) if name.lower() not in small}
    glosses = dict(_glosses(texts, bases, latin))
    full = _full_names({*latin, *glosses.values()}, runs, texts)
    spellings = {**full, **{han: full.get(name, name) for han, name in glosses.items()}}
    spellings.update(_surnames(spellings))
    spellings.update(_from_groups(segments, bases, groups, Names(spellings)))
    return Names(dict(sorted(spellings.items())), _people(spellings))


# Latin letters


@dataclass(slots=True)
class _Run:
    """A run of capitalised words: how often each source has it, and whether it stood where only a name may."""

    places: Counter[str] = field(default_factory=Counter)
    trusted: bool = False


def _runs(texts: Mapping[str, Sequence[str]], bases: Mapping[str, str]) -> dict[str, _Run]:
    """The runs of capitalised words in all sources.

    In Chinese every Latin run may be a name, in English one inside a sentence. German writes all its
    nouns with a capital, so there only a word with a capital inside (SpaceX) is trusted.
    """
    runs: dict[str, _Run] = defaultdict(_Run)
    for source, lines in sorted(texts.items()):
        base = bases[source]
        for line in lines:
            for match in _RUN.finditer(line):
                before = line[max(0, match.start() - _OPENING) : match.start()]
                begins = base != "zh" and not before.strip(_OPENERS)
                for first, words in _without_common(_GENITIVE.sub("", match[0]).split(" "), base):
                    run = runs[" ".join(words)]
                    run.places[source] += 1
                    named = base == "zh" or (base != "de" and not (begins and first == 0))
                    run.trusted |= named or (len(words) == 1 and _inside(words[0]))
                    if base == "de" and len(words) > 2:
                        for pair in pairwise(words):
                            runs[" ".join(pair)].places[source] += 1
    return runs


def _latin_names(runs: Mapping[str, _Run]) -> set[str]:
    """The runs that are names: trusted ones, if of one word then only those that stand twice, and
    pairs of words that two sources share."""
    names = {
        words
        for words, run in runs.items()
        if run.trusted and len(words) > 1 and (" " in words or sum(run.places.values()) > 1)
    }
    single = {name for name in names if " " not in name}
    shared = {words for words, run in runs.items() if words.count(" ") == 1 and len(run.places) > 1}
    return names | {words for words in shared if single.isdisjoint(words.split(" "))}


def _without_common(words: Sequence[str], base: str) -> Iterator[tuple[int, list[str]]]:
    """The parts of a run between its common words, each with the number of its first word."""
    known = lexicon(base)
    part: list[str] = []
    for i, word in enumerate([*words, ""]):
        shouted = len(words) > 1 and len(word) > 1 and word.isupper()
        # Nouns of the lexicon may well be parts of a name, but not in German, where all nouns look like one.
        usual = known.common(word) if base == "de" or len(words) == 1 else known.common(word, _FUNCTION)
        if word and not (shouted or usual or word in _data()[2]):
            part.append(word)
        elif part:
            yield i - len(part), part
            part = []


def _inside(word: str) -> bool:
    return any(character.isupper() for character in word[1:]) and not word.isupper()


def _full_names(names: Iterable[str], runs: Mapping[str, _Run], texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Latin spellings and the name each stands for: `Zhang Guodong` is `Guodong Zhang`, `Musk` `Elon Musk`."""
    known = set(names)
    given: dict[str, str] = {}
    for source in sorted(texts):
        for line in texts[source]:
            for match in _GLOSS_LONGER.finditer(line) if "(" in line or "（" in line else ():
                if match["short"] in match["long"].split(" "):
                    known.add(match["long"])
                    given[match["short"]] = match["long"]
    same: dict[str, list[str]] = defaultdict(list)
    for name in sorted(known):
        same["".join(sorted(name.lower().split(" ")))].append(name)
    joined = {name.lower().replace(" ", ""): name for name in sorted(known)}
    for name in sorted(known):
        other = joined[name.lower().replace(" ", "")]
        if other != name:  # XChat and X Chat
            same["".join(sorted(other.lower().split(" ")))].append(name)
    full = {}
    for spellings in same.values():
        best = max(spellings, key=lambda name: (sum(runs[name].places.values()) if name in runs else 0, name))
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


def _people(spellings: Mapping[str, str]) -> set[str]:
    """The names that may be people's: of two words, neither of which is a name for itself (`Plaza Pay`)."""
    return {
        name
        for name in spellings.values()
        if name.count(" ") == 1 and not any(_inside(word) or spellings.get(word) == word for word in name.split(" "))
    }


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
    surnames, _, common = _data()
    words = [word.lower() for word in name.split(" ")]
    if len(words) > 1:
        for size in (3, 2, 4):
            if len(run) >= size and any(sound in words for sound in surnames.get(run[-size], ())):
                return run[-size:]
    sounded = _sounded(run)
    if len(sounded) > 2 and len(sounded) * 4 >= len(name):
        return sounded
    if name not in latin or name in common or name.isupper():
        return ""
    return run if 1 < len(run) <= _LONGEST_MEANING else ""


def _sounded(run: str) -> str:
    """The end of a run that may write a foreign name by its sounds."""
    sounds, start = _data()[1], len(run)
    while start and (run[start - 1] in sounds or _DOTS.match(run[start - 1])):
        start -= 1
    return run[start:].strip("·•‧")


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
    glossed = {name for spelling, name in names.spellings.items() if is_han(spelling)}
    together: dict[str, Counter[str]] = defaultdict(Counter)
    with_name: Counter[str] = Counter()
    strings = []
    for group in groups:
        texts = {source: "\n".join(text_of.get(id, "") for id in ids) for source, ids in group.members.items()}
        han = "\n".join(text for source, text in texts.items() if bases.get(source) == "zh")
        found = {one.name for source, text in texts.items() if bases.get(source) != "zh" for one in names.find(text)}
        if not han or len(han) > _LONGEST_GROUP:
            continue
        strings.append(_strings(han))
        for name in sorted(found - glossed):
            with_name[name] += 1
            if name not in han:
                together[name].update(strings[-1])
    stop = lexicon("zh").characters("stop")
    close = {
        name: {
            string: count
            for string, count in counts.items()
            # 和脸书 is no name, but "and Facebook".
            if stop.isdisjoint((string[0], string[-1]))
            and count >= max(_SHARED_GROUPS, _DICE * with_name[name] / 2)
            and string not in names.spellings
        }
        for name, counts in together.items()
        if with_name[name] >= _SHARED_GROUPS
    }
    candidates = {string for counts in close.values() for string in counts}
    with_string: Counter[str] = Counter()
    for held in strings:
        with_string.update(held & candidates)
    spellings = {}
    for name, counts in sorted(close.items()):
        dice = [
            (2 * count / (with_name[name] + with_string[string]), len(string), string)
            for string, count in counts.items()
        ]
        best = max(dice, default=(0.0, 0, ""))
        if best[0] >= _DICE:
            spellings[best[2]] = name
    return spellings


def _strings(text: str) -> set[str]:
    """All strings of two to five characters."""
    return {run[i : i + size] for run in _HAN.findall(text) for size in range(2, 6) for i in range(len(run) - size + 1)}
