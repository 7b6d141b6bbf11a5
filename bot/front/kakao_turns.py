"""KakaoTalk's turns: each is answered within Kakao's five seconds, or its answer is kept until it can be shown.

    the bot is quick enough         the response holds the answer
    not, with a callback address    the response promises a callback, and exactly one POST brings the answer
    not, without one                the response says so, and the customer's next message brings the answer

One customer's messages reach the bot one after another, in the order they came. An answer is kept in the store
before anybody hands it out, and only one request or callback takes it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yarl import URL

from bot.channels import kakao_texts as texts
from bot.channels.kakao import Inbound
from bot.channels.kakao_cards import speech_of
from bot.channels.kakao_speech import ANSWERS, MORE, SHOW_ANSWERS, Part, Speech, lay_out, said, using_callback
from bot.front import texts as front_texts
from bot.front.kakao_callback import Callbacks
from bot.front.kakao_config import KakaoConfig
from bot.front.kakao_handover import Glance, Humans, NoHumans
from bot.front.kakao_store import KakaoStore, Ready
from bot.front.metrics import Metrics
from bot.front.upstream import AwayError, Upstream

logger = logging.getLogger(__name__)

CHANNEL = "kakao"
GLANCE_S = 0.1
"""So long the database may take to say what agents have, where the customer's time is over."""
HANDED_OUT_S = 2.0
"""A callback waits at most so long for the response that promises it to be on its way."""
START_S = 180.0
WARM_S = 10.0
ENDING_S = 3.0


@dataclass
class Reply:
    """A response, and the rows of the store that it shows."""

    response: dict[str, Any]
    ids: tuple[int, ...] = ()
    handed_out: asyncio.Event | None = None


class KakaoTurns:
    """All turns of this front; to be used from one event loop."""

    def __init__(
        self,
        store: KakaoStore,
        upstream: Upstream,
        metrics: Metrics,
        config: KakaoConfig,
        callbacks: Callbacks | None = None,
        humans: Humans | None = None,
    ) -> None:
        self.store = store
        self.config = config
        self._upstream = upstream
        self._metrics = metrics
        self._callbacks = callbacks or Callbacks()
        self._humans = humans or NoHumans()
        self._open: dict[str, dict[int, asyncio.Task]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._held: set[int] = set()
        """Turns whose answer a request or a callback is waiting to take itself."""
        self._tasks: set[asyncio.Task] = set()

    async def answer(self, inbound: Inbound, sender: str, base: str | None, until: float) -> Reply:
        """The reply to a request, by about `until` (of the event loop's clock)."""
        if inbound.shows == MORE:
            return self._read_on(sender, inbound.more)
        if inbound.shows == ANSWERS:
            await self._wait(self._open.get(sender, {}).values(), until)
            return await self._reply(sender, None, until)
        if self.store.waiting(sender) >= self.config.waiting_per_user:
            return await self._reply(sender, None, until, said(texts.TOO_MANY_WAITING))
        number = self.store.ask(sender, inbound.text, base)
        task = self._begin(number, sender, inbound.text, base)
        self._held.add(number)
        try:
            await self._wait([task], until)
            if _is_answered(task):
                return await self._reply(sender, number, until)
        finally:
            self._held.discard(number)
        address = self.config.callback_hosts.allowed(inbound.callback_url) if inbound.callback_url else None
        if address is not None:
            return self._promise(number, task, sender, address)
        self._metrics.turns.labels(CHANNEL, "late").inc()
        if inbound.user is None:  # nobody could ask for the answer
            return Reply(lay_out(said(front_texts.AWAY)).response())
        return await self._reply(sender, None, 0.0, waits=texts.SEARCHING)

    def sent(self, reply: Reply) -> None:
        """The reply is on its way."""
        self.store.shown(reply.ids)
        if reply.handed_out is not None:
            reply.handed_out.set()

    def lost(self, reply: Reply) -> None:
        """The reply reached nobody: what it showed is shown the next time."""
        self.store.give_back(reply.ids)

    def recover(self) -> None:
        """Ask again what was asked when the last front ended, once the bot can answer."""
        turns = self.store.recover()
        gate = self._background(self._until_ready()) if turns else None
        for turn in turns:
            task = self._begin(turn.id, turn.user, turn.text, turn.base, gate)
            left_s = (turn.callback_by or 0.0) - time.time()
            address = self.config.callback_hosts.allowed(turn.callback_url) if turn.callback_url and left_s > 0 else None
            if address is not None:
                self._held.add(turn.id)
                self._background(self._call_back(turn.id, task, turn.user, address, left_s, None))

    async def warm(self) -> None:
        """Open what is opened at the first question, before the first customer waits for it."""
        await self._glance("", _now() + WARM_S)

    async def finish(self) -> None:
        """Let what is under way end, for a few seconds; what does not is taken up by the next front."""
        tasks = self._tasks | {task for turns in self._open.values() for task in turns.values()}
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=ENDING_S)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await self._callbacks.close()
        self.store.close()

    def _begin(self, number: int, sender: str, text: str, base: str | None, gate: asyncio.Task | None = None) -> asyncio.Task:
        task = asyncio.create_task(self._turn(number, sender, text, base, gate))
        self._open.setdefault(sender, {})[number] = task
        return task

    async def _turn(self, number: int, sender: str, text: str, base: str | None, gate: asyncio.Task | None) -> None:
        """One turn; those of a customer follow one another."""
        try:
            async with self._locks.setdefault(sender, asyncio.Lock()):
                if gate is not None:
                    await asyncio.shield(gate)
                self.store.answer(number, await self._ask(text, sender, base))
        finally:
            turns = self._open[sender]
            del turns[number]
            if not turns:
                del self._open[sender], self._locks[sender]

    async def _ask(self, text: str, sender: str, base: str | None) -> Speech:
        started, outcome = time.perf_counter(), "answered"
        try:
            replies = await self._upstream.say(text, sender, channel=CHANNEL)
            speech = speech_of(replies, base) if replies else said(texts.HANDED_ON)
            for reply in replies:
                self._metrics.count_answer(reply.answer)
        except AwayError as error:
            logger.error("the bot did not answer: %s", error)
            outcome, speech = "away", said(front_texts.AWAY)
        except Exception:  # the customer hears of it, the log has the rest
            logger.exception("a turn failed")
            outcome, speech = "failed", said(front_texts.FAILED)
        self._metrics.turns.labels(CHANNEL, outcome).inc()
        self._metrics.seconds.labels("turn").observe(time.perf_counter() - started)
        return speech if speech.parts else said(front_texts.FAILED) + speech

    def _promise(self, number: int, task: asyncio.Task, sender: str, address: URL) -> Reply:
        """The response that promises a callback, which is sent when the answer is there."""
        left_s = self.config.callback_within_s - self.config.answer_within_s
        self.store.promise(number, str(address), left_s)
        self._held.add(number)
        reply = Reply(using_callback(texts.SEARCHING_CALLBACK), handed_out=asyncio.Event())
        self._background(self._call_back(number, task, sender, address, left_s, reply.handed_out))
        return reply

    async def _call_back(
        self, number: int, task: asyncio.Task, sender: str, address: URL, within_s: float, handed_out: asyncio.Event | None
    ) -> None:
        """Sends the answer, or after `within_s` that it is still being looked for; what Kakao does not take is kept."""
        try:
            await asyncio.wait([task], timeout=within_s)
            if handed_out is not None:
                try:
                    await asyncio.wait_for(handed_out.wait(), HANDED_OUT_S)
                except asyncio.TimeoutError:
                    logger.warning("a callback did not wait any longer for its response")
            if task.cancelled():
                return  # this front ends; the next one asks again
            if not task.done():
                self._held.discard(number)
            reply = await self._reply(sender, number, _now() + GLANCE_S)
        finally:
            self._held.discard(number)
        took = await self._callbacks.post(address, reply.response)
        self._metrics.turns.labels(CHANNEL, "called back" if took else "callback failed").inc()
        if took:
            self.sent(reply)
        else:
            self.lost(reply)

    async def _reply(
        self, sender: str, own: int | None, until: float, more: Speech | None = None, waits: str = texts.STILL_SEARCHING
    ) -> Reply:
        """All that is there for the customer, the answer of turn `own` among it; `waits` where one is missing."""
        handover = await self._note_humans(sender, until)
        found = self.store.take(sender, but=self._held - {own})
        speech = _together(found, own) + (more or Speech())
        if self._open.get(sender, {}).keys() - self._held:
            speech += said(waits, SHOW_ANSWERS)
        elif handover is not None:
            speech += Speech(quick=(SHOW_ANSWERS,)) if speech.parts else said(texts.NO_AGENT_YET, SHOW_ANSWERS)
        elif not speech.parts:
            speech = said(texts.NO_ANSWERS)
        return self._page(sender, speech, tuple(ready.id for ready in found))

    def _read_on(self, sender: str, number: int | None) -> Reply:
        """The next page of a long answer."""
        found = self.store.rest(sender, number)
        if found is None:
            return self._page(sender, said(texts.NO_MORE), ())
        self.store.read(found[0])
        return self._page(sender, found[1], ())

    def _page(self, sender: str, speech: Speech, ids: tuple[int, ...]) -> Reply:
        page = lay_out(speech)
        more = self.store.keep_rest(sender, page.rest) if page.rest else None
        return Reply(page.response(more), ids)

    async def _note_humans(self, sender: str, until: float) -> int | None:
        """Takes over what agents said; the number of the hand-over that has the conversation."""
        glance = await self._glance(sender, until)
        for words in glance.words:
            self.store.tell(sender, f"words-{words.id}", speech_of([words.message], None), words.at)
        if glance.words:
            self._background(self._note_arrived([words.id for words in glance.words]))
        if glance.handover is not None:
            self.store.tell(sender, f"handover-{glance.handover}", said(texts.NO_FIRST_WORD))
        return glance.handover

    async def _glance(self, sender: str, until: float) -> Glance:
        if isinstance(self._humans, NoHumans):
            return Glance()
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._humans.look, sender), max(until - _now(), GLANCE_S))
        except asyncio.TimeoutError:
            logger.error("the database did not say in time what agents have")
        except Exception:  # the bot's own answer is shown all the same
            logger.exception("what agents have could not be looked up")
        return Glance()

    async def _note_arrived(self, ids: Iterable[int]) -> None:
        """They lie in the store now, so a mark that fails only makes them be looked up again."""
        try:
            for number in ids:
                await asyncio.to_thread(self._humans.arrived, number)
        except Exception:
            logger.exception("an agent's words could not be marked as delivered")

    async def _until_ready(self) -> None:
        ends = _now() + START_S
        while _now() < ends and not (await self._upstream.ready()).get("rasa"):
            await asyncio.sleep(0.5)

    async def _wait(self, tasks: Iterable[asyncio.Task], until: float) -> None:
        tasks = list(tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, until - _now()))

    def _background(self, work: Any) -> asyncio.Task:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _is_answered(task: asyncio.Task) -> bool:
    """Whether a turn has ended by itself, and not because the front ends."""
    return task.done() and not task.cancelled()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _together(found: Iterable[Ready], own: int | None) -> Speech:
    """Everything in order; an answer that comes late says what it answers where it is not alone."""
    found = list(found)
    speech = Speech()
    for ready in found:
        late = bool(ready.about) and ready.id != own and len(found) > 1
        speech += _introduced(ready) if late else ready.speech
    return speech


def _introduced(ready: Ready) -> Speech:
    line, parts = texts.LATE.format(question=ready.about), ready.speech.parts
    if parts and parts[0].card is None:
        return Speech((Part(f"{line}\n{parts[0].text}"), *parts[1:]), ready.speech.quick)
    return Speech((Part(line), *parts), ready.speech.quick)
