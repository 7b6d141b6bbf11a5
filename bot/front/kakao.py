"""KakaoTalk's skill server: `POST /webhooks/kakao/webhook`, as i OpenBuilder calls it.

Kakao signs nothing, so a secret in the header `X-Daedap-Secret` says that it is Kakao who calls; where none is set
only this machine may. Whatever an admitted request holds, the response is a valid one of version "2.0" with
status 200, since Kakao shows its customers an error for anything else.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.channels import kakao_texts
from bot.channels.kakao import base_address, inbound_of
from bot.channels.kakao_speech import lay_out, said
from bot.front import texts
from bot.front.client_address import ClientAddress
from bot.front.errors import error_response
from bot.front.guards import too_many
from bot.front.kakao_config import KakaoConfig
from bot.front.kakao_handover import humans_of
from bot.front.kakao_store import KakaoStore
from bot.front.kakao_turns import KakaoTurns, Reply
from bot.front.limits import RateLimit
from bot.front.metrics import Metrics
from bot.front.state import state_of
from bot.front.upstream import Upstream

logger = logging.getLogger(__name__)

PATH = "/webhooks/kakao/webhook"
HEADER = "x-daedap-secret"
FILE = "kakao.db"
MAX_BODY_BYTES = 1_000_000
SENDER_CHARACTERS = 32
WRONG_SECRETS_PER_MINUTE = 10


@dataclass
class KakaoDoor:
    """What the route of one front shares."""

    config: KakaoConfig
    turns: KakaoTurns
    per_user: RateLimit
    wrong_secrets: RateLimit

    @classmethod
    def of(cls, config: KakaoConfig, turns: KakaoTurns) -> KakaoDoor:
        return cls(config, turns, RateLimit(config.per_user_per_minute), RateLimit(WRONG_SECRETS_PER_MINUTE))

    @classmethod
    def open(cls, config: KakaoConfig, beside: Path, upstream: Upstream, metrics: Metrics, database_url: str) -> KakaoDoor:
        """A door whose turns are kept in `kakao.db` beside the file `beside`; those left open are asked again."""
        path = beside if str(beside) == ":memory:" else beside.with_name(FILE)
        store = KakaoStore(path, config.keep_days)
        turns = KakaoTurns(store, upstream, metrics, config, humans=humans_of(database_url))
        turns.recover()
        return cls.of(config, turns)

    def admits(self, secret: str | None, client: ClientAddress) -> bool:
        """Whether a caller may talk; the secret is compared in constant time."""
        if self.config.secret is None:
            return client.is_local
        return hmac.compare_digest((secret or "").encode("utf-8", "replace"), self.config.secret.encode())


class Handed(JSONResponse):
    """A reply that notes whether it could be sent."""

    def __init__(self, turns: KakaoTurns, reply: Reply) -> None:
        super().__init__(reply.response)
        self._turns = turns
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except BaseException:
            self._turns.lost(self._reply)
            raise
        await asyncio.sleep(0)  # the event loop writes at the end of its round: what is noted as sent has left this process
        self._turns.sent(self._reply)


async def skill(request: Request) -> Response:
    """The skill response to what a customer said."""
    started = asyncio.get_running_loop().time()
    state, door = state_of(request), request.app.state.kakao
    if not door.admits(request.headers.get(HEADER), request.state.client):
        if seconds := door.wrong_secrets.take(request.state.client.key):
            return too_many(seconds)
        return error_response(403, texts.NOT_ADMITTED)
    inbound = inbound_of(await _payload(request), state.max_message_characters)
    sender = sender_of(inbound.user)
    if inbound.user is not None and (seconds := door.per_user.take(sender)):
        state.metrics.limited.labels("user").inc()
        return JSONResponse(lay_out(said(kakao_texts.TOO_MANY.format(seconds=seconds))).response())
    base = base_address(state.config.public_url, _scheme(request), request.headers.get("host"))
    try:
        reply = await door.turns.answer(inbound, sender, base, started + door.config.answer_within_s)
    except Exception:  # Kakao's customer hears a sentence, whatever failed
        logger.exception("a request of KakaoTalk failed")
        return JSONResponse(lay_out(said(texts.FAILED)).response())
    if reply.ids and await request.is_disconnected():
        door.turns.lost(reply)
        return JSONResponse(reply.response)
    return Handed(door.turns, reply)


def sender_of(user: str | None) -> str:
    """The name of a customer's conversation towards Rasa; who names nobody gets one of his own."""
    if user is None:
        return f"kakao-{uuid.uuid4().hex}"
    return f"kakao-{hashlib.sha256(user.encode('utf-8', 'replace')).hexdigest()[:SENDER_CHARACTERS]}"


def routes() -> list[Route]:
    return [Route(PATH, skill, methods=["POST"], max_body_size=MAX_BODY_BYTES)]


async def _payload(request: Request) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        return None


def _scheme(request: Request) -> str:
    """How customers reach this server: what the proxy says, for this builds only links for the caller itself."""
    said_by_proxy = request.headers.get("x-forwarded-proto", "").split(",")[0].strip().lower()
    return said_by_proxy if said_by_proxy in ("http", "https") else request.url.scheme
