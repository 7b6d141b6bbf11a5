"""Bars as SVG, in a page of its own without scripts; each bar says its number to whoever points at it or listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 220, 40, 26, 12
MAX_LABELS = 16


@dataclass(frozen=True)
class Series:
    """What one colour stands for."""

    name: str
    colour: str
    values: tuple[float, ...]


def bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Bars of `series` on top of each other, one a label. ValueError where a series has another length."""
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError(f"{len(labels)} labels, but series of {[len(one.values) for one in series]}")
    totals = [sum(values) for values in zip(*(one.values for one in series))]
    highest = nice_maximum(max(totals, default=0))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    parts += [_line(value, highest) for value in (0, highest / 2, highest)]
    step = (WIDTH - LEFT) / max(1, len(labels))
    for at, label in enumerate(labels):
        parts += _bar(LEFT + at * step, step, label, [(one, one.values[at]) for one in series], highest)
        if at % (len(labels) // MAX_LABELS + 1) == 0:
            x = LEFT + (at + 0.5) * step
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(label)}</text>')
    return "\n".join([*parts, "</svg>"])


def nice_maximum(value: float) -> int:
    """The least of 2, 4, 10, 20, 40, 100 … that is not below `value`."""
    scale = 1
    while True:
        for factor in (2, 4, 10):
            if factor * scale >= value:
                return factor * scale
        scale *= 10


def _bar(x: float, step: float, label: str, values: Sequence[tuple[Series, float]], highest: float) -> list[str]:
    parts, y = [], float(HEIGHT - BOTTOM)
    for series, value in values:
        height = (HEIGHT - BOTTOM - TOP) * value / highest
        y -= height
        if value:
            place = f'x="{x + step * 0.15:.1f}" y="{y:.1f}" width="{step * 0.7:.1f}" height="{height:.1f}"'
            told = escape(f"{label} {series.name} {value:,.0f}")
            parts.append(f'<rect {place} fill="{series.colour}"><title>{told}</title></rect>')
    return parts


def _line(value: float, highest: float) -> str:
    y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / highest
    line = f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d7dbe0"/>'
    return f'{line}<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
