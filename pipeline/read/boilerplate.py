"""Site furniture: what stands around an article on its page, told from the article itself.

Two kinds of rules, both in `furniture.toml`'s terms: closed phrases and shapes that a whole line
must have, and lists that a heading announces (related articles, a table of contents). A sentence
that merely holds such a word is never touched. Furniture is kept as `boilerplate` with its reason.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from pipeline import language, toml
from pipeline.model import Block
from pipeline.read import dates
from pipeline.read.draft import unmarked
from pipeline.read.text import looks_like_heading

_LONGEST = 600  # characters; furniture is short
_LONGEST_LINE = 160
_HEAD = 8  # blocks of content from the top among which a byline may stand
_HEADLINE = 160  # characters of the longest headline in a list of related articles
_PARAGRAPH = 80  # characters from which a full sentence is a real paragraph
_LINKS_IN_A_ROW = 3

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LINK_ONLY = re.compile(r"\[[^\]\n]{0,300}\]\(\S{0,1200}\)[.;,]?")
_EDGES = re.compile(r"^[\s*_#>`~|•·\-–—=\[【<]+|[\s*_`~|•·\-–—=\]】>:]+$")
_SEPARATORS = " \t|/>›»·•-–—,:"
_AUTHOR = re.compile(
    r"(?:Von|By)(?: [A-ZÄÖÜÉ][\w.'’-]{0,30}){2,4}(?:(?:,| und| and| &)(?: [A-ZÄÖÜÉ][\w.'’-]{0,30}){2,4}){0,3}"
)
_BYLINE_WORDS = re.compile(
    r"\b(?:date|datum|stand|veröffentlicht|aktualisiert|erschienen|zuletzt|geändert|am|um|uhr|vom|von|published|updated"
    r"|posted|last|modified|on|at|by|first|werbung|anzeige|(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri"
    r"|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so)\b"
    r"|(?:发布|发表|更新|刊登|编辑)?(?:时间|日期|于)|发布|发表|更新|来源|作者|编辑|星期[一二三四五六日天]|周[一二三四五六日]",
    re.IGNORECASE,
)
_NAME_MOST = 30
_NUMBERING = re.compile(r"^(?:[\divxⅠ-Ⅹ]{1,4}[.)、]|[(（]?[一二三四五六七八九十]{1,3}[)）、.])\s*")


def mark(text: str, blocks: Sequence[Block], links: frozenset[int] = frozenset()) -> list[Block]:
    """The blocks, with those that are site furniture turned into boilerplate.

    `links` are the numbers of blocks that are nothing but a link, where the format knows; links
    written as Markdown are recognised here.
    """
    lines = [_Line.of(text, block) for block in blocks]
    reasons = [block.reason for block in blocks]
    linked = [n in links or line.link for n, line in enumerate(lines)]
    content = 0
    for n, (block, line) in enumerate(zip(blocks, lines)):
        if block.kind == "boilerplate":
            continue
        reasons[n] = _own_reason(text, block, line, head=content < _HEAD, first=content == 0)
        content += not reasons[n]
    _mark_related(blocks, lines, reasons)
    _mark_contents(blocks, lines, reasons, linked)
    _mark_links(blocks, reasons, linked)
    _mark_labels(blocks, lines, reasons)
    return [
        replace(block, kind="boilerplate", reason=reason) if reason and block.kind != "boilerplate" else block
        for block, reason in zip(blocks, reasons)
    ]


@dataclass(frozen=True, slots=True)
class _Line:
    """A block's content as the rules see it."""

    shown: str  # without inline markup
    key: str  # in lower case, Simplified script and ASCII punctuation, without marks around it
    link: bool  # whether it is nothing but a Markdown link

    @classmethod
    def of(cls, text: str, block: Block) -> _Line:
        start, end = block.content
        raw = text[start:end] if end - start <= 2 * _LONGEST else ""
        shown = unmarked(raw)
        link = raw.startswith(("[", "*", "_")) and _LINK_ONLY.fullmatch(raw.strip("*_ ")) is not None
        return cls(shown, normal(shown) if len(shown) <= _LONGEST else "", link)


def normal(shown: str) -> str:
    """A line in the spelling that `furniture.toml` is written in."""
    key = unicodedata.normalize("NFKC", shown)
    if _HAN.search(key):
        key = language.to_simplified(key)
    return _EDGES.sub("", " ".join(key.lower().split()))


def byline_name(shown: str) -> str | None:
    """The name in a line of date, time and at most a name (" " where there is none), or None for any other line."""
    if len(shown) > 120 or not (found := dates.find(shown)):
        return None
    simple = language.to_simplified(shown) if _HAN.search(shown) else shown
    if len(simple) != len(shown):
        shown = simple
    rest = [*shown]
    for start, end in [
        *((start, end) for start, end, *_ in found),
        *map(re.Match.span, _BYLINE_WORDS.finditer(simple)),
    ]:
        rest[start:end] = " " * (end - start)
    name = " ".join("".join(rest).split()).strip(_SEPARATORS + "：，()（）")
    if len(name) > _NAME_MOST or any(mark in name for mark in ".!?。！？;；:："):
        return None
    if not name:
        return " "
    start, end, _, timed = found[0]
    around = shown[:start].rstrip()[-1:] + shown[end:].lstrip()[:1]
    glued = bool(_HAN.search(shown[max(0, start - 1) : start]))
    return name if timed or glued or any(char in "|·,/–—•，" for char in around) else None


def _own_reason(text: str, block: Block, line: _Line, head: bool, first: bool) -> str:
    """Why a block is furniture for what it says itself, "" if it is not."""
    if block.kind == "code":
        return ""
    if not any(map(str.isalnum, text[slice(*block.content)])):
        return "markup"
    rules = _rules()
    key = line.key
    if not key:
        return ""
    if block.kind == "cell":
        return rules.shape(key, only="link")
    if block.kind == "caption":
        return rules.shape(key, only="image")
    if block.kind == "title":
        return ""
    if reason := rules.lines.get(key) or rules.shape(key):
        return reason
    if len(key) > _LONGEST_LINE:
        return ""
    if reason := rules.menu(key):
        return reason
    if not head:
        return ""
    name = byline_name(line.shown)
    if name is not None and (not first or not name.strip() or dates.find(line.shown)[0][3]):
        return "byline"
    return "byline" if _AUTHOR.fullmatch(line.shown) and not first else ""


def _mark_related(blocks: Sequence[Block], lines: Sequence[_Line], reasons: list[str]) -> None:
    """Lists of other articles: the announcing line and the headlines after it, until the text goes on."""
    phrases = _rules().lists["related articles"]
    for n, line in enumerate(lines):
        if reasons[n] or blocks[n].kind in ("cell", "code", "title"):
            continue
        phrase, colon, headline = line.key.partition(":")
        if phrase.strip() not in phrases:
            continue
        reasons[n] = "related articles"
        if colon and headline.strip():
            continue  # "Lesen Sie auch: ..." has its headline with it
        headlines = []
        stop: Block | None = None
        for m in range(n + 1, len(blocks)):
            if reasons[m]:
                continue
            if not _is_headline(blocks[m], lines[m], blocks[n].level):
                stop = blocks[m]
                break
            headlines.append(m)
        # Where no levels tell, the last short line before a paragraph may be that paragraph's heading.
        if stop and stop.kind == "paragraph" and len(headlines) > 1:
            last = headlines[-1]
            if blocks[last].kind in ("heading", "paragraph") and looks_like_heading(lines[last].shown):
                headlines.pop()
        for m in headlines:
            reasons[m] = "related articles"


def _is_headline(block: Block, line: _Line, level: int) -> bool:
    if block.kind in ("cell", "code", "quote", "title") or not line.shown or len(line.shown) > _HEADLINE:
        return False
    if block.kind == "heading" and block.level:
        return block.level > level > 0
    weight = len(line.shown) + len(_HAN.findall(line.shown))
    return not (weight > _PARAGRAPH and line.shown.rstrip("\"'”’»」』)）")[-1:] in (*".。!！…",))


def _mark_contents(blocks: Sequence[Block], lines: Sequence[_Line], reasons: list[str], linked: Sequence[bool]) -> None:
    """A table of contents: its heading and the entries after it that are links or come again as headings."""
    entries = [_NUMBERING.sub("", line.key) for line in lines]
    headings = {entry: n for n, entry in enumerate(entries) if entry and blocks[n].kind in ("heading", "title")}
    phrases = _rules().lists["table of contents"]
    for n, line in enumerate(lines):
        if reasons[n] or line.key not in phrases or blocks[n].kind in ("cell", "code", "title"):
            continue
        last = n
        for m in range(n + 1, len(blocks)):
            if not (reasons[m] or (blocks[m].kind != "cell" and (linked[m] or headings.get(entries[m], 0) > m))):
                break
            last = m if not reasons[m] else last
        if last > n:
            for m in range(n, last + 1):
                reasons[m] = reasons[m] or "table of contents"


def _mark_links(blocks: Sequence[Block], reasons: list[str], linked: Sequence[bool]) -> None:
    """Rows of lines that are nothing but links."""
    run: list[int] = []
    for n in range(len(blocks) + 1):
        if n < len(blocks) and linked[n] and not reasons[n] and blocks[n].kind in ("item", "paragraph"):
            run.append(n)
            continue
        if len(run) >= _LINKS_IN_A_ROW:
            for m in run:
                reasons[m] = "navigation"
        run = []


def _mark_labels(blocks: Sequence[Block], lines: Sequence[_Line], reasons: list[str]) -> None:
    """Labels such as "Summary" whose content did not come along: the next thing is another heading, or nothing."""
    following: Block | None = None
    for n in range(len(blocks) - 1, -1, -1):
        block = blocks[n]
        if reasons[n]:
            continue
        bare = following is None or (following.kind == "heading" and following.level <= block.level)
        if bare and block.kind in ("heading", "paragraph") and lines[n].key in _rules().labels:
            reasons[n] = "label"
        else:
            following = block


@dataclass(frozen=True, slots=True)
class _Rules:
    lines: dict[str, str]
    words: dict[str, str]
    lists: dict[str, frozenset[str]]
    labels: frozenset[str]
    html: dict[str, str]
    shapes: re.Pattern[str]
    reasons: tuple[str, ...]  # of the groups of `shapes`

    def shape(self, key: str, only: str = "") -> str:
        """The reason of a line that has one of the shapes of the list."""
        match = self.shapes.fullmatch(key)
        reason = self.reasons[int((match.lastgroup or "")[1:])] if match else ""
        return reason if not only or reason == only else ""

    def menu(self, key: str) -> str:
        """The reason of a line of menu words: a breadcrumb trail, or nothing but words of the list."""
        parts = [part.strip() for part in re.split("[>›»→|/]", key)]
        from_home = len(parts) > 1 and self.words.get(parts[0]) in ("sure", "navigation")
        if from_home and all(0 < len(part) <= 40 for part in parts[:-1]):
            return "navigation"
        # The best way to cut the line into words, counted by how many have a reason, then by how many there are.
        best: list[tuple[int, int, str] | None] = [(0, 0, "")] + [None] * len(key)
        for start in range(len(key)):
            so_far = best[start]
            if so_far is None:
                continue
            telling, count, reason = so_far
            if key[start] in _SEPARATORS:
                best[start + 1] = max(best[start + 1] or so_far, so_far)
                continue
            for end in range(start + 1, min(len(key), start + 16) + 1):
                word = self.words.get(key[start:end])
                if word is None:
                    continue
                step = {"sure": 2, "other": 0}.get(word, 1)
                found = "navigation" if word == "sure" else "" if word == "other" else word
                best[end] = max(best[end] or (0, 0, ""), (telling + step, count + 1, reason or found))
        telling, count, reason = best[-1] or (0, 0, "")
        return reason if (telling > 1 and count > 1) or (telling and count > 2) else ""


@functools.cache
def _rules() -> _Rules:
    table: dict[str, Any] = toml.loads(resources.files(__package__).joinpath("furniture.toml").read_text("utf-8"))

    def by_phrase(section: str) -> dict[str, str]:
        return {phrase: reason for reason, phrases in table[section].items() for phrase in phrases}

    return _Rules(
        lines=by_phrase("lines"),
        words=by_phrase("words"),
        lists={reason: frozenset(phrases) for reason, phrases in table["lists"].items()},
        labels=frozenset(table["labels"]["label"]),
        html=by_phrase("html"),
        shapes=re.compile(
            "|".join(f"(?P<r{n}>{'|'.join(patterns)})" for n, patterns in enumerate(table["patterns"].values()))
        ),
        reasons=tuple(table["patterns"]),
    )


def class_reason(names: str) -> str:
    """The reason why an HTML element with these class and id names is furniture, "" if none says so."""
    html = _rules().html
    return next((html[word] for word in re.findall("[a-z]+", names[:500].lower()) if word in html), "")
