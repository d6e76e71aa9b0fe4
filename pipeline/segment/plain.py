"""What a reader sees of a stretch of text: inline markup gone, line breaks folded.

Each character of the result knows where it came from, so that sentences found in the visible text
lead back to exact offsets. The rules for Markdown are those of CommonMark 0.31 (section 6), with
three differences that reading asks for: stars between letters or digits (`2*3*4`) stay, Han
characters count as white space next to emphasis marks (CommonMark shows the stars of
`**强调（abc）**文字`), and a bare address is never markup.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import regex

Markup = Literal["plain", "markdown"]

# A line break takes the quote marks at the start of the next line with it.
_SPACE = r"[^\S\n]*+(?:\n[^\S\n]*+(?:>[^\S\n]*+)*+)++|[^\S\n]++"
_INVISIBLE = r"\x00-\x08\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff"
_PLAIN = regex.compile(rf"(?P<space>{_SPACE})|(?P<hidden>[{_INVISIBLE}]++)|(?P<text>[^\s{_INVISIBLE}]++)")
_MARKDOWN = regex.compile(
    rf"(?P<space>{_SPACE})"
    rf"|(?P<hidden>[{_INVISIBLE}]++|\\(?=\n)|<!--(?:[^-<]|-(?!->)|<(?!!--))*+-->)"
    r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>`++)"
    r"|(?P<bracket>!?\[)"
    r"|(?P<link>\])"
    r"|(?P<break><[bB][rR]\s*+/?>)"
    r"|(?P<tag></?[A-Za-z][A-Za-z0-9-]*+(?:[\s/][^<>\n]*+)?+>)"
    r"|(?P<address><(?:[A-Za-z][A-Za-z0-9+.-]{1,31}+:[^<>\s]*+|[^\s<>@]++@[^\s<>@]++)>)"
    r"|(?P<entity>&(?:[A-Za-z][A-Za-z0-9]{1,31}+|\#\d{1,7}+|\#[xX][0-9a-fA-F]{1,6}+);)"
    r"|(?P<emphasis>\*++|_++|~~)"
    rf"|(?P<text>[^\s\\`!\[\]<&*_~{_INVISIBLE}]++|.)",
    regex.DOTALL,
)
_URL_PART = r"[^\s<>\[\]()*`_~\"“”\u3000-\u303f\uff00-\uffef\p{Han}]"
_URL = regex.compile(rf"(?:https?://|www\.)(?:{_URL_PART}|[_~]++(?={_URL_PART}))*+")
_TARGET = regex.compile(
    r"\([^\S\n]*+(?:<[^<>\n]*+>|(?:[^\s()\\]|\\.|\([^\s()]*+\))*+)"
    r"(?:[^\S\n]++(?:\"[^\"\n]*+\"|'[^'\n]*+'))?+[^\S\n]*+\)"
)
_REFERENCE = regex.compile(r"\[([^\[\]\n]{0,200}+)\]")
_LABEL = 200  # code points of a label, at most
_NOTHING = regex.compile("")
_DEFINITION = regex.compile(r"(?m)^ {0,3}+\[([^\[\]\n]{1,200}+)\]:")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff00-\uffef“”‘’…—]")
_PUNCTUATION = regex.compile(r"[\p{P}\p{S}]")


@dataclass(frozen=True, slots=True)
class Visible:
    """`text` as read. Character i comes from the source's `starts[i]` to `ends[i]`, together with the
    markup that opens before it and closes after it. A blank line is left as two line ends."""

    text: str
    starts: list[int]
    ends: list[int]


def plain(text: str, markup: Markup = "plain") -> str:
    """What a reader sees of a text, on one line."""
    return visible(text, markup).text.replace("\n\n", " ")


def labels(text: str) -> frozenset[str]:
    """The labels that a Markdown document defines targets for, folded as CommonMark compares them."""
    return frozenset(_folded(label) for label in _DEFINITION.findall(text))


def visible(text: str, markup: Markup = "plain", defined: frozenset[str] = frozenset()) -> Visible:
    """The visible text and where it comes from, in linear time.

    `defined` are the `labels` of the document: `[text][label]` is a link only where its label is.
    """
    page = _Page()
    for piece in _markdown(text, defined) if markup == "markdown" else _pieces(text):
        page.add(text, piece)
    return page.finish(len(text))


_Role = Literal["text", "space", "opening", "closing"]
_ROLES: dict[str | None, _Role] = {"space": "space", "break": "space", "hidden": "closing", "text": "text"}
_SHOWN: dict[str | None, Callable[[str], str]] = {
    "escape": lambda source: source[1:],
    "address": lambda source: source[1:-1],
    "entity": html.unescape,
}


@dataclass(slots=True)
class _Piece:
    """A stretch of source and what becomes of it. Of a run of emphasis marks the first `closes` and
    the last `opens` are markup, those between are text."""

    role: _Role
    start: int
    end: int
    shown: str | None = None
    opens: int = 0
    closes: int = 0


def _pieces(text: str) -> list[_Piece]:
    return [_Piece(_ROLES[match.lastgroup], *match.span()) for match in _PLAIN.finditer(text)]


def _markdown(text: str, defined: frozenset[str]) -> list[_Piece]:
    pieces: list[_Piece] = []
    brackets: list[_Piece] = []
    openers: dict[str, list[_Piece]] = defaultdict(list)
    fences: dict[int, list[int]] = defaultdict(list)
    for fence in regex.finditer(r"`++", text):
        fences[len(fence.group())].append(fence.start())
    urls = [match.span() for match in _URL.finditer(text)]
    url = position = 0
    while position < len(text):
        while url < len(urls) and urls[url][0] < position:
            url += 1
        if url < len(urls) and urls[url][0] == position:
            pieces.append(_Piece("text", *urls[url]))
            position = urls[url][1]
            continue
        match = _MARKDOWN.match(text, position)
        assert match is not None
        kind, start, end = match.lastgroup, position, match.end()
        if kind == "text" and url < len(urls):
            end = min(end, urls[url][0])
        position = end
        if kind in _ROLES:
            pieces.append(_Piece(_ROLES[kind], start, end))
        elif kind == "tag":
            pieces.append(_Piece("closing" if text[start + 1] == "/" else "opening", start, end))
        elif kind in _SHOWN:
            pieces.append(_Piece("text", start, end, _SHOWN[kind](match.group())))
        elif kind == "code":
            position = _code(text, start, end, fences[end - start], pieces)
        elif kind == "bracket":
            pieces.append(_Piece("text", start, end))
            brackets.append(pieces[-1])
        elif kind == "link" and brackets:
            position = _link(text, end, brackets.pop(), defined, pieces)
        elif kind == "emphasis":
            pieces.append(_Piece("text", start, end))
            _emphasise(text, pieces[-1], openers[text[start]])
        else:
            pieces.append(_Piece("text", start, end))
    return pieces


def _code(text: str, start: int, end: int, fences: list[int], pieces: list[_Piece]) -> int:
    """A code span from the backticks at `start` to the next run of as many, or the backticks themselves."""
    following = bisect_left(fences, end)
    if following == len(fences):
        pieces.append(_Piece("text", start, end))
        return end
    close = fences[following]
    pieces.append(_Piece("opening", start, end))
    pieces += [_Piece(_ROLES[match.lastgroup], *match.span()) for match in _PLAIN.finditer(text, end, close)]
    pieces.append(_Piece("closing", close, close + end - start))
    return close + end - start


def _link(text: str, end: int, bracket: _Piece, defined: frozenset[str], pieces: list[_Piece]) -> int:
    """The end of a link or image whose text ends with the bracket before `end`, or of that bracket."""
    target = _TARGET.match(text, end)
    if target is None and defined:
        reference = _REFERENCE.match(text, end)
        label = reference.group(1) if reference else ""
        label = label.strip() or text[bracket.end : min(end - 1, bracket.end + _LABEL)]
        if _folded(label) in defined:
            target = reference or _NOTHING.match(text, end)
    if target is None:
        pieces.append(_Piece("text", end - 1, end))
        return end
    bracket.role = "opening"
    pieces.append(_Piece("closing", end - 1, target.end()))
    return target.end()


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()


def _emphasise(text: str, run: _Piece, openers: list[_Piece]) -> None:
    """Pair a run of emphasis marks with those that wait, nearest first; what is left of it may open.

    Each step uses up a waiting run or this one, so all runs together take linear time.
    """
    opens, closes = _flanks(text, run)
    left = run.end - run.start
    while closes and left and openers:
        opener = openers[-1]
        used = min(left, opener.end - opener.start - opener.opens - opener.closes)
        opener.opens += used
        run.closes += used
        left -= used
        if opener.opens + opener.closes == opener.end - opener.start:
            openers.pop()
    if opens and left:
        openers.append(run)


def _flanks(text: str, run: _Piece) -> tuple[bool, bool]:
    """Whether a run of emphasis marks may open and may close."""
    before, after = text[run.start - 1 : run.start] or " ", text[run.end : run.end + 1] or " "
    within = before.isalnum() and after.isalnum() and not _WIDE.match(before) and not _WIDE.match(after)
    single = run.end - run.start == 1 or text[run.start] == "_"
    if within and (single or (before.isdecimal() and after.isdecimal())):
        return False, False
    loose_before = before.isspace() or _WIDE.match(before) or _PUNCTUATION.match(before)
    loose_after = after.isspace() or _WIDE.match(after) or _PUNCTUATION.match(after)
    opens = not after.isspace() and bool(loose_before or not _PUNCTUATION.match(after))
    closes = not before.isspace() and bool(loose_after or not _PUNCTUATION.match(before))
    return opens, closes


@dataclass(slots=True)
class _Page:
    """Visible text being put together."""

    shown: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    last: str = ""  # the last visible character
    pending: int = -1  # where markup began that belongs to the next character
    gap: tuple[int, int] | None = None  # white space not yet written
    breaks: int = 0  # line ends in it

    def add(self, text: str, piece: _Piece) -> None:
        if piece.role == "space":
            self._space(piece.start, piece.end, text.count("\n", piece.start, piece.end))
        elif piece.role == "opening":
            self._opening(piece.start)
        elif piece.role == "closing":
            self._closing(piece.start, piece.end)
        else:
            if piece.closes:
                self._closing(piece.start, piece.start + piece.closes)
            start, end = piece.start + piece.closes, piece.end - piece.opens
            if start < end:
                self._show(start, end, text[start:end] if piece.shown is None else piece.shown)
            if piece.opens:
                self._opening(end)

    def finish(self, end: int) -> Visible:
        if self.pending >= 0 and self.ends:
            self.ends[-1] = end
        return Visible("".join(self.shown), self.starts, self.ends)

    def _space(self, start: int, end: int, breaks: int) -> None:
        self.gap = (self.gap[0] if self.gap else start, end)
        self.breaks += breaks

    def _opening(self, start: int) -> None:
        if self.pending < 0:
            self.pending = start

    def _closing(self, start: int, end: int) -> None:
        if self.ends and self.gap is None and self.pending < 0:
            self.ends[-1] = end
        else:
            self._opening(start)

    def _show(self, start: int, end: int, shown: str) -> None:
        if not shown.strip():
            self._space(start, end, 0)
            return
        self._write_gap(shown[0])
        self.shown.append(shown)
        if len(shown) == end - start:
            self.starts.extend(range(start, end))
            self.ends.extend(range(start + 1, end + 1))
        else:
            self.starts.extend([start] * len(shown))
            self.ends.extend([end] * len(shown))
        if self.pending >= 0:
            self.starts[-len(shown)] = self.pending
            self.pending = -1
        self.last = shown[-1]

    def _write_gap(self, following: str) -> None:
        """One space for white space; none for a line break between Han characters; two line ends for a blank line."""
        if self.gap is not None and self.last:
            if self.breaks > 1:
                written = "\n\n"
            elif self.breaks and _WIDE.match(self.last) and _WIDE.match(following):
                written = ""
            else:
                written = " "
            self.shown.append(written)
            self.starts.extend([self.gap[0]] * len(written))
            self.ends.extend([self.gap[1]] * len(written))
        self.gap = None
        self.breaks = 0
