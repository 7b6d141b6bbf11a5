"""`/api/ask` and `/api/search` for programs, described at `/api/openapi.json`."""

from __future__ import annotations

import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.web import page_address
from bot.front import texts
from bot.front.errors import json_object
from bot.front.guards import too_many
from bot.front.openapi import DESCRIPTION, MAX_HITS, MAX_USER_CHARACTERS
from bot.front.state import state_of
from bot.front.upstream import AwayError, RefusedError


async def ask(request: Request) -> Response:
    """One answer of the cascade, without a conversation."""
    state, body = state_of(request), await json_object(request)
    question = _text(body.get("question"), "question", state.max_message_characters)
    user = body.get("user")
    if user is not None:
        user = _text(user, "user", MAX_USER_CHARACTERS)
        if seconds := state.per_user.take(f"api {user}"):
            state.metrics.limited.labels("user").inc()
            return too_many(seconds)
    started = time.perf_counter()
    document = await _door(request, "ask", question=question, channel="api")
    state.metrics.turns.labels("api", "answered").inc()
    state.metrics.seconds.labels("ask").observe(time.perf_counter() - started)
    state.metrics.count_answer(document["answer"])
    answer = document["answer"] | {"text": document["text"]}
    source = answer.get("source")
    if source and source.get("start") is not None:
        answer["source"] = source | {"url": page_address(source["document"], source["start"], source["end"])}
    return JSONResponse(answer)


async def search(request: Request) -> Response:
    """What the index finds."""
    params = request.query_params
    query = _text(params.get("q"), "q", state_of(request).max_message_characters)
    what, k = params.get("what", "faq"), params.get("k", "5")
    if what not in ("faq", "passages"):
        raise HTTPException(422, texts.WRONG_FIELD.format(field="what", why="faq나 passages여야 해요"))
    if not (k.isascii() and k.isdigit() and len(k) < 4 and 1 <= int(k) <= MAX_HITS):
        raise HTTPException(422, texts.WRONG_FIELD.format(field="k", why=f"1부터 {MAX_HITS}까지의 정수여야 해요"))
    document = await _door(request, "search", query=query, what=what, k=int(k))
    return JSONResponse({"query": query, "what": what, "hits": document["hits"]})


async def description(_: Request) -> Response:
    return JSONResponse(DESCRIPTION)


def routes() -> list[Route]:
    return [
        Route("/api/ask", ask, methods=["POST"]),
        Route("/api/search", search, methods=["GET"]),
        Route("/api/openapi.json", description, methods=["GET"]),
    ]


def _text(value: Any, field: str, limit: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise HTTPException(422, texts.WRONG_FIELD.format(field=field, why="비어 있지 않은 글이어야 해요"))
    if len(value) > limit:
        raise HTTPException(413, texts.TOO_LONG.format(limit=limit))
    return value.encode("utf-8", "replace").decode()


async def _door(request: Request, name: str, **asked: Any) -> dict[str, Any]:
    try:
        return await state_of(request).upstream.door(name, **asked)
    except AwayError as error:
        raise HTTPException(503, texts.AWAY, {"Retry-After": "5"}) from error
    except RefusedError as error:
        raise HTTPException(422, texts.WRONG_FIELD.format(field=name, why=error)) from error
