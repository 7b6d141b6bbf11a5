"""Phone numbers, order numbers and names in a message, normalized.

    010-1234-5678, 공일공 일이삼사 오육칠팔, +82 10 1234 5678  ->  01012345678
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.entities.found import Found, without_overlaps

_SEPARATOR = r"[\s.\-–—~·/()]{0,3}"
_PHONE = re.compile(
    rf"(?<!\d)(?:\+?{_SEPARATOR}82{_SEPARATOR}\(?0?\)?{_SEPARATOR}(?P<abroad>\d{{1,2}})"
    r"|\(?(?P<area>0(?:2|1[016-9]|[3-6]\d|70|50\d?))\)?)"
    rf"{_SEPARATOR}(?P<middle>\d{{3,4}}){_SEPARATOR}(?P<last>\d{{4}})(?!\d)"
)
_COMPANY_PHONE = re.compile(rf"(?<!\d)(?P<number>1[5689]\d\d{_SEPARATOR}\d{{4}})(?!\d)")
_SPELT = dict(zip("공영일이삼사오육륙칠팔구", "001234566789"))
_SPELT_PHONE = re.compile(rf"(?:공일공|영일영)(?:[\s\-,.다시의에]{{0,3}}[{''.join(_SPELT)}]){{7,8}}(?![{''.join(_SPELT)}])")

ORDER_PATTERN = r"[A-Za-z]{0,4}-?\d{8}(?:-\d{2,8})?|[A-Za-z]{1,4}-?\d{5,16}|\d{9,16}"
"""What counts as an order number where the company gives no pattern of its own."""
_ORDER_CONTEXT = re.compile(r"(?:주문|송장|운송장|접수|예약)\s*번호(?:는|가|은|:|도)?\s*(?P<number>[A-Za-z0-9][A-Za-z0-9\-]{4,24})")

_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류진지엄채원천방공현"
    "함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
_DOUBLE = "남궁|황보|제갈|사공|선우|서문|독고|동방"
_NAME = rf"(?:{_DOUBLE})[가-힣]{{1,2}}|[{_SURNAMES}][가-힣]{{1,2}}"
_NAME_CONTEXTS = (
    re.compile(
        rf"(?:이름|성함|성명|주문자|신청자|예약자|받는\s*사람|입금자)(?:은|는|이|:)?\s*(?P<name>{_NAME})"
        r"(?=\s*(?:입니다|이에요|예요|이요|요|이고|고|인데|라고|이라고|으로|로|씨|님|[,.!\s]|$))"
    ),
    re.compile(rf"(?:^|\s)(?:저는|제가|나는|저)\s*(?P<name>{_NAME})(?=\s*(?:입니다|이에요|예요|이라고|라고|인데요))"),
    re.compile(rf"(?:^|\s)(?P<name>{_NAME})\s*(?:고객|이름으로|명의로)"),
)  # fmt: skip
_NO_NAMES = frozenset("고객님 이름은 전화번 주문한 주문자 이것은 저것은 하나 한국 서울 인천 안양 제주 이번에 지금은 고장 신청 주소는 이거".split())


def find_phones(text: str) -> list[Found]:
    """Entities `phone` with digits only, a mobile or land line from 0 on, or a company's 1588 number."""
    found = []
    for match in _PHONE.finditer(text):
        area = match["area"] or "0" + match["abroad"]
        found.append(Found("phone", match.start(), match.end(), area + match["middle"] + match["last"]))
    for match in _SPELT_PHONE.finditer(text):
        found.append(Found("phone", match.start(), match.end(), "".join(_SPELT[c] for c in match.group() if c in _SPELT)))
    for match in _COMPANY_PHONE.finditer(text):
        found.append(Found("phone", match.start(), match.end(), re.sub(r"\D", "", match["number"])))
    return found


def find_orders(text: str, pattern: str = ORDER_PATTERN) -> list[Found]:
    """Entities `order_number` in upper case: what follows 주문번호, and what looks like `pattern`."""
    named = [
        Found("order_number", match.start("number"), match.end("number"), match["number"].strip("-").upper())
        for match in _ORDER_CONTEXT.finditer(text)
        if any(character.isdigit() for character in match["number"])
    ]
    bare = [
        Found("order_number", match.start(), match.end(), match.group().upper())
        for match in re.finditer(rf"(?<![A-Za-z0-9\-])(?:{pattern})(?![A-Za-z0-9\-])", text)
    ]
    return without_overlaps([*named, *bare])


def find_names(text: str, proper_nouns: Sequence[tuple[int, int]] = ()) -> list[Found]:
    """Entities `name`: a surname and one or two syllables where one says one's name.

    `proper_nouns` are `[start, end)` that Kiwi took for names; one that is all of a short message counts.
    """
    found = [
        Found("name", match.start("name"), match.end("name"), match["name"])
        for context in _NAME_CONTEXTS
        for match in context.finditer(text)
        if match["name"] not in _NO_NAMES
    ]
    for start, end in proper_nouns:
        alone = re.fullmatch(r"\s*(?:입니다|이에요|예요|이요|요)?[\s.!]*", text[end:]) and not text[:start].strip()
        if alone and re.fullmatch(_NAME, text[start:end]) and end - start >= 3:
            found.append(Found("name", start, end, text[start:end]))
    return found
