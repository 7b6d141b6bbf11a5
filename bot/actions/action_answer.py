"""The skill that answers questions: the cascade decides, whatever the intent is called.

Small talk that the classifier nearly recognized is answered as such unless the FAQ is sure to know it
(`bot.routing.fallback_response`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import chosen_entry, utter, utter_failure
from bot.actions.service import AnswerService, answer_service
from bot.routing import fallback_response, seems_out_of_scope

if TYPE_CHECKING:
    from bot.answer import Answer
    from bot.cascade import Cascade


class ActionAnswer(Action):
    """Answers the latest message, or the FAQ entry whose button was pressed."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        service = self._service or answer_service()
        entry_id = chosen_entry(tracker)
        text = tracker.latest_message.get("text") or ""
        channel = tracker.get_latest_input_channel() or "unknown"
        otherwise = fallback_response(tracker.latest_message)
        foreign = seems_out_of_scope(tracker.latest_message)

        def work(cascade: Cascade) -> Answer | None:
            if entry_id is not None:
                return cascade.answer_entry(entry_id)
            if otherwise:
                return cascade.sure_answer(text)
            least = cascade.settings.out_of_scope_answer if foreign else 0.0
            return cascade.answer(text, channel=channel, least=least)

        try:
            answer = await service.run(work)
        except Exception as error:  # the customer hears of it, the log has the rest
            utter_failure(dispatcher, error)
            return []
        if answer is None:
            dispatcher.utter_message(response=otherwise)
        else:
            utter(dispatcher, answer)
        return []

