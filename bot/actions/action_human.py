"""A human is asked for: says honestly that none is here and how to reach one, and writes it down.

How to reach the company stands in its own FAQ, so it is looked up there. The question that led to
this is written into the journal, since the bot did not settle it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import question_before
from bot.actions.service import AnswerService, answer_service

if TYPE_CHECKING:
    from bot.cascade import Cascade

logger = logging.getLogger(__name__)

CONTACT_QUERY = "고객센터 전화번호와 상담 시간이 어떻게 되나요?"


class ActionHuman(Action):
    """Tells the way to a human."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    def name(self) -> str:
        return "action_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        service = self._service or answer_service()
        question = question_before(tracker) or tracker.latest_message.get("text") or ""
        channel = tracker.get_latest_input_channel() or "unknown"

        def work(cascade: Cascade) -> str | None:
            _write_down(cascade, question, channel)
            return contact(cascade)

        try:
            found = await service.run(work)
        except Exception:  # a human is reached without the index as well
            logger.exception("the way to a human could not be looked up")
            found = None
        if found:
            dispatcher.utter_message(response="utter_human_contact", contact=found)
        else:
            dispatcher.utter_message(response="utter_human")
        return []


def contact(cascade: Cascade) -> str | None:
    """What the company's FAQ says about reaching its people, or None where it says nothing sure."""
    hits = cascade.index.search_faq(CONTACT_QUERY, k=1)
    if hits and hits[0].confidence >= cascade.settings.faq_answer:
        return hits[0].entry.answer
    return None


def _write_down(cascade: Cascade, question: str, channel: str) -> None:
    if cascade.journal is None:
        return
    try:
        cascade.journal.write_unanswered(question, channel, ())
    except Exception:  # the customer is helped, whatever the database does
        logger.exception("a wish for a human could not be written down")
