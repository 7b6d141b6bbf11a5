"""The repair form's draft as Rasa's slots, and back.

Each slot of the request is a slot of its own (`repair_product` …), a company's own ones lie together in
`repair_details`, and what else the form remembers in `repair_state`. `requested_slot` is the one asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from bot.skills.config import REPAIR_SLOTS, RepairConfig
from bot.skills.repair import CONFIRM, EDIT, KEPT_FOR_THE_NEXT, Draft

PREFIX = "repair_"
DETAILS, STATE, CONFIRMED = "repair_details", "repair_state", "repair_confirmed"
REQUESTED = "requested_slot"
REMEMBERED = ("asked", "failures", "phone_part", "key", "seen_at", "before")


def draft_of(slots: Mapping[str, Any], config: RepairConfig) -> Draft:
    """The draft in `slots`; an empty one where they hold none."""
    state = slots.get(STATE) if isinstance(slots.get(STATE), Mapping) else {}
    details = slots.get(DETAILS) if isinstance(slots.get(DETAILS), Mapping) else {}
    values = {name: slots.get(f"{PREFIX}{name}") for name in config.slots}
    values |= {slot.name: details.get(slot.name) for slot in config.own_slots}
    remembered = {name: state[name] for name in REMEMBERED if name in state}
    if not str(slots.get(REQUESTED) or "").startswith(PREFIX):  # left, or the order form asked last
        remembered["asked"] = None
    return Draft({name: value for name, value in values.items() if isinstance(value, str)}, **remembered)


def waits(slots: Mapping[str, Any]) -> bool:
    """Whether a request under way was left for something else."""
    state = slots.get(STATE)
    return isinstance(state, Mapping) and bool(state.get("asked")) and any(slots.get(f"{PREFIX}{name}") for name in REPAIR_SLOTS)


def slots_of(draft: Draft, config: RepairConfig) -> dict[str, Any]:
    """All slots of the form as `draft` has them, with `requested_slot`."""
    slots: dict[str, Any] = {f"{PREFIX}{name}": draft.values.get(name) for name in REPAIR_SLOTS}
    slots[DETAILS] = {slot.name: draft.values[slot.name] for slot in config.own_slots if slot.name in draft.values} or None
    slots[STATE] = {name: value for name, value in dataclasses.asdict(draft).items() if name in REMEMBERED}
    slots[REQUESTED] = requested_of(draft.asked, config)
    return slots


def requested_of(asked: str | None, config: RepairConfig) -> str | None:
    """The Rasa slot under which `asked` is asked for."""
    if asked is None:
        return None
    if asked in (CONFIRM, EDIT):
        return CONFIRMED
    return DETAILS if config.own(asked) else f"{PREFIX}{asked}"


def confirmed(draft: Draft) -> dict[str, Any]:
    """All slots of the form emptied; where the customer lives and is called is known to the next one."""
    before = {name: draft.values[name] for name in KEPT_FOR_THE_NEXT if draft.values.get(name)}
    return {**cleared(), STATE: {"before": before}} if before else cleared()


def cleared() -> dict[str, Any]:
    """All slots of the form emptied."""
    return {name: None for name in (*(f"{PREFIX}{name}" for name in REPAIR_SLOTS), DETAILS, STATE, CONFIRMED, REQUESTED)}
