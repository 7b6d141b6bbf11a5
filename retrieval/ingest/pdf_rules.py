"""The ruled tables of a PDF page: lines that touch, and the cells between them.

Coordinates are points from the lower left corner.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

THIN = 2.0
"""Points: a shape no thicker than this is a ruled line."""
NEAR = 3.0
"""Points within which two borders are one."""
MAX_RULES = 4000
"""A page with more ruled lines is a drawing, and read without tables."""


class Rule(NamedTuple):
    """A ruled line or a filled area."""

    left: float
    bottom: float
    right: float
    top: float


class Place(NamedTuple):
    """A cell's place in its table, from 0, and whether it is filled with a colour."""

    row: int
    column: int
    rows: int
    columns: int
    is_filled: bool


def ruled_grids(page) -> list[Grid]:
    """The page's ruled tables."""
    rules, fills = _drawn(page)
    return [grid for group in _groups(rules) if (grid := Grid.of(group, fills)) is not None]


def _drawn(page) -> tuple[list[Rule], list[Rule]]:
    """The ruled lines of the page, and its areas filled with a colour."""
    from pypdfium2 import raw

    rules: list[Rule] = []
    fills: list[Rule] = []
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        area = Rule(*shape.get_bounds())
        width, height = area.right - area.left, area.top - area.bottom
        if min(width, height) <= THIN:
            rules += [area] if max(width, height) > THIN else []
            continue
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(shape, fill, stroke)
        if stroke.value:
            rules += _edges(shape)
        elif fill.value and _is_coloured(shape):
            fills.append(area)
        if len(rules) > MAX_RULES:
            return [], []
    return rules, fills


def _edges(shape) -> Iterator[Rule]:
    """The level and upright edges of a drawn shape."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(shape, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = None
    for i in range(min(raw.FPDFPath_CountSegments(shape), MAX_RULES)):
        piece = raw.FPDFPath_GetPathSegment(shape, i)
        raw.FPDFPathSegment_GetPoint(piece, x, y)
        here = (matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f)
        kind = raw.FPDFPathSegment_GetType(piece)
        ends = [(last, here)] if kind == raw.FPDF_SEGMENT_LINETO else []
        first = here if kind == raw.FPDF_SEGMENT_MOVETO else first
        if raw.FPDFPathSegment_GetClose(piece):
            ends.append((here, first))
        for a, b in ends:
            if a and b and min(abs(a[0] - b[0]), abs(a[1] - b[1])) <= THIN < max(abs(a[0] - b[0]), abs(a[1] - b[1])):
                yield Rule(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
        last = here


def _is_coloured(shape) -> bool:
    from pypdfium2 import raw

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFPageObj_GetFillColor(shape, red, green, blue, alpha)
    return alpha.value > 0 and min(red.value, green.value, blue.value) < 250


def _groups(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Level and upright rules that touch, directly or through others."""
    level = [rule for rule in rules if rule.right - rule.left >= rule.top - rule.bottom]
    upright = [rule for rule in rules if rule.right - rule.left < rule.top - rule.bottom]
    if not level or not upright:
        return []
    h, v = np.array(level, np.float32)[:, None], np.array(upright, np.float32)[None]
    touch = (
        (h[..., 0] <= v[..., 2] + THIN)
        & (v[..., 0] <= h[..., 2] + THIN)
        & (h[..., 1] <= v[..., 3] + THIN)
        & (v[..., 1] <= h[..., 3] + THIN)
    )
    parent = list(range(len(level) + len(upright)))
    for i, j in np.argwhere(touch):
        parent[_root(parent, int(i))] = _root(parent, len(level) + int(j))
    groups: dict[int, list[Rule]] = {}
    for i, rule in enumerate([*level, *upright]):
        groups.setdefault(_root(parent, i), []).append(rule)
    return list(groups.values())


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


class Grid:
    """A ruled table: its column borders, its row borders from the top down, and which fields are one cell."""

    def __init__(self, columns: list[float], rows: list[float], cell: list[list[int]], fills: Sequence[Rule]) -> None:
        self.columns, self.rows = columns, rows
        self._cell = cell
        self._fills = fills

    @classmethod
    def of(cls, group: Sequence[Rule], fills: Sequence[Rule]) -> Grid | None:
        """The grid of rules that touch; None where they make no table of two columns and a row."""
        level = [rule for rule in group if rule.right - rule.left >= rule.top - rule.bottom]
        upright = [rule for rule in group if rule.right - rule.left < rule.top - rule.bottom]
        # A table may be open at its sides: the level rules then reach further than the outer upright ones.
        sides = [min(r.left for r in level), max(r.right for r in level)] if level else []
        columns = _distinct([*((r.left + r.right) / 2 for r in upright), *sides])
        rows = _distinct([(r.bottom + r.top) / 2 for r in level])[::-1]
        height, width = len(rows) - 1, len(columns) - 1
        if height < 1 or width < 2:
            return None
        parent = list(range(height * width))
        for r in range(height):
            for c in range(width):
                y, x = (rows[r] + rows[r + 1]) / 2, (columns[c] + columns[c + 1]) / 2
                if c and not any(abs((v.left + v.right) / 2 - columns[c]) <= NEAR and v.bottom <= y <= v.top for v in upright):
                    parent[_root(parent, r * width + c)] = _root(parent, r * width + c - 1)
                if r and not any(abs((h.bottom + h.top) / 2 - rows[r]) <= NEAR and h.left <= x <= h.right for h in level):
                    parent[_root(parent, r * width + c)] = _root(parent, (r - 1) * width + c)
        cell = [[_root(parent, r * width + c) for c in range(width)] for r in range(height)]
        if len({root for line in cell for root in line}) < 3 and height > 1:
            return None
        return cls(columns, rows, cell, fills)

    def covers(self, x: float, y: float) -> bool:
        return self.columns[0] <= x < self.columns[-1] and self.rows[-1] < y <= self.rows[0]

    def places(self) -> dict[int, Place]:
        """Each cell's place by its number."""
        fields: dict[int, list[tuple[int, int]]] = {}
        for r, line in enumerate(self._cell):
            for c, number in enumerate(line):
                fields.setdefault(number, []).append((r, c))
        return {number: self._place(places) for number, places in fields.items()}

    def _place(self, fields: Sequence[tuple[int, int]]) -> Place:
        top, bottom = min(r for r, _ in fields), max(r for r, _ in fields)
        left, right = min(c for _, c in fields), max(c for _, c in fields)
        x, y = (self.columns[left] + self.columns[right + 1]) / 2, (self.rows[top] + self.rows[bottom + 1]) / 2
        is_filled = any(f.left < x < f.right and f.bottom < y < f.top for f in self._fills)
        return Place(top, left, bottom - top + 1, right - left + 1, is_filled)

    def field(self, x: float, y: float) -> int:
        """The number of the cell at this point."""
        column = sum(x >= border for border in self.columns) - 1
        line = sum(y <= border for border in self.rows) - 1
        return self._cell[min(max(line, 0), len(self._cell) - 1)][min(max(column, 0), len(self.columns) - 2)]


def _distinct(values: Sequence[float]) -> list[float]:
    """The values in rising order, those nearer than NEAR to the one before left out."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > NEAR:
            kept.append(value)
    return kept
