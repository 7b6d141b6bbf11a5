"""The repair form's validation: each turn goes through `bot.skills.repair.step`, which also says what is asked next.

The confirmed request is stored here, while the form still runs: where this process dies in between, the form is
there after it and the same key writes the same request once.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import channel_of
from bot.actions.skill_replies import utter_reply
from bot.actions.talk import memory_of
from bot.skills.config import RepairConfig, skills
from bot.skills.form_turn import SOOTHES, done_before, intent_of, names_in
from bot.skills.products import find_products
from bot.skills.repair import Outcome, Said, Step, step
from bot.skills.repair_slots import cleared, confirmed, draft_of, slots_of
from bot.skills.repair_store import RepairRequest, RepairStore, store_of_process
from bot.skills.repair_texts import lines
from bot.skills.reply import Reply, choice
from bot.skills.symptoms import has_trouble, read_symptom
from bot.skills.turns import asks
from nlu.entities.dates import SEOUL

logger = logging.getLogger(__name__)
FORM = "repair_form"


class ValidateRepairForm(FormValidationAction):
    """Fills, corrects and asks for the slots of a repair, and stores the confirmed request."""

    def __init__(
        self, config: RepairConfig | None = None, store: RepairStore | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._config = config
        self._store = store
        self._now = now or (lambda: datetime.now(SEOUL))

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        config = self._config or skills().repair
        if config is None:  # switched off while a form was open
            return _events(cleared())
        taken = turn(tracker, config, self._now())
        if taken.outcome is Outcome.CONFIRMED:
            return await self._confirmed(dispatcher, tracker, taken, config)
        for reply in taken.replies:
            utter_reply(dispatcher, reply)
        if taken.outcome is Outcome.GOES_ON:
            return _events(slots_of(taken.draft, config))
        if taken.outcome is Outcome.STOPPED:
            return _events(cleared())
        kept = slots_of(taken.draft.replace(asked=None), config)  # a later wish for a repair goes on with it
        return [*_events(kept), FollowupAction("action_human")]

    async def _confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, taken: Step, config: RepairConfig
    ) -> list[dict[str, Any]]:
        channel = channel_of(tracker)
        request = RepairRequest.of(taken.draft, config, tracker.sender_id, channel, self._now())
        try:
            store = self._store or store_of_process()
            is_written = await asyncio.get_running_loop().run_in_executor(None, store.save, request)
        except Exception:  # the customer hears of it and may confirm again
            logger.exception("a repair request could not be stored")
            utter_reply(
                dispatcher, Reply(config.text("not_stored", yes=config.text("button_yes")), (choice(config.text("button_yes")),))
            )
            return _events(slots_of(taken.draft, config))
        text = config.text(
            "done" if is_written else "done_later", receipt=request.receipt, lines=lines(taken.draft.values, config)
        )
        utter_reply(dispatcher, Reply(text))
        return _events(confirmed(taken.draft))


def turn(tracker: Tracker, config: RepairConfig, now: datetime) -> Step:
    """The form after the tracker's latest message."""
    draft = draft_of(tracker.slots, config)
    message = tracker.latest_message
    said = Said(str(message.get("text") or ""), intent_of(message), names_in(message), remembered(tracker, config))
    key = uuid.uuid4().hex
    before = done_before(tracker.events, FORM)
    if not before:
        return step(draft, said, config, now, key)
    asked_again = step(draft, None, config, now, key)
    if SOOTHES in before:
        taken = step(draft, said, config, now, key)
        if taken.draft.values != draft.values and taken.outcome is Outcome.GOES_ON:
            return taken
    return asked_again


def remembered(tracker: Tracker, config: RepairConfig) -> dict[str, str]:
    """The product that was talked about last, where it is one that is repaired, and what was said to be wrong with it."""
    memory = memory_of(tracker)
    found = find_products(memory.product or "", config)
    if len(found) != 1 or "product" not in config.slots:
        return {}
    told = memory.question or ""
    symptom = read_symptom(told) if has_trouble(told) and not asks(told) and "symptom" in config.slots else None
    return {"product": found[0].value} | ({"symptom": symptom} if symptom else {})


def _events(slots: dict[str, Any]) -> list[dict[str, Any]]:
    return [SlotSet(name, value) for name, value in slots.items()]
