"""Rasa's REST channel at `/webhooks/rest/webhook`, guarded (see `bot.channels.guard`).

A request without `sender` gets a conversation of its own instead of sharing one named "default".
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint
from sanic.request import Request

from bot.channels.guard import guarded
from bot.settings import Settings

MAX_SENDER_CHARACTERS = 200
MAX_CHANNEL_CHARACTERS = 40


class GuardedRest(RestInput):
    """REST in and out: `{"sender", "message"}` to a list of messages, never an empty one."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        return super().blueprint(guarded(on_new_message, Settings.load().max_message_characters))

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


def _body(request: Request) -> dict[str, Any]:
    return request.json if isinstance(request.json, dict) else {}
