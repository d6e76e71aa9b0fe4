"""The command `parallax stories`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands import AsJson, Jobs, Quiet, Scheduler, Verbose


def stories(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="Files and folders of articles on anything; .jsonl is read line by line.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for what comes out.")] = Path("stories"),
    reports: Annotated[
        bool, typer.Option("--reports/--no-reports", help="Make the report of each story of several articles.")
    ] = True,
    most: Annotated[int, typer.Option(min=2, help="Compare so many articles of a story in its report.")] = 20,
    translate: Annotated[
        bool | None, typer.Option("--translate/--no-translate", help="Translate to English.", show_default="translate")
    ] = None,
    memory: Annotated[Path | None, typer.Option(help="The translation memory to use instead of your own.")] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Group many articles into stories, in any language, and report each story side by side.

    Writes index.html, stories.jsonl (docs/formats.md) and a folder for each story of several articles to --out. Run it
    again when new articles have come: only these are read, and only the stories that change are reported anew.
    """
    from pipeline import settings, terminal
    from pipeline.stories import run

    chosen = settings.load(Path(), translate=translate, memory=memory, jobs=jobs, scheduler=scheduler)
    progress = terminal.progress(quiet or not sys.stderr.isatty(), verbose and not quiet)
    result = run.stories(sources, out, chosen, progress, reports, most)
    arrived, total = result.arrived, result.total
    if as_json:
        print(
            json.dumps(
                {
                    "out": str(out),
                    "new": arrived.new,
                    "versions": arrived.versions,
                    "known": arrived.known,
                    "stories": total.stories,
                    "articles": total.articles,
                    "alone": total.alone,
                    "reports": result.reports,
                    "notes": list(result.notes),
                },
                ensure_ascii=False,
                indent=2,
            )
        )
    elif not quiet:
        print(
            f"{arrived.new:,} new articles, {arrived.versions:,} new versions, {arrived.known:,} known.\n"
            f"{total.stories:,} stories with {total.articles:,} articles; {total.alone:,} articles alone."
            f" {result.reports:,} reports written.\n\n{out / 'index.html'}"
        )
    if not quiet:
        for note in result.notes:
            print(f"Note: {terminal.plain(note)}", file=sys.stderr)
