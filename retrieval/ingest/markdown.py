"""Markdown (CommonMark with tables) to blocks, through markdown-it-py; HTML in it is read as such.

Left out: code by indentation (Korean statutes indent their items).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from retrieval.ingest.blocks import ENUMERATION, Block, Converted, heading, paragraph
from retrieval.ingest.decoding import decode
from retrieval.ingest.html import html_blocks
from retrieval.ingest.tables import Cell, table_blocks

FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.S)


def read_markdown(path: Path) -> Converted:
    """The blocks of the file, and title and product out of its front matter."""
    from markdown_it import MarkdownIt

    text = decode(path.read_bytes()).replace("\r\n", "\n")
    properties: dict[str, str] = {}
    if found := FRONT_MATTER.match(text):
        properties = dict(re.findall(r"^(\S+):[ \t]*['\"]?(.+?)['\"]?[ \t]*$", found[1], re.M))
        text = text[found.end() :]
    tokens = MarkdownIt("commonmark").enable("table").disable("code").parse(text)
    return Converted(
        _blocks(tokens),
        title=properties.get("제목") or properties.get("title"),
        product=properties.get("제품") or properties.get("product"),
    )


def _blocks(tokens: Sequence) -> list[Block]:
    blocks: list[Block] = []
    rows: list[list[str]] = []
    numbers: list[int | None] = []
    marker = ""
    for token in tokens:
        if token.type == "ordered_list_open":
            numbers.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            numbers.append(None)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
        elif token.type == "list_item_open":
            marker = "" if numbers[-1] is None else f"{numbers[-1]}. "
            numbers[-1] = None if numbers[-1] is None else numbers[-1] + 1
        elif token.type == "heading_open":
            blocks.append(heading("", int(token.tag[1])))
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            blocks.extend(_table(rows))
            rows = []
        elif token.type == "html_block":
            blocks.extend(html_blocks(token.content))
        elif token.type == "fence":
            blocks.extend(paragraph(token.content))
        elif token.type == "inline":
            text = _text(token.children or ())
            if rows:
                rows[-1].append(text)
            elif blocks and blocks[-1].level and not blocks[-1].text:
                blocks[-1] = heading(text, blocks[-1].level)
            else:
                blocks.extend(paragraph(marker + text))
                marker = ""
    return [block for block in blocks if block.text]


def _table(rows: Sequence[Sequence[str]]) -> list[Block]:
    """The first row is the headings; where it is empty, the first column is."""
    by_row = any(text.strip() for text in rows[0])
    return table_blocks(
        [
            Cell(r, c, paragraph(text), marked=(r == 0 if by_row else c == 0))
            for r, texts in enumerate(rows)
            for c, text in enumerate(texts)
        ]
    )


def _text(tokens: Sequence) -> str:
    parts: list[str] = []
    for i, token in enumerate(tokens):
        if token.type == "softbreak":
            following = tokens[i + 1].content if i + 1 < len(tokens) else ""
            parts.append("\n" if ENUMERATION.match(following) else " ")
        elif token.type == "hardbreak" or (token.type == "html_inline" and token.content.lower().startswith("<br")):
            parts.append("\n")
        elif token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type == "image":
            parts.append(token.content)
    return "".join(parts)
