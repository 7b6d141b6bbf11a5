"""What every converter gives back: a document as headings, paragraphs and table rows in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


class BlockKind(Enum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ROW = "row"


@dataclass(frozen=True)
class Block:
    """`level` is a heading's depth, from 1; `page` counts from 1, None for formats without pages."""

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True)
class Converted:
    """A file's blocks and what it says of itself."""

    blocks: list[Block]
    title: str | None = None
    product: str | None = None
    pages: int | None = None
    warnings: tuple[str, ...] = field(default=())


ARTICLE = re.compile(r"^(제\s?\d+조(?:의\s?\d+)?\s?[(（][^()（）]{1,60}[)）])\s*(.*)$", re.S)
CHAPTER = re.compile(r"^제\s?\d+(장|절|관|편)(의\s?\d+)?\s.{1,40}$")
CONTENTS_LINE = re.compile(r"(\.{4,}|·{4,}|…{2,})\s*\d+\s*$")
ENUMERATION = re.compile(r"^\s*(\d+(의\d+)?[.)]|[가-하][.)]|[①-⑳]|[-•·▪◦*□■○●ㅇ❍▶▷▸◆◇❖※])\s")


def heading(text: str, level: int, page: int | None = None) -> Block:
    return Block(BlockKind.HEADING, fold(text), level, page)


def paragraph(text: str, page: int | None = None) -> list[Block]:
    """The paragraph as blocks: none where it is empty or a line of a table of contents, two where
    a statute's article (`제3조(정의) 이 법에서 …`) begins it."""
    text = "\n".join(line for line in (fold(line) for line in text.split("\n")) if line)
    if not text or CONTENTS_LINE.search(text):
        return []
    if found := ARTICLE.match(text):
        blocks = [heading(found[1], ARTICLE_LEVEL, page)]
        return blocks + ([Block(BlockKind.PARAGRAPH, found[2], page=page)] if found[2] else [])
    if CHAPTER.match(text) and not text.endswith(("다.", "요.")):
        return [heading(text, CHAPTER_LEVEL, page)]
    return [Block(BlockKind.PARAGRAPH, text, page=page)]


CHAPTER_LEVEL, ARTICLE_LEVEL = 7, 8
"""Below any heading that is marked as one."""


def row(headings: Sequence[str], cells: Sequence[str], page: int | None = None) -> list[Block]:
    """A table's row as one line, `부품: 배수 필터 / 가격: 12,000원`; none where it is empty."""
    parts = []
    for i, cell in enumerate(cells):
        name, value = fold(headings[i]) if i < len(headings) else "", fold(cell)
        if value:
            parts.append(f"{name}: {value}" if name and name != value else value)
    return [Block(BlockKind.ROW, " / ".join(dict.fromkeys(parts)), page=page)] if parts else []


def table(rows: Sequence[Sequence[str]], page: int | None = None) -> list[Block]:
    """A table whose first row is its headings; one of a single row or column is read as paragraphs."""
    rows = [cells for cells in rows if any(fold(cell) for cell in cells)]
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return [block for cells in rows for cell in cells for block in paragraph(cell, page)]
    return [block for cells in rows[1:] for block in row(rows[0], cells, page)]


def fold(text: str) -> str:
    """`text` on one line with single spaces."""
    return " ".join(text.split())
