"""The report as Markdown: the same content as the page, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.model import Story
from pipeline.report.build import build
from pipeline.report.text import markdown as escaped
from pipeline.report.view import Chapter, Difference, Line, Outlet, Page, Row
from pipeline.report.wording import KINDS, counted, percent, shown_date


def render(story: Story) -> str:
    """CommonMark with GitHub's tables. Every sentence of a source is one line, in its list or table cell."""
    return "\n".join(_lines(build(story))) + "\n"


def _lines(page: Page) -> Iterator[str]:
    total = len(page.outlets)
    yield f"# {escaped(page.headline)}"
    yield ""
    if page.most_shared:
        yield f"Most shared, by {len(page.most_shared.cells)} of {total}: {escaped(page.most_shared.label.text)}"
        yield ""
    for note in page.story.notes:
        yield f"> {escaped(note)}"
        yield ""
    yield from _outlets(page)
    yield from _coverage(page)
    yield from _everyone(page)
    yield from _differences(page.differences)
    for chapter in page.chapters:
        yield from _chapter(chapter, page.outlets)
    yield from _only(page)
    yield from _boilerplate(page)
    yield from _about(page)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = list(head)
    yield f"| {' | '.join(cells)} |"
    yield f"|{' --- |' * len(cells)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _outlets(page: Page) -> Iterator[str]:
    def guessed(outlet: Outlet, field: str) -> str:
        return " (inferred)" if field in outlet.source.inferred else ""

    yield "## The outlets"
    yield ""
    yield from _table(
        ("Outlet", "Headline", "Language", "Date", "Sentences", "Share that others also say", "File"),
        (
            (
                escaped(outlet.name.text) + guessed(outlet, "outlet"),
                escaped(outlet.source.title) + guessed(outlet, "title"),
                escaped(outlet.source.language.name) + guessed(outlet, "language"),
                escaped(shown_date(outlet.source.date)) + guessed(outlet, "date")
                if outlet.source.date
                else "not known",
                str(outlet.sentences),
                percent(outlet.share),
                escaped(outlet.file),
            )
            for outlet in page.outlets
        ),
    )


def _coverage(page: Page) -> Iterator[str]:
    if not page.chapters:
        return
    yield "## Who says how much on what"
    yield ""
    yield from _table(
        ("Topic", *(escaped(outlet.name.text) for outlet in page.outlets)),
        (
            (
                f"{chapter.number}. {escaped(chapter.label.text)}",
                *(str(chapter.amounts.get(outlet.number, "–")) for outlet in page.outlets),
            )
            for chapter in page.chapters
        ),
    )


def _everyone(page: Page) -> Iterator[str]:
    total = len(page.outlets)
    if page.everyone:
        most = len(page.everyone[0].cells)
        yield "## What everyone says" if most == total else "## What most outlets say"
        yield ""
        yield f"{counted(len(page.everyone), 'point')} told by {most} of {total}:"
        yield ""
        for row in page.everyone:
            yield f"- {escaped(row.label.text)}{' (≠ they disagree)' if row.differs else ''}"
        yield ""
    yield "## What only one says"
    yield ""
    for outlet in page.outlets:
        yield f"- {escaped(outlet.name.text)}: {page.alone[outlet.number]} of {counted(outlet.sentences, 'sentence')}"
    yield ""


def _differences(differences: tuple[Difference, ...]) -> Iterator[str]:
    if not differences:
        return
    yield "## Where they disagree"
    yield ""
    for difference in differences:
        yield f"- **{escaped(difference.label.text)}** – {KINDS[difference.kind].lower()} differ"
        yield from _stances(difference)
    yield ""


def _stances(difference: Difference) -> Iterator[str]:
    for stance in difference.stances:
        words = " · ".join(escaped(words.text) for words in stance.words)
        yield f"  - {escaped(stance.value.text)}: {_names(stance.outlets)}{f' ({words})' if words else ''}"


def _chapter(chapter: Chapter, outlets: tuple[Outlet, ...]) -> Iterator[str]:
    total = len(outlets)
    yield f"## {chapter.number}. {escaped(chapter.label.text)}"
    yield ""
    missing = f" Not mentioned by {_names(chapter.missing)}." if chapter.missing else ""
    yield f"Mentioned by {len(chapter.columns)} of {total}.{missing}"
    yield ""
    for row in chapter.rows:
        yield from _row(row, total)
    if chapter.singles:
        yield "### Only in one outlet"
        yield ""
        for lines in chapter.singles.values():
            for line in lines:
                yield f"- **{escaped(line.outlet.name.text)}** {_sentence(line)}"
        yield ""


def _row(row: Row, total: int) -> Iterator[str]:
    yield f"### {escaped(row.label.text)}"
    yield ""
    missing = f" Not mentioned by {_names(row.missing)}." if row.missing else ""
    yield f"{row.anchor}: said by {len(row.cells)} of {total}, match {percent(row.score)}.{missing}"
    yield ""
    for cell in row.cells.values():
        partly = " (in part)" if cell.partly else ""
        for line in cell.lines:
            yield f"- **{escaped(cell.outlet.name.text)}**{partly} {_sentence(line)}"
    for comparison in row.with_verdict("differ"):
        yield f"- ≠ {KINDS[comparison.kind]} differ:"
        yield from _stances(comparison)
    if agreeing := row.with_verdict("agree"):
        values = (" / ".join(escaped(stance.value.text) for stance in one.stances) for one in agreeing)
        yield f"- = Agreed by several: {', '.join(values)}"
    if alone := row.with_verdict("only"):
        stances = (stance for one in alone for stance in one.stances)
        values = (f"{escaped(stance.value.text)} ({_names(stance.outlets)})" for stance in stances)
        yield f"- Given by one only: {', '.join(values)}"
    yield ""


def _sentence(line: Line) -> str:
    parts = [escaped(line.segment.plain)]
    if line.translation:
        mark = "MT" if line.segment.pivot_origin == "model" else "human"
        parts.append(f"– *{mark}:* {escaped(line.segment.pivot or '')}")
    elif line.untranslated:
        parts.append("– *not translated*")
    parts.append(f"({escaped(line.place)}{''.join(f'; ⚠ {escaped(warning)}' for warning in line.warnings)})")
    return " ".join(parts)


def _only(page: Page) -> Iterator[str]:
    if not page.only:
        return
    yield "## Only in one outlet"
    yield ""
    for outlet, lines in page.only:
        yield f"### Only in {escaped(outlet.name.text)}"
        yield ""
        for line in lines:
            yield f"- {_sentence(line)}"
        yield ""


def _boilerplate(page: Page) -> Iterator[str]:
    left_out = [segment for segment in page.story.segments if segment.kind == "boilerplate"]
    if not left_out:
        return
    names = {outlet.source.id: outlet.name.text for outlet in page.outlets}
    yield "## Left out of the comparison"
    yield ""
    for segment in left_out:
        reason = escaped(segment.reason or "left out")
        yield f"- **{escaped(names[segment.source])}** {escaped(segment.plain)} ({reason})"
    yield ""


def _about(page: Page) -> Iterator[str]:
    story, translated = page.story, page.translated
    yield "## About this report"
    yield ""
    yield (
        f"Made by Parallax {escaped(story.version)}; nothing was fetched. Of {counted(translated.total, 'sentence')}, "
        f"{translated.model} were translated by machine (MT, not checked by a person), {translated.memory} by a "
        f"person’s translation memory (human), {translated.same} were in English already, "
        f"{translated.none} have no translation. Outlets are compared, not rated."
    )
    yield ""
    yield f"- Models: {', '.join(map(escaped, story.models)) or 'none'}"
    for name, value in sorted(story.settings.items()):
        yield f"- {escaped(name)}: {escaped(str(value))}"


def _names(outlets: Iterable[Outlet]) -> str:
    return ", ".join(escaped(outlet.name.text) for outlet in outlets)
