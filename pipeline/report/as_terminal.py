"""A summary of the report for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.model import Story
from pipeline.report.build import build
from pipeline.report.text import one_line
from pipeline.report.view import Outlet, Page
from pipeline.report.wording import KINDS, counted, percent, shown_date

MOST = 8  # rows of each list; the page has them all


def render(story: Story, console: Console) -> None:
    """Print the headline, the outlets, the coverage of each topic, what all say and where they disagree.

    Text of sources is printed as `rich.text.Text`, in which brackets and escape sequences mean nothing.
    """
    page = build(story)
    console.print(_text(page.headline, "bold"))
    for note in story.notes[:MOST]:
        console.print(_text(note, "dim"))
    console.print()
    console.print(_outlets(page))
    if page.chapters:
        console.print()
        console.print(_coverage(page))
    if page.everyone:
        most, total = len(page.everyone[0].cells), len(page.outlets)
        console.print()
        console.print(Text(f"Said by {most} of {total}", "bold"))
        for row in page.everyone[:MOST]:
            console.print(Text.assemble("  ", _text(row.label.text), ("  ≠", "red") if row.differs else ""))
        _more(console, len(page.everyone))
    if page.differences:
        console.print()
        console.print(Text("Where they disagree", "bold"))
        for difference in page.differences[:MOST]:
            console.print(
                Text.assemble("  ", ("≠ ", "red"), _text(difference.label.text), f" ({KINDS[difference.kind].lower()})")
            )
            for stance in difference.stances:
                console.print(Text.assemble("      ", _text(stance.value.text, "bold"), "  ", _names(stance.outlets)))
        _more(console, len(page.differences))


def _text(data: str, style: str = "") -> Text:
    return Text(one_line(data), style=style)


def _names(outlets: tuple[Outlet, ...]) -> Text:
    return Text(", ").join(_text(outlet.name.text) for outlet in outlets)


def _more(console: Console, number: int) -> None:
    if number > MOST:
        console.print(Text(f"  and {number - MOST:,} more", "dim"))


def _outlets(page: Page) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Outlet", "Language", "Date"):
        table.add_column(heading)
    for heading in ("Sentences", "Shared", "Alone"):
        table.add_column(heading, justify="right")
    for outlet in page.outlets[: 3 * MOST]:
        source = outlet.source
        table.add_row(
            _text(outlet.name.text),
            _text(source.language.name + (" (inferred)" if "language" in source.inferred else "")),
            _text(shown_date(source.date) + (" (inferred)" if source.date and "date" in source.inferred else "")),
            f"{outlet.sentences:,}",
            percent(outlet.share),
            f"{page.alone[outlet.number]:,}",
        )
    if len(page.outlets) > 3 * MOST:
        table.add_row(Text(f"and {counted(len(page.outlets) - 3 * MOST, 'more', 'more')}", "dim"))
    return table


def _coverage(page: Page) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", justify="right")
    table.add_column("Topic")
    table.add_column("Points", justify="right")
    table.add_column("Said by", justify="right")
    table.add_column("Not mentioned by")
    for chapter in page.chapters:
        missing = chapter.missing if len(chapter.missing) <= MOST else ()
        table.add_row(
            str(chapter.number),
            _text(chapter.label.text),
            str(len(chapter.rows)),
            f"{len(chapter.columns)} of {len(page.outlets)}",
            _names(missing) if missing or not chapter.missing else Text(f"{len(chapter.missing)} outlets"),
        )
    return table
