"""Files for other programs: bitext, translation memories, translators' work files, tables.

`write` makes the files of one format from a finished run; `FORMATS` lists the formats. Each format
is a pure function from a `View` to file names and bytes, in a module that is imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from pipeline import workspace
from pipeline.errors import UserError
from pipeline.export.view import Options, View, check_characters
from pipeline.ledger import Ledger
from pipeline.model import Story

__all__ = ["FORMATS", "Format", "Options", "write"]

Render = Callable[[View], Mapping[str, bytes]]


@dataclass(frozen=True)
class Format:
    """A format: what it writes (one line), the extensions of its files (none where a language is the
    extension), and where the function is."""

    help: str
    extensions: tuple[str, ...]
    function: str  # "module:function" in this package
    controls: bool = False  # whether the format can hold control characters

    def render(self, view: View) -> Mapping[str, bytes]:
        """The files: names relative to the folder, "/" between parts, and contents."""
        check_characters(view, self.controls)
        module, function = self.function.split(":")
        render: Render = getattr(import_module(f"{__name__}.{module}"), function)
        return render(view)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "tsv": Format("Tables of groups and of pairs, for spreadsheets and scripts", (".tsv",), "tsv:render"),
        "xlsx": Format("A workbook for review by hand, which `parallax import` takes back", (".xlsx",), "xlsx:render"),
        "tmx": Format("Translation memory, TMX 1.4: a unit for each group and translation", (".tmx",), "tmx:render"),
        "xliff": Format("XLIFF 1.2, a file for each source, to correct its translation", (".xlf",), "xliff:render_1"),
        "xliff2": Format("XLIFF 2.1, a file for each source, to correct its translation", (".xlf",), "xliff:render_2"),
        "po": Format("Gettext PO, a file for each source to translate", (".po",), "po:render"),
        "moses": Format("Moses: two line-parallel files for each two languages, and ids", (), "moses:render"),
        "xces": Format("OPUS: the sources as XML, and XCES alignments of them", (".xml",), "xces:render"),
        "jsonl": Format("JSON Lines: groups and pairs with their texts", (".jsonl",), "jsonl:render", controls=True),
        "parquet": Format("Parquet: sentences, groups and pairs", (".parquet",), "parquet:render", controls=True),
    }
)


def write(
    story: Story, name: str, folder: Path, options: Options | None = None, ledger: Ledger | None = None
) -> list[Path]:
    """Write the files of one format to a folder, made if need be, and return their paths.

    Each file is replaced as a whole or left as it was. With a ledger, files that Parallax did not
    write or that somebody has worked on since stop it before anything is written. Raises UserError
    for them, for an unknown format, for text that the format cannot hold, and where the folder cannot
    be written to.
    """
    if name not in FORMATS:
        raise UserError(f"{name!r} is not a format that Parallax writes; it writes {', '.join(FORMATS)}.")
    made = FORMATS[name].render(View(story, options or Options()))
    files = {_place(folder, file): content for file, content in made.items()}
    if ledger:
        _refuse_changed(files, ledger)
        ledger.note(files)
    for path, content in files.items():
        workspace.write(path, content)
    return [*files]


def _refuse_changed(files: Mapping[Path, bytes], ledger: Ledger) -> None:
    for path, content in files.items():
        if path.exists() and not ledger.unchanged(path) and path.read_bytes() != content:
            raise UserError(
                f"{path} was not written by Parallax, or was changed since; choose another folder with --to,"
                " or add --force to write over it."
            )


def _place(folder: Path, name: str) -> Path:
    # Source ids are parts of file names, and a run's data files may come from anyone.
    if "\\" in name or any(part in ("", ".", "..") or ":" in part for part in name.split("/")):
        raise UserError(f"{name!r} is not a file name to write to; mend the source ids in sources.jsonl.")
    return folder / PurePosixPath(name)
