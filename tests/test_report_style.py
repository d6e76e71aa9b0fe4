"""The style of the page: contrast, and nothing that would have to be fetched."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

TEMPLATES = files("pipeline.report") / "templates"
STYLE = (TEMPLATES / "report.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\);", STYLE))

# What is written on what. Each must reach 4.5 : 1 (WCAG 2.2, success criterion 1.4.3) in light and dark.
WRITTEN = [
    (ink, ground)
    for ground, inks in {
        "paper": ("ink", "soft", "accent", "differs", "human", "flag"),
        "raised": ("ink", "soft", "accent", "differs", "human", "flag"),
        "accent-wash": ("ink", "accent", "soft"),
        "claim": ("ink", "soft"),
        "differs-wash": ("differs", "ink"),
        "ink": ("paper",),
        "accent": ("paper",),
    }.items()
    for ink in inks
]
# Shapes that carry meaning need 3 : 1 (success criterion 1.4.11).
DRAWN = [("disc", "paper"), ("disc", "rule"), ("accent", "paper")]


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WRITTEN)
def test_text_has_contrast(ink: str, ground: str, theme: int) -> None:
    assert _contrast(COLOURS[ink].split(", ")[theme], COLOURS[ground].split(", ")[theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), DRAWN)
def test_shapes_have_contrast(shape: str, ground: str, theme: int) -> None:
    assert _contrast(COLOURS[shape].split(", ")[theme], COLOURS[ground].split(", ")[theme]) >= 3


def test_the_measure_of_contrast_is_that_of_the_standard() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_every_colour_is_one_of_the_variables() -> None:
    rules = re.sub(r"--[a-z-]+: light-dark\([^)]*\);", "", STYLE)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules)) <= {"#fff"}  # paper, in print
    used = set(re.findall(r"var\(--([a-z-]+)", STYLE))
    defined = set(re.findall(r"--([a-z-]+):", STYLE))
    assert used <= defined


@pytest.mark.parametrize("name", ["report.css", "report.js", "early.js"])
def test_nothing_is_fetched(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert "\r" not in text  # the hashes in the policy count bytes
    assert not re.search(r"url\(|@import|https?:|fetch\(|XMLHttpRequest|import\(|sendBeacon|eval\(|innerHTML", text)
