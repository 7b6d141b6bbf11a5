"""What a message does while a form runs: it fills what was asked for, asks something itself, or neither.

The routing table (`bot.routing`) looks at it: a form keeps its turn where it is filled, and what is asked is
answered before the form goes on. A question is told by its words and its ending, as the intent alone would
take "탈수가 안 돼요", the answer to "어떤 증상이에요?", for one.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum

from bot.skills.addresses import find_address, read_address
from bot.skills.changes import MAX_CHARACTERS, asks_to_wait, is_skip, is_stop, named_slot, named_to_change
from bot.skills.config import RepairConfig, SkillsConfig
from bot.skills.phones import personal_phone, read_phone
from bot.skills.products import find_model, find_products, read_product
from bot.skills.symptoms import has_trouble
from bot.skills.visit_dates import read_wish
from nlu.entities.contacts import ORDER_PATTERN, find_orders, find_phones
from nlu.entities.dates import SEOUL

FREE_TEXT = frozenset({"symptom", "address", "name", "details"})
"""What may be answered in any words."""
LEAVING = frozenset({"stop", "restart", "human", "request_repair", "check_order", "greet", "thanks", "goodbye", "bot_challenge"})
"""Intents that, where they are sure, are no answer to a question for free text."""
_WORD = re.compile(
    r"얼마|언제(?!든|라도|나)|어디(?!든|나|라도)|며칠|몇\s?\S|누구|누가|무엇|뭐(?!든|라도)|뭘|뭔가요|무슨|어느|어떤|어떻게|왜|어째서"
)
_ENDING = re.compile(
    r"(?:(?<!때)(?<!이)(?<!거)나요|까요|[은는인한던]가요|은지요|는지요|[을를ㄹ]까|습니까|[입합됩]니까|알려\s?(?!드)\S+|궁금\S*|가르쳐\s?\S+|냐|니)[\s.!~ㅠㅜ]*$"
)
_COPULA = re.compile(r"(?:예요|에요|이야|야|죠|지요|지|임|어요|아요|와요|가요|려요|해요|돼요|데요?)[\s.!~ㅠㅜ]*$")
_MARK = re.compile(r"[?？]+[\s.!~ㅠㅜ]*$")
_SAID = re.compile(r"(?:[가-힣A-Za-z\d](?<![아어려해돼게래세네데])요|입니다)[\s.!~]*$")
MAX_ANSWER = 15
_UNSURE = re.compile(r"(?:는지|ㄴ지|은지|을지|ㄹ지)\s?(?:잘\s?)?(?:모르|몰라)")


class Turn(str, Enum):
    FILLS = "fills"
    ASKS = "asks"
    OTHER = "other"


def turn_of(text: str, requested: str | None, intent: str, sure: bool, config: SkillsConfig, now: datetime | None = None) -> Turn:
    """What `text` does for the form that asked for the slot `requested` (`repair_phone`, `order_number`, …)."""
    if text.startswith("/") or not requested:
        return Turn.OTHER
    text = text[:MAX_CHARACTERS]
    form, _, slot = requested.partition("_")
    now = now or datetime.now(SEOUL)
    holds = holds_value(text, form, slot, config, now) or corrects(text)
    if asks(text, holds):
        return Turn.ASKS
    others = ("product", "model", "date", "symptom") if form == "repair" else ("number", "phone")
    if (
        holds
        or _is_answer(text)
        or asks_to_wait(text)
        or any(holds_value(text, form, other, config, now, asked=False) for other in others)
    ):
        return Turn.FILLS
    if slot in FREE_TEXT and not (sure and intent in LEAVING):
        return Turn.FILLS
    return Turn.OTHER


def _is_answer(text: str) -> bool:
    """Whether a short message is said as an answer is: 냉장고요, 모름."""
    return is_skip(text) or (len(text) <= MAX_ANSWER and _SAID.search(text) is not None and not is_stop(text))


def _names_a_slot(text: str, config: RepairConfig) -> bool:
    return named_slot(text) is not None or any(slot.label in text for slot in config.own_slots)


def corrects(text: str) -> bool:
    """Whether `text` surely speaks of the form, whatever it asked for: a phone, an address, the wish to change something."""
    return personal_phone(text) is not None or find_address(text) is not None or named_to_change(text) is not None


def asks(text: str, holds: bool = False) -> bool:
    """Whether `text` is a question; where it holds what was asked for, only one with an interrogative of another matter."""
    if _UNSURE.search(text):
        return False
    word, ends = _WORD.search(text), bool(_MARK.search(text) or _ENDING.search(text))
    if holds:
        return bool(word) and ends and not re.fullmatch(r"왜|며칠|몇.*", word.group())
    return ends or bool(word and _COPULA.search(text))


def holds_value(text: str, form: str, slot: str, config: SkillsConfig, now: datetime, asked: bool = True) -> bool:
    """Whether a value for the slot surely stands in `text`; where it was asked for, a less sure one counts."""
    if slot == "phone" and find_phones(text):  # also a company's, which is then refused
        return True
    if slot == "phone":
        return read_phone(text) is not None or re.fullmatch(r"[\d\s\-.]+", text.strip()) is not None
    if form == "order":
        pattern = config.order.order_pattern if config.order else ORDER_PATTERN
        return slot == "number" and bool(find_orders(text, pattern))
    if config.repair is None:
        return False
    readers = {
        "product": lambda: (
            find_products(text, config.repair) or (asked and len(text) <= MAX_ANSWER and read_product(text, config.repair))
        ),
        "model": lambda: find_model(text, config.repair),
        "symptom": lambda: has_trouble(text),
        "address": lambda: read_address(text),
        "date": lambda: read_wish(
            text, now, config.repair, now.date().isoformat() if asked and len(text) <= MAX_ANSWER else None
        ),
        "confirmed": lambda: len(text) <= MAX_ANSWER and _names_a_slot(text, config.repair),
    }
    return bool(slot in readers and readers[slot]())
