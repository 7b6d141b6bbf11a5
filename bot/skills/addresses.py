"""A Korean address within a message: from the province, city or district to the room."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_CHARACTERS = 200
MAX_DETAIL = 30
"""How many characters behind an address still belong to it, when it was asked for."""
_PROVINCE = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청[남북]|전라[남북]|경상[남북])"
    r"(?:특별자치시|특별자치도|특별시|광역시|시|도)?"
)
_CITY = r"[가-힣]{1,5}(?:시|군|구)(?![가-힣])"
_AREA = r"[가-힣\d]{1,8}(?:읍|면|동|리|가)(?![가-힣])"
_ROAD = r"[가-힣\d·]{1,12}(?:대로|로|길)\s?(?:\d{1,4}번?길)?"
_NUMBER = r"(?:지하\s?|산\s?)?\d{1,5}(?:-\d{1,4})?(?:번지)?(?![\d-])"
_HOUSE = r"[가-힣A-Za-z0-9]{1,15}(?:아파트|빌라|빌딩|오피스텔|타워|맨션|주택|마을|상가|단지|자이|캐슬)"
_DETAIL = rf"(?:[,\s]{{0,2}}(?:{_HOUSE}|제?\s?\d{{1,4}}\s?동|제?\s?[A-Za-z]?\d{{1,5}}\s?호|(?:지하|B)?\s?\d{{1,3}}\s?층))"
_ADDRESS = re.compile(
    rf"(?<![가-힣])(?:{_PROVINCE}\s+)?(?:{_CITY}\s+){{0,2}}(?:{_AREA}\s*){{0,2}}(?:{_ROAD}\s*{_NUMBER}|(?<=[동리가]\s){_NUMBER}){_DETAIL}{{0,4}}"
    rf"|(?<![가-힣])(?:{_PROVINCE}\s+)?(?:{_CITY}\s+){{1,2}}{_AREA}{_DETAIL}{{1,4}}"
)
_PLACE = re.compile(
    rf"{_PROVINCE}|[가-힣](?:시|군|구|읍|면|동|리)(?![가-힣])|[가-힣\d](?:로|길)\s?\d|아파트|빌라|오피스텔|\d\s?[동호층번]"
)
_ENDING = re.compile(
    r"\s*(?:이에요|예요|이요|이야|입니다|인데요?|이고요?|(?:으로|로)?\s?(?:와|오시|방문|보내)\s?[가-힣\s]*|(?:으로|로)\s?(?:요|해\s?주세요|바꿔\s?주세요)|요)?[\s.!~]*$"
)
_BEGINNING = re.compile(
    r"^(?:네|예|아니요?|아|음|그게|저희\s?집은?|우리\s?집은?|저희|제|집\s?주소는?|주소는?|주소를?|여기는?|[\s,.:])+(?=[\s가-힣])"
)


class Address(NamedTuple):
    """An address at `[start, end)` of the message."""

    start: int
    end: int
    value: str


def find_address(text: str) -> Address | None:
    """The address that surely is one: it begins with a province, city or district and goes on to a number."""
    found = [match for match in _ADDRESS.finditer(text) if _PLACE.search(match.group())]
    found = [match for match in found if re.match(rf"{_PROVINCE}|{_CITY}", match.group())]
    if not found:
        return None
    match = max(found, key=lambda one: len(one.group().strip()))
    return Address(match.start(), match.end(), " ".join(match.group().split())[:MAX_CHARACTERS])


def read_address(text: str) -> str | None:
    """The address in the answer to the question for it: a sure one, or all of a text that names a place and a number."""
    sure = find_address(text)
    plain = " ".join(_ENDING.sub("", _BEGINNING.sub("", text.strip())).split())[:MAX_CHARACTERS]
    if sure is not None:
        is_whole = plain.startswith(sure.value) and len(plain) - len(sure.value) <= MAX_DETAIL
        return plain if is_whole else sure.value
    names_a_place = _PLACE.search(plain) is not None and any(character.isdigit() for character in plain)
    return plain if names_a_place and len(plain) >= 5 else None
