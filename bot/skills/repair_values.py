"""What a message holds for the slots of a repair, asked for or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.skills.addresses import find_address, read_address
from bot.skills.changes import is_correction, is_no, is_skip, is_yes, means_the_same
from bot.skills.config import OwnSlot, RepairConfig
from bot.skills.phones import digits_of, personal_phone, read_phone
from bot.skills.products import find_model, find_products, read_model, read_product
from bot.skills.symptoms import find_symptom, has_trouble, read_symptom
from bot.skills.turns import LEAVING, asks
from bot.skills.visit_dates import names_only_a_day, read_wish, speaks_of_a_visit
from nlu.entities.contacts import find_phones
from nlu.entities.dates import find_dates
from nlu.entities.found import blanked

if TYPE_CHECKING:
    from bot.skills.repair import Draft

MAX_OWN_CHARACTERS = 200
MAX_NAME_CHARACTERS = 20
_NAME = re.compile(
    r"^(?:제?\s?이름은|저는|전|성함은)?\s*(?P<name>[가-힣]{2,5}?|[A-Za-z][A-Za-z .\-]{1,18}?)\s*"
    r"(?:입니다|이에요|예요|이요|요|이라고\s?\S+|라고\s?\S+)?[\s.!]*$"
)


@dataclass(frozen=True)
class Reading:
    """What an answer holds: a `value`, the first `part` of one, or the text that says what is `wrong` with it."""

    value: str | None = None
    part: str = ""
    wrong: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)


def read_answer(
    name: str, text: str, names: Sequence[str], draft: Draft, config: RepairConfig, now: datetime, intent: str = ""
) -> Reading:
    """The value of the slot `name` in the answer to the question for it."""
    own = config.own(name)
    if own is not None:
        return _own(own, text, intent)
    if name in draft.before and means_the_same(text):
        return Reading(draft.before[name])
    if name == "phone":
        phone = read_phone(text, draft.phone_part)
        if phone is None:
            return Reading()
        return Reading(phone.number, phone.part, "phone_too_long" if phone.too_long else None)
    if name == "date":
        wish = read_wish(text, now, config, draft.values.get("date"))
        return Reading() if wish is None else Reading(wish.value, wrong=wish.wrong, about=wish.about)
    readers: dict[str, Callable[[], str | None]] = {
        "product": lambda: read_product(text, config),
        "model": lambda: read_model(text, config),
        "address": lambda: read_address(without_others(text, now)),
        "symptom": lambda: None if _is_no_symptom(text, intent) else read_symptom(without_others(text, now, dates=False)),
        "name": lambda: _name(text, names),
    }
    return Reading(readers[name]())


def phone_piece(text: str, draft: Draft, config: RepairConfig) -> Reading:
    """What `text` adds to a phone number that comes in pieces before it is asked for; nothing where it holds none of one."""
    piece = digits_of(text) or ""
    if "phone" not in config.asked or draft.values.get("phone") or not (piece.startswith("01") or (draft.phone_part and piece)):
        return Reading()
    phone = read_phone(text, draft.phone_part)
    return Reading(phone.number, phone.part) if phone and not phone.too_long else Reading()


def read_others(
    text: str, names: Sequence[str], draft: Draft, config: RepairConfig, now: datetime, skip: str | None = None
) -> dict[str, str]:
    """The values of all slots but `skip` that surely stand in `text`."""
    rest = without_others(text, now, address=True)
    readers: dict[str, Callable[[], str | None]] = {
        "product": lambda: _only(find_products(text, config)),
        "model": lambda: find_model(rest, config),
        "phone": lambda: personal_phone(text),
        "address": lambda: _address(text),
        "date": lambda: _date(text, draft, config, now),
        "symptom": lambda: None if draft.values.get("symptom") else find_symptom(rest, config.products),
        "name": lambda: names[0][:MAX_NAME_CHARACTERS] if names else None,
    }
    wanted = [name for name in config.slots if name != skip]
    found = {name: readers[name]() for name in wanted}
    return {name: value for name, value in found.items() if value}


def without_others(text: str, now: datetime, *, dates: bool = True, address: bool = False) -> str:
    """`text` without phone numbers and, where wanted, days to come on and the address."""
    gone = [(one.start, one.end) for one in find_phones(text)]
    if dates and speaks_of_a_visit(text):
        gone += [(one.start, one.end) for one in find_dates(text, now)]
    place = find_address(text) if address else None
    if place is not None:
        gone.append((place.start, place.end))
    return " ".join(blanked(text, gone).split())


def _only(found: Sequence) -> str | None:
    """The product where one is named; of several the last, as in a correction."""
    return found[-1].value if found else None


def _address(text: str) -> str | None:
    found = find_address(text)
    return found.value if found else None


def _date(text: str, draft: Draft, config: RepairConfig, now: datetime) -> str | None:
    """A day to come on, where the message speaks of coming; one that cannot be is asked for later."""
    at_the_summary = draft.asked is not None and draft.asked not in config.asked
    is_wish = at_the_summary or speaks_of_a_visit(text) or is_correction(text)
    is_wish = is_wish or (draft.asked not in (None, "symptom") and names_only_a_day(text, now))
    if not is_wish or not find_dates(text, now):
        return None
    wish = read_wish(text, now, config, draft.values.get("date"))
    return wish.value if wish else None


def wrong_date(text: str, draft: Draft, config: RepairConfig, now: datetime) -> Reading:
    """What is wrong with the day that is named at the summary, if one is named and nobody comes on it."""
    wish = read_wish(text, now, config, draft.values.get("date")) if find_dates(text, now) and "date" in config.slots else None
    return Reading(wrong=wish.wrong, about=wish.about) if wish else Reading()


def _is_no_symptom(text: str, intent: str) -> bool:
    return not has_trouble(text) and (
        means_the_same(text) or asks(text) or intent in LEAVING or is_skip(text) or is_yes(text) or is_no(text)
    )


def _own(slot: OwnSlot, text: str, intent: str) -> Reading:
    if slot.pattern:
        match = re.search(slot.pattern, text)
        return Reading(match.group()[:MAX_OWN_CHARACTERS] if match else None)
    if intent in LEAVING or is_skip(text) or not any(character.isalnum() for character in text):
        return Reading()
    return Reading(text.strip()[:MAX_OWN_CHARACTERS])


def _name(text: str, names: Sequence[str]) -> str | None:
    if names:
        return names[0][:MAX_NAME_CHARACTERS]
    match = _NAME.match(text.strip())
    if match is None or is_skip(text) or is_no(text) or (is_yes(text) and len(text) <= 3):
        return None
    return match["name"].strip()[:MAX_NAME_CHARACTERS]
