"""A number or a place ("두 번째 거"): answers that one of the questions just offered, or for that one of the products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import last_offers, utter_failure
from bot.actions.service import AnswerService, answer_service
from bot.actions.talk import circumstances, memory_of, say
from bot.conversation.asking import Reply, ask, chosen
from nlu.entities.ordinals import chosen_place

if TYPE_CHECKING:
    from bot.cascade import Cascade


class ActionChoose(Action):
    """Answers what was chosen; without an offer it says that there is nothing to choose."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    def name(self) -> str:
        return "action_choose"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        memory, offers = memory_of(tracker), last_offers(tracker)
        text = tracker.latest_message.get("text") or ""
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

        try:
            reply = await (self._service or answer_service()).run(work)
        except Exception as error:  # the customer hears of it, the log has the rest
            utter_failure(dispatcher, error)
            return []
        return say(dispatcher, tracker, reply)
