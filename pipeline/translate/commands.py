"""The commands `parallax models` and `parallax memory`: they parse, ask and print, nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands import group
from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.settings import Settings, load
from pipeline.translate import exchange, fetch, install, packages
from pipeline.translate.memory import Memory, default_path
from pipeline.translate.packages import SUFFIX, Package

models_app = group(
    "The translation models: which are there, and how to get more.\n\n"
    "Parallax reads Argos packages (.argosmodel). It looks for them in the folder of the setting 'models', in Argos"
    " Translate's own folder, and among the starter models that come with Parallax, in that order. Traditional"
    " Chinese goes through the package for Simplified (zh): Parallax converts the script."
)
memory_app = group(
    "The translation memory: what people and models have translated so far.\n\n"
    "A human translation always wins over a model. Import yours once, and every run uses them."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Models = Annotated[
    Path | None,
    typer.Option("--models", help="The folder of packages to use instead of the one in the settings."),
]
MemoryFile = Annotated[
    Path | None, typer.Option("--memory", help="The memory to use instead of the one in the settings.")
]


@models_app.command("list")
def list_models(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Your sources, files or folders, to see what they need.")
    ] = None,
    need: Annotated[
        list[str] | None,
        typer.Option("--for", help="A language that is needed, such as de or zh-Hant; may be given more than once."),
    ] = None,
    models: Models = None,
    as_json: AsJson = False,
) -> None:
    """Show the packages that are there, and what your sources need.

    Example: parallax models list seeds/
    """
    settings = _settings(models)
    found, problems = packages.installed(settings)
    languages = {Language.parse(tag) for tag in need or []} | _languages(sources or [])
    needs = [_need(found, language) for language in sorted(languages)]
    if as_json:
        print(json.dumps({"packages": [_row(p) for p in found], "needs": needs, "problems": problems}, indent=2))
        return
    if found:
        _table(("package", "from", "to", "lies in"), [_cells(package) for package in found])
    else:
        print("No package is there. Install one, for instance with: parallax models install de en")
    for wanted in needs:
        print(f"{wanted['language']}: {wanted['through'] or 'no package; ' + wanted['install']}")
    _tell(problems)


def _languages(sources: list[Path]) -> set[Language]:
    """The languages of sources, read as a run reads them."""
    if not sources:
        return set()
    from pipeline import read

    documents, notes = read.documents(sources)
    _tell(notes)
    return {document.source.language for document in documents}


def _need(found: list[Package], language: Language) -> dict[str, str]:
    if language.base == packages.PIVOT.base:
        return {"language": language.tag, "through": "English already", "install": ""}
    route = packages.route(found, language) or ()
    code = "zh" if language.base == "zh" else language.argos
    return {
        "language": language.tag,
        "through": " + ".join(package.name for package in route),
        "install": "" if route else f"parallax models install {code} en",
    }


def _row(package: Package) -> dict[str, str]:
    return {
        "name": package.name, "source": package.source.tag, "target": package.target.tag,
        "version": package.version, "place": package.place, "location": str(package.location),
    }  # fmt: skip


def _cells(package: Package) -> tuple[str, ...]:
    return package.name, package.source.name, package.target.name, str(package.location)


@models_app.command("install")
def install_models(
    what: Annotated[
        list[str],
        typer.Argument(
            help="A pair of languages (de en), a file (NAME.argosmodel), a folder of such files, or an address."
        ),
    ],
    index: Annotated[
        str | None, typer.Option("--index", help="The address of another index: a mirror's folder or index.json.")
    ] = None,
    sha256: Annotated[
        str, typer.Option("--sha256", help="The SHA-256 that the file must have, as its publisher states it.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Download without asking.")] = False,
    models: Models = None,
    as_json: AsJson = False,
) -> None:
    """Install a translation package, from Argos' index, a file, a folder or an address.

    Only this command uses the network, and only for a pair or an address. A download that broke off
    goes on where it stopped. The package takes the place of older ones for the same pair.

    \b
    Examples:
      parallax models install de en
      parallax models install ~/Downloads/translate-de_en-1_0.argosmodel
      parallax models install de en --index https://mirror.example.org/argos/
    """
    settings = _settings(models)
    installed: list[Package] = []
    if len(what) == 2 and not any(_is_place(item) for item in what):
        source, target = map(Language.parse, what)
        offer = fetch.choose(fetch.offers(fetch.index_address(index)), source, target)
        installed += _downloaded(offer.links, sha256 or offer.sha256, settings, yes)
    else:
        for item in what:
            if item.startswith(("https://", "http://")):
                installed += _downloaded([item], sha256, settings, yes)
                continue
            path = Path(item).expanduser()
            if not path.exists() and not _is_place(item):
                raise UserError(f"{item!r} is no file, and a pair takes two languages: parallax models install de en")
            if sha256 and (not path.is_file() or install.sha256(path) != sha256.lower()):
                raise UserError(f"{item} does not have the SHA-256 you gave; it is not installed.")
            installed += install.install(path, settings)
    if as_json:
        print(json.dumps([_row(package) for package in installed], indent=2))
    else:
        for package in installed:
            print(f"Installed {package.name} in {package.location}")


def _is_place(item: str) -> bool:
    return item.endswith(SUFFIX) or "/" in item or "\\" in item or Path(item).exists()


def _downloaded(links: list[str] | tuple[str, ...], digest: str, settings: Settings, yes: bool) -> list[Package]:
    with _progress() as (announce, progress):

        def agreed(link: str, size: int | None) -> bool:
            print(f"{link}: {_megabytes(size)}", file=sys.stderr)
            if not (yes or not sys.stdin.isatty() or typer.confirm("Download it?", default=True, err=True)):
                return False
            announce(size)
            return True

        path = fetch.fetch(links, digest=digest.lower(), announce=agreed, progress=progress)
    try:
        return install.install(path, settings)
    finally:
        path.unlink(missing_ok=True)


def _megabytes(size: int | None) -> str:
    return "size unknown" if size is None else f"{size / 1e6:,.1f} MB"


@contextmanager
def _progress() -> Iterator[tuple[Any, Any]]:
    """A progress bar on stderr: what to call once the size is known, and with each new count."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None)

    def announce(size: int | None) -> None:
        bar.update(task, total=size)
        bar.start()

    try:
        yield announce, lambda count: bar.update(task, completed=count)
    finally:
        bar.stop()


@models_app.command("remove")
def remove_models(
    source: Annotated[str, typer.Argument(help="The language it translates from, such as de or zh-Hant.")],
    target: Annotated[str, typer.Argument(help="The language it translates to.")] = "en",
    models: Models = None,
) -> None:
    """Remove the package of a pair from where `install` puts it. Starter models stay."""
    for package in install.remove(Language.parse(source).argos, Language.parse(target).argos, _settings(models)):
        print(f"Removed {package.name} from {package.location.parent}")


@models_app.command("check")
def check_models(models: Models = None, as_json: AsJson = False) -> None:
    """Load every package and let it translate a word. Exits with 1 if one is broken."""
    found, problems = packages.installed(_settings(models))
    rows = [{**_row(package), "problem": install.trouble(package)} for package in found]
    if as_json:
        print(json.dumps({"packages": rows, "problems": problems}, indent=2))
    else:
        for row in rows:
            print(f"{row['name']}: {row['problem'] or 'ok'} ({row['location']})")
        if not rows:
            print("No package is there.")
        _tell(problems)
    if problems or any(row["problem"] for row in rows):
        raise typer.Exit(1)


@memory_app.command("import")
def import_memory(
    files: Annotated[list[Path], typer.Argument(help="Files that end in .tmx or .tsv.")],
    memory: MemoryFile = None,
) -> None:
    """Add translations to the memory. They count as human unless a file says which model made them.

    A TSV has a header with the columns source_language, target_language, source and target; a TMX is
    TMX 1.4. Only translations into English are kept. Of two for the same text the later one stays.
    """
    with _opened(memory) as opened:
        for file in files:
            print(f"{file}: {opened.add(exchange.read(file)):,} translations added")


@memory_app.command("export")
def export_memory(
    file: Annotated[Path, typer.Argument(help="A file to write that ends in .tmx or .tsv.")],
    machine: Annotated[bool, typer.Option("--machine", help="Machine translations too, marked as such.")] = False,
    memory: MemoryFile = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write the human translations of the memory to a file, for other tools or another computer."""
    if file.exists() and not force:
        raise UserError(f"{file} is there already; name another file, or add --force to write over it.")
    with _opened(memory) as opened:
        count = exchange.write(file, opened.units(machine=machine))
    print(f"{file}: {count:,} translations written")


@memory_app.command("info")
def show_memory(memory: MemoryFile = None, as_json: AsJson = False) -> None:
    """Show where the memory lies and how many translations it holds, by pair and by who made them."""
    with _opened(memory) as opened:
        counts = opened.counts()
    path = _memory_path(memory)
    rows = [{"pair": f"{a}-{b}", "by": by, "translations": count} for (a, b, by), count in sorted(counts.items())]
    if as_json:
        print(json.dumps({"memory": str(path), "translations": rows}, indent=2))
        return
    print(path)
    if rows:
        _table(("pair", "by", "translations"), [(r["pair"], r["by"], f"{r['translations']:,}") for r in rows])
    else:
        print("It is empty.")


@contextmanager
def _opened(path: Path | None) -> Iterator[Memory]:
    memory = Memory.open(_memory_path(path))
    _tell(memory.notes)
    try:
        yield memory
    finally:
        memory.close()


def _memory_path(path: Path | None) -> Path:
    return path or load(Path.cwd()).memory or default_path()


def _settings(models: Path | None) -> Settings:
    return load(Path.cwd(), models=models)


def _tell(sentences: list[str]) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def _table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    widths = [max(len(str(row[i])) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
