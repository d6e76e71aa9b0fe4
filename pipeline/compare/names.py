"""Names of people, companies and products, learnt from the texts themselves.

No list of names and no transliteration: a name is what several sources write with the same Latin
letters, or what a source itself glosses in parentheses, 馬斯克（Elon Musk）. Where a Chinese text never
glosses a name, the characters that stand in the same groups as the Latin name are taken for it
(the Dice coefficient of Dice 1945, as Smadja et al. 1996 use it for collocations across languages).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from pipeline.compare.fold import fold
from pipeline.compare.lexicon import lexicon
from pipeline.language import Language
from pipeline.model import Group, Segment

_WORD = r"(?:[\p{L}--\p{Han}](?:[[\p{L}--\p{Han}]\p{N}]|[’'.](?=[\p{L}--\p{Han}]))*+)"
_CAPITAL = r"(?=[^\s\p{Lu}]{0,2}\p{Lu})" + _WORD
_RUN = regex.compile(rf"(?<![\p{{L}}\p{{N}}]){_CAPITAL}(?:[ ]{_CAPITAL}){{0,3}}+(?![\p{{L}}])", regex.V1)
_HAN_NAME = r"(?:\p{Han}{1,6}+(?:[·•‧]\p{Han}{1,8}+)++|\p{Han}{2,8}+)"
# Characters that are surely no part of a name, before one: "然后是张国栋" holds a name of three.
_GLOSS_HAN = regex.compile(rf"(?P<han>{_HAN_NAME})[*_ ]*[（(](?P<latin>{_CAPITAL}(?:[ ]{_WORD}){{0,3}}+)[）)，,]", regex.V1)
_GLOSS_LATIN = regex.compile(rf"(?P<latin>{_CAPITAL}(?:[ ]{_CAPITAL}){{0,3}}+)[*_ ]*[（(](?P<han>{_HAN_NAME})[）)，,]", regex.V1)
_GLOSS_SAME = regex.compile(
    rf"(?P<short>{_CAPITAL}(?:[ ]{_CAPITAL}){{0,2}}+)[*_ ]*[（(](?P<long>{_CAPITAL}(?:[ ]{_CAPITAL}){{0,3}}+)[）)]", regex.V1
)
_DOTS = regex.compile(r"[·•‧]")
_LONGEST_HAN = 8
# A Chinese string stands for a Latin name when they share at least so many groups, so exclusively.
_SHARED_GROUPS = 3
_DICE = 0.8


@dataclass(frozen=True, slots=True)
class Found:
    """A name at `text[start:end]` of a folded text."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Names:
    """Spellings and the name each stands for. Latin spellings keep their case, Han ones are simplified."""

    spellings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        latin: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        han: dict[str, list[str]] = defaultdict(list)
        for spelling in self.spellings:
            if _is_han(spelling):
                han[spelling[0]].append(spelling)
            else:
                words = tuple(spelling.split(" "))
                latin[words[0]].append(words)
        for rows in latin.values():
            rows.sort(key=lambda words: (-len(words), words))
        for spellings in han.values():
            spellings.sort(key=lambda spelling: (-len(spelling), spelling))
        object.__setattr__(self, "_latin", dict(latin))
        object.__setattr__(self, "_han", dict(han))

    def find(self, text: str) -> list[Found]:
        """The names in a folded text, the longest spelling at each place. Linear in the text's length."""
        return sorted([*self._find_latin(text), *self._find_han(text)], key=lambda found: found.start)

    def _find_latin(self, text: str) -> Iterator[Found]:
        latin: dict[str, list[tuple[str, ...]]] = self._latin  # type: ignore[attr-defined]
        words = [(match.start(), match.end(), match[0]) for match in _WORDS.finditer(text)]
        i = 0
        while i < len(words):
            for spelling in latin.get(_base(words[i][2], latin), ()):
                run = words[i : i + len(spelling)]
                if len(run) == len(spelling) and _same(run, spelling, text):
                    end = run[-1][0] + len(spelling[-1])
                    yield Found(run[0][0], end, self.spellings[" ".join(spelling)])
                    i += len(spelling)
                    break
            else:
                i += 1

    def _find_han(self, text: str) -> Iterator[Found]:
        han: dict[str, list[str]] = self._han  # type: ignore[attr-defined]
        end = 0
        for i, character in enumerate(text):
            if i < end or character not in han:
                continue
            for spelling in han[character]:
                if text.startswith(spelling, i):
                    end = i + len(spelling)
                    yield Found(i, end, self.spellings[spelling])
                    break


_WORDS = regex.compile(_WORD, regex.V1)


def _base(word: str, known: Mapping[str, object]) -> str:
    """A word without the ending of a genitive: `Musks`, `Musk's`."""
    if word in known:
        return word
    for ending in ("'s", "’s", "s"):
        if word.endswith(ending) and word[: -len(ending)] in known:
            return word[: -len(ending)]
    return word


def _same(run: Sequence[tuple[int, int, str]], spelling: Sequence[str], text: str) -> bool:
    for (start, _, word), (_, end, _) in zip(run[1:], run):
        if not text[end:start].isspace() or start - end > 2:
            return False
        del word
    return all(word == known or _base(word, {known: 0}) == known for (_, _, word), known in zip(run, spelling))


def learn_names(segments: Sequence[Segment], languages: Mapping[str, Language], groups: Sequence[Group]) -> Names:
    """The names in these segments. `languages` maps a source's id to its language."""
    texts: dict[str, list[str]] = defaultdict(list)
    for segment in segments:
        if segment.kind not in ("boilerplate", "code"):
            texts[segment.source].append(fold(segment.text))
    bases = {source: languages[source].base if source in languages else "" for source in texts}
    latin = _latin_names(texts, bases)
    glosses = list(_glosses(texts, bases))
    latin.update(name for _, name in glosses)
    canonical = _canonical(latin, texts)
    spellings = dict(canonical)
    for han, name in glosses:
        spellings[han] = canonical.get(name, name)
    spellings.update(_han_parts(spellings))
    spellings.update(_from_groups(segments, bases, groups, Names(spellings)))
    return Names(dict(sorted(spellings.items())))


def _latin_names(texts: Mapping[str, Sequence[str]], bases: Mapping[str, str]) -> set[str]:
    """Runs of capitalised words that are names: shared by sources, and not capitalised for grammar's sake.

    In Chinese every Latin run may be one, in English one inside a sentence. German writes all nouns
    large, so there a run counts where another language has it too, two sources have a run of two, or
    a capital stands inside a word (SpaceX).
    """
    sources: dict[str, set[str]] = defaultdict(set)
    sure: set[str] = set()
    for source, lines in sorted(texts.items()):
        base = bases[source]
        for line in lines:
            for match in _RUN.finditer(line):
                initial = not line[: match.start()].strip("\"“„«「『 -–—(（*#>")
                for run in _trimmed(match[0].split(" "), base, initial):
                    sources[run].add(source)
                    if base == "zh" or (base == "en" and not initial) or _inner_capital(run):
                        sure.add(run)
    names = set()
    for run, where in sources.items():
        shared = len(where) >= 2
        if run in sure or (shared and " " in run) or (shared and len({bases[source] for source in where}) >= 2 and run in sure):
            names.add(run)
    return {run for run in names if len(run) > 1 or len(sources[run]) >= 2}


def _trimmed(words: list[str], base: str, initial: bool) -> Iterator[str]:
    """A run without the common words around it, and cut where a word is surely no name."""
    known = lexicon(base)
    start = 0
    for i in range(len(words) + 1):
        if i < len(words) and not known.common(words[i]):
            continue
        if i > start:
            yield " ".join(words[start:i])
        start = i + 1
    del initial


def _inner_capital(run: str) -> bool:
    return any(character.isupper() for word in run.split(" ") for character in word[1:]) and not run.isupper()


def _glosses(texts: Mapping[str, Sequence[str]], bases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(Han spelling, Latin name) from parentheses."""
    for source, lines in sorted(texts.items()):
        if bases[source] != "zh":
            continue
        whole = "\n".join(lines)
        for line in lines:
            for match in _GLOSS_HAN.finditer(line):
                if not match["latin"].isupper():
                    yield _cut(match["han"], whole), match["latin"]
            for match in _GLOSS_LATIN.finditer(line):
                if not match["latin"].isupper():
                    yield match["han"], match["latin"]


def _cut(han: str, whole: str) -> str:
    """Where the name before a parenthesis starts: as far left as it is written that way elsewhere too.

    "就是张国栋（" holds 张国栋, since 张国栋 is there much more often than 是张国栋.
    """
    if _DOTS.search(han):
        first = _DOTS.split(han)[0]
        return _cut(first, whole)[-3:] + han[len(first) :] if len(first) > 3 else han
    best, most = han, whole.count(han)
    for size in range(min(len(han), _LONGEST_HAN) - 1, 1, -1):
        count = whole.count(han[-size:])
        if count > most:
            best, most = han[-size:], count
    return best


def _canonical(names: Iterable[str], texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each Latin spelling and the name it stands for: `Zhang Guodong` is `Guodong Zhang`, `Musk` is `Elon Musk`."""
    whole = "\n".join(line for source in sorted(texts) for line in texts[source])
    ordered = sorted(set(names))
    by_words: dict[frozenset[str], list[str]] = defaultdict(list)
    for name in ordered:
        by_words[frozenset(name.split(" "))].append(name)
    result = {}
    for same in by_words.values():
        best = max(same, key=lambda name: (whole.count(name), name))
        result.update(dict.fromkeys(same, best))
    longer: dict[str, set[str]] = defaultdict(set)
    for name in ordered:
        words = name.split(" ")
        if len(words) == 2:
            longer[words[1]].add(result[name])
    for match in _GLOSS_SAME.finditer(whole):
        short, long = match["short"], match["long"]
        if short in long.split(" ") and len(long.split(" ")) > 1:
            longer[short] = {result.get(long, long)}
            result.setdefault(long, long)
            result.setdefault(short, short)
    for name in ordered:
        if len(longer.get(name, ())) == 1:
            result[name] = next(iter(longer[name]))
    for surname, full in sorted(longer.items()):
        if len(full) == 1 and len(surname) > 3 and surname not in result:
            result[surname] = next(iter(full))
    return result


def _han_parts(spellings: Mapping[str, str]) -> dict[str, str]:
    """The surname of 埃隆·马斯克 stands alone too, where it is that of one person only."""
    owners: dict[str, set[str]] = defaultdict(set)
    for spelling, name in spellings.items():
        if _DOTS.search(spelling):
            owners[_DOTS.split(spelling)[-1]].add(name)
    return {part: next(iter(names)) for part, names in owners.items() if len(names) == 1 and len(part) > 1}


def _from_groups(
    segments: Sequence[Segment], bases: Mapping[str, str], groups: Sequence[Group], names: Names
) -> dict[str, str]:
    """Han spellings of the names that no source glosses, from the groups they share."""
    text_of = {segment.id: fold(segment.text) for segment in segments}
    glossed = {name for spelling, name in names.spellings.items() if _is_han(spelling)}
    with_name: Counter[str] = Counter()
    with_string: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for group in groups:
        han, latin = "", set()
        for source, ids in group.members.items():
            text = "\n".join(text_of.get(segment, "") for segment in ids)
            if bases.get(source) == "zh":
                han += f"\n{text}"
            else:
                latin |= {found.name for found in names.find(text)}
        if not han:
            continue
        strings = sorted(_strings(han))
        with_string.update(strings)
        for name in sorted(latin - glossed):
            with_name[name] += 1
            if name not in han:
                together.update((name, string) for string in strings)
    best: dict[str, tuple[float, int, str]] = {}
    for (name, string), count in together.items():
        dice = 2 * count / (with_name[name] + with_string[string])
        if count >= _SHARED_GROUPS and dice >= _DICE and string not in names.spellings:
            best[name] = max(best.get(name, (0.0, 0, "")), (dice, len(string), string))
    return {string: name for name, (_, _, string) in sorted(best.items())}


_HAN_RUN = regex.compile(r"\p{Han}++")


def _strings(text: str) -> set[str]:
    return {
        run[i : i + size]
        for run in _HAN_RUN.findall(text)
        for size in range(2, 6)
        for i in range(len(run) - size + 1)
    }


def _is_han(text: str) -> bool:
    return bool(_HAN_RUN.match(text))
