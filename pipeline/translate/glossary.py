"""Terms and how they are to be translated: the user's list, and names that the sources explain themselves.

A source that writes a foreign name in Chinese often gives the original once, in parentheses. Such
names are learnt for the run, in both scripts, and go into the text before a model sees it: no small
model can turn a transliterated name back into the original, and all of them copy Latin names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import regex

from pipeline.errors import UserError
from pipeline.language import to_simplified
from pipeline.translate.protect import Span

MAX_TERMS = 100_000
_SPACED = r"[[\p{L}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]]"  # letters of scripts that part words by spaces


@dataclass(frozen=True, slots=True)
class Term:
    """A source term with the targets that are right for it, the first preferred."""

    source: str
    targets: tuple[str, ...]
    note: str = ""
    learnt: bool = False

    @property
    def is_name(self) -> bool:
        """Whether the preferred target is a name: one that models copy from their input."""
        return all(word[:1].isupper() or any(c.isupper() for c in word) for word in self.targets[0].split())


class Glossary:
    """Terms by source. Han terms match in either script; other terms match whole words in any case."""

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        self.terms: dict[str, Term] = {}
        for term in terms:
            key = _folded(term.source)
            known = self.terms.get(key)
            if known and not term.learnt and not known.learnt:
                term = replace(known, targets=tuple(dict.fromkeys((*known.targets, *term.targets))))
            elif known and term.learnt:
                continue
            self.terms[key] = term
        longest = sorted(self.terms, key=lambda source: (-len(source), source))
        self._pattern = (
            regex.compile(
                rf"(?V1)(?:(?<!{_SPACED})(?={_SPACED})|(?!{_SPACED}))(\L<terms>)(?:(?<={_SPACED})(?!{_SPACED})|(?<!{_SPACED}))",
                terms=longest,
            )
            if longest
            else None
        )

    @classmethod
    def read(cls, path: Path) -> Glossary:
        """A glossary from a UTF-8 TSV of source term, target term and note, as OmegaT's: no header,
        `#` starts a comment, a source on several lines has several right targets.

        Raises UserError for a file that cannot be read or a line that has no target.
        """
        terms = []
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UserError(f"The glossary {path} is not UTF-8; save it so and try again.") from None
        except OSError as error:
            raise UserError(f"The glossary {path} cannot be read ({error.strerror}); check the name.") from None
        if len(lines) > MAX_TERMS:
            raise UserError(f"The glossary {path} has more than {MAX_TERMS:,} lines; split it.")
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            source, target, note = ([" ".join(part.split()) for part in line.split("\t")] + ["", ""])[:3]
            if not source or not target:
                raise UserError(f"{path} line {number} needs a source term, a tab and a target term.")
            terms.append(Term(source, (target,), note))
        return cls(terms)

    def learn(self, texts: Iterable[str]) -> Glossary:
        """This glossary with the names that texts explain in parentheses; its own terms win."""
        found = [term for text in texts for term in explained(text)]
        # The family name alone may be what a later text explains in full, which is then better.
        families = [family for term in found for family in _family(term)]
        return Glossary([*self.terms.values(), *found, *families]) if found else self

    def find(self, text: str) -> list[tuple[int, int, Term]]:
        """Where terms stand in a text, as start, end, term. The text's script does not matter."""
        if self._pattern is None:
            return []
        matches = self._pattern.finditer(_folded(text))
        return [(match.start(), match.end(), self.terms[match.group(1)]) for match in matches]

    def names(self, text: str) -> list[Span]:
        """The names in a text, as spans that carry the Latin name. The Latin name in parentheses
        behind it becomes part of the span, so that it is not said twice."""
        spans = []
        for start, end, term in self.find(text):
            target = term.targets[0]
            if term.is_name and text[start:end] != target:
                again = regex.compile(r"\s*[（(]\s*" + regex.escape(target) + r"\s*[)）]").match(text, end)
                spans.append(Span(start, again.end() if again else end, target, "name"))
        return spans

    def violated(self, text: str, translation: str) -> list[Term]:
        """The terms in a text for which its translation has none of their targets."""
        there = translation.casefold()
        found = {term.source: term for _, _, term in self.find(text)}
        return [term for term in found.values() if not any(target.casefold() in there for target in _accepted(term))]


def _accepted(term: Term) -> tuple[str, ...]:
    """What counts as a right translation: for a learnt name, its family name too."""
    return (*term.targets, *(target.split()[-1] for target in term.targets)) if term.learnt else term.targets


def _family(term: Term) -> list[Term]:
    """The family name alone, from a transliteration of as many parts as the Latin name."""
    parts, words = _DOT.split(term.source), term.targets[0].split()
    alone = len(parts) == len(words) > 1 and len(parts[-1]) > 1
    return [Term(parts[-1], (words[-1],), learnt=True)] if alone else []


def _folded(text: str) -> str:
    """A text in small letters and Simplified characters, of the same length."""
    simplified = to_simplified(text)
    lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in simplified)
    return lowered if len(lowered) == len(text) else text.lower() if len(text.lower()) == len(text) else text


# Characters that stand for sounds in transliterated names, from everyday usage.
_SOUNDS = frozenset(
    "阿埃艾爱安昂奥巴白班邦贝本比彼宾波伯勃博布采查柴楚茨达大戴丹道德登邓狄迪蒂丁顿多杜敦俄厄恩尔法凡范菲费芬丰冯佛夫弗福富盖甘冈高"
    "戈哥歌格葛根贡古瓜哈海汉汗豪赫黑亨洪侯胡华怀霍基吉季济加贾简姜杰金津京久卡凯坎康考柯科可克肯孔库夸奎昆拉莱赖兰朗劳勒雷黎里"
    "理利莉丽立连廉良列林琳留龙隆卢鲁路伦罗洛吕马玛迈麦曼芒毛梅门蒙孟米密缅明摩莫墨默姆木慕穆拿娜纳乃奈南内尼妮年涅宁纽农努诺欧帕"
    "潘庞佩彭蓬皮平泼珀普奇齐恰乔切钦琴丘琼屈让热仁日荣茹儒瑞若撒萨塞赛桑瑟森沙莎珊山尚绍舍申什圣施石史舒朔丝斯司思松苏素索塔泰"
    "坦汤唐陶特滕提田廷通图托脱瓦万旺威韦维魏温文翁沃乌伍武西希锡席夏香肖谢辛欣兴休修许雅亚延扬杨耶叶伊依易因英永尤于约赞泽曾扎詹"
    "张哲珍治中朱兹子宗祖佐"
)
_TITLES = ("主席", "首席", "总理", "经理", "助理", "代理")  # words before a name whose end sounds like one
# Common family names by pinyin, Simplified.
_FAMILIES = {
    "wang": "王汪", "li": "李黎厉", "zhang": "张章", "liu": "刘柳", "chen": "陈谌", "yang": "杨阳", "zhao": "赵",
    "huang": "黄", "zhou": "周", "wu": "吴伍武邬", "xu": "徐许", "sun": "孙", "hu": "胡", "zhu": "朱祝", "gao": "高",
    "lin": "林蔺", "he": "何贺", "guo": "郭", "ma": "马", "luo": "罗骆", "liang": "梁", "song": "宋", "zheng": "郑",
    "xie": "谢解", "han": "韩", "tang": "唐汤", "feng": "冯", "yu": "于余俞喻", "dong": "董", "xiao": "肖萧",
    "cheng": "程成", "cao": "曹", "yuan": "袁", "deng": "邓", "fu": "傅付", "shen": "沈申", "zeng": "曾", "peng": "彭",
    "lu": "卢陆鲁路", "lyu": "吕", "lv": "吕", "su": "苏", "jiang": "蒋姜江", "cai": "蔡", "jia": "贾", "ding": "丁",
    "wei": "魏韦卫", "xue": "薛", "ye": "叶", "yan": "阎严颜闫", "pan": "潘", "du": "杜", "dai": "戴", "xia": "夏",
    "zhong": "钟", "tian": "田", "ren": "任", "fan": "范樊", "fang": "方房", "shi": "石史施", "yao": "姚", "tan": "谭",
    "liao": "廖", "zou": "邹", "xiong": "熊", "jin": "金", "hao": "郝", "kong": "孔", "bai": "白", "cui": "崔",
    "kang": "康", "mao": "毛", "qiu": "邱丘", "qin": "秦", "gu": "顾古", "hou": "侯", "shao": "邵", "meng": "孟",
    "long": "龙", "wan": "万", "duan": "段", "qian": "钱", "yin": "尹殷", "chang": "常", "wen": "文温",
    "gong": "龚", "xing": "邢", "ba": "巴", "bao": "包鲍", "ge": "葛", "zhuang": "庄", "ouyang": "欧阳", "sima": "司马",
}  # fmt: skip
_LATIN_NAME = r"[A-Z][\p{Latin}'’.-]*+(?: [A-Z][\p{Latin}'’.-]*+){0,3}+"
_ENDED = r"\s?(?=[)）,，、;；])"
_LATIN_INSIDE = regex.compile(rf"[（(]\s?(?P<inside>{_LATIN_NAME}){_ENDED}")
_HAN_INSIDE = regex.compile(rf"[（(]\s?(?P<inside>[\p{{Han}}·•・‧]{{2,12}}+){_ENDED}")
_HAN_BEFORE = regex.compile(r"[\p{Han}·•・‧]{2,}+(?=\s?$)")
_LATIN_BEFORE = regex.compile(rf"(?<![\p{{Latin}}'’.-]){_LATIN_NAME}(?=\s?$)")
_REACH = 60  # characters before a parenthesis in which a name is looked for
_DOT = regex.compile(r"[·•・‧]")
_SYLLABLE = regex.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|van|ai|ao|an|ei|en|er|ia|ie|in|iu|ou|ua|ue|ve|ui|un|uo|a|e|i|o|u|v|ü)"
)


def explained(text: str) -> list[Term]:
    """The names that a text explains as `中文(Latin Name)` or `Latin Name（中文）`.

    Only where both sides can be the same person: the characters are those that transliterations
    are written with, or begin with the family name that the pinyin has.
    """
    found: list[Term] = []
    for match in _LATIN_INSIDE.finditer(text):
        if before := _HAN_BEFORE.search(text[max(0, match.start() - _REACH) : match.start()]):
            found += _same(before.group(), match.group("inside"), whole=False)
    for match in _HAN_INSIDE.finditer(text):
        if before := _LATIN_BEFORE.search(text[max(0, match.start() - _REACH) : match.start()]):
            found += _same(match.group("inside"), before.group(), whole=True)
    return found


def _same(han: str, latin: str, *, whole: bool) -> list[Term]:
    """A term where both are one person's name: all of `han`, or only its end."""
    han, latin = to_simplified(han), latin.rstrip(".-'’")
    name = _person(han, latin) or _transliterated(han, latin, whole=whole)
    return [Term(name, (latin,), learnt=True)] if name else []


def _person(han: str, latin: str) -> str:
    """The Chinese name at the end of `han` for a Latin name with a Chinese family name in it."""
    words = latin.lower().replace("-", "").replace("'", "").split()
    if not 2 <= len(words) <= 3:
        return ""
    for family, given in ((words[-1], words[:-1]), (words[0], words[1:])):
        for character in _families(family):
            lengths = [len(character) + n for n in _given_lengths("".join(given))]
            for length in lengths:
                if han[-length:].startswith(character) and len(han) >= length:
                    return han[-length:]
    return ""


def _families(pinyin: str) -> list[str]:
    characters = _FAMILIES.get(pinyin, "")
    return [characters] if pinyin in ("ouyang", "sima") else list(characters)


def _given_lengths(given: str) -> Sequence[int]:
    """How many characters a given name has: its syllables, or two or one where it is no pinyin."""
    position = syllables = 0
    while position < len(given):
        match = _SYLLABLE.match(given, position)
        if not match:
            return (2, 1)
        position, syllables = match.end(), syllables + 1
    return (syllables,) if syllables <= 3 else (2, 1)


def _transliterated(han: str, latin: str, *, whole: bool) -> str:
    """The transliteration at the end of `han`, two characters at least."""
    start = len(han)
    while start and (han[start - 1] in _SOUNDS or _DOT.match(han[start - 1])):
        start -= 1
    while han[max(0, start - 1) : start + 1] in _TITLES:
        start += 1
    name = han[start:].lstrip("·•・‧")
    if whole and name != han:
        return ""
    parts = _DOT.split(name)
    if len(parts) not in (1, len(latin.split())):
        return ""
    return name if len(name) >= 2 and len(name) <= 6 * len(latin.split()) else ""
