"""Praise and blame of the last answer: kept with question, answer and source; what did not help is followed by the next best.

Of a thumb pressed in the widget the front keeps the row itself (`bot.front.thumbs`), so that only the reply is left to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, Events, channel_of, text_of
from bot.actions.service import AnswerService
from bot.actions.talk import memory_of, remember, say
from bot.conversation.asking import Reply, another
from bot.conversation.mood import disappointed
from bot.conversation.turns import Event, last_answer
from bot.feedback import Feedback, Rated, Thumb
from bot.messages import render
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.answer import Answer

logger = logging.getLogger(__name__)

RATED = "rated"
"""The entity of a press that is kept already."""


@lru_cache(maxsize=1)
def own_feedback() -> Feedback:
    """The thumbs in the database that the settings name."""
    return Feedback(Settings.load().database_url)


class ActionFeedback(AnsweringAction):
    """Keeps the thumb; a thumb down gets the next best, and the second in a row a human first."""

    def __init__(self, service: AnswerService | None = None, find_feedback: Callable[[], Feedback] = own_feedback) -> None:
        super().__init__(service)
        self._find_feedback = find_feedback

    def name(self) -> str:
        return "action_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        thumb = Thumb.UP if is_praise(tracker) else Thumb.DOWN
        found = last_answer(tracker.events)
        if found is not None and not is_kept(tracker):
            await self._keep(rated(tracker, *found), thumb)
        memory = memory_of(tracker)
        if thumb is Thumb.UP:
            dispatcher.utter_message(response="utter_helpful")
            return remember(tracker, memory.replace(disappointments=0))
        if memory.question is None:
            mood = disappointed(memory.disappointments)
            dispatcher.utter_message(response="utter_disappointed" if mood.offers_human else "utter_not_helpful")
            return remember(tracker, memory.replace(disappointments=mood.disappointments))

        return await self.reply(dispatcher, tracker, lambda cascade: another(cascade, memory), next_best)

    async def _keep(self, rated: Rated, thumb: Thumb) -> None:
        try:
            await asyncio.to_thread(lambda: self._find_feedback().rate(rated, thumb))
        except Exception:  # the customer is answered, whatever the database does
            logger.exception("a thumb could not be written down")


def next_best(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply) -> Events:
    """Say what else there is; where there is nothing, only that it did not help."""
    if not reply.answer.offers and not reply.offers_human:
        dispatcher.utter_message(response="utter_not_helpful")
        return remember(tracker, reply.memory)
    if not reply.offers_human:
        dispatcher.utter_message(response="utter_sorry")
    return say(dispatcher, tracker, reply)


def is_praise(tracker: Tracker) -> bool:
    """Whether the latest message praises; the intent behind an unsure one counts."""
    return (tracker.latest_message.get("intent") or {}).get("name") == "helpful"


def is_kept(tracker: Tracker) -> bool:
    """Whether the thumb was kept where it was pressed."""
    entities = tracker.latest_message.get("entities") or []
    return text_of(tracker).startswith("/") and any(entity.get("entity") == RATED for entity in entities)


def rated(tracker: Tracker, event: Event, answer: Answer) -> Rated:
    """The row of the answer that `event` said; its key is the conversation and the moment it was said."""
    source = answer.source
    return Rated(
        key=f"{tracker.sender_id}:{event.get('timestamp') or 0:.6f}",
        sender=tracker.sender_id,
        channel=channel_of(tracker),
        question=answer.question,
        answer=event.get("text") or render(answer),
        kind=answer.kind.value,
        confidence=round(answer.confidence, 4),
        source=source and source.document,
        source_title=source and source.title,
    )
