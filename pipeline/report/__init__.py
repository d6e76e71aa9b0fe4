"""One report in three renderings: a self-contained HTML page, Markdown, a summary for the terminal.

All three show what `build` worked out. Text of sources is data in each of them: it can neither
act in a page or a terminal nor change the structure of what is around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model import Story

if TYPE_CHECKING:
    from rich.console import Console


def html(story: Story) -> str:
    """The report as one HTML file that needs nothing else: no network, no other file, no JavaScript to be read."""
    from pipeline.report.as_html import render

    return render(story)


def markdown(story: Story) -> str:
    """The report as Markdown (CommonMark with GitHub's tables)."""
    from pipeline.report.as_markdown import render

    return render(story)


def terminal(story: Story, console: Console) -> None:
    """A summary of the report, about a screen long, on `console`."""
    from pipeline.report.as_terminal import render

    render(story, console)
