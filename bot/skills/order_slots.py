"""The order form's inquiry as Rasa's slots, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.skills.order import Inquiry

NUMBER, PHONE, STATE, REQUESTED = "order_number", "order_phone", "order_state", "requested_slot"
FORM_SLOTS = (NUMBER, PHONE, REQUESTED)
"""Emptied when the form is left; `order_state` stays, so that leaving gives no further tries."""
REMEMBERED = ("failures", "tries", "phone_part", "seen_at")


def inquiry_of(slots: Mapping[str, Any]) -> Inquiry:
    """The inquiry in `slots`; an empty one where they hold none."""
    state = slots.get(STATE) if isinstance(slots.get(STATE), Mapping) else {}
    requested = slots.get(REQUESTED) or ""
    asked = requested.removeprefix("order_") if requested in (NUMBER, PHONE) else None
    return Inquiry(slots.get(NUMBER), slots.get(PHONE), asked, **{name: state[name] for name in REMEMBERED if name in state})


def slots_of(inquiry: Inquiry) -> dict[str, Any]:
    """All slots of the form as `inquiry` has them, with `requested_slot`."""
    state = {name: getattr(inquiry, name) for name in REMEMBERED}
    requested = f"order_{inquiry.asked}" if inquiry.asked else None
    return {NUMBER: inquiry.number, PHONE: inquiry.phone, STATE: state, REQUESTED: requested}
