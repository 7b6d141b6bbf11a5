"""Anger, an insult or a complaint: an apology first, then what the FAQ surely knows, then the way to a human.

An insult is answered calmly, once; insulted again in the same conversation, the bot only offers a human.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, text_of
from bot.actions.talk import circumstances, memory_of, remember, say
from bot.conversation.asking import ask
from bot.conversation.turns import since_beginning

logger = logging.getLogger(__name__)


class ActionSoothe(AnsweringAction):
    """Apologizes and offers a human; a question that the FAQ surely answers is answered as well."""

    def name(self) -> str:
        return "action_soothe"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        dispatcher.utter_message(response=apology(tracker))
        text = text_of(tracker)
        memory = memory_of(tracker).replace(disappointments=0)  # a human is offered here
        about = circumstances(tracker, only_sure=True)
        try:
            reply = await self.service.run(lambda cascade: ask(cascade, text, memory, about))
        except Exception:  # the apology and the human are there without the index as well
            logger.exception("an angry message could not be looked up")
            reply = None
        return say(dispatcher, tracker, reply) if reply and reply.answer.source else remember(tracker, memory)


def apology(tracker: Tracker) -> str:
    """The response for the latest message: a calm word on a first insult, else an apology."""
    if not is_insult(tracker.latest_message):
        return "utter_soothe"
    users = [event.get("parse_data") or {} for event in since_beginning(tracker.events) if event.get("event") == "user"]
    return "utter_insult_again" if any(is_insult(message) for message in users[:-1]) else "utter_insult"


def is_insult(message: dict[str, Any]) -> bool:
    """Whether the classifier found an insult in a parsed message."""
    return bool((message.get("insult") or {}).get("found"))
