"""The results of a run on disk: which files there are, what `run.json` says, and that nobody else's is written over."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.errors import UserError
from pipeline.ledger import Ledger
from pipeline.model import Story
from pipeline.progress import Progress, Task
from pipeline.workspace import Workspace, write

# The files of every run, besides texts/.
FILES = (
    "report.html", "report.md", "bitext.tsv", "run.json", "sources.jsonl", "blocks.jsonl", "segments.jsonl",
    "links.jsonl", "groups.jsonl", "topics.jsonl", "claims.jsonl", "comparisons.jsonl",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """The story of a run, the files that hold it, and whether there was anything to do."""

    story: Story
    files: tuple[str, ...]
    changed: bool


def outputs(story: Story) -> dict[str, bytes]:
    """The files of a run: the report, the data files and the bitext, by name."""
    from pipeline import report
    from pipeline.export.jsonl import data_files
    from pipeline.export.tsv import bitext_tsv

    texts = {
        "report.html": report.html(story),
        "report.md": report.markdown(story),
        "bitext.tsv": bitext_tsv(story),
        **data_files(story),
    }
    return {name: text.encode() for name, text in sorted(texts.items())}


def written(story: Story, key: str, out: Path, workspace: Workspace, progress: Progress, force: bool) -> Result:
    """Write what is not there yet; `run.json` comes last, so that a folder with one is whole."""
    key = workspace.key("outputs", key)
    known = workspace.get("outputs", key)
    sums = json.loads(known) if known else None
    if isinstance(sums, dict) and all(_sum(out / name) == value for name, value in sums.items()):
        return Result(story, tuple(sums), changed=False)
    with progress.stage("Writing") as task:
        files = save(outputs(story), about(story), out, force, task)
        workspace.put(
            "outputs",
            key,
            json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}).encode(),
        )
    workspace.prune()
    return Result(story, tuple(files), changed=True)


def save(
    made: Mapping[str, bytes], about: Mapping[str, Any], out: Path, force: bool = False, task: Task | None = None
) -> dict[str, bytes]:
    """Write what is made of a story to `out`, and with it `run.json`; all the files, by name.

    Raises UserError where `out` cannot be written, or holds such files of somebody else's without `force`.
    """
    files = {**made, "run.json": _run_json(about, made)}
    if not force:
        refuse_strangers(out, files)
    ledger = Ledger(out)
    ledger.note({out / name: data for name, data in files.items()})
    for number, (name, data) in enumerate(files.items(), start=1):
        write(out / name, data)
        if task:
            task.step(number, len(files))
    _remove_stale(out, files, ledger)
    return files


def about(story: Story) -> dict[str, Any]:
    """How a story was made, as `run.json` says it."""
    return {
        "program": "parallax",
        "version": story.version,
        "settings": codec.dump(story.settings),
        "models": list(story.models),
        "notes": list(story.notes),
    }


def _run_json(about: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    data = {
        **about,
        "times": {"finished": _now()},
        "outputs": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _now() -> str:
    """The time in UTC; SOURCE_DATE_EPOCH, by which reproducible builds set it, wins over the clock."""
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(stated) if stated.isdigit() else int(time.time())
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()


def _sum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _remove_stale(out: Path, files: Mapping[str, bytes], ledger: Ledger) -> None:
    """Texts that an earlier run wrote, of sources that are no longer part of this one."""
    for name in ledger.names("texts"):
        if name not in files and ledger.unchanged(out / name):
            (out / name).unlink()


def refuse_sources(paths: Sequence[Path], out: Path) -> None:
    """Never write the results among the sources, where the next run would read them as sources.

    Raises UserError where they would be.
    """
    if any(path.is_dir() and path.resolve() == out.resolve() for path in paths):
        raise UserError(f"{out} is the folder of the sources; name another one with --out.")


def refuse_strangers(out: Path, names: Iterable[str] = FILES) -> None:
    """Never write over files that no run of Parallax made. Raises UserError where there are some."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder with --out.")
    ledger = Ledger(out)
    taken = [name for name in names if (out / name).exists() and not ledger.knows(out / name)]
    if taken:
        raise UserError(
            f"{out} has a {taken[0]} that Parallax did not make; choose another --out, or --force to write over it."
        )
