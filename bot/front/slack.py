"""Slack's three addresses: events, pressed buttons, slash commands. Each is signed, kept, and acknowledged at once.

    POST /webhooks/slack/webhook        Events API
    POST /webhooks/slack/interactive    Interactivity
    POST /webhooks/slack/command        Slash Commands

What is kept cannot get lost any more, so Slack is told 200 only then; where it cannot be kept, 503 makes Slack send
it again. The answer is said in the background (`bot.front.slack_service`).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.slack import is_hook, read_action, read_command, read_event
from bot.channels.slack_blocks import escape
from bot.front import slack_texts, texts
from bot.front.config import FrontConfig
from bot.front.metrics import Metrics
from bot.front.slack_config import SlackConfig
from bot.front.slack_inbox import Places
from bot.front.slack_outbox import Outbox
from bot.front.slack_service import SlackService
from bot.front.slack_store import FILE, SlackStore
from bot.front.slack_team import Team
from bot.front.slack_turns import CHANNEL
from bot.front.upstream import Upstream

if TYPE_CHECKING:
    from bot.handover.queue import Handovers

logger = logging.getLogger(__name__)

EVENTS, INTERACTIVE, COMMAND = (f"/webhooks/slack/{name}" for name in ("webhook", "interactive", "command"))
PATHS = (EVENTS, INTERACTIVE, COMMAND)
MAX_BODY_BYTES = 1_000_000
ALARMS = frozenset({"app_uninstalled", "tokens_revoked"})


def open_service(
    config: SlackConfig | None,
    front: FrontConfig,
    upstream: Upstream,
    metrics: Metrics,
    open_queue: Callable[[], Handovers] | None,
) -> SlackService | None:
    """Slack as this process serves it; None where it is not configured. Without `open_queue` nobody takes over."""
    if config is None:
        return None
    if open_queue is None and config.team_channel is not None:
        logger.warning("[slack] names a team_channel, but without [human] nobody is handed over")

    def make(outbox: Outbox, places: Places) -> Team:
        return Team(config.team_channel, outbox, places, open_queue, front.public_url)

    store = SlackStore(front.conversations.with_name(FILE))
    return SlackService(config, store, upstream, metrics, front.public_url, make if open_queue else None)


async def events(request: Request) -> Response:
    """An event: kept where it is for us."""
    service, payload = await _signed_json(request)
    if payload.get("type") == "url_verification":
        return JSONResponse({"challenge": str(payload.get("challenge") or "")})
    event = payload.get("event")
    if payload.get("type") == "app_rate_limited" or (isinstance(event, dict) and event.get("type") in ALARMS):
        logger.error("Slack says: %s", payload.get("type") if event is None else event.get("type"))
    said = read_event(payload)
    if said is not None:
        await _keep(request, service, service.hear, said)
    return Response(status_code=200)


async def interactive(request: Request) -> Response:
    """A pressed button: the first choice of a message counts."""
    service, form = await _signed_form(request)
    pressed = read_action(_object(form.get("payload", "")))
    if pressed is None or (pressed.response_url and not is_hook(pressed.response_url, service.config.api_url)):
        return Response(status_code=200)
    await _keep(request, service, service.press, pressed)
    return Response(status_code=200)


async def command(request: Request) -> Response:
    """A slash command: what was asked is shown at once, to who asked."""
    service, form = await _signed_form(request)
    if form.get("ssl_check"):
        return Response(status_code=200)
    asked = read_command(form)
    if asked is None or not is_hook(asked.response_url, service.config.api_url):
        raise HTTPException(400, texts.NOT_FOUND)
    if not asked.text:
        return _shown(slack_texts.EMPTY_COMMAND.format(command=asked.command))
    try:
        await _keep(request, service, service.command, asked)
    except HTTPException:  # Slack sends a command once and shows its sender what we say
        return _shown(slack_texts.NOT_TAKEN)
    return _shown(slack_texts.ASKED.format(text=asked.text))


def routes() -> list[Route]:
    doors = ((EVENTS, events), (INTERACTIVE, interactive), (COMMAND, command))
    return [Route(path, door, methods=["POST"], max_body_size=MAX_BODY_BYTES) for path, door in doors]


def is_signed(verifier: SignatureVerifier, body: bytes, headers: dict[str, str]) -> bool:
    """Whether Slack signed the body as it came, within five minutes; whatever cannot be checked is not."""
    try:
        return verifier.is_valid_request(body, headers)
    except (ValueError, TypeError, OverflowError):  # a timestamp that is no number, a body that is no text
        return False


async def _signed(request: Request) -> tuple[SlackService, bytes]:
    service: SlackService | None = request.app.state.slack
    if service is None:
        raise HTTPException(404, texts.NOT_FOUND)
    body = await request.body()
    if not is_signed(SignatureVerifier(service.config.signing_secret), body, dict(request.headers)):
        raise HTTPException(401, texts.NOT_ADMITTED)
    return service, body


async def _signed_json(request: Request) -> tuple[SlackService, dict[str, Any]]:
    service, body = await _signed(request)
    return service, _object(body)


async def _signed_form(request: Request) -> tuple[SlackService, dict[str, str]]:
    service, body = await _signed(request)
    return service, dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _object(text: str | bytes) -> dict[str, Any]:
    """The object in `text`; HTTPException 400 where there is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise HTTPException(400, texts.NOT_JSON)
    return document


async def _keep(request: Request, service: SlackService, take: Callable[[Any], bool], what: Any) -> None:
    """Keep what is new and for us; HTTPException 503 where it could not be kept."""
    try:
        is_new = await service.keep(take, what)
    except sqlite3.Error as error:
        logger.error("what Slack sent could not be kept: %s", error)
        raise HTTPException(503, texts.FAILED) from error
    if not is_new and request.headers.get("x-slack-retry-num"):
        request.app.state.front.metrics.turns.labels(CHANNEL, "again").inc()


def _shown(text: str) -> Response:
    return JSONResponse({"response_type": "ephemeral", "text": escape(text)})
