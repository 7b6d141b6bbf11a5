"""Blocks to a document's text, and its text to passages.

A passage stays inside one section, has about 250 to 450 characters, and is cut at block and
sentence ends only; a table's row is never cut. A sentence longer than a passage stays whole up to
MAX_SENTENCE characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlu.morphemes import sentence_spans
from retrieval.documents import Document, Passage
from retrieval.ingest.blocks import ENUMERATION, Block, BlockKind, Converted, fold

MAX_CHARACTERS = 450
MIN_LAST = 120
"""A last passage shorter than this joins the one before, where both together stay below 1.35 times the maximum."""
MAX_SENTENCE = 900
AMENDMENT = re.compile(r"\s*<[^<>]*\d{4}[^<>]*>\s*$")
"""What Korean statutes write behind a heading: `<개정 2012.6.1>`."""


def assemble(document_id: str, file_name: str, converted: Converted) -> tuple[Document, list[Passage]]:
    """The document's text with its headings, and its passages."""
    title = _title(converted, document_id)
    text, spans, page_starts = _text(converted)
    document = Document(document_id, title, file_name, text, page_starts, converted.product)
    passages: list[Passage] = []
    for path, blocks in _sections(converted.blocks, spans, title):
        for start, end in _pieces(_units(text, blocks)):
            passages.append(
                Passage(
                    f"{document_id}#{len(passages) + 1}",
                    document_id,
                    title,
                    " > ".join(path),
                    document.page_at(start),
                    converted.product,
                    start,
                    end,
                )
            )
    return document, passages


def _title(converted: Converted, document_id: str) -> str:
    """The first heading where the file begins with one, else what the file's properties say, else its name."""
    first = next((block for block in converted.blocks if block.kind is BlockKind.HEADING), None)
    if first is not None and first is converted.blocks[0] and first.level == 1:
        return _heading_name(first.text)
    return fold(converted.title or "") or (_heading_name(first.text) if first and first.level == 1 else document_id)


def _text(converted: Converted) -> tuple[str, list[tuple[int, int]], tuple[int, ...] | None]:
    """The text, the span of each block in it, and where the pages begin."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    page_starts: list[int] = []
    at = 0
    before: Block | None = None
    for block in converted.blocks:
        separator = "" if before is None else "\n" if _is_item(before) and _is_item(block) else "\n\n"
        at += len(separator)
        while block.page is not None and len(page_starts) < block.page:
            page_starts.append(at if page_starts else 0)
        parts += [separator, block.text]
        spans.append((at, at + len(block.text)))
        at += len(block.text)
        before = block
    if converted.pages is not None:
        page_starts += [at] * (converted.pages - len(page_starts))
    return "".join(parts), spans, tuple(page_starts) or None


def _is_item(block: Block) -> bool:
    return block.kind is BlockKind.ROW or (block.kind is BlockKind.PARAGRAPH and bool(ENUMERATION.match(block.text)))


def _sections(
    blocks: Sequence[Block], spans: Sequence[tuple[int, int]], title: str
) -> Iterator[tuple[list[str], list[tuple[Block, tuple[int, int]]]]]:
    """Runs of blocks below one heading, with the path of headings above them."""
    path: list[tuple[int, str]] = []
    run: list[tuple[Block, tuple[int, int]]] = []
    for block, span in zip(blocks, spans):
        if block.kind is not BlockKind.HEADING:
            run.append((block, span))
            continue
        if run:
            yield [name for _, name in path], run
        run = []
        path = [(level, name) for level, name in path if level < block.level]
        if _heading_name(block.text) != title:
            path.append((block.level, _heading_name(block.text)))
    if run:
        yield [name for _, name in path], run


def _heading_name(text: str) -> str:
    return AMENDMENT.sub("", text) or text


def _units(text: str, blocks: Sequence[tuple[Block, tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    """Spans that are not cut any further: rows, short lines, sentences."""
    for block, (start, end) in blocks:
        if block.kind is BlockKind.ROW:
            yield start, end
            continue
        for line_start, line_end in _line_spans(text, start, end):
            if line_end - line_start <= MAX_CHARACTERS // 2:
                yield line_start, line_end
                continue
            for a, b in sentence_spans(text[line_start:line_end]):
                yield from _cut(text, line_start + a, line_start + b)


def _line_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if stop > start:
            yield start, stop
        start = stop + 1


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span in pieces of at most MAX_SENTENCE characters, cut at a space where there is one."""
    while end - start > MAX_SENTENCE:
        stop = text.rfind(" ", start + 1, start + MAX_SENTENCE)
        stop = stop if stop > 0 else start + MAX_SENTENCE
        yield start, stop
        start = stop + (text[stop : stop + 1] == " ")
    if end > start:
        yield start, end


def _pieces(units: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring units joined while they fit."""
    pieces: list[tuple[int, int]] = []
    for start, end in units:
        if pieces and end - pieces[-1][0] <= MAX_CHARACTERS:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    if len(pieces) > 1 and pieces[-1][1] - pieces[-1][0] < MIN_LAST and pieces[-1][1] - pieces[-2][0] <= MAX_CHARACTERS * 1.35:
        pieces[-2:] = [(pieces[-2][0], pieces[-1][1])]
    return pieces
