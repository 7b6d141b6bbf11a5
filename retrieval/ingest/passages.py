"""Blocks to a document's text, and its text to passages.

A passage stays inside one section, has about 250 to 450 characters, and is cut between units only
(`nlu.sentences`): sentences, list items and table rows. A numbered paragraph of a statute (①) begins a
new passage where the one before is long enough. A passage that begins inside a list knows the sentences
that announce the list (`Passage.leads`). A sentence longer than a passage stays whole up to MAX_SENTENCE
characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlu.sentences import UnitKind, depth, units
from retrieval.documents import Document, Passage
from retrieval.ingest.blocks import ENUMERATION, Block, BlockKind, Converted, fold

MAX_CHARACTERS = 450
MIN_LAST = 120
"""A last passage shorter than this joins the one before, where both together stay below 1.35 times the maximum."""
MIN_PARAGRAPH = 180
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
        section = " > ".join(path)
        for start, end, leads in _pieces(_units(text, blocks[0][1][0], blocks[-1][1][1])):
            number, page = len(passages) + 1, document.page_at(start)
            passages.append(
                Passage(f"{document_id}#{number}", document_id, title, section, page, converted.product, start, end, leads)
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


class _Piece(NamedTuple):
    start: int
    end: int
    leads: tuple[tuple[int, int], ...] = ()


class _Part(NamedTuple):
    """A span that is not cut any further; `opens` where it begins a numbered paragraph."""

    piece: _Piece
    opens: bool


def _units(text: str, start: int, end: int) -> Iterator[_Part]:
    """The units of the section at `[start, end)`, over-long sentences cut."""
    for unit in units(text[start:end]):
        leads = tuple((a + start, b + start) for a, b in unit.leads)
        opens = unit.kind is UnitKind.ITEM and depth(text[start + unit.start : start + unit.end]) == 1
        for a, b in _cut(text, start + unit.start, start + unit.end):
            yield _Part(_Piece(a, b, leads), opens)
            opens = False


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span in pieces of at most MAX_SENTENCE characters, cut at a space where there is one."""
    while end - start > MAX_SENTENCE:
        stop = text.rfind(" ", start + 1, start + MAX_SENTENCE)
        stop = stop if stop > 0 else start + MAX_SENTENCE
        yield start, stop
        start = stop + (text[stop : stop + 1] == " ")
    if end > start:
        yield start, end


def _pieces(parts: Iterator[_Part]) -> list[_Piece]:
    """Neighbouring parts joined while they fit; each with those leads of its first part that stand before it."""
    pieces: list[_Piece] = []
    for part, opens in parts:
        if pieces and part.end - pieces[-1].start <= MAX_CHARACTERS and not (opens and _length(pieces[-1]) >= MIN_PARAGRAPH):
            pieces[-1] = pieces[-1]._replace(end=part.end)
        else:
            pieces.append(part)
    if len(pieces) > 1 and _length(pieces[-1]) < MIN_LAST and pieces[-1].end - pieces[-2].start <= MAX_CHARACTERS * 1.35:
        pieces[-2:] = [pieces[-2]._replace(end=pieces[-1].end)]
    return pieces


def _length(piece: _Piece) -> int:
    return piece.end - piece.start
