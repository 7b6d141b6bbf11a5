"""Rasa's REST channel at `/webhooks/rest/webhook`, guarded (see `bot.channels.guard`).

A request without `sender` gets a conversation of its own instead of sharing one named "default".

While a human has the conversation a turn may say nothing (`custom["daedap_handover"]` tells the state). What an agent
says comes with the customer's next turn, or is fetched:

    GET /webhooks/rest/messages?sender=S&after=ID    messages with their ids; those up to ID have arrived

Who fetches says so with `"metadata": {"fetches": true}`, so that no turn brings the same again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.guard import guarded
from bot.channels.rasa_messages import bubbles_of
from bot.handover.delivery import Deliveries, open_deliveries
from bot.settings import Settings
from bot.storage.outbox import open_outbox
from bot.storage.turns import TurnLog

logger = logging.getLogger(__name__)

MAX_SENDER_CHARACTERS = 200
MAX_CHANNEL_CHARACTERS = 40


class GuardedRest(RestInput):
    """REST in and out: `{"sender", "message"}` to a list of messages, never an empty one."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        settings = Settings.load()
        log = TurnLog(open_outbox(settings.database_url))
        blueprint = super().blueprint(guarded(on_new_message, settings.max_message_characters, log))

        @blueprint.route("/messages", methods=["GET"])
        async def messages(request: Request) -> HTTPResponse:
            sender, after = request.args.get("sender", ""), request.args.get("after", "0")
            if not sender or not (after.isascii() and after.isdigit() and len(after) < 16):
                return json({"error": "sender, and after as a number, are needed"}, status=400)
            try:
                bubbles = await asyncio.to_thread(fetch, open_deliveries, self.name(), sender, int(after))
            except Exception:  # nothing is lost: the customer asks again
                logger.exception("an agent's words could not be fetched")
                return json({"error": "try again"}, status=503, headers={"Retry-After": "5"})
            return json(bubbles)

        return blueprint

    async def _extract_sender(self, req: Request) -> str:
        sender = _body(req).get("sender")
        return str(sender)[:MAX_SENDER_CHARACTERS] if sender else uuid.uuid4().hex

    def _extract_message(self, req: Request) -> str:
        message = _body(req).get("message")
        return message if isinstance(message, str) else ""

    def _extract_input_channel(self, req: Request) -> str:
        channel = _body(req).get("input_channel")
        return channel[:MAX_CHANNEL_CHARACTERS] if channel and isinstance(channel, str) else self.name()

    def get_metadata(self, request: Request) -> dict[str, Any] | None:
        metadata = _body(request).get("metadata")
        return metadata if isinstance(metadata, dict) else None


def fetch(find: Callable[[], Deliveries | None], channel: str, sender: str, after: int) -> list[dict[str, Any]]:
    """What is on its way to `sender` behind the message `after`, each bubble with its `id`; up to `after` it has arrived."""
    deliveries = find()
    if deliveries is None:
        return []
    bubbles = []
    for one in deliveries.undelivered(channel=channel, recipient=sender):
        if one.id <= after:
            deliveries.mark_delivered(one.id)
        else:
            bubbles += [{"id": one.id, **bubble} for bubble in bubbles_of(one.message, sender)]
    return bubbles


def _body(request: Request) -> dict[str, Any]:
    return request.json if isinstance(request.json, dict) else {}
