"""A front over a bot made by hand, as a process of its own: what `kakao_platform.py` talks with, and may kill.

The bot answers `묻기 #7` with `답 =7=`, at once, or after some seconds where the question says `느린`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
import time
import zlib
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bot.front.app import create_app
from bot.front.config import FrontConfig
from bot.front.kakao_config import KakaoConfig
from bot.front.kakao_hosts import CallbackHosts
from bot.front.upstream import Upstream
from bot.message import Button, Message
from bot.settings import Settings

NUMBER = re.compile(r"#(\d+)")


class HandmadeBot(Upstream):
    """Answers by number; slow ones take between `slow_s` seconds, the same time for the same question."""

    def __init__(self, slow_s: tuple[float, float], fast_s: float) -> None:
        super().__init__("http://127.0.0.1:9", "http://127.0.0.1:9", 30.0)
        self.slow_s = slow_s
        self.fast_s = fast_s

    async def say(self, text: str, sender: str, channel: str = "web") -> tuple[Message, ...]:
        low, high = self.slow_s
        share = zlib.crc32(text.encode()) / 2**32
        await asyncio.sleep(low + share * (high - low) if "느린" in text else self.fast_s)
        number = NUMBER.search(text)
        answer = f"답 ={number.group(1)}=." if number else "네."
        return (Message(answer + " 자세한 설명이에요." * 20, buttons=(Button("상담원 연결", "/human"),)),)

    async def ready(self) -> dict[str, bool]:
        return {"rasa": True, "answers": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--answer-within", type=float, default=KakaoConfig.answer_within_s)
    parser.add_argument("--callback-within", type=float, default=KakaoConfig.callback_within_s)
    parser.add_argument("--slow", type=float, nargs=2, default=(6.0, 20.0), metavar=("FROM", "TO"))
    parser.add_argument("--fast", type=float, default=0.3)
    asked = parser.parse_args()
    kakao = KakaoConfig(
        callback_hosts=CallbackHosts(("127.0.0.1",)),
        answer_within_s=asked.answer_within,
        callback_within_s=asked.callback_within,
    )
    settings = Settings(database_url=f"sqlite:///{asked.data / 'daedap.db'}")
    app = create_app(
        FrontConfig(conversations=asked.data / "web.db"), HandmadeBot(tuple(asked.slow), asked.fast), settings, kakao
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(app, asked.port))


async def serve(app: Starlette, port: int) -> None:
    """Serves until stopped; says then how long this process was kept from working at most."""
    lag = Lag()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_level="warning", ws="none")
    try:
        await uvicorn.Server(config).serve()
    finally:
        print(f"longest lag of the front: {lag.longest_s:.3f} s", file=sys.stderr)


class Lag:
    """How much later than asked for the event loop came back at most."""

    STEP_S = 0.02

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            started = time.monotonic()
            await asyncio.sleep(self.STEP_S)
            self.longest_s = max(self.longest_s, time.monotonic() - started - self.STEP_S)


if __name__ == "__main__":
    main()
