"""Stop: whatever runs is left, and the conversation stays open."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.conversation.memory import forgotten
from bot.skills.form_turn import emptied


class ActionStop(Action):
    """Ends a running form and says so; without one it takes leave. What was talked about is forgotten either way."""

    def name(self) -> str:
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        forgetting = [SlotSet(name, value) for name, value in forgotten().items() if tracker.get_slot(name)]
        if not tracker.active_loop_name:
            dispatcher.utter_message(response="utter_stop")
            return forgetting
        dispatcher.utter_message(response="utter_stop_form")
        return [
            ActiveLoop(None),
            *forgetting,
            *(SlotSet(name, value) for name, value in emptied(tracker.active_loop_name).items()),
        ]
