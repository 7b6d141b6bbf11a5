"""Whether the front lives, whether the bot can answer, and what it has counted."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.front import texts
from bot.front.state import state_of
from bot.front.upstream import AwayError, RefusedError


async def healthz(_: Request) -> Response:
    """This process serves; it says nothing about the bot."""
    return JSONResponse({"alive": True})


async def readyz(request: Request) -> Response:
    """200 where Rasa and the answers are there, else 503 with which part is not."""
    state = state_of(request)
    parts = await state.upstream.ready()
    for name, is_ready in parts.items():
        state.metrics.ready.labels(name).set(is_ready)
    return JSONResponse({"ready": all(parts.values()), "parts": parts}, 200 if all(parts.values()) else 503)


async def metrics(request: Request) -> Response:
    """Prometheus' page, for this machine unless the configuration opens it."""
    state = state_of(request)
    if not (state.config.metrics_open or request.state.client.is_local):
        raise HTTPException(403, texts.ONLY_HERE)
    state.metrics.waiting.set(state.upstream.turnstile.waiting)
    for name, is_ready in (await state.upstream.ready()).items():
        state.metrics.ready.labels(name).set(is_ready)
    try:
        version = (await state.upstream.door("version")).get("index")
        state.metrics.index.clear()
        state.metrics.index.labels(version or "unknown").set(1)
    except (AwayError, RefusedError):
        state.metrics.index.clear()
    return Response(state.metrics.page(), media_type=CONTENT_TYPE_LATEST)


def routes() -> list[Route]:
    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
