"""Which of the offered things a message means: "2번", "두 번째 거", "맨 아래 거", "후자"."""

from __future__ import annotations

import re

from nlu.normalize import normalize

_WORDS = (
    ("첫|처음|일번|원번|하나|전자|맨\\s*위|제일\\s*위|위에|위엣|앞에|왼쪽", 0),
    ("두\\s*번|두번|둘째|이번|투번|가운데|중간", 1),
    ("세\\s*번|세번|셋째|삼번", 2),
    ("네\\s*번|네번|넷째|사번", 3),
    ("다섯\\s*번|다섯번|다섯째|오번", 4),
)
_LAST = re.compile("마지막|맨\\s*아래|제일\\s*아래|맨\\s*끝|끝에|아래|밑에|뒤에|오른쪽|후자")
_NUMBER = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")
_CIRCLED = {chr(0x2460 + i): i for i in range(20)}


def chosen_place(text: str, count: int) -> int | None:
    """The 0-based place that `text` means among `count` things; None where it names none of them."""
    text = normalize(text).text
    place = _place(text, count)
    return place if place is not None and 0 <= place < count else None


def _place(text: str, count: int) -> int | None:
    for character in text:
        if character in _CIRCLED:
            return _CIRCLED[character]
    number = _NUMBER.search(text)
    if number:
        return int(number.group(1)) - 1
    for pattern, place in _WORDS:
        if re.search(pattern, text):
            return place
    return count - 1 if _LAST.search(text) else None
