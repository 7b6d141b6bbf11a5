"""How a message leans on what was said before, told by its morphemes alone.

Most messages stand on their own and lean on nothing (None). One leans where it points back (거기 전화번호는?),
where it is a mere noun put in place of another (그럼 에어컨은요?), where a condition stands alone (카드로 하면요?),
or where it asks without saying about what (며칠 걸려요?). What points at a noun of the message itself, as in
"CH05 뜨는데 이게 뭔 뜻이에요", points back at nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from nlu.morphemes import Morpheme, analyze
from nlu.normalize import normalize


class Lean(str, Enum):
    """The way a message leans."""

    FRAGMENT = "fragment"
    """A noun in place of another: 에어컨은요?"""
    CONDITION = "condition"
    """A case without what is asked of it: 카드로 하면요?"""
    POINTING = "pointing"
    """A word that stands for what was talked about: 거기, 그건, 그 매장."""
    BARE = "bare"
    """A question that does not say about what: 며칠 걸려요?"""
    CONNECTED = "connected"
    """A short question tied to what went before: 그럼 어디서 신청해요?"""
    OTHER = "other"
    """Something else than what was shown: 다른 거, 그거 말고."""
    REPEAT = "repeat"
    SOURCE = "source"
    MORE = "more"


@dataclass(frozen=True)
class Leaning:
    """`text` is the message without what ties it to the one before; `[start, end)` of it points back (POINTING).

    `focus` is the noun put in place of another (FRAGMENT), the noun behind 그 (POINTING), the words of the case
    (CONDITION), or what is wanted instead (OTHER). `stands` says that
    the message may stand on its own as well, so that both ways should be asked.
    """

    kind: Lean
    text: str
    focus: str = ""
    start: int = 0
    end: int = 0
    stands: bool = False
    plain: bool = False
    """A fragment without a particle, which leans only where it is a product's name: 세탁기, not 전화번호."""


ANSWERS = ("", "네", "예", "응", "음", "어", "아")
TIES = frozenset("그럼 그러면 그렇다면 그리고 그래서 그라믄 그람 그러니까 그럼은 아니 아뇨 아니요 음 어 아 네 예 응".split())
POINTERS = frozenset("그거 그것 거기 그곳 그쪽 저거 저것 얘 걔 요거 이거 이것".split())
MAY_POINT_OUTSIDE = frozenset("이거 이것 저거 저것 요거".split())
"""What a customer may hold in the hand: 이거 환불돼요?"""
NO_THING = frozenset("동안 때 후 뒤 전 날 다음 외 중 정도 이후 이전 자리".split())
"""Nouns after 그 that point at a time or place in the message itself."""
LITTLE_NOUNS = frozenset(
    "며칠 얼마 얼마나 정도 지금 바로 언제 어디 무엇 뭐 누구 이유 방법 뜻 사이 안 시 경우 번 보통 대략 정확 대충".split()
)
"""Nouns that say what kind of answer is asked for, not about what."""
LIGHT_VERBS = frozenset(
    "걸리 되 하 있 없 이 가 오 내 같 똑같 그렇 어떻 좋 들 나오 보 주 알 알리 받 말 맞 아니 괜찮 가능 필요".split()
)
"""Predicates that say little by themselves."""
SAME = frozenset("되 같 똑같 그렇 어떻 마찬가지 하 가능 있".split())
"""Predicates of a fragment: 에어컨도 돼요? 세탁기는 어때요?"""
STILL = frozenset("안 못 만약 그래도 해결 소용 계속 고쳐지 나아지".split())
"""Words of a condition that says no more than that it did not help."""
ASKING_WORDS = frozenset("며칠 얼마 얼마나 언제 어디 왜 어떻 어떻게 어떡하 뭐 무엇 무슨 누구 몇 어느".split())
ASKS = re.compile(r"\?|나요|가요|까요?$|은데요?$|는데요?$|니$|[음함됨임]$")
MAX_NOUNS_CONNECTED = 2
MAX_FRAGMENT_NOUNS = 3

_OTHER = re.compile(
    r"(?:그|이|저)(?:거|것|게|건)?\s*(?:말고|말구|아니고|아니라)"
    r"|(?:다른|딴)\s*(?:거|것|게|건|걸|질문|답변?|내용|방법|방안)"
    r"|(?:그|이|저)(?:거|것|게|건)(?:도|은|는|이|가)?\s*(?:아니|아닌|아냐|아님)|그 말이 아니|그런 뜻이 아니"
)
_INSTEAD = re.compile(r"(?:말고|말구|아니고|아니라)(?:요|는|,|\s)*(?P<rest>.*)$", re.DOTALL)
_ANOTHER = re.compile(
    r"^(?:또|혹시|좀|더|뭐)?\s*(?:다른|딴)\s*(?:거|것|게|건|걸|질문|답변?|내용|방법|방안)"
    r"(?:은|는|도|를|을|이|로|으로|요)*\s*(?:없|있|보여|알려|줘|주세요|찾|요|좀|뭐|어떤|$|\?|더|말해)"
)
_REPEAT = re.compile(
    r"다시\s*(?:한\s?번\s*)?(?:좀\s*)?(?:말|설명|알려|보여|얘기)|뭐라고\s*(?:했|하셨|그랬)|뭐라(?:했|고요|구요)|요약|뭐였(?:죠|지|어)"
)
_SOURCE = re.compile(
    r"출처|근거|어디(?:에)?\s*(?:나와|나온|적혀|써)|^(?:정말|진짜|확실)(?:로|한\s?거|히)?(?:요|이에요|예요|해요|한가요|인가요|야|임)?[?\s]*$"
)
_MORE = re.compile(r"자세|구체적|상세|더\s*(?:길게|알려|설명|말해)|추가\s*설명|^왜(?:요|죠|그래요?|그런\s?(?:데|거)\w*)?[?\s]*$")
_OTHER_MIND = re.compile(
    r"^(?:[아음어]+[\s,.]+)?(?:아니(?:다|야|에요|예요|요)?|아냐|아뇨)[\s,.!~]+(?:그냥|그러면|그럼|그게 아니라)?\s*"
    r"(?P<rest>\S.*)$",
    re.DOTALL,
)
_WRONG = re.compile(r"아니|아닌|틀렸|틀려|잘못")
_META_NOUNS = frozenset(
    "말 말씀 설명 답변 답 내용 번호 출처 근거 요약 예 번 방금 아까 줄 이야기 얘기 정보 추가 구체 상세 그거 것 거".split()
)


def leaning(text: str, *, follows: bool = False) -> Leaning | None:
    """How `text` leans, None where it stands on its own; `follows` says that its intent is surely a follow-up."""
    text = normalize(text).text.strip()
    found = _without_ties(analyze(text))
    if not found:
        return None
    about = _about(text, found)
    if about is not None:
        return about
    core = text[found[0].start :]
    tied = follows or text[: found[0].start].strip(" ,.~!") not in ANSWERS or found[0].form == "그렇"
    shifted = [m._replace(start=m.start - found[0].start, end=m.end - found[0].start) for m in found]
    return _pointing(core, shifted) or _fragment(core, shifted) or _condition(core, shifted) or _bare(core, shifted, tied)


def other_mind(text: str) -> str:
    """What is wanted instead in a message that takes back what was said (아니다 교환이요), nothing where it names nothing."""
    match = _OTHER_MIND.match(text.strip())
    rest = match["rest"] if match else ""
    named = {m.form for m in nouns_of(analyze(rest))} - _META_NOUNS if rest else set()
    return rest if named and not _INSTEAD.search(rest) and not _WRONG.search(rest) else ""


def nouns_of(morphemes: Sequence[Morpheme]) -> list[Morpheme]:
    """Nouns that say what a message is about."""
    return [m for m in morphemes if m.tag in ("NNG", "NNP", "SL", "XR", "W_SERIAL") and m.form not in LITTLE_NOUNS]


def _without_ties(found: list[Morpheme]) -> list[Morpheme]:
    found = [m for m in found if m.tag not in ("SF", "SP", "SE", "SW", "SSO", "SSC") or m.form == "-"]
    while found and found[0].tag in ("MAJ", "IC") and found[0].form in TIES:
        found = found[1:]
    return found


def _about(text: str, found: Sequence[Morpheme]) -> Leaning | None:
    """A message about the answer itself: another one, again, where it stands, more of it."""
    rest = _INSTEAD.search(text)
    if _OTHER.search(text) and (rest or _ANOTHER.search(text[found[0].start :]) or not nouns_of(found)):
        wanted = rest["rest"].strip() if rest else ""
        return Leaning(Lean.OTHER, text, focus="" if _ANOTHER.match(wanted) else wanted)
    if rest and _is_instead(found):
        return Leaning(Lean.OTHER, text, focus=rest["rest"].strip())
    if {m.form for m in nouns_of(found)} - _META_NOUNS:
        return None
    for kind, pattern in ((Lean.SOURCE, _SOURCE), (Lean.MORE, _MORE), (Lean.REPEAT, _REPEAT)):
        if pattern.search(text):
            return Leaning(kind, text)
    return None


def _is_instead(found: Sequence[Morpheme]) -> bool:
    """Whether a noun is put in place of another, and nothing more is said: 세탁기 말고 에어컨이요."""
    places = [at for at, m in enumerate(found) if m.form == "말" and m.tag in ("VV", "VX")]
    if not places or not places[0] or any(m.tag.startswith("V") for m in found[: places[0]]):
        return False
    after = [m._replace(start=m.start, end=m.end) for m in found[places[0] + 2 :]]
    return bool(after) and _fragment(" " * after[-1].end, after) is not None


def _pointing(text: str, found: Sequence[Morpheme]) -> Leaning | None:
    for number, morpheme in enumerate(found):
        if morpheme.tag in ("NNG", "NNP", "SL", "SN"):
            return None  # what it points at stands in the message
        if morpheme.tag == "NP" and morpheme.form in POINTERS:
            stands = morpheme.form in MAY_POINT_OUTSIDE or len(nouns_of(found)) > 1
            return Leaning(Lean.POINTING, text, start=morpheme.start, end=_end_with_particle(found, number), stands=stands)
        after = found[number + 1] if number + 1 < len(found) else None
        if (
            morpheme.tag == "MM"
            and morpheme.form == "그"
            and after
            and after.tag in ("NNG", "NNP")
            and after.form not in NO_THING
        ):
            return Leaning(Lean.POINTING, text, start=morpheme.start, end=morpheme.end, focus=after.form)
    return None


def _end_with_particle(found: Sequence[Morpheme], number: int) -> int:
    end = found[number].end
    for morpheme in found[number + 1 :]:
        is_particle = morpheme.tag in ("JX", "JKS", "JKO", "JKG") or morpheme.form in ("서", "에서", "에")
        if not is_particle or morpheme.start > end:
            break
        end = morpheme.end
    return end


def _fragment(text: str, found: Sequence[Morpheme]) -> Leaning | None:
    """Nouns with 은, 는, 도 or 요 behind them, and at most a predicate that says "as well"."""
    head = 0
    while head < len(found) and found[head].tag in (
        "NNG",
        "NNP",
        "SL",
        "SN",
        "SO",
        "XSN",
        "XPN",
        "NNB",
        "NR",
        "JKB",
        "SW",
        "JC",
        "JKG",
    ):
        head += 1
    nouns = [m for m in found[:head] if m.tag in ("NNG", "NNP", "SL")]
    if not nouns or len(nouns) > MAX_FRAGMENT_NOUNS or any(m.form in ASKING_WORDS or m.form in LITTLE_NOUNS for m in nouns):
        return None
    rest = found[head:]
    particle = bool(rest) and rest[0].tag in ("JX", "MM", "EF") and rest[0].form in ("은", "는", "도", "요", "이요", "ᆫ", "예")
    if rest and not particle:
        return None
    predicates = [
        m
        for m in rest
        if m.tag.startswith(("VV", "VA", "VX", "VC", "XR", "NN", "NP", "MM", "MAG")) and m.form not in ("요", "다")
    ]
    if any(m.form not in SAME for m in predicates):
        return None
    words = found[:head]
    last = max((i for i, m in enumerate(words) if m.tag not in ("JKB", "JC", "JKG")), default=0)
    return Leaning(Lean.FRAGMENT, text, focus=text[words[0].start : words[last].end], stands=True, plain=not rest)


def _condition(text: str, found: Sequence[Morpheme]) -> Leaning | None:
    """A clause in 면 alone."""
    ends = [m for m in found if m.form not in ("요",)]
    if not ends or not re.match(r"(?:으|이)?(?:라)?면", ends[-1].form) or not ends[-1].tag.startswith("E"):
        return None
    if len(nouns_of(found)) > MAX_NOUNS_CONNECTED or any(m.tag == "EF" or m.form in ASKING_WORDS for m in found[:-1]):
        return None
    words = [m.form for m in found[:-1] if m.is_content and m.form not in LIGHT_VERBS | STILL]
    if not words:  # 그래도 안 되면요? 해결이 안 되면요?
        return Leaning(Lean.OTHER, text)
    return Leaning(Lean.CONDITION, re.sub(r"(?:요|\?|!|\.|\s)+$", "", text), focus=" ".join(words), stands=True)


def _bare(text: str, found: Sequence[Morpheme], tied: bool) -> Leaning | None:
    nouns = nouns_of(found)
    asks = any(m.form in ASKING_WORDS for m in found) or bool(ASKS.search(text))
    if not nouns and asks:
        verbs = {m.form for m in found if m.tag.startswith(("VV", "VA", "VX", "VC", "XR"))}
        return Leaning(Lean.BARE, text, stands=bool(verbs - LIGHT_VERBS))
    is_nominal = len(nouns) == 1 and len(found) <= 3 and found[-1].tag == "EF" and found[-2].tag == "VCP"  # 무료예요?
    if nouns and (tied or is_nominal) and len(nouns) <= MAX_NOUNS_CONNECTED:
        return Leaning(Lean.CONNECTED, text, stands=True)
    return None
