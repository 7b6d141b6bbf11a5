"""A manual's page, rendered from the index's text, open at the place an answer came from."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.front import texts
from bot.front.pages import render
from bot.front.state import state_of
from bot.front.upstream import AwayError, RefusedError

MAX_ID_CHARACTERS = 300


class Run(NamedTuple):
    """A piece of a line; `begins` is whether the marked place begins here."""

    text: str
    is_marked: bool = False
    begins: bool = False


class Line(NamedTuple):
    """A line of a document; `page` is set where a page begins, `section` where the section changes."""

    runs: tuple[Run, ...]
    page: int | None = None
    section: str | None = None


async def show(request: Request) -> Response:
    """The document with this id. What it holds is text: nothing of it is taken for HTML."""
    document_id = request.path_params["document"]
    if len(document_id) > MAX_ID_CHARACTERS or not document_id.strip():
        raise HTTPException(404, texts.NO_DOCUMENT)
    try:
        found = await state_of(request).upstream.door("document", id=document_id)
    except (AwayError, RefusedError) as error:
        raise HTTPException(503, texts.AWAY, {"Retry-After": "5"}) from error
    if found["document"] is None:
        raise HTTPException(404, texts.NO_DOCUMENT)
    start, end = (_offset(request, name) for name in ("start", "end"))
    document = found["document"]
    lines = lines_of(document["text"], start, end, document.get("page_starts") or (), found["sections"])
    return render(request, "document.html", title=document["title"], lines=lines, has_place=start < end)


def lines_of(text: str, start: int, end: int, page_starts: Any = (), sections: Any = ()) -> list[Line]:
    """The lines of `text` with `[start, end)` marked; empty ones are left out."""
    named = sorted((int(at), name) for at, name in sections if name)
    lines, at, page, section, has_begun = [], 0, 0, None, False
    for content in text.split("\n"):
        stop = at + len(content)
        if content.strip():
            here = bisect_right(page_starts, stop - 1) if page_starts else 0
            place = bisect_right(named, (stop, "\U0010ffff")) - 1
            of = named[place][1] if place >= 0 else None
            runs = _runs(content, start - at, end - at, has_begun)
            has_begun = has_begun or any(run.begins for run in runs)
            lines.append(Line(runs, here if here != page else None, of if of != section else None))
            page, section = here, of
        at = stop + 1
    return lines


def routes() -> list[Route]:
    return [Route("/documents/{document:path}", show, methods=["GET"])]


def _runs(content: str, start: int, end: int, has_begun: bool) -> tuple[Run, ...]:
    start, end = max(start, 0), min(end, len(content))
    if start >= end:
        return (Run(content),)
    runs = (Run(content[:start]), Run(content[start:end], True, not has_begun), Run(content[end:]))
    return tuple(run for run in runs if run.text)


def _offset(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
