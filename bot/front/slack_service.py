"""Slack as one front serves it: what came is kept, answered and said in the background, beside other fronts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.channels.slack import Commanded, Pressed, Said
from bot.channels.slack_blocks import CHOICE, escape
from bot.front.metrics import Metrics
from bot.front.slack_config import SlackConfig
from bot.front.slack_inbox import Came, Inbox, Places, Where
from bot.front.slack_outbox import WHISPER, Outbox, ToSay
from bot.front.slack_people import People
from bot.front.slack_pump import Pump
from bot.front.slack_roots import ACTIONS
from bot.front.slack_sending import Sending
from bot.front.slack_store import SlackStore
from bot.front.slack_team import Team
from bot.front.slack_turns import (
    CustomerTurns,
    NotYetError,
    document_of_command,
    document_of_pressed,
    document_of_said,
    shown_choice,
)
from bot.front.upstream import Upstream

logger = logging.getLogger(__name__)

AT_ONCE = 8
TEAM_PAUSE_S = 1.0
PAUSE_AWAY_S = 10.0
PRUNE_S = 3_600.0
TEAM_PATIENCE_S = 3_600.0
"""So long the database may be away before a reply of the team is dropped."""
TEAM_RETRY_S = 5.0
NOTE = "//"
"""A reply in a hand-over's thread that begins so is for the team alone."""

DOORKEEPERS = 2

What = TypeVar("What", Said, Pressed, Commanded)
TeamMaker = Callable[[Outbox, Places], Team]


class SlackService:
    """One process's part in serving one workspace. Where nobody takes over there is no `make_team`."""

    def __init__(
        self,
        config: SlackConfig,
        store: SlackStore,
        upstream: Upstream,
        metrics: Metrics,
        public_url: str | None = None,
        make_team: TeamMaker | None = None,
    ) -> None:
        self.config = config
        self.store = store
        self.patience_s = 60.0 * config.patience_minutes
        self.inbox, self.outbox, self.places = Inbox(store), Outbox(store), Places(store)
        self.team = make_team(self.outbox, self.places) if make_team else None
        self.sending = Sending(self.outbox, config.token, config.api_url)
        self.people = People(store, self.sending)
        self._turns = CustomerTurns(upstream, metrics, self.patience_s, public_url, store.clock)
        self.answering = Pump("Slack turns", self.inbox.claim, self.work, AT_ONCE)
        self.saying = Pump("Slack messages", self.outbox.claim, self.sending.say, AT_ONCE)
        self._rounds: list[asyncio.Task] = []
        self._doorkeepers = ThreadPoolExecutor(DOORKEEPERS, "slack intake")

    def start(self) -> None:
        """Begin to work in the background of the running event loop."""
        self.answering.start()
        self.saying.start()
        self._rounds = [asyncio.create_task(self._rounds_of(self._prune, PRUNE_S))]
        if self.team is not None:
            self._rounds.append(asyncio.create_task(self._rounds_of(self.look_round, TEAM_PAUSE_S)))

    async def stop(self) -> None:
        """End what is under way; what was not done lies in the file for the next process."""
        for task in self._rounds:
            task.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        await self.answering.stop()
        await self.saying.stop()
        await self.sending.close()
        self._doorkeepers.shutdown()
        self.store.close()

    async def keep(self, take: Callable[[What], bool], what: What) -> bool:
        """`take(what)` (hear, press or command), whatever else the process's threads wait for: Slack waits for this."""
        is_new = await asyncio.get_running_loop().run_in_executor(self._doorkeepers, take, what)
        if is_new:
            self.saying.wake()
            self.answering.wake()
        return is_new

    def hear(self, said: Said) -> bool:
        """Keep a message where it is for us; False where it is not, or came before. Blocks."""
        number = self._handover_of(said)
        if number is not None:
            document = {"kind": "reply", "handover": number, "text": said.text, "user": said.user}
            return self.inbox.take(said.keys, f"handover-{number}", document | {"ts": said.ts, "thread": said.thread})
        if not (said.to_us or self._follows(said)):
            return False
        where = Where(said.channel, said.answer_thread, said.user)
        return self.inbox.take(said.keys, said.sender, document_of_said(said), where=where)

    def press(self, pressed: Pressed) -> bool:
        """Keep a pressed button, a customer's or the team's; False for others', and for a second choice. Blocks."""
        if pressed.action.startswith(f"{CHOICE}:") and (pressed.response_url or not pressed.is_ephemeral):
            where = Where(pressed.user if pressed.is_ephemeral else pressed.channel, pressed.answer_thread, pressed.user)
            says = [shown_choice(pressed, self.patience_s)]
            return self.inbox.take(pressed.keys, pressed.sender, document_of_pressed(pressed), says, where)
        is_ours = self.team is not None and pressed.channel == self.team.channel and pressed.action in ACTIONS
        if not is_ours or not pressed.value.isdecimal():
            return False
        document = {"kind": "action", "handover": int(pressed.value), "action": pressed.action, "thread": pressed.ts}
        document |= {"user": pressed.user, "name": pressed.user_name}
        return self.inbox.take(pressed.keys, f"handover-{pressed.value}", document)

    def command(self, command: Commanded) -> bool:
        """Keep a slash command; False where it came before. Blocks."""
        where = Where(command.user, None, command.user)
        return self.inbox.take(command.keys, command.sender, document_of_command(command), where=where)

    async def work(self, came: Came) -> None:
        """Answer what was claimed, and put what is to be said for it into the outbox."""
        try:
            says = await (self._turns.answer(came) if came.document["kind"] == "customer" else self._help_team(came))
        except NotYetError as error:
            await asyncio.to_thread(self.inbox.postpone, came, error.seconds)
            return
        await asyncio.to_thread(self.inbox.finish, came, says)
        self.saying.wake()

    async def look_round(self) -> None:
        """Bring agents' words to customers, and show the team what is new."""
        if self.team is not None and await asyncio.to_thread(self.team.look_round):
            self.saying.wake()

    async def _help_team(self, came: Came) -> list[ToSay]:
        """Do what an agent wants, and tell him where it could not be done."""
        asked = came.document
        try:
            agent = await self.people.name_of(asked["user"], asked.get("name"))
            if asked["kind"] == "action":
                refused = await asyncio.to_thread(self.team.act, asked["handover"], asked["action"], agent)
            else:
                refused = await asyncio.to_thread(self.team.say, asked["handover"], agent, asked["text"], asked["ts"])
        except Exception as error:
            logger.exception("an agent's wish could not be done")
            if self.store.clock() - came.came_at < TEAM_PATIENCE_S:
                raise NotYetError(TEAM_RETRY_S) from error
            return []
        if refused is None:
            return []
        document = {"channel": self.team.channel, "user": asked["user"], "thread_ts": asked["thread"], "text": escape(refused)}
        return [ToSay(f"whisper-{came.id}", self.team.channel, WHISPER, document, self.patience_s)]

    def _handover_of(self, said: Said) -> int | None:
        """The hand-over that a reply in the team's channel belongs to; None where the reply is not for its customer."""
        if self.team is None or said.channel != self.team.channel or said.thread is None or said.to_us:
            return None
        if not said.text or said.text.startswith(NOTE):
            return None
        return self.team.handover_at(said.thread)

    def _follows(self, said: Said) -> bool:
        """Whether who asked in a thread goes on there, without naming anybody else."""
        if not self.config.follow_threads or said.thread is None or said.to_others:
            return False
        where = self.places.of(said.sender)
        return where is not None and where.user == said.user

    async def _prune(self) -> None:
        await asyncio.to_thread(self.store.prune)

    async def _rounds_of(self, work: Callable, pause_s: float) -> None:
        while True:
            try:
                await work()
                await asyncio.sleep(pause_s)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # the database may be away for a while
                logger.error("a round of Slack's failed: %s", error)
                await asyncio.sleep(PAUSE_AWAY_S)
