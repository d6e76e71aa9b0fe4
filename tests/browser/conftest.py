"""One headless Chromium for all browser tests."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reader import Reader

sys.path.insert(0, str(Path(__file__).parent.parent))  # the fixtures of the other tests

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# The first pages of a browser that nobody uses yet ask their makers for this and that.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--force-color-profile=srgb",
)


def _missing(what: str) -> None:
    """Where tests must run, a browser must be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI is set")
    pytest.skip(f"{what} is missing; on Debian: apt-get install chromium chromium-driver, pip install selenium")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        _missing("selenium")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    binary = next(filter(None, map(shutil.which, names)), None)
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        _missing("chromium" if not binary else "chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(binary)
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    browser.set_script_timeout(30)
    yield browser
    browser.quit()


@pytest.fixture
def reader(chromium: Chrome, tmp_path: Path) -> Iterator[Reader]:
    """A reader with a desktop screen, light, and nothing remembered."""
    reader = Reader(chromium, tmp_path)
    reader.screen(1440, 900)
    reader.prefer("light")
    reader.complaints()
    reader.requests()
    yield reader
    reader.command("Emulation.setScriptExecutionDisabled", value=False)
    reader.command("Emulation.setEmulatedMedia", media="")
    if reader.browser.current_url.startswith("file:"):
        reader.run("localStorage.clear()")
