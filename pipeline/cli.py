"""The command `parallax`: parse, call, print. Data goes to standard output, talk to standard error."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import __version__
from pipeline.commands import GROUP_SCORE, MIN_SCORE, AsJson, Jobs, Quiet, Scheduler, Verbose, add_late, group
from pipeline.errors import UserError
from pipeline.stories.commands import stories

app = group(
    "What every outlet said, side by side.\n\n"
    "Parallax reads articles on one event in several languages, finds the sentences that say the same thing, and"
    " makes one report that shows, topic by topic, what each outlet said and who did not mention it. It works"
    " offline.\n\n"
    "Begin with: `parallax run FOLDER` and open `aligned/report.html`."
)

Sources = Annotated[
    list[Path],
    typer.Argument(help="Files and folders: .txt .md .html .htm .docx .json .jsonl, any mix.", show_default=False),
]
Folder = Annotated[Path, typer.Option("--run", help="The folder of a finished run.", show_default=True)]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"parallax {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for what comes out.")] = Path("aligned"),
    models: Annotated[
        Path | None, typer.Option(help="A folder of .argosmodel files to use before those of Argos Translate.")
    ] = None,
    memory: Annotated[Path | None, typer.Option(help="The translation memory to use instead of your own.")] = None,
    glossary: Annotated[Path | None, typer.Option(help="A TSV of source term, target term, note.")] = None,
    translate: Annotated[
        bool | None, typer.Option("--translate/--no-translate", help="Translate to English.", show_default="translate")
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(min=0.2, max=1, help="Drop links less probable than this.", show_default=str(MIN_SCORE)),
    ] = None,
    group_score: Annotated[
        float | None,
        typer.Option(min=0.2, max=1, help="Group by links as probable as this.", show_default=str(GROUP_SCORE)),
    ] = None,
    topics: Annotated[
        int | None, typer.Option(min=0, help="How many topics to make.", show_default="as many as the text has")
    ] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that Parallax did not make.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Align sources and write the report.

    Writes report.html, report.md, bitext.tsv and the data files (docs/formats.md) to the folder --out. Run it again
    after a change, and only what changed is done again.

    A `sources.toml` in a folder states languages, outlets, titles and dates (`parallax sources FOLDER` writes a first
    one); a `memory.tmx` there is used as a human translation memory.

    Settings can also stand in `parallax.toml` in the current folder, or in PARALLAX_... environment variables.
    """
    from pipeline import run as runner
    from pipeline import settings, terminal

    chosen = settings.load(
        Path(),
        models=models, memory=memory, glossary=glossary, translate=translate, min_score=min_score,
        group_score=group_score, topics=topics, jobs=jobs, scheduler=scheduler,
    )  # fmt: skip
    progress = terminal.progress(quiet or not sys.stderr.isatty(), verbose and not quiet)
    result = runner.run(sources, out, chosen, progress, force)
    if as_json:
        _print_json(
            {
                "changed": result.changed,
                "out": str(out),
                "files": [*result.files],
                "sources": len(result.story.documents),
                "segments": len(result.story.segments),
                "links": len(result.story.links),
                "groups": len(result.story.groups),
                "topics": len(result.story.topics),
                "differences": sum(c.verdict == "differ" for c in result.story.comparisons),
                "models": list(result.story.models),
                "notes": list(result.story.notes),
            }
        )
    elif not quiet:
        from rich.console import Console

        from pipeline import report

        report.terminal(result.story, Console())
        print(f"\n{out / 'report.html'}" + ("" if result.changed else " is up to date: nothing has changed."))
    if not quiet:
        for note in result.story.notes:
            print(f"Note: {note}", file=sys.stderr)


app.command()(stories)


@app.command()
def sources(
    folder: Annotated[Path, typer.Argument(help="The folder with your sources.")],
    write: Annotated[bool, typer.Option("--write", help="Write it to FOLDER/sources.toml.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a sources.toml that is there.")] = False,
) -> None:
    """Print a first sources.toml for a folder, with what could be inferred of each file.

    Correct it, save it in the folder as sources.toml, and every run uses it.
    """
    from pipeline import read, workspace
    from pipeline.read.manifest import manifest_text

    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; name the folder that your sources are in.")
    documents, notes = read.documents([folder])
    text = manifest_text(documents, folder)
    for note in notes:
        print(f"Note: {note}", file=sys.stderr)
    if not write:
        print(text, end="")
        return
    path = folder / "sources.toml"
    if path.exists() and not force:
        raise UserError(f"{path} is there already; add --force to write over it.")
    workspace.write(path, text.encode())
    print(f"Wrote {path}.", file=sys.stderr)


@app.command()
def segment(
    sources: Sources,
    as_json: AsJson = False,
) -> None:
    """Show how sources are read and split: each segment with its line and kind, furniture with the reason."""
    from pipeline import codec, read
    from pipeline.segment import segment as split
    from pipeline.terminal import plain

    documents, _ = read.documents(sources)
    for document in documents:
        for one in split(document):
            if as_json:
                print(json.dumps(codec.dump(one), ensure_ascii=False))
            else:
                kind = f"{one.kind} ({one.reason})" if one.reason else one.kind
                print(plain(f"{one.id}\t{one.line}\t{kind}\t{one.plain}"))


@app.command()
def align(
    a: Annotated[Path, typer.Argument(help="The first text.", show_default=False)],
    b: Annotated[Path, typer.Argument(help="The second text.", show_default=False)],
    lines: Annotated[bool, typer.Option("--lines", help="One line is one segment and stays so.")] = False,
    mode: Annotated[
        str, typer.Option(help="parallel (a translation, in order), comparable (any order), or auto: it is measured.")
    ] = "auto",
    format: Annotated[str, typer.Option(help="vecalign, ladder (hunalign's), tsv, tmx or json.")] = "vecalign",
    languages: Annotated[
        str, typer.Option(help="Both languages, such as de,zh-Hans, where they are not to be inferred.")
    ] = "",
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Of comparable texts, leave out beads less probable than this.")
    ] = MIN_SCORE,
    as_json: AsJson = False,
) -> None:
    """Align two texts, sentence by sentence, and print the beads.

    A bead such as `[0]:[0, 1]:0.98` says: segment 0 of the first text and segments 0 and 1 of the second say the
    same, with this probability. Numbers count from 0; `[]` stands for no counterpart.

    Example: parallax align book.de.txt book.en.txt --lines > book.beads
    """
    from pipeline import bitext, embed
    from pipeline.language import Language

    format = "json" if as_json else format
    if mode not in bitext.MODES:
        raise UserError(f"--mode {mode} is unknown; use one of {', '.join(bitext.MODES)}.")
    if format not in bitext.FORMATS:
        raise UserError(f"--format {format} is unknown; use one of {', '.join(bitext.FORMATS)}.")
    tags = [Language.parse(tag.strip()) for tag in languages.split(",")] if languages else [None, None]
    if len(tags) != 2:
        raise UserError(f"--languages {languages} names {len(tags)} languages; give two, such as de,en.")
    read = bitext.lines if lines else bitext.article
    found = bitext.align(read(a, tags[0]), read(b, tags[1]), bitext.MODES[mode], embed.default(), min_score)
    real = sum(bool(left and right) for left, right, _ in found.beads)
    print(bitext.FORMATS[format](found), end="")
    print(f"{found.mode}: {real} beads, {len(found.beads) - real} segments without a counterpart.", file=sys.stderr)


@app.command()
def differences(
    folder: Folder = Path("aligned"),
    as_json: AsJson = False,
    tsv: Annotated[bool, typer.Option("--tsv", help="Print a table for a spreadsheet.")] = False,
) -> None:
    """Show where outlets disagree: the same quantity, date or name with different values."""
    import pipeline.compare.table as table
    from pipeline.export.jsonl import read_story
    from pipeline.terminal import plain

    rows = table.rows(read_story(folder))
    if as_json:
        _print_json(rows)
    elif tsv:
        print(table.tsv(rows), end="")
    else:
        print(plain(table.text(rows)), end="")


@app.command()
def export(
    format: Annotated[str, typer.Argument(help="The format; `parallax export list` shows them.")],
    folder: Folder = Path("aligned"),
    to: Annotated[Path | None, typer.Option("--to", help="The folder to write to.", show_default="RUN/FORMAT")] = None,
    regions: Annotated[
        bool, typer.Option("--regions", help="Write zh-CN and zh-TW instead of zh-Hans and zh-Hant.")
    ] = False,
    sketch_engine: Annotated[
        bool, typer.Option("--sketch-engine", help="TSV in the shape that Sketch Engine uploads.")
    ] = False,
    bom: Annotated[bool, typer.Option("--bom", help="TSV with a byte order mark, for Excel.")] = False,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out groups and links less probable than this.")
    ] = 0.0,
    machine: Annotated[
        bool, typer.Option("--machine/--no-machine", help="Write machine translations, or only those of people.")
    ] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that Parallax did not make or somebody has changed.")
    ] = False,
) -> None:
    """Write a finished run for another program: TMX, XLIFF, TSV, Moses and others.

    Example: parallax export tmx --regions --to ~/memories
    """
    from pipeline import export as exporter
    from pipeline.export.jsonl import read_story
    from pipeline.ledger import Ledger

    if format == "list":
        for name, one in exporter.FORMATS.items():
            print(f"{name}\t{one.help}")
        return
    options = exporter.Options(min_score, machine, regions, bom, sketch_engine)
    ledger = None if force else Ledger(folder)
    for path in exporter.write(read_story(folder), format, to or folder / format, options, ledger):
        print(path)


@app.command("import")
def import_review(
    file: Annotated[Path, typer.Argument(help="A .tsv, .xlsx, .xlf or .tmx that was exported and reviewed.")],
    folder: Folder = Path("aligned"),
    memory: Annotated[Path | None, typer.Option(help="The translation memory to use instead of your own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a reviewed file back: your translations and your groups win in every later run.

    Corrected translations go to the translation memory as human ones; sentences that you put together or took apart
    stay so. Then run `parallax run` again.
    """
    from pipeline import review, settings

    result = review.take_back(file, folder, settings.load(Path(), memory=memory))
    if as_json:
        _print_json({"corrections": result.corrections, "decisions": result.decisions, "notes": list(result.notes)})
        return
    print(f"{result.corrections} translations and {result.decisions} decisions on groups were taken from {file}.")
    for note in result.notes:
        print(f"Note: {note}", file=sys.stderr)


add_late(
    app,
    "evaluate",
    "Score any stage against gold: facts and comparisons of a run, alignment, stories, translation.",
    "pipeline.evaluate.commands",
)
add_late(app, "models", "The translation models: which are there, and how to get more.", "pipeline.translate.commands")
add_late(
    app,
    "memory",
    "The translation memory: what people and models have translated so far.",
    "pipeline.translate.commands",
)


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2))


def main() -> None:
    """Run the command line; every end has its exit code and none a traceback.

    0: done; 1: a fault of the machine (disk, lock, memory); 2: something the user can mend; 130: interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app(prog_name="parallax")
    except UserError as error:
        _say(str(error))
        raise SystemExit(error.exit_code) from None
    except MemoryError:
        _say("There is not enough memory; close other programs, or give fewer or shorter sources.")
        raise SystemExit(1) from None
    except (KeyboardInterrupt, SystemExit) as stop:
        # Typer turns Ctrl-C into an exit with the code that shells give it.
        if isinstance(stop, SystemExit) and stop.code != 130:
            raise
        print("Interrupted. What was done is kept; run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our output has gone away (`parallax ... | head`); there is nobody left to tell.
        _stop_printing()
        raise SystemExit(0) from None
    except OSError as error:
        # Whatever no stage expected of a disk: a full one behind `parallax ... > file`, a name too long.
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}; check the disk and the names of the files.")
        _stop_printing()
        raise SystemExit(1) from None


def _say(sentence: str) -> None:
    """Print an error on one line, whatever parts of files it quotes."""
    from pipeline.terminal import plain

    print(f"Error: {plain(' '.join(sentence.split()))}", file=sys.stderr)


def _stop_printing() -> None:
    """Let what is still to be printed go nowhere, so that the interpreter's end does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
