"""One POST to a callback address of Kakao's: never to another host, never a second time, no redirect followed."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import aiohttp
from yarl import URL

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 20_000
REFUSING = frozenset({"FAIL", "ERROR"})
"""What Kakao's answer says under `status` where it did not take the response."""


class Callbacks:
    """Sends responses; close it in the end. No proxy of the environment is used."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, address: URL, response: dict[str, Any]) -> bool:
        """Whether Kakao took `response`; False too where that is not known."""
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.post(address, json=response, timeout=self._timeout, allow_redirects=False) as answer:
                body = await answer.content.read(MAX_ANSWER_BYTES)
                if 200 <= answer.status < 300 and _status(body) not in REFUSING:
                    return True
                logger.error("Kakao did not take a callback: status %d %s", answer.status, _status(body))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            logger.error("a callback did not arrive: %s", type(error).__name__)
        return False

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _status(body: bytes) -> str:
    """What the answer's `status` says, in capitals; empty where it says none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    status = document.get("status") if isinstance(document, dict) else None
    return status.upper()[:20] if isinstance(status, str) else ""
