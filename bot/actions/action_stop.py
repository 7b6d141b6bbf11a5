"""Stop: whatever runs is left, and the conversation stays open."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.skills.form_turn import emptied


class ActionStop(Action):
    """Ends a running form and says so; without one it takes leave."""

    def name(self) -> str:
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        if not tracker.active_loop_name:
            dispatcher.utter_message(response="utter_stop")
            return []
        dispatcher.utter_message(response="utter_stop_form")
        return [ActiveLoop(None), *(SlotSet(name, value) for name, value in emptied(tracker.active_loop_name).items())]
