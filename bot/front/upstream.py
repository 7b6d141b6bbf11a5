"""The two servers behind the front, both on loopback: Rasa, which talks, and the action server, which answers.

Every call has an end. AwayError says that nobody answered; what they refuse comes back as RefusedError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import aiohttp

from bot.channels.rasa_messages import in_handover, messages_of
from bot.front.turnstile import BusyError, Turnstile
from bot.message import Message

TURNS_AT_ONCE = 8
PATIENCE_S = 120.0
"""So long a turn waits for its time, where its channel can show an answer that comes late."""
REST_TURN = ("POST", "rest/webhook")
ASK_TIMEOUT_S = 15.0
PROBE_TIMEOUT_S = 2.0
MAX_WEBHOOK_ANSWER_BYTES = 4_000_000
PASSED_BACK = ("content-type", "cache-control", "retry-after")


class AwayError(RuntimeError):
    """A server behind the front did not answer."""


class RefusedError(ValueError):
    """The action server said what was wrong with the question."""


class Upstream:
    """Calls to Rasa at `rasa_url` and the action server at `action_url`; close it in the end.

    At most `turns_at_once` turns are with the bot; each has `answer_timeout_s` from the moment its time has come.
    """

    def __init__(self, rasa_url: str, action_url: str, answer_timeout_s: float, turns_at_once: int = TURNS_AT_ONCE) -> None:
        self.rasa_url = rasa_url
        self.action_url = action_url
        self.answer_timeout_s = answer_timeout_s
        self.turnstile = Turnstile(turns_at_once)
        self._session: aiohttp.ClientSession | None = None

    async def say(self, text: str, sender: str, channel: str = "web") -> tuple[Message, ...]:
        """The bot's replies to `text` in the conversation of `sender`; none where a human has the conversation."""
        body = {"sender": sender, "message": text, "input_channel": channel}
        try:
            async with self.turnstile.turn(PATIENCE_S):
                status, document = await self._post(f"{self.rasa_url}/webhooks/rest/webhook", body, self.answer_timeout_s)
        except BusyError as error:
            raise AwayError(str(error)) from error
        if status != 200:
            raise AwayError(f"Rasa answered with status {status}")
        try:
            replies, is_meant = messages_of(document), in_handover(document)
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise AwayError("Rasa answered with something else than messages") from error
        if not replies and not is_meant:
            raise AwayError("Rasa answered with nothing")
        return replies

    async def door(self, name: str, **asked: Any) -> dict[str, Any]:
        """What the action server's door `name` says (see `bot.answer_doors`)."""
        status, document = await self._post(f"{self.action_url}/{name}", asked, ASK_TIMEOUT_S)
        if status == 400 and isinstance(document, dict):
            raise RefusedError(str(document.get("error")))
        if status != 200 or not isinstance(document, dict):
            raise AwayError(f"the action server answered with status {status}")
        return document

    async def ready(self) -> dict[str, bool]:
        """Which of the two can answer."""
        rasa, action = await asyncio.gather(
            self._probe(f"{self.rasa_url}/webhooks/rest/"), self._probe(f"{self.action_url}/ready")
        )
        return {"rasa": rasa, "answers": action}

    async def webhook(
        self, method: str, path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        """A channel's webhook as Rasa answers it: status, body, headers that may be passed back."""
        url = f"{self.rasa_url}/webhooks/{path}" + (f"?{query}" if query else "")
        timeout = aiohttp.ClientTimeout(total=self.answer_timeout_s)
        place = self.turnstile.turn(self.answer_timeout_s) if (method, path) == REST_TURN else nullcontext()
        try:
            async with place, self._client().request(
                method, url, data=body, headers=list(headers), timeout=timeout, allow_redirects=False
            ) as response:
                answer = await response.content.read(MAX_WEBHOOK_ANSWER_BYTES)
                kept = {name: response.headers[name] for name in PASSED_BACK if name in response.headers}
                return response.status, answer, kept
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, BusyError) as error:
            raise AwayError(type(error).__name__) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, url: str, body: dict[str, Any], timeout_s: float) -> tuple[int, Any]:
        try:
            async with self._client().post(url, json=body, timeout=aiohttp.ClientTimeout(total=timeout_s)) as response:
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            raise AwayError(type(error).__name__) from error

    async def _probe(self, url: str) -> bool:
        try:
            async with self._client().get(url, timeout=aiohttp.ClientTimeout(total=PROBE_TIMEOUT_S)) as response:
                return response.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            return False

    def _client(self) -> aiohttp.ClientSession:
        """One session of this event loop; it asks no proxy, for both servers are on this machine."""
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False, connector=aiohttp.TCPConnector(limit=200))
        return self._session
