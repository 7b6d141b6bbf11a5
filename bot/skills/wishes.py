"""Wishes for a skill that the words alone make plain, also in a message too long for the intent to be sure of."""

from __future__ import annotations

import re

from bot.skills.changes import MAX_CHARACTERS
from bot.skills.config import ORDER, REPAIR, SkillsConfig
from bot.skills.receipts import asks_for_number, asks_how_it_stands
from bot.skills.turns import asks
from nlu.entities.contacts import find_orders

RECEIPT = "receipt"
"""The wish to hear of a repair that was requested."""
CODE = "code"
"""A code on a display is told of, and nobody is asked to come: what it means may help."""
_REPAIR = re.compile(
    r"(?:수리|점검|(?<![A-Za-z])[Aa]/?[Ss](?![A-Za-z])|에이에스|고장)\s?(?:을|를)?\s?(?:좀\s?)?(?:접수|신청|예약|요청|의뢰|맡기)"
    r"|(?:기사|엔지니어)님?\s?(?:을|를|좀|한\s?분)?\s?(?:불러|보내)"
)
_CODE = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,3}\s?-?\d{1,3}|[A-Za-z]{2})(?![A-Za-z0-9])(?!/)")
_SHOWN = re.compile(r"떠|뜨|뜬|뜸|떴|뜹|표시|에러|오류|코드|깜빡|나와|나오|나옴|라고|래요")
_REQUESTS = re.compile(
    r"주세|줘|주시|주실|달라|부탁|싶|고쳐|고치|봐|수리|점검|기사|[Aa]/?[Ss](?![A-Za-z])|에이에스|예약|접수|신청|맡"
)
_UNDO = re.compile(r"취소|변경|바꾸|바꿀|미루|했는데|했어요|진행|어떻게 됐|안 (?:와|오)")
_ORDER = re.compile(r"조회|확인|어디|언제|상태|도착|발송|출고|배송")


def wish_of(text: str, config: SkillsConfig) -> str | None:
    """The skill that is wished for in so many words, or None."""
    text = text[:MAX_CHARACTERS]
    if text.startswith("/"):
        return None
    if config.repair is not None and (asks_for_number(text) or asks_how_it_stands(text)):
        return RECEIPT
    if asks(text):
        return None
    if config.repair is not None and _REPAIR.search(text) and not _UNDO.search(text):
        return REPAIR
    if config.order is not None and _ORDER.search(text) and find_orders(text, config.order.order_pattern):
        return ORDER
    if tells_of_code(text) and not _REQUESTS.search(text):
        return CODE
    return None


def tells_of_code(text: str) -> bool:
    """Whether a code that a display shows stands in `text`: UE 떠요, E01 에러."""
    return _CODE.search(text) is not None and _SHOWN.search(text) is not None
