"""A customer's own phone number, also one that comes in pieces: 010, then 1234, then 5678."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlu.entities.contacts import find_phones
from nlu.normalize import normalize

MAX_DIGITS = 12
_SPELT = dict(zip("공영일이삼사오육륙칠팔구", "001234566789"))
_AROUND = re.compile(
    r"^(?:네|예|아니|아|음|그리고|그다음|그\s?다음|제|전화|휴대폰|핸드폰|번호|는|은|이고|요|[\s,.:])*|"
    r"(?:이고요?|이에요|예요|이요|입니다|이야|요|번|로요?|으로요?|로\s?해\s?주세요|[\s,.!~])*$"
)
_WHOLE = re.compile(r"01[016789]\d{7,8}|02\d{7,8}|0[3-6]\d\d{7,8}|070\d{7,8}|050\d\d{7,8}")
_MOBILE_010 = "010"


class Phone(NamedTuple):
    """`number` whole in digits, or None with the `part` that is there so far; `too_long` where too many came."""

    number: str | None
    part: str = ""
    too_long: bool = False


def read_phone(text: str, part: str = "") -> Phone | None:
    """What `text` adds to `part` of a phone number; None where it holds none of one."""
    text = normalize(text).text
    whole = personal_phone(text)
    if whole:
        return Phone(whole)
    piece = digits_of(text)
    if piece is None:
        return None
    digits = part + piece
    if not part and len(piece) == 8 and not re.match("0|1[5689]", piece):  # the 010 goes without saying
        digits = _MOBILE_010 + piece
    if not part and piece.startswith("10") and len(piece) == 10:
        digits = "0" + piece
    if is_whole(digits) and (len(piece) >= 4 or len(digits) == 11):
        return Phone(digits)
    if not digits.startswith("0"):
        return None
    return Phone(None, too_long=True) if len(digits) >= MAX_DIGITS else Phone(None, digits)


def personal_phone(text: str) -> str | None:
    """The last phone number in `text` that may be a person's, digits only."""
    found = [one.value for one in find_phones(text) if is_whole(one.value)]
    return found[-1] if found else None


def is_whole(digits: str) -> bool:
    """Whether `digits` are all of a Korean mobile or land line number."""
    if digits.startswith(_MOBILE_010):
        return len(digits) == 11
    return _WHOLE.fullmatch(digits) is not None


def digits_of(text: str) -> str | None:
    """The digits of a text that is made of digits (or their Korean names) and little else; None for any other."""
    inner = _AROUND.sub("", text.strip())
    inner = re.sub(r"다시|하이픈|에|의|[\s\-–—.·/()]", "", inner)
    spelt = "".join(_SPELT.get(character, character) for character in inner)
    return spelt if spelt and len(spelt) <= 20 and spelt.isascii() and spelt.isdigit() else None


def shown_phone(digits: str) -> str:
    """010-1234-5678"""
    head = 2 if digits.startswith("02") else 4 if re.match(r"050\d", digits) else 3
    if len(digits) <= head:
        return digits
    rest = digits[head:]
    middle = rest[:-4] if is_whole(digits) else rest[:4]
    return "-".join(part for part in (digits[:head], middle, rest[len(middle) :]) if part)
