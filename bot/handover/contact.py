"""Name and phone out of what a customer writes when asked for them."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlu.entities.contacts import find_names, find_phones
from nlu.normalize import normalize

MAX_NAME_CHARACTERS = 30
PHONE_DIGITS = range(9, 13)
_NOISE = re.compile(
    r"(?:제|저의|내)?\s*(?:이름|성함|성명|전화\s*번호|연락처|휴대폰|핸드폰|폰|번호|전화)(?:은|는|이|가|:)?|저는|제가|그리고|이고"
)
_ENDING = r"(?:이에요|예요|입니다|이라고 합니다|이고|이요|요|님|씨)?"
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z.'\-]{0,20}(?: [A-Za-z][A-Za-z.'\-]{0,20}){0,3}")
_NO_NAMES = frozenset(
    "네 예 아니요 아니오 아뇨 응 여기 안녕하세요 감사합니다 고마워 고마워요 주세요 잠시만요 왜요 몰라요 싫어요 "
    "좋아요 알겠어요 그래요 없어요 상담원 나중에 지금은 언제요 얼마나 여보세요 저기요 빨리요".split()
)


class Contact(NamedTuple):
    """What was found; a phone is digits only."""

    name: str | None = None
    phone: str | None = None


def find_contact(text: str, alone: bool = False) -> Contact:
    """Name and phone in `text`. Where it was asked for (`alone`), what is left beside a phone may be the name."""
    clean = normalize(text[:500]).text
    phones = [one for one in find_phones(clean) if len(one.value) in PHONE_DIGITS and one.value.startswith("0")]
    named = [one.value for one in find_names(clean)]
    name = named[0] if named else None
    if name is None and alone:
        rest = clean
        for one in reversed(phones):
            rest = rest[: one.start] + " " + rest[one.end :]
        name = _bare_name(rest)
    return Contact(name, phones[0].value if phones else None)


def shown_phone(phone: str) -> str:
    """A phone as it is shown in lists and to the customer: its middle is hidden."""
    return f"{phone[:3]}-****-{phone[-4:]}" if len(phone) >= 9 else "****"


def _bare_name(text: str) -> str | None:
    """`text` where it is nothing but a name."""
    rest = " ".join(re.sub(r"[,/.!~()\-:]", " ", _NOISE.sub(" ", text)).split())
    if rest in _NO_NAMES or re.fullmatch(_ENDING, rest) or len(rest) > MAX_NAME_CHARACTERS:
        return None
    if _LATIN_NAME.fullmatch(rest):
        return rest
    named = [one.value for one in find_names(f"이름은 {rest}")]
    return next((name for name in named if name not in _NO_NAMES and re.fullmatch(name + _ENDING, rest)), None)
