"""Webhooks of Rasa's channels, passed on for the channels that are named and for nothing else of Rasa."""

from __future__ import annotations

import json

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.front import texts
from bot.front.guards import too_many
from bot.front.state import state_of
from bot.front.upstream import AwayError

NOT_PASSED_ON = frozenset(
    {
        "host",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "expect",
        "proxy-authorization",
        "proxy-connection",
        "cookie",
        "forwarded",
        "via",
        "accept-encoding",
    }
)


async def webhook(request: Request) -> Response:
    """A channel's request as Rasa answers it."""
    state, channel, path = state_of(request), request.path_params["channel"], request.path_params["path"]
    if channel not in state.config.webhooks or any(part in ("", ".", "..") for part in path.split("/")):
        raise HTTPException(404, texts.NOT_FOUND)
    body = await request.body()
    if channel == "rest" and request.method == "POST" and (seconds := state.per_user.take(f"rest {_sender(body)}")):
        state.metrics.limited.labels("user").inc()
        return too_many(seconds)
    headers = [(name, value) for name, value in request.headers.items() if not _is_held_back(name)]
    try:
        status, answer, kept = await state.upstream.webhook(request.method, f"{channel}/{path}", request.url.query, headers, body)
    except AwayError as error:
        raise HTTPException(503, texts.AWAY, {"Retry-After": "5"}) from error
    state.metrics.turns.labels(channel, "answered" if status == 200 else "refused").inc()
    return Response(answer, status, kept)


def routes() -> list[Route]:
    return [Route("/webhooks/{channel}/{path:path}", webhook, methods=["GET", "POST"])]


def _is_held_back(name: str) -> bool:
    return name in NOT_PASSED_ON or name.startswith("x-forwarded-")


def _sender(body: bytes) -> str:
    """Who a REST message says it is from; its limit is counted under this name."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    sender = document.get("sender") if isinstance(document, dict) else None
    return str(sender)[:200]
