"""JSON Lines: the data files that every run writes and others build on, and the `jsonl` export.

`data_files` and `read_story` are each other's inverse, but for scores, which files have to four
places. The fields are described in docs/formats.md and stay as they are: new ones come after.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pipeline import codec
from pipeline.errors import UserError
from pipeline.export.view import SURROGATE, View, rounded
from pipeline.language import Language
from pipeline.model import Block, Claim, Comparison, Document, Group, Link, Segment, Source, Story, Topic

Record = Mapping[str, Any]
T = TypeVar("T")

# JSON may hold these as they are, but many readers of lines end a line at them.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_SEGMENT = ("id", "source", "start", "end", "kind", "text", "normal", "pivot", "pivot_origin", "warnings")


def data_files(story: Story) -> dict[str, str]:
    """The data files of a run, name to text: to be written as UTF-8 with no newline translation.

    `texts/<source>.txt` is the text in which all offsets count. Raises UserError for a lone
    surrogate, which is no character and which no UTF-8 file can hold.
    """
    topics = {group: topic.id for topic in story.topics for group in topic.groups}
    blocks = ((document.source.id, block) for document in story.documents for block in document.blocks)
    records: dict[str, Iterable[Record]] = {
        "sources": map(_source_record, story.documents),
        "blocks": ({"source": source, **codec.dump(block)} for source, block in blocks),
        "segments": (_record(segment, _SEGMENT) for segment in story.segments),
        "links": (_record(link) for link in story.links),
        "groups": (
            _record(group, ("id", "topic", "label", "members"), topic=topics.get(group.id)) for group in story.groups
        ),
        "topics": map(_record, story.topics),
        "claims": map(_record, story.claims),
        "comparisons": map(_record, story.comparisons),
    }
    files = {f"{name}.jsonl": _lines(lines) for name, lines in records.items()}
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
    for source, block in _read(folder, "blocks", lambda record: (record["source"], _made(Block, record))):
        blocks.setdefault(source, []).append(block)
    documents = tuple(
        Document(source, _text(folder, source.id), tuple(blocks.get(source.id, ())), markup)
        for source, markup in _read(folder, "sources", lambda record: (_source(record), record["markup"]))
    )
    story = Story(
        documents=documents,
        segments=_read(folder, "segments", lambda record: _made(Segment, record)),
        links=_read(folder, "links", lambda record: _made(Link, record)),
        groups=_read(folder, "groups", lambda record: _made(Group, record)),
        topics=_read(folder, "topics", lambda record: _made(Topic, record)),
        claims=_read(folder, "claims", lambda record: _made(Claim, record)),
        comparisons=_read(folder, "comparisons", lambda record: _made(Comparison, record)),
        version=str(run.get("version", "")),
        settings=run.get("settings", {}),
        models=tuple(run.get("models", ())),
        notes=tuple(run.get("notes", ())),
    )
    _check_references(folder, story)
    return story


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
    if match := SURROGATE.search(text):
        raise UserError(
            f"{where} holds the lone surrogate U+{ord(match[0]):04X}, which no file can; remove it from the source."
        )


def _record(thing: object, first: Iterable[str] = (), **more: object) -> dict[str, Any]:
    """The fields of a dataclass, those named first before the others, scores to four places."""
    fields = codec.dump(thing) | more
    for name in ("score", "pivot_score"):
        if fields.get(name) is not None:
            fields[name] = rounded(fields[name])
    return {**{name: fields[name] for name in first}, **fields}


def _source_record(document: Document) -> Record:
    source = document.source
    return _record(source, language=source.language.tag, markup=document.markup, text=f"texts/{source.id}.txt")


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


def _read(folder: Path, name: str, make: Callable[[Record], T]) -> tuple[T, ...]:
    path = folder / f"{name}.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}; run again.") from None
    things = []
    for number, line in enumerate(lines, start=1):
        if line:
            try:
                things.append(make(json.loads(line)))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UserError) as error:
                reason = f"no {error}" if isinstance(error, KeyError) else str(error)
                raise UserError(f"{path}, line {number}, is damaged ({reason}); run again.") from None
    return tuple(things)


def _made(kind: type[T], record: Record) -> T:
    """The dataclass that `_record` made this of. What a later version may have added is passed over."""
    return codec.load(kind, {field.name: record[field.name] for field in dataclasses.fields(kind)})  # type: ignore[arg-type]


def _source(record: Record) -> Source:
    return _made(Source, {**record, "language": codec.dump(Language.parse(record["language"]))})


def _text(folder: Path, source: str) -> str:
    path = folder / "texts" / f"{source}.txt"
    if path.parent != folder / "texts" or "\\" in source:
        raise UserError(f"{folder / 'sources.jsonl'} names the source {source!r}, which is no file name; run again.")
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}; run again.") from None


def _check_references(folder: Path, story: Story) -> None:
    sources = {document.source.id for document in story.documents}
    segments = {segment.id for segment in story.segments}
    named = [("segments", segment.source, sources) for segment in story.segments]
    named += [("links", id, segments) for link in story.links for id in (*link.a, *link.b)]
    named += [("groups", id, segments) for group in story.groups for run in group.members.values() for id in run]
    for name, id, known in named:
        if id not in known:
            raise UserError(f"{folder / name}.jsonl names {id!r}, which the run does not have; run again.")
