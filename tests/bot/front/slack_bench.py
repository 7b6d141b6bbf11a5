"""A Slack service over the stand-in of Slack, with a clock that tests move and a bot that says what it is told."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from bot.front.metrics import Metrics
from bot.front.slack_config import SlackConfig
from bot.front.slack_service import SlackService
from bot.front.slack_store import FILE, SlackStore
from bot.message import Message
from tests.bot.front.slack_stand_in import SECRET, TOKEN, SlackStandIn


class Clock:
    """Time that stands still until it is moved; it begins now, as the stand-in's ts do."""

    def __init__(self) -> None:
        self.now = self.start = time.time()

    def __call__(self) -> float:
        return self.now


@dataclass
class Echo:
    """A bot that says back what it is told; notes it. `failures` are raised first."""

    told: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    replies: tuple[Message, ...] | None = None

    async def say(self, text, sender, channel="web"):
        self.told.append((text, sender, channel))
        if self.failures:
            raise self.failures.pop(0)
        return self.replies if self.replies is not None else (Message(f"답: {text}"),)

    async def close(self):
        pass


def config_of(slack: SlackStandIn, **more) -> SlackConfig:
    return SlackConfig(TOKEN, SECRET, api_url=slack.api_url, **more)


class Bench:
    """One process's service, worked by hand: `settle` does all that can be done at the clock's time."""

    def __init__(self, slack: SlackStandIn, folder, bot=None, clock=None, make_team=None, **settings) -> None:
        self.slack, self.folder = slack, folder
        self.clock = clock or Clock()
        self.bot = bot or Echo()
        config = config_of(slack, **settings)
        self.service = SlackService(config, SlackStore(folder / FILE, self.clock), self.bot, Metrics(), None, make_team)

    def settle(self) -> None:
        async def work():
            try:
                while await self.service.answering.drain() + await self.service.saying.drain():
                    pass
            finally:
                await self.service.sending.close()
                self.service.sending._client = self.service.sending._http = None

        asyncio.run(work())

    def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Move the clock in steps and do what can be done after each."""
        for _ in range(round(seconds / step)):
            self.clock.now += step
            self.settle()
