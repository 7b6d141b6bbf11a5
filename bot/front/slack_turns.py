"""What customers say in Slack, answered from the inbox: one turn after another in each conversation.

A message is taken from the inbox by one process, asked of the bot, and its answer put into the outbox in the
transaction in which the message leaves the inbox. Where the bot is only being started, the message waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bot.channels.slack import Commanded, Pressed, Said
from bot.channels.slack_blocks import documents_of, with_choice
from bot.front import texts
from bot.front.metrics import Metrics
from bot.front.slack_inbox import Came
from bot.front.slack_outbox import HOOK, POST, UPDATE, ToSay
from bot.front.upstream import AwayError, Upstream
from bot.message import Message

logger = logging.getLogger(__name__)

CHANNEL = "slack"
START_PATIENCE_S = 90.0
"""So long a message waits for a bot that is being started."""
START_PAUSE_S = 2.0
MAX_CLAIMS = 3
"""A message whose processes died so often is answered with a sentence instead."""
MAX_HOOKED = 4
"""Of five uses of a response_url one is for the choice that is shown."""


class NotYetError(RuntimeError):
    """The message should wait for a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not within {seconds} s")
        self.seconds = seconds


class CustomerTurns:
    """Answers customers' messages; `patience_s` is how long an answer is tried to be said."""

    def __init__(
        self, upstream: Upstream, metrics: Metrics, patience_s: float, public_url: str | None, clock: Callable[[], float]
    ) -> None:
        self._upstream = upstream
        self._metrics = metrics
        self._patience_s = patience_s
        self._public_url = public_url
        self._clock = clock

    async def answer(self, came: Came) -> list[ToSay]:
        """What is to be said for a message; NotYetError where the bot is not there yet."""
        documents = []
        for reply in await self._replies(came):
            documents += documents_of(reply, self._public_url)
        return [self._to_say(came, number, document) for number, document in enumerate(documents)]

    async def _replies(self, came: Came) -> tuple[Message, ...]:
        if came.claims > MAX_CLAIMS:
            logger.error("a message from Slack could not be answered %d times", MAX_CLAIMS)
            return (Message(texts.FAILED),)
        started, outcome = time.perf_counter(), "answered"
        try:
            replies = await self._upstream.say(came.document["text"], came.conversation, CHANNEL)
        except AwayError as error:
            if _nobody_listens(error) and self._clock() - came.came_at < START_PATIENCE_S:
                raise NotYetError(START_PAUSE_S) from error
            logger.error("the bot did not answer: %s", error)
            outcome, replies = "away", (Message(texts.AWAY),)
        except asyncio.CancelledError:
            raise
        except Exception:  # the customer hears of it, the log has the rest
            logger.exception("a turn failed")
            outcome, replies = "failed", (Message(texts.FAILED),)
        self._metrics.turns.labels(CHANNEL, outcome).inc()
        self._metrics.seconds.labels("turn").observe(time.perf_counter() - started)
        for reply in replies:
            self._metrics.count_answer(reply.answer)
        return replies

    def _to_say(self, came: Came, number: int, document: dict[str, Any]) -> ToSay:
        key, where = f"answer-{came.id}-{number}", came.document
        if where.get("response_url") and number < MAX_HOOKED:
            body = document | {"response_type": "ephemeral", "replace_original": False}
            hooked = {"url": where["response_url"], "body": body, "user": where["user"]}
            return ToSay(key, where["user"], HOOK, hooked, self._patience_s)
        channel = where["user"] if where.get("response_url") else where["channel"]
        return post(key, channel, where.get("thread"), document, self._patience_s)


def post(key: str, channel: str, thread: str | None, document: dict[str, Any], patience_s: float) -> ToSay:
    """A message for `channel`, in `thread` where it is one."""
    posted = document | {"channel": channel, "unfurl_links": False, "unfurl_media": False}
    return ToSay(key, channel, POST, posted | ({"thread_ts": thread} if thread else {}), patience_s)


def document_of_said(said: Said) -> dict[str, Any]:
    """A customer's message as the inbox keeps it."""
    return {"kind": "customer", "text": said.text, "channel": said.channel, "thread": said.answer_thread, "user": said.user}


def document_of_pressed(pressed: Pressed) -> dict[str, Any]:
    """A customer's choice as the inbox keeps it."""
    kept = {"kind": "customer", "text": pressed.value, "channel": pressed.channel, "thread": pressed.answer_thread}
    return kept | {"user": pressed.user} | ({"response_url": pressed.response_url} if pressed.is_ephemeral else {})


def document_of_command(command: Commanded) -> dict[str, Any]:
    """A command as the inbox keeps it."""
    kept = {"kind": "customer", "text": command.text, "channel": command.channel, "thread": None, "user": command.user}
    return kept | {"response_url": command.response_url}


def shown_choice(pressed: Pressed, patience_s: float) -> ToSay:
    """The message whose button was pressed, without its buttons and with what was chosen."""
    blocks = with_choice(pressed.blocks, pressed.title, None if pressed.is_private else pressed.user)
    key, shown = f"choice-{pressed.channel}-{pressed.ts}", {"text": pressed.message_text, "blocks": blocks}
    if pressed.is_ephemeral:
        hooked = {"url": pressed.response_url, "body": shown | {"replace_original": True}}
        return ToSay(key, pressed.user, HOOK, hooked, patience_s)
    return ToSay(key, pressed.channel, UPDATE, shown | {"channel": pressed.channel, "ts": pressed.ts}, patience_s)


def _nobody_listens(error: AwayError) -> bool:
    return isinstance(error.__cause__, aiohttp.ClientConnectorError)
