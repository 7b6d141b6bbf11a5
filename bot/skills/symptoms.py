"""What is wrong with a product, told apart from the wish to have it repaired."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_CHARACTERS = 500
BROKEN = "고장"
_TROUBLE = re.compile(
    r"안\s?(?:돼|되|됨|됩|켜|돌|나|움직|열|닫|빠|들|잡|시원|차가|먹|눌|맞|뜨|나가|나옴|녹|얼|풀)|못\s?(?:쓰|켜|돌|움직|빨|열|해)|"
    r"(?:이|가|물|도)\s?(?:새|샌|샜)|소음|소리|냄새|멈|멎|꺼지|꺼져|꺼졌|끊기|끊겨|깨졌|깨진|부러|터졌|터지|막히|막혀|막혔|넘치|넘쳐|넘쳤|"
    r"뜨거|타는|연기|불꽃|스파크|누수|누전|에러|오류|코드|이상|덜덜|흔들|진동|느려|느리|약해|약하|시끄|먹통|얼어|얼었|불량|뻑뻑|"
    r"떨어졌|떨어지|빠졌|찌그러|녹슬|망가|작동|전원|[A-Za-z]{1,3}\d{0,3}\s?(?:에러|오류|코드)?\s?(?:가|이|라고|이라고)?\s?(?:떠|뜨|떴)"
)
_WISH = re.compile(
    r"수리|점검|(?<![A-Za-z])[Aa]/?[Ss](?![A-Za-z])|에이에스|애프터\s?서비스|기사|출장|방문|접수|신청|예약|고쳐|고치러|맡기|와\s?(?:서|주|줘)|봐\s?(?:주|줘)"
)
_BROKEN = re.compile(r"고장\s?(?:이|가)?\s?(?:났|나|난)\S*|고장")
_SENTENCES = re.compile(r"(?<=[.!?\n])\s*|(?<=[요다죠음함])\s+")
_JOINTS = re.compile(
    r"^(?:그래서|그런데|근데|그리고|지금|저기|안녕하세요|저희|제|집|[\s,.])+|[\s,.]*(?:그래서|좀|그냥|빨리)?[\s,.]*$"
)
_BEFORE = re.compile(r"^.*(?:이고|인데|이며|이라고)(?:요)?[\s,]+", re.DOTALL)
_AFTER = re.compile(r"(서)\s+(?:오늘|내일|모레|오전|오후|아침|저녁|빨리|꼭|좀|급하게).*$", re.DOTALL)
_LETTERS = re.compile(r"[가-힣A-Za-z]")


def has_trouble(text: str) -> bool:
    """Whether `text` says what is wrong; that something is broken (고장) says little and does not count."""
    return _TROUBLE.search(_BROKEN.sub(" ", text)) is not None


def find_symptom(text: str, products: Iterable[str] = ()) -> str | None:
    """What of `text` says what is wrong, without the wish for a repair; None where nothing does."""
    told = []
    for sentence in _SENTENCES.split(text):
        wish = _WISH.search(sentence)
        head = _JOINTS.sub("", sentence[: wish.start()] if wish else sentence)
        bare = head
        for product in products:
            bare = bare.replace(product, " ")
        if has_trouble(bare) and len(_LETTERS.findall(bare)) >= 3:
            told.append(_pure(head))
    return " ".join(told)[:MAX_CHARACTERS] or None


def _pure(head: str) -> str:
    """What says what is wrong, without who says it before and when to come behind."""
    body = _BEFORE.sub("", head)
    body = body if has_trouble(body) and len(_LETTERS.findall(body)) >= 3 else head
    return _AFTER.sub(r"\1", body)


def read_symptom(text: str) -> str | None:
    """The answer to the question for the symptom: all of it, where it has words."""
    told = _JOINTS.sub("", text.strip())
    return told[:MAX_CHARACTERS] if len(_LETTERS.findall(told)) >= 2 else None
