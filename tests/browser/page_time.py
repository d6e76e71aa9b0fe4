"""How long a reader waits for a page: python tests/browser/page_time.py

Prints the seconds that the page's thread works for reports of ever more outlets: to open one, to scroll for a
hundred frames and to filter by an outlet.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))  # the fixtures of the other tests

if TYPE_CHECKING:
    from reader import Reader

    from pipeline.model import Story

SIZES = ((20, 500), (60, 1500), (200, 5000))  # outlets and sentences
_SCROLL = """
const done = arguments[0];
let frames = 0, y = 0;
requestAnimationFrame(function frame() {
  scrollTo(0, y += 300);
  frames += 1;
  if (frames < 100) requestAnimationFrame(frame);
  else done();
});
"""
_FILTER = """
const outlet = document.getElementById('ui-outlet');
outlet.value = '7';
outlet.dispatchEvent(new Event('change'));
document.body.offsetHeight;
arguments[0]();
"""


def measured(reader: Reader, story: Story) -> dict[str, float]:
    """Seconds that the page's thread works, for each thing that a reader does. Other processes add nothing to them."""
    browser = reader.browser
    home = browser.current_window_handle
    # The browser's measure is that of a renderer: one that has shown nothing yet begins with nothing.
    browser.switch_to.new_window("tab")
    try:
        reader.screen(1440, 900)
        reader.command("Performance.enable", timeDomain="threadTicks")
        reader.open(story)
        times = {"open": reader.metric("TaskDuration")}
        before = times["open"]
        for part, script in (("scroll", _SCROLL), ("filter", _FILTER)):
            browser.execute_async_script(script)  # type: ignore[no-untyped-call]
            after = reader.metric("TaskDuration")
            times[part], before = after - before, after
        return times
    finally:
        browser.close()
        browser.switch_to.window(home)


def main() -> None:
    from conftest import chromium
    from reader import Reader
    from story_fixture import large_story

    browsers = chromium.__wrapped__()  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(next(browsers), Path(folder))
        for outlets, sentences in SIZES:
            found = measured(reader, large_story(outlets, sentences))
            times = "  ".join(f"{part} {taken:.2f} s" for part, taken in found.items())
            print(f"{outlets} outlets, {sentences} sentences: {times}")
    next(browsers, None)


if __name__ == "__main__":
    main()
