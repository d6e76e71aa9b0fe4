"""JSON Lines: the data files that every run writes and others build on, and the `jsonl` export.

`data_files` and `read_story` are each other's inverse, but for scores, which files have to four
places. The fields are described in docs/formats.md and stay as they are: new ones come after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import UserError
from pipeline.export.view import View, rounded
from pipeline.language import Language
from pipeline.model import (
    Block,
    Cell,
    Claim,
    Comparison,
    Document,
    Group,
    Link,
    Segment,
    Source,
    Story,
    Topic,
)

Record = Mapping[str, Any]
Made = TypeVar("Made")

# JSON may hold these as they are, but many readers of lines end a line at them.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SOURCE = ("id", "path", "outlet", "title", "date", "url", "sha256", "line_unit")
_BLOCK = ("start", "end", "kind", "line", "level", "reason")
_SEGMENT = ("id", "source", "start", "end", "kind", "text", "normal", "pivot", "pivot_origin", "warnings")
_SEGMENT_MORE = ("plain", "line", "number", "block", "pivot_engine", "pivot_score", "reason")
_CLAIM = ("segment", "kind", "start", "end", "text", "value", "unit", "low", "high", "approximate", "note")


def data_files(story: Story) -> dict[str, str]:
    """The data files of a run, name to text: to be written as UTF-8 with no newline translation.

    `texts/<source>.txt` is the text in which all offsets count. Raises UserError for a lone
    surrogate, which is no character and which no UTF-8 file can hold.
    """
    topics = {group: topic.id for topic in story.topics for group in topic.groups}
    files = {
        "sources.jsonl": _lines(map(_source_record, story.documents)),
        "blocks.jsonl": _lines(
            _block_record(document.source.id, block) for document in story.documents for block in document.blocks
        ),
        "segments.jsonl": _lines(map(_segment_record, story.segments)),
        "links.jsonl": _lines(
            {"a": link.a, "b": link.b, "score": rounded(link.score), "relation": link.relation} for link in story.links
        ),
        "groups.jsonl": _lines(
            {
                "id": group.id,
                "topic": topics.get(group.id),
                "label": group.label,
                "members": dict(group.members),
                "score": rounded(group.score),
            }
            for group in story.groups
        ),
        "topics.jsonl": _lines(
            _record(topic, ("id", "label", "groups", "singles", "said_by", "not_mentioned_by"))
            for topic in story.topics
        ),
        "claims.jsonl": _lines(_record(claim, _CLAIM) for claim in story.claims),
        "comparisons.jsonl": _lines(
            _record(comparison, ("group", "kind", "verdict", "reason"))
            | {"claims": [_record(claim, _CLAIM) for claim in comparison.claims]}
            for comparison in story.comparisons
        ),
    }
    for document in story.documents:
        name = f"texts/{document.source.id}.txt"
        _refuse_surrogates(document.text, name)
        files[name] = document.text
    return files


def read_story(folder: Path) -> Story:
    """The story of a finished run, from its data files and its `run.json`.

    Raises UserError where the folder holds no finished run or a file in it is damaged.
    """
    run = _run(folder / "run.json")
    blocks: dict[str, list[Block]] = {}
    for source, block in _read(folder / "blocks.jsonl", lambda record: (record["source"], _block(record))):
        blocks.setdefault(source, []).append(block)
    documents = tuple(
        Document(source, _text(folder, source.id), tuple(blocks.get(source.id, ())), markup)
        for source, markup in _read(folder / "sources.jsonl", lambda record: (_source(record), record["markup"]))
    )
    segments = _read(folder / "segments.jsonl", _segment)
    links = _read(
        folder / "links.jsonl",
        lambda record: Link(tuple(record["a"]), tuple(record["b"]), float(record["score"]), record["relation"]),
    )
    groups = _read(folder / "groups.jsonl", _group)
    _check_references(folder, segments, links, groups, {document.source.id for document in documents})
    return Story(
        documents=documents,
        segments=segments,
        links=links,
        groups=groups,
        topics=_read(folder / "topics.jsonl", _topic),
        comparisons=_read(
            folder / "comparisons.jsonl",
            lambda record: Comparison(
                record["group"],
                record["kind"],
                record["verdict"],
                tuple(map(_claim, record["claims"])),
                record["reason"],
            ),
        ),
        claims=_read(folder / "claims.jsonl", _claim),
        version=str(run.get("version", "")),
        settings=run.get("settings", {}),
        models=tuple(run.get("models", ())),
        notes=tuple(run.get("notes", ())),
    )


def render(view: View) -> dict[str, bytes]:
    """The `jsonl` export: groups and pairs that need no other file to be understood."""
    groups = []
    for group, runs in view.groups():
        topic = view.topics.get(group.id)
        groups.append(
            {
                "group": group.id,
                "topic": topic.label if topic else "",
                "label": group.label,
                "score": rounded(group.score),
                "members": [view.run_record(run) for run in runs],
            }
        )
    return {
        "groups-with-texts.jsonl": _lines(groups).encode(),
        "bitext.jsonl": _lines(map(view.pair_record, view.pairs())).encode(),
    }


# --- writing ---


def _lines(records: Iterable[Record]) -> str:
    return "".join(_line(record) + "\n" for record in records)


def _line(record: Record) -> str:
    line = json.dumps(record, ensure_ascii=False)
    _refuse_surrogates(line, str(record.get("id") or record.get("segment") or record.get("source")))
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _refuse_surrogates(text: str, where: str) -> None:
    if match := _SURROGATE.search(text):
        raise UserError(
            f"{where} holds the lone surrogate U+{ord(match[0]):04X}, which no file can; remove it from the source."
        )


def _record(thing: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _source_record(document: Document) -> Record:
    source = document.source
    record = _record(source, _SOURCE)
    return record | {
        "language": source.language.tag,
        "inferred": sorted(source.inferred),
        "markup": document.markup,
        "text": f"texts/{source.id}.txt",
    }


def _block_record(source: str, block: Block) -> Record:
    cell = block.cell and _record(block.cell, ("table", "row", "column", "header"))
    return {"source": source, **_record(block, _BLOCK), "content": block.content, "cell": cell}


def _segment_record(segment: Segment) -> Record:
    record = _record(segment, (*_SEGMENT, *_SEGMENT_MORE))
    if segment.pivot_score is not None:
        record["pivot_score"] = rounded(segment.pivot_score)
    return record


# --- reading ---


def _run(path: Path) -> Record:
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path.parent} holds no finished run; make one with: parallax run ... --out FOLDER.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}; run again.") from None
    if not isinstance(run, dict):
        raise UserError(f"{path} is not a JSON object; run again.")
    return run


def _read(path: Path, make: Callable[[Record], Made]) -> tuple[Made, ...]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}; run again.") from None
    return tuple(_made(path, lines, make))


def _made(path: Path, lines: list[str], make: Callable[[Record], Made]) -> Iterator[Made]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield make(json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UserError) as error:
                reason = f"no {error}" if isinstance(error, KeyError) else str(error)
                raise UserError(f"{path}, line {number}, is damaged ({reason}); run again.") from None


def _text(folder: Path, source: str) -> str:
    path = folder / "texts" / f"{source}.txt"
    if path.parent.name != "texts" or "\\" in source:
        raise UserError(f"{folder / 'sources.jsonl'} names the source {source!r}, which is no file name; run again.")
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}; run again.") from None


def _source(record: Record) -> Source:
    fields = {name: record[name] for name in _SOURCE}
    return Source(**fields, language=Language.parse(record["language"]), inferred=frozenset(record["inferred"]))


def _block(record: Record) -> Block:
    start, end = record["content"]
    cell = Cell(**record["cell"]) if record["cell"] else None
    return Block(**{name: record[name] for name in _BLOCK}, content=(start, end), cell=cell)


def _segment(record: Record) -> Segment:
    fields = {name: record[name] for name in (*_SEGMENT, *_SEGMENT_MORE)}
    return Segment(**{**fields, "warnings": tuple(fields["warnings"])})


def _group(record: Record) -> Group:
    members = {source: tuple(ids) for source, ids in record["members"].items()}
    return Group(record["id"], members, float(record["score"]), record["label"])


def _topic(record: Record) -> Topic:
    lists = (tuple(record[name]) for name in ("groups", "singles", "said_by", "not_mentioned_by"))
    return Topic(record["id"], record["label"], *lists)


def _claim(record: Record) -> Claim:
    return Claim(**{name: record[name] for name in _CLAIM})


def _check_references(
    folder: Path, segments: Iterable[Segment], links: Iterable[Link], groups: Iterable[Group], sources: set[str]
) -> None:
    known = set()
    for segment in segments:
        known.add(segment.id)
        if segment.source not in sources:
            raise UserError(f"{folder / 'segments.jsonl'} names the unknown source {segment.source!r}; run again.")
    named = [("links.jsonl", id) for link in links for id in (*link.a, *link.b)]
    named += [("groups.jsonl", id) for group in groups for ids in group.members.values() for id in ids]
    for file, id in named:
        if id not in known:
            raise UserError(f"{folder / file} names the unknown sentence {id!r}; run again.")
