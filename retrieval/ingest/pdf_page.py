"""A PDF page's characters, lines and ruled tables, by where PDFium says they stand.

Coordinates are points from the lower left corner. Lines keep the file's order.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nlu.morphemes import kiwi
from retrieval.ingest.blocks import fold, paragraph
from retrieval.ingest.tables import Cell

THIN = 2.0
"""Points: a shape no thicker than this is a ruled line."""
NEAR = 3.0
"""Points within which two borders are one."""
MAX_RULES = 4000
"""A page with more ruled lines is a drawing, and read without tables."""
BOLD = 600
"""Letters of this weight are bold."""
SEGMENT_GAP = 1.2
"""A gap this many letters wide parts a line into segments."""


class Character(NamedTuple):
    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool = False


class Segment(NamedTuple):
    """A piece of a line between wide gaps."""

    text: str
    left: float
    right: float


class Line(NamedTuple):
    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    segments: tuple[Segment, ...] = ()
    bold: bool = False


class Table(NamedTuple):
    cells: list[Cell]
    top: float
    has_headings: bool = True


class Rule(NamedTuple):
    """A ruled line or a filled area."""

    left: float
    bottom: float
    right: float
    top: float


Item = Line | Table


def page_items(page) -> list[Item]:
    """The lines and ruled tables of a page; from the top down where it has tables, else in the file's order."""
    rules, fills = _drawn(page)
    grids = [grid for group in _groups(rules) if (grid := Grid.of(group, fills)) is not None]
    inside: list[list[Character]] = [[] for _ in grids]
    loose: list[Character] = []
    for character in _characters(page):
        x, y = (character.left + character.right) / 2, (character.bottom + character.top) / 2
        found = next((i for i, grid in enumerate(grids) if grid.covers(x, y)), None)
        (loose if found is None else inside[found]).append(character)
    items: list[Item] = [line for line in lines_of(loose) if line.text]
    items += [Table(grid.cells(characters), grid.rows[0]) for grid, characters in zip(grids, inside) if characters]
    return sorted(items, key=lambda item: -item.top) if grids else items


def _characters(page) -> list[Character]:
    from pypdfium2 import raw

    text_page = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = box
    found = []
    for i in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, i)
        raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
        text = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
        size, bold = raw.FPDFText_GetFontSize(text_page, i), raw.FPDFText_GetFontWeight(text_page, i) >= BOLD
        found.append(Character(text, left.value, bottom.value, right.value, top.value, size, bold))
    text_page.close()
    return found


def lines_of(characters: Sequence[Character]) -> list[Line]:
    """Lines, in the file's order; PDFium puts a line end between them."""
    lines: list[Line] = []
    current: list[Character] = []
    bottom = math.inf
    for character in [*characters, Character("\n", 0, 0, 0, 0, 0)]:
        is_space = character.text.isspace()
        dropped = not is_space and character.top < bottom - 1 < math.inf
        if character.text in "\r\n" or dropped:
            if visible := [c for c in current if not c.text.isspace()]:
                lines.append(_line(current, visible))
            current, bottom = [], math.inf
        if character.text not in "\r\n":
            current.append(character)
            bottom = bottom if is_space else min(bottom, character.bottom)
    return lines


def _line(characters: Sequence[Character], visible: Sequence[Character]) -> Line:
    size = Counter(round(c.size * 2) / 2 for c in visible).most_common(1)[0][0]
    return Line(
        _text(characters),
        min(c.left for c in visible),
        max(c.right for c in visible),
        min(c.bottom for c in visible),
        max(c.top for c in visible),
        size,
        tuple(_segments(characters, size)),
        all(c.bold for c in visible),
    )


def _segments(characters: Sequence[Character], size: float) -> Iterator[Segment]:
    piece: list[Character] = []
    right = 0.0
    for character in characters:
        if not character.text.isspace() and character.right > character.left:
            if piece and not right - size <= character.left <= right + size * SEGMENT_GAP:
                yield _segment(piece)
                piece = []
            right = character.right
        if piece or not character.text.isspace():
            piece.append(character)
    if piece:
        yield _segment(piece)


def _segment(characters: Sequence[Character]) -> Segment:
    visible = [c for c in characters if not c.text.isspace()]
    return Segment(_text(characters), min(c.left for c in visible), max(c.right for c in visible))


def _text(characters: Sequence[Character]) -> str:
    return fold(unicodedata.normalize("NFC", "".join(c.text for c in characters)))


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

    def cells(self, characters: Sequence[Character]) -> list[Cell]:
        """The table's cells with what stands in them."""
        texts: dict[int, list[Character]] = {}
        at = None
        for character in characters:
            if not character.text.isspace():
                at = self._field((character.left + character.right) / 2, (character.bottom + character.top) / 2)
            if at is not None:
                texts.setdefault(at, []).append(character)
        places: dict[int, list[tuple[int, int]]] = {}
        for r, line in enumerate(self._cell):
            for c, root in enumerate(line):
                places.setdefault(root, []).append((r, c))
        cells = []
        for root, fields in places.items():
            (top, _), (bottom, _) = min(fields), max(fields)
            left, right = min(c for _, c in fields), max(c for _, c in fields)
            text = join_lines([line.text for line in lines_of(texts.get(root, []))])
            x, y = (self.columns[left] + self.columns[right + 1]) / 2, (self.rows[top] + self.rows[bottom + 1]) / 2
            marked = any(f.left < x < f.right and f.bottom < y < f.top for f in self._fills)
            cells.append(Cell(top, left, paragraph(text), bottom - top + 1, right - left + 1, marked))
        return cells

    def _field(self, x: float, y: float) -> int:
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


def join_lines(lines: Sequence[str]) -> str:
    """One text out of the lines of a paragraph; Kiwi says where a line end was a space."""
    lines = [line for line in lines if line]
    return kiwi().glue(lines) if len(lines) > 1 else "".join(lines)
