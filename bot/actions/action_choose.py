"""A number or a place ("두 번째 거"): answers that one of the questions just offered, or for that one of the products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, text_of
from bot.actions.replies import last_offers
from bot.actions.talk import circumstances, memory_of
from bot.conversation.asking import Reply, ask, chosen
from nlu.entities.ordinals import chosen_place

if TYPE_CHECKING:
    from bot.cascade import Cascade


class ActionChoose(AnsweringAction):
    """Answers what was chosen; without an offer it says that there is nothing to choose."""

    def name(self) -> str:
        return "action_choose"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        memory, offers = memory_of(tracker), last_offers(tracker)
        text = text_of(tracker)
        products = memory.pending.products if memory.pending else ()
        place = chosen_place(text, len(products or offers))
        if not products and not offers:
            dispatcher.utter_message(response="utter_nothing_to_choose")
            return []
        if place is None:
            dispatcher.utter_message(response="utter_choose_again")
            return []

        def work(cascade: Cascade) -> Reply:
            if products:
                return ask(cascade, text, memory, circumstances(tracker, product=products[place]))
            return chosen(cascade, offers[place].id, memory)

        return await self.reply(dispatcher, tracker, work)
