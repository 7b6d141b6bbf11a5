"""A plain yes: takes the human or the one question that was just offered, asks which of several, else is acknowledged."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from bot import messages
from bot.actions.answering import AnsweringAction
from bot.actions.replies import last_offers, utter
from bot.actions.talk import memory_of
from bot.answer import Answer, Kind
from bot.conversation.asking import chosen
from bot.conversation.turns import human_was_offered


class ActionAffirm(AnsweringAction):
    """Does what a yes means after the bot's last words."""

    def name(self) -> str:
        return "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        if human_was_offered(tracker.events):
            return [FollowupAction("action_human")]
        memory = memory_of(tracker)
        if memory.pending and memory.pending.products:  # "네" to "어느 제품이에요?"
            back = Answer(memory.pending.question, Kind.CLARIFY, messages.WHICH_PRODUCT, 0.0)
            utter(dispatcher, back, products=memory.pending.products)
            return []
        offers = last_offers(tracker)
        if not offers:
            dispatcher.utter_message(response="utter_affirm")
            return []
        if len(offers) > 1:  # "네" says that one of them is the one, not which
            utter(dispatcher, Answer(memory.question or "", Kind.CLARIFY, messages.WHICH_OFFER, 0.0, candidates=offers))
            return []
        return await self.reply(dispatcher, tracker, lambda cascade: chosen(cascade, offers[0].id, memory))
