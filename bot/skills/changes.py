"""Words that lead a form: yes and no, stop, skip, a human, and which of its slots is to be changed."""

from __future__ import annotations

import re

_SLOTS = {
    "phone": "전화|번호|연락처|휴대폰|핸드폰|폰",
    "address": "주소|사는\\s?곳|위치",
    "date": "날짜|희망일|방문일|방문\\s?날|일정|요일|시간",
    "model": "모델",
    "symptom": "증상|고장\\s?내용",
    "product": "제품|기종|품목",
    "name": "이름|성함|성명",
}
_NAMES = {name: re.compile(words) for name, words in _SLOTS.items()}
_CHANGE = re.compile(r"바꿀|바꿔|바꾸|바뀌|수정|고칠|고쳐|고치|정정|변경|틀렸|틀려|틀린|잘못|다시\s?(?:적|쓸|입력|말)|추가")
_NO = re.compile(r"^(?:아니|아뇨|노|놉|ㄴㄴ|안\s?돼|안\s?할)|고칠게|수정할게|틀렸|틀려|잘못")
_YES = re.compile(
    r"^(?:네|넵|넹|넴|예|옙|응|엉|어|ㅇㅇ|ㅇㅋ|ㅇ|그래|좋아|좋습|맞아|맞습|맞네|확인|오케이|ok|okay|yes|웅|그렇게|이대로|접수\s?(?:해|할|하|부탁|요|$)|진행|신청할|부탁)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"^(?:아니\S*\s|그냥\s|됐\S*\s|저기\s|네\s|이제\s|수리\s?|접수\s?|신청\s?|주문\s?확인\s?|하던\s?거\s)*"
    r"(?:그만(?:\s?(?:할|둘|하|두|해|둬)\S*)?|취소(?:\s?(?:할|해|하|요)\S*)?(?:\s?주세요)?|안\s?할\S*|관둘\S*|중단\S*|됐어요?|됐습니다|스톱|stop)"
    r"(?:\s?주세요|\s?줘요?)?[\s.!~ㅠㅜ]*$",
    re.IGNORECASE,
)
_SKIP = re.compile(r"건너|패스|스킵|생략|모름|모르|몰라|없어요|없음|없습|나중에|됐고|넘어가|안\s?적")
_HUMAN = re.compile(r"상담(?:원|사|직원)|사람\s?(?:이랑|하고|과|으로|한테|좀|불러|바꿔|연결)|직원\s?(?:바꿔|연결|불러)")
_WAIT = re.compile(
    r"^(?:네\s?|아\s?|어\s?)?(?:잠깐|잠시|잠만|기다려|있어\s?(?:봐|보)|확인\s?(?:해\s?볼|하고\s?올|좀\s?할)|찾아\s?볼|보고\s?올)"
)
_SAME = re.compile(r"같은|같아|동일|똑같|그대로|아까|방금|위에|앞에|전에\s?(?:적|쓴|말|한)|저번|지난\s?번|이전")
_INSTEAD = re.compile(r"말고|말구|아니고|아니라")
_CORRECTION = re.compile(r"아니|말고|바꿔|바꿀|정정|틀렸|잘못|수정|변경|로요\s*[.!]*$")
MAX_SHORT = 30
MAX_CHARACTERS = 1_000
"""Of a longer message the forms read so much."""


def is_yes(text: str) -> bool:
    """A yes that is nothing else."""
    return len(text) <= MAX_SHORT and _YES.search(text.strip()) is not None and not is_no(text)


def is_no(text: str) -> bool:
    return _NO.search(text.strip()) is not None or _CHANGE.search(text) is not None


def is_stop(text: str) -> bool:
    """Whether the customer leaves the form."""
    return len(text) <= MAX_SHORT and _STOP.search(text.strip()) is not None


def is_skip(text: str) -> bool:
    """Whether the customer does not know or will not say."""
    return len(text) <= MAX_SHORT and _SKIP.search(text) is not None


def asks_to_wait(text: str) -> bool:
    """Whether the customer wants a moment: 잠깐만요."""
    return len(text) <= MAX_SHORT and _WAIT.search(text.strip()) is not None


def means_the_same(text: str) -> bool:
    """Whether the customer means what was said before: 같은 주소요."""
    return len(text) <= MAX_SHORT and _SAME.search(text) is not None


def wants_human(text: str) -> bool:
    return len(text) <= MAX_SHORT and _HUMAN.search(text) is not None


def is_correction(text: str) -> bool:
    """Whether what `text` names takes the place of what was said before."""
    return _CORRECTION.search(text) is not None


def named_to_change(text: str) -> str | None:
    """The slot that `text` wants to change (모델명 말고 증상이요: the symptom); None where it wants none or names none."""
    instead = _INSTEAD.search(text)
    if instead and named_slot(text[: instead.start()]):
        return named_slot(text[instead.end() :])
    return named_slot(text) if _CHANGE.search(text) else None


def named_slot(text: str) -> str | None:
    """The slot that `text` names, the first of several."""
    found = [(match.start(), name) for name, pattern in _NAMES.items() if (match := pattern.search(text))]
    return min(found)[1] if found else None
