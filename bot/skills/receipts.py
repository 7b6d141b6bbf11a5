"""Whether a message asks after a repair that was requested before: its number, or how it stands."""

from __future__ import annotations

import re

from bot.skills.changes import MAX_SHORT, wants_human

_NUMBER = re.compile(
    r"접수\s?번호.*(?:다시|뭐|무엇|알려|말해|보여|잊|까먹|기억|확인|몇|모르|어떻게\s?(?:되|돼|됐))|접수\s?번호(?:는|은|가|요)*[\s?.!~]*$"
)
_STANDS = re.compile(
    r"(?:수리|접수|신청|기사|점검|방문|[Aa]/?[Ss]).*(?:언제\s?(?:와|오|방문|끝|해\s?주)|어디까지|진행|잘\s?(?:됐|된|들어)|"
    r"(?:됐|되었|된\s?거|되어\s?있|됬|들어갔)[가-힣\s]*(?:나|까|죠|지|가|어|어요|아요|는지)\S*[\s?]*$)"
)
_OF_ANOTHER = re.compile(r"취소|변경|바꾸|바꿀|미루|하면|려면|할\s?때|고\s?싶|할게|할래|방법|주문|배송|반품|교환|환불")


def asks_for_number(text: str) -> bool:
    """Whether the receipt number is asked for: 접수 번호 다시 알려줘."""
    return _asks(text, _NUMBER)


def asks_how_it_stands(text: str) -> bool:
    """Whether it is asked how a repair stands: 제 수리 언제 와요?"""
    return _asks(text, _STANDS)


def _asks(text: str, what: re.Pattern[str]) -> bool:
    return len(text) <= MAX_SHORT and not wants_human(text) and bool(what.search(text)) and not _OF_ANOTHER.search(text)
