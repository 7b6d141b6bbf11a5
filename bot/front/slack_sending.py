"""What is in the outbox, said: by Slack's Web API, in order, once, at the speed Slack allows.

A 429 is waited for as long as its Retry-After says, by every process. Where nobody answered, it is tried again. Where
it is not known whether Slack took a message (the connection broke, the process died), the channel is asked for
the message's mark before it is said again. Slack may show a message it once took later than it was asked; two
requests can then both come through, and nothing that Slack documents forbids it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.front.slack_outbox import HOOK, POST, Outbox, Saying

logger = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
DEFAULT_WAIT_S = 30.0
MAX_WAIT_S = 600.0
LOOK_BACK_S = 600.0
"""Slack's clock and this machine's differ by less: its signatures would not hold otherwise."""
LOOKED_AT = 100
CONNECTION_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
MAY_HAVE_WORKED = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
PASSING = frozenset({"team_added_to_org", "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
"""Errors that somebody may set right within the patience of a message."""
WRONG_BLOCKS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch", "invalid_attachments"}
)
NOT_IN = frozenset({"not_in_channel", "channel_not_found", "missing_scope", "no_permission"})
"""An administrator can set these right; worth waiting for where the message can wait."""


class Outcome(Enum):
    """How one try went."""

    SAID = "said"
    AGAIN = "again"
    LIMITED = "limited"
    WRONG_BLOCKS = "wrong blocks"
    REFUSED = "refused"


@dataclass(frozen=True)
class Tried:
    """One try: `ts` where it was said, `wait_s` where Slack wants that, `is_uncertain` where it may have been said."""

    outcome: Outcome
    ts: str | None = None
    wait_s: float = 0.0
    is_uncertain: bool = False
    why: str = ""


class Sending:
    """Says what is in `outbox` with the token of one workspace; close it in the end."""

    def __init__(self, outbox: Outbox, token: str, api_url: str) -> None:
        self.outbox = outbox
        self._token = token
        self._api_url = api_url
        self._http: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    @property
    def client(self) -> AsyncWebClient:
        """Slack's Web API; nothing is tried again by itself, and proxies are taken from the environment by aiohttp."""
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
            self._http = aiohttp.ClientSession(timeout=timeout, trust_env=True)
            self._client = AsyncWebClient(self._token, self._api_url, session=self._http, retry_handlers=[])
            self._client.proxy = None
        return self._client

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def say(self, saying: Saying) -> None:
        """Try to say what was claimed, and note how that went."""
        try:
            tried = await self._say(saying)
        except Exception as error:  # what nobody foresaw is tried again, never dropped silently
            logger.exception("something could not be said in Slack")
            tried = Tried(Outcome.AGAIN, why=type(error).__name__, is_uncertain=True)
        await asyncio.to_thread(self._settle, saying, tried)

    async def _say(self, saying: Saying) -> Tried:
        if saying.is_uncertain and saying.method == POST:
            ts = await self._find(saying)
            if isinstance(ts, Tried):
                return ts
            if ts is not None:
                return Tried(Outcome.SAID, ts)
        if saying.method == HOOK:
            return await self._hook(saying.document["url"], saying.document["body"])
        return await self._call(saying.method, saying.document)

    async def _call(self, method: str, document: dict[str, Any]) -> Tried:
        try:
            answer = await self.client.api_call(method, json=document)
        except SlackApiError as error:
            return tried_of(error)
        except aiohttp.ClientConnectorError as error:
            return Tried(Outcome.AGAIN, why=type(error).__name__)
        except (SlackClientError, *CONNECTION_ERRORS, AttributeError) as error:  # AttributeError: an answer that is no object
            return Tried(Outcome.AGAIN, is_uncertain=True, why=type(error).__name__)
        return Tried(Outcome.SAID, answer.get("ts") or answer.get("message_ts"))

    async def _hook(self, url: str, body: dict[str, Any]) -> Tried:
        """A response_url: it may be used five times within half an hour, and nobody can ask it what it took."""
        _ = self.client
        try:
            async with self._http.post(url, json=body, allow_redirects=False) as answer:
                status, headers, said = answer.status, answer.headers, (await answer.text())[:100]
        except CONNECTION_ERRORS as error:
            return Tried(Outcome.AGAIN, why=type(error).__name__)
        if status == 429:
            return Tried(Outcome.LIMITED, wait_s=retry_after(headers.get("Retry-After")))
        if status >= 500:
            return Tried(Outcome.AGAIN, why=f"status {status}")
        if status != 200:
            return Tried(Outcome.WRONG_BLOCKS if "blocks" in said else Outcome.REFUSED, why=f"status {status} {said}")
        return Tried(Outcome.SAID)

    async def _find(self, saying: Saying) -> str | None | Tried:
        """The ts of a message that may have been said, None where it was not; how it went where Slack cannot be asked."""
        mark = saying.document["metadata"]["event_payload"]["mark"]
        channel, thread = saying.document["channel"], saying.document.get("thread_ts")
        asked: dict[str, Any] = {"oldest": f"{saying.put_at - LOOK_BACK_S:.6f}", "limit": LOOKED_AT, "include_all_metadata": True}
        try:
            if channel.startswith(("U", "W")):
                opened = await self.client.conversations_open(users=channel)
                channel = opened["channel"]["id"]
            while True:
                if thread:
                    page = await self.client.conversations_replies(channel=channel, ts=thread, **asked)
                else:
                    page = await self.client.conversations_history(channel=channel, **asked)
                for message in page.get("messages") or []:
                    if ((message.get("metadata") or {}).get("event_payload") or {}).get("mark") == mark:
                        return message["ts"]
                cursor = (page.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    return None
                asked["cursor"] = cursor
        except SlackApiError as error:
            tried = tried_of(error)
            if tried.outcome is Outcome.REFUSED:
                logger.error("Slack does not let a channel be read (%s); a message is said again unasked", tried.why)
                return None
            return Tried(tried.outcome, wait_s=tried.wait_s, is_uncertain=True, why=tried.why)
        except (SlackClientError, *CONNECTION_ERRORS, AttributeError, KeyError, TypeError) as error:
            return Tried(Outcome.AGAIN, is_uncertain=True, why=type(error).__name__)

    def _settle(self, saying: Saying, tried: Tried) -> None:
        if tried.outcome is Outcome.SAID:
            self.outbox.said(saying, tried.ts)
        elif tried.outcome is Outcome.LIMITED:
            logger.warning("Slack wants %.0f s of silence before %s", tried.wait_s, saying.method)
            self.outbox.wait(saying, tried.wait_s, tried.is_uncertain)
        elif tried.outcome is Outcome.WRONG_BLOCKS and (saying.document.get("body") or saying.document).get("blocks"):
            logger.error("Slack refused blocks (%s); the text alone is said", tried.why)
            self.outbox.change(saying, saying.method, saying.lane, without_blocks(saying.document))
        elif tried.outcome is Outcome.REFUSED and saying.method == HOOK and saying.document.get("user"):
            self.outbox.change(saying, POST, saying.document["user"], as_direct_message(saying.document))
        elif tried.outcome is Outcome.REFUSED and not (tried.why in NOT_IN and saying.is_patient):
            logger.error("Slack refused %s: %s", saying.method, tried.why)
            self.outbox.lose(saying, tried.why)
        elif not self.outbox.again(saying, tried.why, tried.is_uncertain):
            logger.error("given up after %d tries to say something in Slack: %s", saying.attempts + 1, tried.why)


def tried_of(error: SlackApiError) -> Tried:
    """What an error of Slack's means."""
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    name = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or name in ("ratelimited", "rate_limited"):
        return Tried(Outcome.LIMITED, wait_s=retry_after(headers.get("Retry-After")))
    if status >= 500 or name in MAY_HAVE_WORKED or not name:
        return Tried(Outcome.AGAIN, is_uncertain=True, why=name or f"status {status}")
    if name in PASSING:
        return Tried(Outcome.AGAIN, why=name)
    return Tried(Outcome.WRONG_BLOCKS if name in WRONG_BLOCKS else Outcome.REFUSED, why=name)


def retry_after(value: str | None) -> float:
    """The seconds of a Retry-After header, within reason."""
    try:
        return min(max(float(value or DEFAULT_WAIT_S), 1.0), MAX_WAIT_S)
    except ValueError:
        return DEFAULT_WAIT_S


def without_blocks(document: dict[str, Any]) -> dict[str, Any]:
    """What is said where Slack takes no blocks."""
    if "body" in document:
        return document | {"body": {name: value for name, value in document["body"].items() if name != "blocks"}}
    return {name: value for name, value in document.items() if name != "blocks"} | ({"blocks": []} if "ts" in document else {})


def as_direct_message(document: dict[str, Any]) -> dict[str, Any]:
    """What stood for a response_url, as a direct message to who would have seen it."""
    body = document["body"]
    kept = {name: body[name] for name in ("text", "blocks") if name in body}
    return kept | {"channel": document["user"], "unfurl_links": False, "unfurl_media": False}
