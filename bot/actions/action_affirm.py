"""A plain yes: takes the first question that was just offered, else is simply acknowledged."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import last_offer, utter, utter_failure
from bot.actions.service import AnswerService, answer_service


class ActionAffirm(Action):
    """Answers the offered FAQ entry that a yes means."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    def name(self) -> str:
        return "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        entry_id = last_offer(tracker)
        if entry_id is None:
            dispatcher.utter_message(response="utter_affirm")
            return []
        service = self._service or answer_service()
        try:
            utter(dispatcher, await service.run(lambda cascade: cascade.answer_entry(entry_id)))
        except Exception as error:  # the customer hears of it, the log has the rest
            utter_failure(dispatcher, error)
        return []
