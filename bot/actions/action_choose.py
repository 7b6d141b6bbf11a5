"""A number or a place ("두 번째 거"): answers that one of the questions just offered."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import last_offers, utter, utter_failure
from bot.actions.service import AnswerService, answer_service
from nlu.entities.ordinals import chosen_place


class ActionChoose(Action):
    """Answers the chosen FAQ entry; without an offer the message is searched for like any other."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    def name(self) -> str:
        return "action_choose"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        offers = last_offers(tracker)
        text = tracker.latest_message.get("text") or ""
        place = chosen_place(text, len(offers))
        if not offers:
            dispatcher.utter_message(response="utter_nothing_to_choose")
            return []
        if place is None:
            dispatcher.utter_message(response="utter_choose_again")
            return []
        service = self._service or answer_service()
        try:
            utter(dispatcher, await service.run(lambda cascade: cascade.answer_entry(offers[place].id)))
        except Exception as error:  # the customer hears of it, the log has the rest
            utter_failure(dispatcher, error)
        return []
