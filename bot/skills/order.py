"""The order form, one turn at a time, without Rasa: shown is an order only to whom both of its numbers match.

Which of the two numbers was wrong is never said. After `tries` pairs that match no order a human is offered; the
count of tries outlives the form, so that leaving it gives no further guesses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from bot.messages import HUMAN_BUTTON
from bot.skills.changes import MAX_CHARACTERS, is_skip, is_stop, wants_human
from bot.skills.config import OrderConfig
from bot.skills.pauses import Left, left
from bot.skills.phones import digits_of, personal_phone, read_phone, shown_phone
from bot.skills.reply import Reply, choice
from nlu.entities.contacts import find_orders, find_phones
from nlu.entities.found import blanked

NUMBER, PHONE = "number", "phone"
OFFER_AFTER, GIVE_UP_AFTER = 2, 4


class Outcome(str, Enum):
    GOES_ON = "goes_on"
    FOUND = "found"
    STOPPED = "stopped"
    AWAY = "away"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True)
class Order:
    """What a customer may see of an order."""

    number: str
    product: str
    state: str
    ordered_on: date | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    expected_on: date | None = None
    delivered_on: date | None = None


@dataclass(frozen=True)
class Inquiry:
    """An order being looked for; `tries` counts the pairs that matched nothing."""

    number: str | None = None
    phone: str | None = None
    asked: str | None = None
    failures: int = 0
    tries: int = 0
    phone_part: str = ""
    seen_at: str = ""
    """When the form was last talked to (ISO 8601)."""

    def replace(self, **changes: Any) -> Inquiry:
        return dataclasses.replace(self, **changes)

    @property
    def emptied(self) -> Inquiry:
        """Without what the customer said; the tries stay."""
        return Inquiry(tries=self.tries, seen_at=self.seen_at)


@dataclass(frozen=True)
class Step:
    inquiry: Inquiry
    replies: tuple[Reply, ...]
    outcome: Outcome = Outcome.GOES_ON


Find = Callable[[str, str], "Order | None"]
"""The order with a number and a phone; OSError where orders cannot be looked up now."""


def step(inquiry: Inquiry, text: str | None, config: OrderConfig, find: Find, now: datetime, intent: str = "") -> Step:
    """The form after `text`, said at `now`; None asks again, as after a question that was answered in between."""
    inquiry, greeting = _taken_up(inquiry, config, now)
    if inquiry.tries >= config.tries:
        return _handed_over(inquiry, config)
    if text is None:
        return _ask(inquiry, config, greeting)
    text = text[:MAX_CHARACTERS]
    if inquiry.asked is not None and (is_stop(text) or intent == "stop"):
        return Step(inquiry, (Reply(config.text("stopped")),), Outcome.STOPPED)
    if inquiry.asked is not None and wants_human(text):
        return Step(inquiry, (), Outcome.HANDED_OVER)
    filled = _filled(inquiry, text, config)
    if filled.number and filled.phone:
        return _looked_up(filled, config, find)
    if filled.phone_part and filled.phone_part != inquiry.phone_part:
        goes_on = config.text("phone_goes_on", digits=shown_phone(filled.phone_part))
        return Step(filled, (Reply(" ".join([*greeting, goes_on])),))
    if inquiry.asked is None or (filled.number, filled.phone) != (inquiry.number, inquiry.phone):
        return _ask(filled.replace(failures=0), config, greeting)
    return _failed(filled, text, config, greeting)


def _taken_up(inquiry: Inquiry, config: OrderConfig, now: datetime) -> tuple[Inquiry, list[str]]:
    """The inquiry as it is gone on with, and what is said about that."""
    was_left = left(inquiry.seen_at, now)
    if was_left is Left.LONG_AGO:
        inquiry = Inquiry()
    inquiry = inquiry.replace(seen_at=now.isoformat())
    if inquiry.asked is None:
        return inquiry, [config.text("start")]
    return inquiry, [config.text("resume")] if was_left is Left.PAUSED else []


def _filled(inquiry: Inquiry, text: str, config: OrderConfig) -> Inquiry:
    """The inquiry with the numbers that stand in `text`."""
    if text.startswith("/"):
        return inquiry
    rest = blanked(text, ((one.start, one.end) for one in find_phones(text)))
    phone = personal_phone(text)
    numbers = [one.value for one in find_orders(rest, config.order_pattern)]
    if numbers:
        inquiry = inquiry.replace(number=numbers[-1])
    if phone is None and not numbers and (inquiry.asked == PHONE or _goes_on_with_phone(inquiry, text)):
        read = read_phone(text, inquiry.phone_part)
        if read is not None:
            inquiry = inquiry.replace(phone_part=read.part)
            phone = read.number
    return inquiry.replace(phone=phone, phone_part="") if phone else inquiry


def _goes_on_with_phone(inquiry: Inquiry, text: str) -> bool:
    """Whether the phone number comes in pieces before it is asked for."""
    digits = digits_of(text) or ""
    return inquiry.phone is None and (digits.startswith("01") or bool(inquiry.phone_part and digits))


def _looked_up(inquiry: Inquiry, config: OrderConfig, find: Find) -> Step:
    """The order, or the next try, or a human."""
    try:
        order = find(inquiry.number, inquiry.phone)
    except OSError:
        return Step(inquiry.emptied, (Reply(config.text("away")),), Outcome.AWAY)
    if order is not None:
        return Step(Inquiry(), (Reply(config.text("found", number=order.number, lines=lines(order, config))),), Outcome.FOUND)
    inquiry = inquiry.emptied.replace(tries=inquiry.tries + 1, asked=NUMBER)
    if inquiry.tries >= config.tries:
        return _handed_over(inquiry, config)
    return _ask(inquiry, config, [config.text("no_match")])


def _handed_over(inquiry: Inquiry, config: OrderConfig) -> Step:
    return Step(inquiry.emptied, (Reply(config.text("hand_over")),), Outcome.HANDED_OVER)


def _failed(inquiry: Inquiry, text: str, config: OrderConfig, greeting: list[str]) -> Step:
    failures = inquiry.failures + 1 if not is_skip(text) else max(OFFER_AFTER, inquiry.failures + 1)
    if failures >= GIVE_UP_AFTER:
        return _handed_over(inquiry, config)
    return _ask(inquiry.replace(failures=failures), config, [*greeting, config.text(f"bad_{inquiry.asked}")])


def _ask(inquiry: Inquiry, config: OrderConfig, greeting: list[str]) -> Step:
    asked = PHONE if inquiry.number else NUMBER
    if asked == NUMBER and config.example:
        question = config.text("ask_number_example", example=config.example)
    else:
        question = config.text(f"ask_{asked}")
    parts = [*greeting, question]
    buttons: tuple[tuple[str, str], ...] = ()
    if inquiry.failures >= OFFER_AFTER:
        parts.append(config.text("two_failures"))
        buttons = (choice(config.text("button_stop")), (HUMAN_BUTTON, "/human"))
    return Step(inquiry.replace(asked=asked), (Reply(" ".join(parts), buttons),))


def lines(order: Order, config: OrderConfig) -> str:
    """A line for all that is known of the order but its number."""
    told = []
    for name in ("product", "ordered_on", "state", "carrier", "tracking_number", "expected_on", "delivered_on"):
        value = getattr(order, name)
        if value:
            shown = f"{value.year}년 {value.month}월 {value.day}일" if isinstance(value, date) else value
            told.append(config.text("line", label=config.text(f"label_{name}"), value=shown))
    return "\n".join(told)
