"""The demo page, the widget's script and the rest of what is served as files; templates escape everything."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from bot.front.state import state_of
from bot.front.studio_names import FILTERS

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
FILES = {
    "/widget.js": "text/javascript; charset=utf-8",
    "/static/htmx.js": "text/javascript; charset=utf-8",
    "/static/pages.css": "text/css; charset=utf-8",
}
"""All files that are served, by their address; nothing else of the disk can be asked for."""


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page; values are escaped."""
    return HTMLResponse(_templates().get_template(template).render(request=request, **values), status)


async def demo(request: Request) -> Response:
    """A page with the widget on it."""
    base = state_of(request).config.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return render(request, "demo.html", base=base)


async def file(request: Request) -> Response:
    """One of FILES; the widget may be loaded by any site."""
    path = request.url.path
    headers = {"Cache-Control": "no-cache"}
    if path == "/widget.js":
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return FileResponse(STATIC / path.rsplit("/", 1)[1], media_type=FILES[path], headers=headers)


def routes() -> list[Route]:
    return [Route("/", demo, methods=["GET"]), *(Route(path, file, methods=["GET"]) for path in FILES)]


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters.update(FILTERS)
    return environment
