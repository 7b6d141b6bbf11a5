"""Tables of every format to rows that carry their columns' headings.

A converter gives the cells with their places and spans; what is heading is decided here by form: cells
that the file marks (`<th>`, a repeated heading row, shading, bold), and spans in the first row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from retrieval.ingest.blocks import Block, BlockKind, fold, paragraph, row

MAX_COLUMNS = 200
"""Cells further right are left out, so that a made-up span cannot blow a table up."""
MAX_SPANNED_ROWS = 2000


@dataclass(frozen=True)
class Cell:
    """A cell at `row`, `column` (from 0) over `rows` and `columns`; `blocks` are what stands in it.

    `marked` where the file makes a heading of it. A table inside the cell is among the blocks as rows.
    """

    row: int
    column: int
    blocks: Sequence[Block] = ()
    rows: int = 1
    columns: int = 1
    marked: bool = False
    text: str = field(init=False)

    def __post_init__(self) -> None:
        lines = (block.text for block in self.blocks if block.kind is not BlockKind.ROW)
        object.__setattr__(self, "text", fold(" ".join(lines)))

    @property
    def nested(self) -> list[Block]:
        """The rows of tables inside the cell."""
        return [block for block in self.blocks if block.kind is BlockKind.ROW]


Line = list["Cell | None"]
"""A row of the grid: the cell over each column, a spanning one several times, None where there is none."""


def table_blocks(cells: Sequence[Cell], page: int | None = None, has_headings: bool = True) -> list[Block]:
    """The table as blocks: rows with their headings, or the cells' own blocks where it is only a frame.

    `has_headings` is False where the first row is known to be one like the others.
    """
    lines = _grid(cells)
    width = max(map(len, lines), default=0)
    if len(lines) < 2 or width < 2:
        return [block for cell in cells for block in cell.blocks]
    blocks: list[Block] = []
    while len(lines) > 2 and _is_wide(lines[0], width):
        blocks += paragraph(_distinct(lines.pop(0))[0].text, page)
    headings, body = _headings(lines) if has_headings else ([], lines)
    for line in body:
        blocks += _row(headings, line, page) if headings else _form(line, page)
        blocks += [nested for cell in _distinct(line) if cell.row == _own_row(line, cell) for nested in cell.nested]
    return blocks


def text_table(rows: Sequence[Sequence[str]], page: int | None = None) -> list[Block]:
    """A table of plain texts, each in its place."""
    return table_blocks([Cell(r, c, paragraph(text, page)) for r, texts in enumerate(rows) for c, text in enumerate(texts)], page)


def _grid(cells: Sequence[Cell]) -> list[Line]:
    """The rows from the top down, those without any text left out."""
    lines: dict[int, dict[int, Cell]] = {}
    for cell in cells:
        for r in range(cell.row, cell.row + min(cell.rows, MAX_SPANNED_ROWS)):
            for c in range(cell.column, min(cell.column + cell.columns, MAX_COLUMNS)):
                lines.setdefault(r, {}).setdefault(c, cell)
    last = max((cell.row for cell in cells), default=-1)
    width = max((column for line in lines.values() for column in line), default=-1) + 1
    full = [[lines[r].get(c) for c in range(width)] for r in sorted(lines) if r <= last]
    return [line for line in full if any(cell and cell.blocks for cell in line)]


def _distinct(line: Line) -> list[Cell]:
    """The cells from left to right, each once."""
    return list({id(cell): cell for cell in line if cell is not None}.values())


def _own_row(line: Line, cell: Cell) -> int:
    """The cell's row where this line is the first it stands in, else -1."""
    return cell.row if all(other.row <= cell.row for other in _distinct(line)) else -1


def _is_wide(line: Line, width: int) -> bool:
    """Whether one cell covers the whole row."""
    return len(_distinct(line)) == 1 and line[0] is not None and sum(cell is line[0] for cell in line) == width


def _headings(lines: list[Line]) -> tuple[list[str], list[Line]]:
    """The columns' headings and the rows below them; no headings where labels stand left of their values."""
    marks = [[cell.marked for cell in line if cell is not None and cell.text] for line in lines]
    if all(all(line) for line in marks):
        marks = [[False] * len(line) for line in marks]
    if any(marks[0]) and not all(marks[0]) and all(line[0].marked for line in lines if line[0] is not None):
        return [], lines
    depth = next((i for i, line in enumerate(marks) if not line or not all(line)), 1) or 1
    first = _distinct(lines[0])
    if len(first) > 1 and any(cell.columns > 1 for cell in first):
        depth = max(depth, *(cell.rows for cell in first))
    depth = min(depth, len(lines) - 1)
    columns = zip(*lines[:depth])
    return [" ".join(dict.fromkeys(cell.text for cell in column if cell)) for column in columns], lines[depth:]


def _row(headings: Sequence[str], line: Line, page: int | None) -> list[Block]:
    """A row below headings; a cell over several columns comes once, under all their headings."""
    if _is_wide(line, len(line)):
        return row([], [line[0].text], page)
    names: list[str] = []
    cells = _distinct(line)
    for cell in cells:
        own = (heading for heading, other in zip(headings, line) if other is cell)
        names.append("·".join(dict.fromkeys(name for name in own if name)))
    return row(names, [cell.text for cell in cells], page)


def _form(line: Line, page: int | None) -> list[Block]:
    """A row of labels, each before its values."""
    names: list[str] = []
    values: list[str] = []
    labels: list[str] = []
    for cell in _distinct(line):
        if cell.marked and cell.text:
            labels = [*labels, cell.text] if not values or labels else [cell.text]
        elif cell.text:
            names.append(" ".join(labels))
            values.append(cell.text)
            labels = []
    return row([*names, ""], [*values, " ".join(labels)], page)
