"""HTML to blocks, through Beautiful Soup and lxml.

Left out: menus, headers, footers and asides, by their tags or roles; lists of links (menus and tables of
contents without those tags); what is hidden; scripts and form fields. A form's text stays: many public
pages wrap the whole page in one.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from retrieval.ingest.blocks import Block, Converted, fold, heading, paragraph, row
from retrieval.ingest.problems import UnreadableFileError
from retrieval.ingest.tables import MAX_COLUMNS, MAX_SPANNED_ROWS, Cell, table_blocks

LEFT_OUT = tuple("script style nav header footer aside noscript template button input select option textarea svg iframe".split())
ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "menu", "menubar", "complementary"))
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
CONTAINERS = frozenset(
    "html body main article section div ul ol dl blockquote details figure center fieldset address hgroup form".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
INNER = ["p", "table", "li", "div", *HEADINGS]
MIN_LINKS = 3
LINKED = 0.8
"""A list with at least MIN_LINKS items, this share of whose text is links, is a menu or a table of contents."""
PICTURE = re.compile(rb"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]*")
MAX_TEXT = 10 << 20
"""Bytes of HTML without its pictures."""
MAX_DEPTH = 200
"""Elements nested deeper are read as plain text."""


def read_html(path: Path) -> Converted:
    """The blocks of the page's main part, its title, and the product out of `<meta name="product">`."""
    from bs4 import BeautifulSoup

    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode("utf-8")
    data = PICTURE.sub(b"", data)
    if len(data) > MAX_TEXT:
        raise UnreadableFileError(
            f"HTML의 글이 너무 많아요({len(data) >> 20}MB). {MAX_TEXT >> 20}MB까지 읽어요. 나눠서 넣어 주세요."
        )
    try:
        soup = BeautifulSoup(data, "lxml")
    except RecursionError:
        raise UnreadableFileError("HTML의 요소가 너무 깊게 겹쳐 있어서 읽을 수 없어요.") from None
    _clean(soup)
    product = soup.find("meta", attrs={"name": "product"})
    title = soup.title.get_text() if soup.title else ""
    root = soup.find("main") or soup.find(attrs={"role": "main"}) or _only_article(soup) or soup.body or soup
    return Converted(_blocks(root), title=_nfc(title) or None, product=product.get("content") if product else None)


def html_blocks(html: str) -> list[Block]:
    """The blocks of a piece of HTML."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")
    _clean(soup)
    return _blocks(soup.body) if soup.body else []


def _only_article(soup):
    articles = soup.find_all("article", limit=2)
    return articles[0] if len(articles) == 1 else None


def _clean(soup) -> None:
    """Takes out of the page what is none of its text."""
    for element in soup.find_all(LEFT_OUT):
        if not element.decomposed and (element.name != "header" or not element.find(list(HEADINGS))):
            element.decompose()
    for element in soup.find_all(_is_aside):
        if not element.decomposed:
            element.decompose()
    for element in soup.find_all(["ul", "ol"]):
        if not element.decomposed and _is_link_list(element):
            element.decompose()


def _is_aside(element) -> bool:
    if element.name in ("html", "body", "main"):
        return False
    is_hidden = element.has_attr("hidden") or HIDDEN.search(str(element.get("style") or "")) is not None
    return is_hidden or str(element.get("role") or "").lower() in ROLES


def _is_link_list(element) -> bool:
    links = element.find_all("a", href=True)
    linked = sum(len(fold(link.get_text())) for link in links)
    return len(links) >= MIN_LINKS and linked >= LINKED * len(fold(element.get_text()))


def _blocks(element, depth: int = 0) -> list[Block]:
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
        if depth >= MAX_DEPTH:
            loose.append(child.get_text(" "))
        elif child.name in HEADINGS:
            flush()
            blocks.append(heading(_nfc(child.get_text(" ")), HEADINGS[child.name]))
        elif child.name == "table":
            flush()
            blocks.extend(_table(child, depth))
        elif child.name == "dt":
            flush()
            blocks.extend(_term(child, depth))
        elif child.name == "dd":
            continue
        elif child.name == "li":
            flush()
            inner = _blocks(child, depth + 1)
            if element.name == "ol" and inner:
                inner[0] = Block(inner[0].kind, f"{number}. {inner[0].text}", inner[0].level)
                number += 1
            blocks.extend(inner)
        elif child.name in CONTAINERS or child.find(INNER):
            flush()
            blocks.extend(_blocks(child, depth + 1))
        elif child.name in ("p", "pre", "figcaption", "summary", "caption", "hr", "legend"):
            flush()
            blocks.extend(paragraph(_text(child)))
        elif child.name == "br":
            loose.append("\n")
        else:
            loose.append(child.get_text())
    flush()
    return [block for block in blocks if block.text]


def _term(term, depth: int) -> list[Block]:
    """A term and its descriptions: one row, or the descriptions' own blocks below it."""
    described = []
    for sibling in term.find_next_siblings(["dt", "dd"]):
        if sibling.name == "dt":
            break
        described.append(sibling)
    if any(found.find([*INNER, "ul", "ol"]) for found in described):
        return paragraph(_text(term)) + [block for found in described for block in _blocks(found, depth + 1)]
    return row([_text(term)], [" ".join(map(_text, described))])


def _table(element, depth: int) -> list[Block]:
    """The table with its caption; tables inside its cells come with them."""
    cells: list[Cell] = []
    covered: dict[int, int] = {}
    caption = element.find("caption")
    rows = [tr for tr in element.find_all("tr") if tr.find_parent("table") is element]
    for r, tr in enumerate(rows):
        column = 0
        for td in tr.find_all(["td", "th"], recursive=False):
            while covered.get(column, 0) > r:
                column += 1
            down, across = _span(td, "rowspan", MAX_SPANNED_ROWS), _span(td, "colspan", MAX_COLUMNS)
            down = len(rows) - r if str(td.get("rowspan") or "") == "0" else down
            cells.append(Cell(r, column, _blocks(td, depth + 1), down, across, td.name == "th"))
            covered.update({c: r + down for c in range(column, column + across)})
            column += across
    return (paragraph(_text(caption)) if caption else []) + table_blocks(cells)


def _span(cell, name: str, limit: int) -> int:
    value = str(cell.get(name) or 1)
    return min(max(int(value), 1), limit) if value.isascii() and value.isdigit() else 1


def _text(element) -> str:
    for br in element.find_all("br"):
        br.replace_with("\n")
    return _nfc(element.get_text(), lines=element.find("br") is None and element.name == "pre")


def _nfc(text: str, lines: bool = False) -> str:
    text = unicodedata.normalize("NFC", text)
    return text if lines else fold(text)
