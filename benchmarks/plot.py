"""A growth curve as a drawing: measured points on logarithmic axes, beside what linear growth would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10

_WIDTH, _HEIGHT = 360, 260
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 34, 16, 40
_INK, _LINE, _GRID = "#333333", "#1f6f8b", "#dddddd"


def growth(rows: Sequence[Mapping[str, float]], x: str, ys: Sequence[str]) -> str:
    """An SVG with one panel for each of `ys` against `x`, both logarithmic; the dashed line has slope 1.

    It starts at the last point, where the fixed cost of a start weighs least.
    """
    panels = "".join(_panel(rows, x, y, number * _WIDTH) for number, y in enumerate(ys))
    width = _WIDTH * len(ys)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}"'
        f' font-family="sans-serif" font-size="11" fill="{_INK}">\n'
        f'<rect width="{width}" height="{_HEIGHT}" fill="white"/>\n{panels}</svg>\n'
    )


def _panel(rows: Sequence[Mapping[str, float]], x: str, y: str, shift: int) -> str:
    across, up = [row[x] for row in rows], [row[y] for row in rows]
    linear = [up[-1] * value / across[-1] for value in across]
    low, high = _around(across), _around([*up, *linear])

    def place(a: float, b: float) -> tuple[float, float]:
        right = (log10(a) - log10(low[0])) / (log10(low[1]) - log10(low[0]))
        above = (log10(b) - log10(high[0])) / (log10(high[1]) - log10(high[0]))
        return _LEFT + right * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - above * (_HEIGHT - _TOP - _BOTTOM)

    parts = [f'<g transform="translate({shift} 0)">', f'<text x="{_LEFT}" y="20" font-weight="bold">{y}</text>']
    for value in _ticks(*high):
        _, line = place(low[0], value)
        parts.append(f'<path d="M{_LEFT} {line:.1f}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{line + 4:.1f}" text-anchor="end">{value:,g}</text>')
    for value in across:
        column, _ = place(value, high[0])
        parts.append(f'<text x="{column:.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{value:,g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">{x}</text>')
    for values, style in ((linear, f'stroke="{_INK}" stroke-dasharray="4 4"'), (up, f'stroke="{_LINE}"')):
        points = " ".join("{:.1f},{:.1f}".format(*place(a, b)) for a, b in zip(across, values))
        parts.append(f'<polyline points="{points}" fill="none" stroke-width="1.5" {style}/>')
    for a, b in zip(across, up):
        column, line = place(a, b)
        parts.append(f'<circle cx="{column:.1f}" cy="{line:.1f}" r="3" fill="{_LINE}"/>')
    return "\n".join([*parts, "</g>\n"])


def _around(values: Sequence[float]) -> tuple[float, float]:
    return min(values) / 1.3, max(values) * 1.3


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten in between."""
    every = [digit * 10.0**power for power in range(-3, 9) for digit in (1, 2, 5)]
    return [value for value in every if low <= value <= high]
