"""A human is asked for: the customer gets into the queue (`bot.handover`), or is told how to reach one.

Where no `[human]` is configured, or the queue cannot be reached, the bot says honestly that none is here. How to
reach the company stands in its own FAQ, so it is looked up there. The question that led to this is written into the
journal, unless the bot had settled it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.action_handover_message import SLOT, utter_reply
from bot.actions.answering import AnsweringAction, channel_of, text_of
from bot.actions.replies import question_before
from bot.actions.service import AnswerService
from bot.answer import Kind
from bot.conversation.turns import answer_of, since_beginning
from bot.handover.desk import Desk, Reply, desk
from bot.handover.summary import summarize
from bot.routing import likeliest

if TYPE_CHECKING:
    from bot.cascade import Cascade

logger = logging.getLogger(__name__)

REFUSALS = frozenset({"not_helpful", "deny", "correct", "complain"})
"""Intents that say that an answer did not help."""
CONTACT_QUERY = "고객센터 전화번호와 상담 시간이 어떻게 되나요?"


class ActionHuman(AnsweringAction):
    """Hands over to a human, or tells the way to one."""

    def __init__(self, service: AnswerService | None = None, find_desk: Callable[[], Desk | None] = desk) -> None:
        super().__init__(service)
        self._find_desk = find_desk

    def name(self) -> str:
        return "action_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        question = question_before(tracker)
        is_written = question is not None and (was_unknown(tracker, question) or was_settled(tracker, question))
        channel = channel_of(tracker)
        reply = await self._receive(tracker, channel)
        if reply is not None and reply.handover_id is not None:
            utter_reply(dispatcher, reply)
            await self._look_up(None if is_written else question, channel, tracker.sender_id, wants_contact=False)
            return handed_over(tracker, reply.handover_id)
        wish = question or text_of(tracker)
        found = await self._look_up(None if is_written else wish, channel, tracker.sender_id, wants_contact=True)
        if reply is not None:
            response = "utter_handover_closed_contact" if found else "utter_handover_closed"
            dispatcher.utter_message(response=response, **reply.values, **({"contact": found} if found else {}))
        elif found:
            dispatcher.utter_message(response="utter_human_contact", contact=found)
        else:
            dispatcher.utter_message(response="utter_human")
        return []

    async def _receive(self, tracker: Tracker, channel: str) -> Reply | None:
        """What the desk says; None where there is no desk, or its queue is away."""

        def work() -> Reply | None:
            found = self._find_desk()
            if found is None:
                return None
            return found.receive(tracker.sender_id, channel, summarize(tracker.events, tracker.slots))

        try:
            return await asyncio.to_thread(work)
        except Exception:  # a human is reached without the queue as well
            logger.exception("a wish for a human could not be brought into the queue")
            return None

    async def _look_up(self, question: str | None, channel: str, sender: str, wants_contact: bool) -> str | None:
        def work(cascade: Cascade) -> str | None:
            if question:
                _write_down(cascade, question, channel, sender)
            return contact(cascade) if wants_contact else None

        try:
            return await self.service.run(work)
        except Exception:  # a human is reached without the index as well
            logger.exception("the way to a human could not be looked up")
            return None


def was_unknown(tracker: Tracker, question: str) -> bool:
    """Whether the bot said that it does not know the answer to `question`, so that it is written down already."""
    answers = (answer_of(event) for event in since_beginning(tracker.events))
    return any(answer is not None and answer.kind is Kind.NONE and answer.question == question for answer in answers)


def was_settled(tracker: Tracker, question: str) -> bool:
    """Whether `question` was answered, also by a button pressed after it, and the answer not refused since."""
    events = since_beginning(tracker.events)
    asked = [at for at, event in enumerate(events) if event.get("event") == "user" and event.get("text") == question]
    settled = False
    for event in events[asked[-1] + 1 :] if asked else ():
        if event.get("event") == "user":
            settled = settled and likeliest(event.get("parse_data") or {})[0] not in REFUSALS
        elif event.get("event") == "bot" and (answer := answer_of(event)) is not None:
            settled = settled or answer.kind in (Kind.FAQ, Kind.MANUAL)
    return settled


def handed_over(tracker: Tracker, handover_id: int) -> list[dict[str, Any]]:
    """The events after which the hand-over has the conversation; a running form is left."""
    left = [ActiveLoop(None), SlotSet("requested_slot", None)] if tracker.active_loop_name else []
    return [SlotSet(SLOT, str(handover_id)), *left]


def contact(cascade: Cascade) -> str | None:
    """What the company's FAQ says about reaching its people, or None where it says nothing sure."""
    hits = cascade.index.search_faq(CONTACT_QUERY, k=1)
    if hits and hits[0].confidence >= cascade.settings.faq_answer:
        return hits[0].entry.answer
    return None


def _write_down(cascade: Cascade, question: str, channel: str, sender: str) -> None:
    if cascade.journal is None:
        return
    try:
        cascade.journal.write_unanswered(question, channel, (), sender)
    except Exception:  # the customer is helped, whatever the database does
        logger.exception("a wish for a human could not be written down")
