"""The order form's validation: each turn goes through `bot.skills.order.step`."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.skill_replies import utter_reply
from bot.skills.config import OrderConfig, skills
from bot.skills.form_turn import SOOTHES, done_before, intent_of
from bot.skills.order import Find, Inquiry, Outcome, Step, step
from bot.skills.order_slots import inquiry_of, slots_of
from bot.skills.order_store import store_of_process

logger = logging.getLogger(__name__)
FORM = "order_form"


class ValidateOrderForm(FormValidationAction):
    """Asks for order number and phone and shows the order where both match."""

    def __init__(self, config: OrderConfig | None = None, find: Find | None = None) -> None:
        self._config = config
        self._find = find

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        config = self._config or skills().order
        if config is None:  # switched off while a form was open
            return _events(slots_of(Inquiry()))
        find = self._find or store_of_process().find
        taken = await asyncio.get_running_loop().run_in_executor(None, turn, tracker, config, find)
        for reply in taken.replies:
            utter_reply(dispatcher, reply)
        if taken.outcome is Outcome.GOES_ON:
            return _events(slots_of(taken.inquiry))
        ended = _events(slots_of(Inquiry(tries=taken.inquiry.tries)))
        return [*ended, FollowupAction("action_human")] if taken.outcome is Outcome.HANDED_OVER else ended


def turn(tracker: Tracker, config: OrderConfig, find: Find) -> Step:
    """The form after the tracker's latest message."""
    inquiry = inquiry_of(tracker.slots)
    before = done_before(tracker.events, FORM)
    text = str(tracker.latest_message.get("text") or "")
    if before and SOOTHES not in before:
        return step(inquiry, None, config, find)
    taken = step(inquiry, text, config, find, intent_of(tracker.latest_message))
    if before and taken.inquiry.failures > inquiry.failures:
        return step(inquiry, None, config, find)
    return taken


def _events(slots: dict[str, Any]) -> list[dict[str, Any]]:
    return [SlotSet(name, value) for name, value in slots.items()]
