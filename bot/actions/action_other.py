"""What was shown is not what was meant ("그거 말고", "다른 거", no to an offer): the next nearest, or what is named instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import utter_failure
from bot.actions.service import AnswerService, answer_service
from bot.actions.talk import circumstances, memory_of, say, written_down
from bot.conversation.asking import Reply, refused

if TYPE_CHECKING:
    from bot.cascade import Cascade


class ActionOther(Action):
    """Shows candidates for the last question that were not shown yet."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    def name(self) -> str:
        return "action_other"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        text = tracker.latest_message.get("text") or ""
        channel = tracker.get_latest_input_channel() or "unknown"
        memory = memory_of(tracker)

        def work(cascade: Cascade) -> Reply:
            return written_down(cascade, refused(cascade, text, memory, circumstances(tracker)), channel, tracker.sender_id)

        try:
            reply = await (self._service or answer_service()).run(work)
        except Exception as error:  # the customer hears of it, the log has the rest
            utter_failure(dispatcher, error)
            return []
        return say(dispatcher, tracker, reply)
