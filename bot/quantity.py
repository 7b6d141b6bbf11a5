"""What quantity a question asks for, told by its question word: 며칠, 몇 도, 얼마나, 언제.

A sentence or span without such a quantity seldom answers it. Only the word 몇 with its counter and a
few fixed words are looked at; everything else expects nothing.
"""

from __future__ import annotations

import re

_NUMBER = r"(?:\d[\d,.]*|[일이삼사오육칠팔구십백천만]+|하루|이틀|사흘|한|두|세|네|다섯)\s*"
_COUNTERS = {
    "도": "(?:도|℃)",
    "키로": "(?:kg|킬로그램)",
    "센티": "(?:cm|센티미터)",
    "미터": "(?:m|미터)",
    "리터": "(?:L|리터)",
    "퍼센트": "(?:%|퍼센트)",
    "프로": "(?:%|퍼센트)",
    "달": "(?:달|개월)",
    "개월": "(?:달|개월)",
    "번": "(?:번|회)",
    "회": "(?:번|회)",
    "시": "(?:시|:)",
}
_HOW_MANY = re.compile(
    r"몇\s*(시간|개월|미터|센티|키로|리터|퍼센트|프로|kg|cm|mm|분|초|달|주|년|회|번|개|장|도|원|명|대|시|살|층|배)", re.IGNORECASE
)
_FIXED = (
    (re.compile(r"며칠|몇\s*일"), r"(?:\d[\d,.]*\s*(?:일|주|개월|달|년|시간)|하루|이틀|사흘|당일|다음\s*날)"),
    (re.compile(r"얼마나\s*(?:걸|기다|오래|자주)"), _NUMBER + r"(?:일|시간|분|초|개월|달|주|년|회|번)"),
    (re.compile(r"몇\s|얼마|언제"), r"\d"),
)


def expected_quantity(question: str) -> re.Pattern[str] | None:
    """A pattern that an answer to `question` should hold; None where no quantity is asked for."""
    for words, pattern in _FIXED[:2]:
        if words.search(question):
            return re.compile(pattern)
    counted = _HOW_MANY.search(question)
    if counted:
        counter = counted.group(1).lower()
        return re.compile(_NUMBER + _COUNTERS.get(counter, re.escape(counter)), re.IGNORECASE)
    words, pattern = _FIXED[2]
    return re.compile(pattern) if words.search(question) else None


_GLUED = re.compile(r"[0-9A-Za-z.\-]+$")
_MORE = re.compile(r"\s?\d+\s?(?:시간|개월|분|초|일|주|원)")


def whole_quantity(text: str, start: int, end: int) -> tuple[int, int]:
    """`[start, end)` made to begin with its word and to end with its quantity.

    A span that begins inside a Latin word or number begins with it instead, and one that ends with the
    first half of a duration (1시간 of 1시간 5분) takes the second in.
    """
    if start < end and text[start].isascii() and text[start].isalnum():
        glued = _GLUED.search(text, max(0, start - 20), start)
        start = glued.start() if glued else start
    if re.search(r"\d\s?(?:년|개월|주|일|시간|분)$", text[start:end]):
        more = _MORE.match(text, end)
        end = more.end() if more else end
    return start, end
