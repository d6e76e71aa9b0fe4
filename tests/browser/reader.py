"""What the browser tests do with a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import report
from pipeline.model import Story

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


class Reader:
    """A reader at a browser: opens a report, presses keys, looks at what is there."""

    def __init__(self, browser: Chrome, folder: Path) -> None:
        self.browser = browser
        self.folder = folder

    def open(self, story: Story, fragment: str = "") -> None:
        path = self.folder / "report.html"
        path.write_text(report.html(story), encoding="utf-8")
        self.address = path.as_uri()
        self.browser.get(self.address + fragment)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def command(self, name: str, **parameters: Any) -> Any:
        return self.browser.execute_cdp_cmd(name, parameters)

    def press(self, keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.browser).send_keys(keys).perform()

    def click(self, selector: str) -> None:
        element = self.browser.find_element("css selector", selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def shown(self, selector: str) -> list[str]:
        """The text of the elements that are laid out, white space folded."""
        return list(
            self.run(
                """return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility())
                .map((one) => one.textContent.replace(/\\s+/g, ' ').trim())""",
                selector,
            )
        )

    def units(self) -> list[str]:
        """The ids of the points and single sentences that are not filtered out."""
        return list(
            self.run(
                "return [...document.querySelectorAll('.unit')].filter((u) => u.checkVisibility()).map((u) => u.id)"
            )
        )

    def wait(self, condition: Callable[[], Any]) -> None:
        from selenium.webdriver.support.wait import WebDriverWait

        WebDriverWait(self.browser, 5, poll_frequency=0.02).until(lambda _: condition())

    def screen(self, width: int, height: int, mobile: bool = False) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )

    def prefer(self, scheme: str) -> None:
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def metric(self, name: str) -> float:
        """One of the browser's own measures, in seconds for durations."""
        return float(next(m["value"] for m in self.command("Performance.getMetrics")["metrics"] if m["name"] == name))

    def complaints(self) -> list[str]:
        """What the browser's console said, breaches of the page's policy among it."""
        return [entry["message"] for entry in self.browser.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """The addresses that pages asked for since this was called last."""
        log = self.browser.get_log("performance")  # type: ignore[no-untyped-call]
        messages = [json.loads(entry["message"])["message"] for entry in log]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
