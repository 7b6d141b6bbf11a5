"""What stands on a page beside its text: running heads and feet, page numbers, tables of contents.

Told by repetition and form alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

PAGE_NUMBER = re.compile(
    r"^(?!\d{1,4}[.)]$)[\s\-–—~·|<\[(]*(?:(?:page|p)\.?\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:쪽|페이지|page|면))?(?:\s*(?:/|of)\s*\d{1,4})?[\s\-–—~·|>\])]*$",
    re.I,
)
CONTENTS_ENTRY = re.compile(r"^(?P<name>.{1,120}?)(?P<leader>\s*(?:[.·․‥…⋯]\s?){3,}|\s)\s*(?P<page>\d{1,4})$")
CONTENTS_TITLE = re.compile(r"^\W*(?:목\s*차|차\s*례|(?:table\s+of\s+)?contents)\W*$", re.I)
_OUTER_NUMBER = re.compile(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$")
MIN_ENTRIES = 3
"""So many lines one below another, with page numbers that never fall, are a table of contents."""
SAME_PLACE = 3.0
"""Points between the heights of a head on two pages."""
REPEATS = 3
"""A line on the edge of so many pages, or of a third of a shorter document (two at least), is a running one."""


class Edge(NamedTuple):
    """A line near the upper or lower edge of a page, and its height on it."""

    text: str
    height: float


def running(pages: Sequence[Sequence[Edge]]) -> list[list[bool]]:
    """For each line of each page, whether it comes again in the same place on other pages, or carries the page's number.

    A number in it that rises with the pages counts as the same: `설치 안내 12`, `설치 안내 13`.
    """
    seen: Counter[tuple[str, int]] = Counter()
    for number, edges in enumerate(pages, 1):
        seen.update({key for edge in edges for key in _keys(edge, number)})
    enough = max(2, min(REPEATS, (len(pages) + 1) // 3))
    shift = _page_shift(pages)
    return [
        [_carries(edge.text, number, shift) or any(seen[key] >= enough for key in _keys(edge, number)) for edge in edges]
        for number, edges in enumerate(pages, 1)
    ]


def _page_shift(pages: Sequence[Sequence[Edge]]) -> int | None:
    """How far the numbers printed on the pages are ahead of the pages' own; None where they are not numbered."""
    shifts: Counter[int] = Counter()
    for number, edges in enumerate(pages, 1):
        shifts.update({int(found) - number for edge in edges for found in _OUTER_NUMBER.findall(edge.text)})
    shift, count = shifts.most_common(1)[0] if shifts else (0, 0)
    return shift if count >= max(REPEATS, len(pages) / 2) else None


def _carries(text: str, page: int, shift: int | None) -> bool:
    """Whether a line begins or ends with the page's printed number."""
    return shift is not None and str(page + shift) in _OUTER_NUMBER.findall(text)


def _keys(edge: Edge, page: int) -> Iterator[tuple[str, int]]:
    """What the line shares with its likes: its text, also with one number counted from the page's, and its place."""
    numbers = list(re.finditer(r"\d{1,4}", edge.text))[:6]
    texts = [edge.text, *(f"{edge.text[: n.start()]}#{int(n[0]) - page}{edge.text[n.end() :]}" for n in numbers)]
    place = round(edge.height / SAME_PLACE)
    return ((text, near) for text in texts for near in (place, place + 1))


def contents(lines: Sequence[str], last_page: int | None = None) -> list[bool]:
    """For each line, whether it belongs to a table of contents: names with page numbers that never fall,
    joined to them by dots or standing below a title such as `목차`. A number above `last_page` is no page."""
    entries = [_entry(line, last_page) for line in lines]
    found = [False] * len(lines)
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and entries[end] and (end == start or entries[end].page >= entries[end - 1].page):
            end += 1
        if end - start >= MIN_ENTRIES and entries[end - 1].page > entries[start].page:
            title = next((i for i in range(start - 1, -1, -1) if lines[i].strip()), None)
            has_title = title is not None and CONTENTS_TITLE.match(lines[title]) is not None
            if has_title:
                found[title] = True
            if has_title or 2 * sum(entry.has_leader for entry in entries[start:end]) > end - start:
                found[start:end] = [True] * (end - start)
        start = max(end, start + 1)
    return found


class _Entry(NamedTuple):
    page: int
    has_leader: bool


def _entry(line: str, last_page: int | None) -> _Entry | None:
    found = CONTENTS_ENTRY.match(line.strip())
    if not found or (last_page is not None and int(found["page"]) > last_page):
        return None
    return _Entry(int(found["page"]), bool(found["leader"].strip()))
