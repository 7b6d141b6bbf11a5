"""HTML to blocks, through Beautiful Soup and lxml; menus, headers, footers and scripts are left out."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from retrieval.ingest.blocks import Block, Converted, fold, heading, paragraph, row, table

LEFT_OUT = ("script", "style", "nav", "header", "footer", "aside", "noscript", "template", "form", "button", "svg", "iframe")
CONTAINERS = frozenset(
    "html body main article section div ul ol dl blockquote details figure center fieldset address hgroup".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}


def read_html(path: Path) -> Converted:
    """The blocks of the page's main part, its title, and the product out of `<meta name="product">`."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(path.read_bytes(), "lxml")
    for name in LEFT_OUT:
        for element in soup.find_all(name):
            if name != "header" or not element.find(list(HEADINGS)):
                element.decompose()
    product = soup.find("meta", attrs={"name": "product"})
    title = soup.title.get_text() if soup.title else ""
    root = soup.find("main") or soup.find("article") or soup.body or soup
    return Converted(_blocks(root), title=_nfc(title) or None, product=product.get("content") if product else None)


def _blocks(element) -> list[Block]:
    from bs4 import NavigableString
    from bs4.element import PreformattedString

    blocks: list[Block] = []
    loose: list[str] = []

    def flush() -> None:
        blocks.extend(paragraph(_nfc(" ".join(loose), lines=True)))
        loose.clear()

    number = int(element.get("start") or 1) if element.name == "ol" and str(element.get("start") or 1).isdigit() else 1
    for child in element.children:
        if isinstance(child, NavigableString):
            if not isinstance(child, PreformattedString):
                loose.append(str(child))
            continue
        if child.name in HEADINGS:
            flush()
            blocks.append(heading(_nfc(child.get_text(" ")), HEADINGS[child.name]))
        elif child.name == "table":
            flush()
            blocks.extend(_table(child))
        elif child.name == "dt":
            flush()
            described = child.find_next_sibling("dd")
            blocks.extend(row([_text(child)], [_text(described)] if described else [""]))
        elif child.name == "dd":
            continue
        elif child.name == "li":
            flush()
            inner = _blocks(child)
            if element.name == "ol" and inner:
                inner[0] = Block(inner[0].kind, f"{number}. {inner[0].text}", inner[0].level)
                number += 1
            blocks.extend(inner)
        elif child.name in CONTAINERS or child.find(["p", "table", "li", "h1", "h2", "h3", "h4", "div"]):
            flush()
            blocks.extend(_blocks(child))
        elif child.name in ("p", "pre", "figcaption", "summary", "caption", "hr"):
            flush()
            blocks.extend(paragraph(_text(child)))
        elif child.name == "br":
            loose.append("\n")
        else:
            loose.append(child.get_text())
    flush()
    return [block for block in blocks if block.text]


def _table(element) -> list[Block]:
    """The rows of a table; a cell over several rows or columns counts in each of them."""
    rows: list[list[str]] = []
    spans: dict[int, tuple[int, str]] = {}
    caption = element.find("caption")
    for tr in element.find_all("tr"):
        if tr.find_parent("table") is not element:
            continue
        cells: list[str] = []
        for cell in tr.find_all(["td", "th"], recursive=False):
            _fill_spans(cells, spans)
            text = _text(cell)
            for _ in range(_span(cell, "colspan")):
                if (down := _span(cell, "rowspan")) > 1:
                    spans[len(cells)] = (down - 1, text)
                cells.append(text)
        _fill_spans(cells, spans)
        rows.append(cells)
    return (paragraph(_text(caption)) if caption else []) + table(rows)


def _fill_spans(cells: list[str], spans: dict[int, tuple[int, str]]) -> None:
    while len(cells) in spans:
        left, text = spans.pop(len(cells))
        if left > 1:
            spans[len(cells)] = (left - 1, text)
        cells.append(text)


def _span(cell, name: str) -> int:
    value = str(cell.get(name) or 1)
    return min(max(int(value), 1), 1000) if value.isdigit() else 1


def _text(element) -> str:
    for br in element.find_all("br"):
        br.replace_with("\n")
    return _nfc(element.get_text(), lines=element.find("br") is None and element.name == "pre")


def _nfc(text: str, lines: bool = False) -> str:
    text = unicodedata.normalize("NFC", text)
    return text if lines else fold(text)
