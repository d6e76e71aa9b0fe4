"""What is known of a source: read from what files state, inferred where they state nothing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

from pipeline import language
from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.model import Block, Source
from pipeline.read import dates
from pipeline.read.draft import Draft, Entry, one_line, unmarked

# Names that front matters, HTML meta elements and JSON records use, the surest first.
_NAMES = {
    "id": ("id",),
    "outlet": ("outlet", "og:site_name", "source", "publisher", "site", "site_name", "application-name"),
    "language": ("language", "lang", "og:locale"),
    "title": ("og:title", "title", "headline", "twitter:title"),
    "date": (
        "date", "article:published_time", "published", "datepublished", "date_published", "published_at", "pubdate",
        "publishdate", "publish_date", "publication_date", "dc.date", "dc.date.issued", "dcterms.created",
    ),
    "url": ("url", "canonical", "og:url", "link"),
}  # fmt: skip

_HEAD = 12  # how many blocks from the top may tell date and outlet
_LEAD = 2  # blocks that may begin with the date: the title and the first paragraph
_SHORT = 40  # characters of a line that is hardly more than a date
_TITLE = 100  # characters of a first sentence that stands in for a title
_PUBLISHED = re.compile(
    r"发布|發布|发表|發表|刊登|publish|posted|veröffentlicht|erschienen|stand\b|\bdate\b|datum\b|日期", re.IGNORECASE
)
_ACCOUNT = re.compile(r"公[众眾][号號]\s*[:：]\s*[“\"「]?([^,，。;；:：\s”\"」|/]{1,40})")
_TAKEN_FROM = re.compile(
    r"(?:本文|文章)?(?:来自|來自|来源于?|來源於?|转自|轉自|转载自|轉載自|首发于|首發於)\s*[:：]?\s*[“\"「]?"
    r"([^,，。;；:：\s”\"」|/]{1,40})"
)
_SOURCE = re.compile(r"(?:Quelle|Source)\s*:\s*([^,;:|/.]{1,40})")
_ADDRESS = re.compile(r"https?://[!-~]{4,500}")
_AUTHORS = re.compile(r"^(?:von|by|author|autor|作者|记者|記者|文)\b|^(?:作者|记者|記者|编辑|編輯)", re.IGNORECASE)
_HASH = re.compile(r"(?:^|[\s_.-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,64}(?![0-9a-z])", re.IGNORECASE)
_SLUG = re.compile(r"[^a-z0-9_-]+")
MOST_ID = 24


def entry(values: Mapping[str, object]) -> Entry:
    """An entry from metadata under the names that are usual for it; what makes no sense counts as unstated."""

    def first(key: str) -> str:
        for name in _NAMES[key]:
            value = values.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and (text := one_line(str(value))):
                return text
        return ""

    outlet = first("outlet")  # "source" may as well be the address
    return Entry(
        id=slug(first("id")),
        outlet=_domain(outlet) if web_address(outlet) else outlet,
        language=_tag(first("language")),
        title=first("title"),
        date=dates.parse(first("date")),
        url=web_address(first("url")) or web_address(outlet),
    )


def _tag(value: str) -> str:
    try:
        return value if Language.parse(value) else ""
    except UserError:
        return ""


def web_address(value: str) -> str:
    """The value if it is an http address, else "": nothing else may become a link in a report."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in ("http", "https") and parts.netloc and " " not in value else ""


def slug(name: str) -> str:
    """A short id of lower-case ASCII letters, digits, `-` and `_`; "" where the name has none of them."""
    plain = unicodedata.normalize("NFKD", name[:200]).encode("ascii", "ignore").decode("ascii").lower()
    return _SLUG.sub("-", plain).strip("-_")[:MOST_ID].rstrip("-_")


def source(draft: Draft, blocks: Sequence[Block], name: str, manifest: Entry) -> Source:
    """The source of a document: what the manifest states of it, then the file, then what its blocks tell."""
    stated = manifest.over(draft.stated)
    tongue, sure = _language(draft.text, blocks, manifest.language, draft.stated.language)
    date = stated.date or _date(draft.text, blocks)
    stem = PurePath(name).stem
    url = stated.url or _url(draft.text, blocks)
    inferred = {
        "id": not stated.id,
        "outlet": not stated.outlet,
        "language": not sure,
        "title": not stated.title,
        "date": not stated.date and date != "",
        "url": not stated.url and url != "",
    }
    return Source(
        id=stated.id or _id(stem, draft.label),
        path=name,
        outlet=stated.outlet or _outlet(draft.text, blocks) or _domain(url) or readable(stem),
        language=tongue,
        title=stated.title or _title(draft.text, blocks),
        date=date,
        url=url,
        sha256=draft.digest,
        line_unit=draft.line_unit,
        inferred=frozenset(key for key, guessed in inferred.items() if guessed),
    )


def _id(stem: str, label: str) -> str:
    # A name without a Latin letter or digit leaves nothing of itself.
    short = slug(without_hash(stem)) or f"source-{hashlib.sha256(stem.encode('utf-8', 'replace')).hexdigest()[:6]}"
    return f"{short[: MOST_ID - len(label) - 1]}-{label}" if label else short


def _language(text: str, blocks: Sequence[Block], manifest: str, of_file: str) -> tuple[Language, bool]:
    """The language, and whether it was stated.

    A bare `zh` leaves the script open. And a file may carry the language of the template it was
    made with: where it and the letters disagree about Chinese or its script, the letters are right.
    """
    words = "\n".join(text[slice(*block.content)] for block in _content(blocks))
    tag = manifest or of_file
    if not tag:
        return language.detect(words), False
    told = Language.parse(tag)
    # What is stated is doubted only over Chinese, for which letters are enough: no model need be read.
    detected = language.of_letters(words) or (language.detect(words) if told.base == "zh" else told)
    if told.base != "zh" != detected.base or detected.base == "und":
        return told, True
    if told.base == detected.base:
        open_script = tag.strip().lower() == "zh"
        if told.script == detected.script or (manifest and not open_script):
            return told, True
        return Language("zh", detected.script), open_script
    # Japanese and Cantonese are written in Han characters too.
    return (told, True) if manifest or told.base in ("ja", "yue") else (detected, False)


def _title(text: str, blocks: Sequence[Block]) -> str:
    content = list(_content(blocks))
    titles = [block for block in content if block.kind == "title"]
    titles = titles or [block for block in content if block.kind != "caption"] or content
    if not titles:
        return ""
    start, end = titles[0].content
    words = one_line(unmarked(text[start : min(end, start + 2000)]))
    if titles[0].kind in ("title", "heading") or len(words) <= 1.6 * _TITLE:
        return words
    return f"{words[:_TITLE].rsplit(' ', 1)[0].rstrip(' ,;:-，；：、')} …"


def _date(text: str, blocks: Sequence[Block]) -> str:
    """The likeliest day of publication: a byline's, the day a document was made, a date called that of
    publication, and last a date that one of the first paragraphs begins with, a cell or a short line holds.
    Any other date in a sentence is more often that of an event, long past perhaps."""
    best = (0, "")
    label = ""
    near = 0
    for block in blocks:
        words = text[slice(*block.content)][:1000]
        near += block.kind != "boilerplate"
        for start, _, day, timed in dates.find(words):
            if block.kind == "boilerplate":
                score = {"byline": 5, "generated by": 4, "advertising label": 3}.get(block.reason, 0)
            elif near > _HEAD:
                continue
            else:
                called = words[max(0, start - 24) : start]
                bare = (start <= 3 and near <= _LEAD) or len(words) <= _SHORT
                score = 3 if _PUBLISHED.search(f"{label} {called}") else bare * (1 + timed)
            best = max(best, (score, day), key=lambda pair: pair[0])
        label = words[-30:] if block.cell else ""  # a cell's neighbour says what it is
    return best[1]


def _outlet(text: str, blocks: Sequence[Block]) -> str:
    """Who an attribution names, or the name in a byline that is no person's."""
    from pipeline.read.boilerplate import byline_name

    furniture = [
        unmarked(text[slice(*block.content)])
        for block in blocks
        if block.kind == "boilerplate" and block.reason in ("attribution", "byline")
    ]
    for pattern in (_ACCOUNT, _TAKEN_FROM, _SOURCE):
        for words in furniture:
            if match := pattern.search(words):
                return one_line(match[1])
    for words in furniture:
        if not _AUTHORS.match(words) and (name := (byline_name(words) or "").strip()):
            return one_line(name)
    return ""


def _url(text: str, blocks: Sequence[Block]) -> str:
    """The one address in an attribution ("original at ...")."""
    for block in blocks:
        if block.reason == "attribution":
            found = _ADDRESS.findall(text[slice(*block.content)])
            if len(found) == 1 and (address := web_address(found[0])):
                return address
    return ""


def _domain(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return host.removeprefix("www.").removeprefix("m.")


def readable(stem: str) -> str:
    """A file name's stem as words."""
    return " ".join(re.split(r"[\s_.-]+", one_line(without_hash(stem)))).strip() or one_line(stem)


def without_hash(stem: str) -> str:
    """A file name's stem without the parts that are only a hash, unless nothing else is left."""
    return _HASH.sub("", stem).strip(" _.-") or stem


def _content(blocks: Iterable[Block]) -> Iterable[Block]:
    return (block for block in blocks if block.kind != "boilerplate")
