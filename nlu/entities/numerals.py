"""Small Korean numbers as words: native (한, 두, 스물), Sino-Korean (이십삼) and days (이틀, 사흘)."""

from __future__ import annotations

_NATIVE_ONES = {
    "한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5,
    "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "열한": 11, "열두": 12,
}  # fmt: skip
_SINO = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
DAY_WORDS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "열흘": 10, "보름": 15}

NATIVE = "열한|열두|열|하나|한|두|둘|세|셋|네|넷|다섯|여섯|일곱|여덟|아홉"
SINO = "[일이삼사오육칠팔구]?십[일이삼사오육칠팔구]?|[일이삼사오육칠팔구]"


def number(word: str) -> int | None:
    """The value of digits or of a number word below 100; None for anything else."""
    word = word.strip()
    if word.isascii() and word.isdigit():
        return int(word)
    if word in _NATIVE_ONES:
        return _NATIVE_ONES[word]
    if "십" in word:
        tens, _, ones = word.partition("십")
        if (tens and tens not in _SINO) or (ones and ones not in _SINO):
            return None
        return _SINO.get(tens, 1) * 10 + _SINO.get(ones, 0)
    return _SINO.get(word)
