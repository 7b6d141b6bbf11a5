"""The widget's transport: server-sent events for what is said, POST for what the customer says.

    POST /chat/conversations            {} -> 201 {"token"}
    POST /chat/messages                 {"client_id", "text", "payload"?} -> 202 the message with its id
    GET  /chat/events?after=ID          text/event-stream of message, typing, ended
    GET  /chat/messages?after=ID&wait=S what was said since, waited for S seconds at most (where streams do not pass)
    POST /chat/feedback                 {"id", "thumb": "up" | "down" | null}
    POST /chat/end                      {}

The token stands in `Authorization: Bearer …`, never in an address, so that no log holds it. It is no
cookie: another site cannot make a browser send it.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.channels.web import message_from, payload_of
from bot.front import texts
from bot.front.chat import Chat, Event
from bot.front.conversations import UnknownConversationError
from bot.front.errors import json_object
from bot.front.guards import too_many
from bot.front.limits import OpenCount
from bot.front.state import state_of
from bot.front.thumbs import rate

HEARTBEAT_S = 15.0
STREAM_S = 900.0
"""A stream ends after this long, and its device opens another."""
MAX_WAIT_S = 25.0


async def begin(request: Request) -> Response:
    """A new conversation."""
    return JSONResponse({"token": _chat(request).kept.begin()}, 201)


async def say(request: Request) -> Response:
    """Take a customer's message; one sent again gets the answer it got the first time."""
    key, state = _key(request), state_of(request)
    if seconds := state.per_user.take(key):
        state.metrics.limited.labels("user").inc()
        return too_many(seconds)
    try:
        inbound = message_from(await json_object(request), state.max_message_characters)
    except ValueError as error:
        raise HTTPException(422, texts.WRONG_FIELD.format(field="message", why=error)) from error
    message, is_new = _chat(request).say(key, inbound)
    return JSONResponse(message, 202 if is_new else 200)


async def events(request: Request) -> Response:
    """The stream of a conversation."""
    key, state = _key(request), state_of(request)
    counted = [(state.streams_per_address, request.state.client.key), (state.streams_per_user, key)]
    if not _enter(counted):
        return too_many(30)
    state.metrics.streams.inc()

    def leave() -> None:
        state.metrics.streams.dec()
        for count, name in counted:
            count.leave(name)

    stream = _lines(_chat(request), key, _after(request), leave)
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def waited(request: Request) -> Response:
    """What was said since, for devices that no stream reaches."""
    key, after = _key(request), _after(request)
    wait_s = min(max(_number(request, "wait"), 0), MAX_WAIT_S)
    chat = _chat(request)
    if not chat.kept.after(key, after) and wait_s:
        async for event in chat.events(key, after, wait_s):
            if event is None or event.kind in ("message", "ended", "lagging"):
                break
    said = [payload_of(document) for document in chat.kept.after(key, after)]
    return JSONResponse({"messages": said}, headers={"Cache-Control": "no-store"})


async def feedback(request: Request) -> Response:
    """A thumb on an answer."""
    key, body = _key(request), await json_object(request)
    number, thumb = body.get("id"), body.get("thumb")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**53:
        raise HTTPException(422, texts.WRONG_FIELD.format(field="id", why="1 이상의 정수여야 해요"))
    if thumb not in ("up", "down", None):
        raise HTTPException(422, texts.WRONG_FIELD.format(field="thumb", why="up, down, null 가운데 하나여야 해요"))
    if not await rate(state_of(request), key, number, thumb):
        raise HTTPException(404, texts.NOT_FOUND)
    return Response(status_code=204)


async def end(request: Request) -> Response:
    """The customer ends the conversation; it is forgotten, and nobody waits for him."""
    key = _key(request)
    _chat(request).end(key)
    await request.app.state.handover.leave(key)
    return Response(status_code=204)


def routes() -> list[Route]:
    return [
        Route("/chat/conversations", begin, methods=["POST"]),
        Route("/chat/messages", say, methods=["POST"]),
        Route("/chat/messages", waited, methods=["GET"]),
        Route("/chat/events", events, methods=["GET"]),
        Route("/chat/feedback", feedback, methods=["POST"]),
        Route("/chat/end", end, methods=["POST"]),
    ]


def line_of(event: Event | None) -> str:
    """An event as it goes over the wire; None is a comment that keeps the connection open."""
    if event is None:
        return ": still here\n\n"
    number = f"id: {event.id}\n" if event.id is not None else ""
    return f"{number}event: {event.kind}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"


async def _lines(chat: Chat, key: str, after: int, leave) -> AsyncIterator[str]:
    ends = time.monotonic() + STREAM_S
    try:
        yield "event: hello\ndata: {}\n\n"
        async for event in chat.events(key, after, HEARTBEAT_S):
            yield line_of(event)
            if time.monotonic() > ends:
                return
    finally:
        leave()


def _enter(counted: list[tuple[OpenCount, str]]) -> bool:
    entered = []
    for count, name in counted:
        if not count.enter(name):
            for other, its_name in entered:
                other.leave(its_name)
            return False
        entered.append((count, name))
    return True


def _chat(request: Request) -> Chat:
    return state_of(request).chat


def _key(request: Request) -> str:
    """The key of the conversation whose token the request carries; 401 without one, 404 for one that is no more."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise HTTPException(401, texts.NO_CONVERSATION, {"WWW-Authenticate": "Bearer"})
    try:
        return _chat(request).kept.open(token.strip())
    except UnknownConversationError as error:
        raise HTTPException(404, texts.NO_CONVERSATION) from error


def _after(request: Request) -> int:
    last = request.headers.get("last-event-id", "")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 16 else _number(request, "after")


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise HTTPException(422, texts.WRONG_FIELD.format(field=name, why="0 이상의 정수여야 해요"))
    return int(text)
