"""What a word processor's file holds, paragraphs and tables in order, to blocks.

Headings are those that the file marks; where it marks none, paragraphs in larger letters than the rest,
and after them short bold ones. Tables of contents are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from retrieval.ingest.blocks import Block, heading, paragraph
from retrieval.ingest.page_furniture import contents
from retrieval.ingest.tables import Cell, table_blocks

HEADING_RATIO = 1.12
"""Letters this much larger than the document's usual ones make a heading."""
MAX_HEADING = 80
MAX_BOLD_HEADING = 40
MAX_FRAME_CELLS = 4
SENTENCE_END = re.compile(r"(?:다|요|오|까|함|됨|음)[.!?]\W*$")


class Paragraph(NamedTuple):
    """`level` is the depth of a heading that the file marks, else 0; `size` its letters' in points, 0 where unknown."""

    text: str
    level: int = 0
    size: float = 0.0
    bold: bool = False


class FlowCell(NamedTuple):
    """A cell at `row`, `column` (from 0) over `rows` and `columns`; `marked` where the file makes a heading of it."""

    row: int
    column: int
    items: Sequence[Item]
    rows: int = 1
    columns: int = 1
    marked: bool = False


class FlowTable(NamedTuple):
    cells: Sequence[FlowCell]


Item = Paragraph | FlowTable


def flow_blocks(items: Sequence[Item]) -> list[Block]:
    """The blocks of a document."""
    items = [_as_paragraph(item) for item in items]
    left_out = contents([item.text if isinstance(item, Paragraph) else "" for item in items])
    items = [item for item, is_contents in zip(items, left_out) if not is_contents]
    paragraphs = [item for item in items if isinstance(item, Paragraph)]
    guessed = {} if any(item.level for item in paragraphs) else _levels_by_form(paragraphs)
    return _blocks(items, guessed)


def _as_paragraph(item: Item) -> Item:
    """A frame of one row around a short text as that text: Korean offices set their headings so."""
    if isinstance(item, Paragraph) or len(item.cells) > MAX_FRAME_CELLS or len({cell.row for cell in item.cells}) != 1:
        return item
    inner = [inner for cell in item.cells for inner in cell.items]
    if not inner or not all(isinstance(paragraph, Paragraph) for paragraph in inner):
        return item
    text = " ".join(" ".join(paragraph.text.split()) for paragraph in inner).strip()
    if len(text) > MAX_BOLD_HEADING:
        return item
    return Paragraph(text, max(p.level for p in inner), max(p.size for p in inner), all(p.bold for p in inner))


def _blocks(items: Sequence[Item], guessed: dict[int, int]) -> list[Block]:
    """`guessed` are levels of headings by the paragraph's identity."""
    blocks: list[Block] = []
    for item in items:
        if isinstance(item, FlowTable):
            blocks += table_blocks([_cell(cell) for cell in item.cells])
        elif item.text.strip():
            level = item.level or guessed.get(id(item), 0)
            blocks += [heading(item.text, level)] if level else paragraph(item.text)
    return blocks


def _cell(cell: FlowCell) -> Cell:
    blocks = _blocks(cell.items, {})
    bold = [item.bold for item in cell.items if isinstance(item, Paragraph) and item.text.strip()]
    marked = cell.marked or (bool(bold) and all(bold))
    return Cell(cell.row, cell.column, blocks, cell.rows, cell.columns, marked)


def _levels_by_form(paragraphs: Sequence[Paragraph]) -> dict[int, int]:
    sizes: Counter[float] = Counter()
    bold = 0
    for item in paragraphs:
        sizes[item.size] += len(item.text)
        bold += len(item.text) * item.bold
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    mostly_bold = bold * 2 > sum(sizes.values())
    larger = sorted((size for size in sizes if size > body * HEADING_RATIO), reverse=True) if body else []
    ranks = {}
    for item in paragraphs:
        text = item.text.strip()
        if not text or "\n" in text or len(text) > MAX_HEADING or SENTENCE_END.search(text):
            continue
        if item.size in larger:
            ranks[id(item)] = larger.index(item.size)
        elif item.bold and not mostly_bold and len(text) <= MAX_BOLD_HEADING:
            ranks[id(item)] = len(larger)
    return levels_of_ranks(ranks)


def levels_of_ranks(ranks: dict[int, int]) -> dict[int, int]:
    """Headings' levels out of their ranks by size, 0 the largest, in order: from 1 where the largest is the
    document's title, which stands first and once (or on two lines), else from 2."""
    order = list(ranks.values())
    largest = order.count(min(order)) if order else 0
    has_title = bool(order) and order[0] == min(order)
    has_title = has_title and (largest == 1 or (largest == 2 and order[1] == order[0] and len(order) > 2))
    return {key: rank + (1 if has_title else 2) for key, rank in ranks.items()}
