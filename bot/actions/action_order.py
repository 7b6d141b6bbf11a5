"""The order form's validation: each turn goes through `bot.skills.order.step`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.skill_replies import utter_reply
from bot.skills.config import OrderConfig, skills
from bot.skills.form_turn import SOOTHES, done_before, intent_of
from bot.skills.guesses import Guesses
from bot.skills.order import Find, Inquiry, Outcome, Step, step
from bot.skills.order_slots import STATE, inquiry_of, slots_of
from bot.skills.order_store import store_of_process
from bot.skills.order_tries import tries_before
from bot.skills.repair_slots import waits
from nlu.entities.dates import SEOUL

logger = logging.getLogger(__name__)
FORM, REPAIR_FORM = "order_form", "repair_form"


class ValidateOrderForm(FormValidationAction):
    """Asks for order number and phone and shows the order where both match."""

    def __init__(
        self,
        config: OrderConfig | None = None,
        find: Find | None = None,
        now: Callable[[], datetime] | None = None,
        earlier: Callable[[str], int] | None = None,
    ) -> None:
        self._config = config
        self._find = find
        self._now = now or (lambda: datetime.now(SEOUL))
        self._tried = Guesses()
        """A customer who begins the conversation anew gets no further tries by it."""
        self._earlier = earlier

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        config = self._config or skills().order
        if config is None:  # switched off while a form was open
            return _events(slots_of(Inquiry()))
        find = self._find or store_of_process().find
        inquiry = inquiry_of(tracker.slots)
        running = asyncio.get_running_loop()
        tries = max(inquiry.tries, self._tried.count(tracker.sender_id))
        if not tracker.slots.get(STATE):  # begun anew, or for the first time
            earlier = self._earlier or (lambda sender: tries_before(store_of_process().url, sender))
            tries = max(tries, await running.run_in_executor(None, earlier, tracker.sender_id))
        inquiry = inquiry.replace(tries=tries)
        taken = await running.run_in_executor(None, turn, tracker, inquiry, config, find, self._now())
        if taken.inquiry.tries > inquiry.tries:
            self._tried.wrong(tracker.sender_id)
        elif taken.outcome is Outcome.FOUND:
            self._tried.forget(tracker.sender_id)
        for reply in taken.replies:
            utter_reply(dispatcher, reply)
        if taken.outcome is Outcome.GOES_ON:
            return _events(slots_of(taken.inquiry))
        ended = _events(slots_of(taken.inquiry.emptied))
        if taken.outcome is Outcome.HANDED_OVER:
            return [*ended, FollowupAction("action_human")]
        return [*ended, FollowupAction(REPAIR_FORM)] if waits(tracker.slots) else ended


def turn(tracker: Tracker, inquiry: Inquiry, config: OrderConfig, find: Find, now: datetime) -> Step:
    """The form after the tracker's latest message."""
    before = done_before(tracker.events, FORM)
    text = str(tracker.latest_message.get("text") or "")
    if before and SOOTHES not in before:
        return step(inquiry, None, config, find, now)
    taken = step(inquiry, text, config, find, now, intent_of(tracker.latest_message))
    if before and taken.inquiry.failures > inquiry.failures:
        return step(inquiry, None, config, find, now)
    return taken


def _events(slots: dict[str, Any]) -> list[dict[str, Any]]:
    return [SlotSet(name, value) for name, value in slots.items()]
