"""Korean interrogatives and question endings, spelt by Kiwi's own morphology (`kiwi.join`)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

from mrc.answer_candidates import AnswerKind, Candidate
from nlu.morphemes import Morpheme, kiwi

Form = tuple[str, str]
"""A morpheme's `(form, tag)`."""

COPULA_ENDINGS = ("인가?", "일까?", "야?", "인가요?", "입니까?", "일까요?", "예요?", "지?")
COPULA_WEIGHTS = (0.26, 0.17, 0.19, 0.14, 0.07, 0.05, 0.10, 0.02)
"""About as often as the questions of KorQuAD 2.1 use them, with the polite ones of customers raised."""
VERB_ENDINGS = ("는가", "나", "나요", "을까", "을까요", "습니까", "어", "어요", "지")
VERB_WEIGHTS = (0.30, 0.06, 0.22, 0.10, 0.04, 0.09, 0.10, 0.07, 0.02)
_SHORT_WHAT = {"인가?": "뭔가?", "일까?": "뭘까?", "인가요?": "뭔가요?", "입니까?": "무엇입니까?", "일까요?": "뭘까요?"}
_ADJECTIVE = {"는가": "ᆫ가", "나요": "ᆫ가요", "나": "ᆫ가"}
NUMBER_WORDS = {"일": "며칠", "년": "몇 년", "%": "몇 퍼센트", "℃": "몇 도"}


def has_final(text: str) -> bool:
    """Whether the last syllable ends in a consonant; digits and letters as they are read in Korean."""
    last = text.rstrip("'\"》〉」』’”)")[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - 0xAC00) % 28 > 0
    return last.lower() in "lmnr013678"


def with_copula(word: str, ending: str) -> str:
    """누구 + 야? → 누구야?, 몇 명 + 예요? → 몇 명이에요?, 뭐 + 인가요? → 뭔가요?"""
    if word == "뭐" and ending in _SHORT_WHAT:
        return _SHORT_WHAT[ending]
    if ending == "야?":
        return word + ("이야?" if has_final(word) else "야?")
    if ending == "예요?":
        return word + ("이에요?" if has_final(word) else "예요?")
    if ending == "지?":
        return word + ("이지?" if has_final(word) else "지?")
    return word + ending


def particle(word: str, with_consonant: str, with_vowel: str) -> str:
    """The word with the particle its sound asks for: 세종 + 은/는 → 세종은."""
    return word + (with_consonant if has_final(word) else with_vowel)


def subject_question(candidate: Candidate, rng: random.Random) -> str:
    """What stands for the answer before a copula: 누구, 언제, 몇 명, 무엇 …"""
    kind = candidate.kind
    if kind is AnswerKind.PERSON:
        return "누구"
    if kind is AnswerKind.YEAR:
        return rng.choice(("언제", "언제", "몇 년", "몇 년도"))
    if kind is AnswerKind.DAY:
        return rng.choice(("언제", "언제", "언제", "며칠"))
    if kind is AnswerKind.PLACE:
        return "어디"
    if kind is AnswerKind.COUNTRY:
        return rng.choice(("어디", "어느 나라", "어느 나라"))
    if kind is AnswerKind.MONEY:
        return rng.choice(("얼마", "얼마", "몇 " + candidate.unit))
    if kind is AnswerKind.NUMBER:
        return how_many(candidate, rng)
    if kind is AnswerKind.TYPED:
        return rng.choice(("무엇", "뭐", f"어떤 {candidate.unit}", f"무슨 {candidate.unit}"))
    return rng.choice(("무엇", "무엇", "뭐"))


def how_many(candidate: Candidate, rng: random.Random) -> str:
    if candidate.unit in NUMBER_WORDS:
        return NUMBER_WORDS[candidate.unit]
    if candidate.unit in ("m", "km", "kg", "g", "t", "미터", "킬로미터", "톤", "cm", "mm") and rng.random() < 0.4:
        return "얼마"
    return f"몇 {candidate.unit}"


def in_place(candidate: Candidate, particles: Sequence[Morpheme], rng: random.Random) -> str | None:
    """What stands for answer and particles inside a sentence (누가, 어디에서, 몇 명을); None where nothing fits."""
    forms = [m.form for m in particles]
    role = forms[0] if forms else ""
    rest = "".join(forms[1:])
    if rest and rest not in ("는", "은", "도", "만"):
        role, rest = role + rest, ""
    if candidate.kind in (AnswerKind.YEAR, AnswerKind.DAY):
        return _when(candidate, role, rng)
    word = subject_question(candidate, rng)
    if word == "뭐" and role not in ("이", "가", "을", "를", "은", "는"):
        word = "무엇"
    if role in ("이", "가", "은", "는", "께서"):
        return {"누구": "누가", "뭐": "뭐가"}.get(word) or particle(word, "이", "가")
    if role in ("을", "를"):
        return "뭘" if word == "뭐" and rng.random() < 0.5 else particle(word, "을", "를")
    if role in ("와", "과"):
        return particle(word, "과", "와")
    if role in ("로", "으로"):
        return word + ("으로" if has_final(word) and (ord(word[-1]) - 0xAC00) % 28 != 8 else "로")
    if role == "의" and candidate.kind in (AnswerKind.THING, AnswerKind.TYPED):
        return f"{'어떤 것' if word in ('무엇', '뭐') else word}의"
    if role in ("의", "에", "에서", "에게", "까지", "부터", "마다", "만에", "에서부터", "보다", "께", "한테"):
        if candidate.kind is AnswerKind.PLACE and role in ("에", "에서") and rng.random() < 0.2:
            return f"어느 곳{role}"
        return word + role
    if role == "" and candidate.kind in (AnswerKind.NUMBER, AnswerKind.MONEY):
        return word
    return None


def _when(candidate: Candidate, role: str, rng: random.Random) -> str | None:
    if role in ("", "에", "에는", "은", "는"):
        if candidate.kind is AnswerKind.YEAR:
            return rng.choice(("언제", "언제", "몇 년에", "몇 년도에", "어느 해에"))
        return rng.choice(("언제", "언제", "언제", "며칠에", "어느 날"))
    if role in ("부터", "까지", "이후", "경"):
        return "언제" + role
    return None


def head_noun(candidate: Candidate, rng: random.Random) -> str:
    """What a clause that asks for the answer ends in: 사람, 해, 곳, 것 …"""
    kind = candidate.kind
    if kind is AnswerKind.PERSON:
        return rng.choice(("사람", "사람", "인물", "이"))
    if kind is AnswerKind.YEAR:
        return rng.choice(("해", "연도", "년도", "때", "것", "시기"))
    if kind is AnswerKind.DAY:
        return rng.choice(("날", "날짜", "때", "것"))
    if kind is AnswerKind.PLACE:
        return rng.choice(("곳", "장소", "곳", "지역"))
    if kind is AnswerKind.COUNTRY:
        return rng.choice(("나라", "국가"))
    if kind is AnswerKind.TYPED:
        return rng.choice((candidate.unit, candidate.unit, "것"))
    return "것의 이름" if candidate.is_named and rng.random() < 0.3 else "것"


@lru_cache(maxsize=200_000)
def _join(forms: tuple[Form, ...]) -> str:
    return kiwi().join(list(forms))


def join(forms: Sequence[Form]) -> str:
    """The morphemes written as a word: 창제 하 었 는가 → 창제했는가."""
    return _join(tuple(forms))


def as_question(predicate: Sequence[Form], kind: str, rng: random.Random) -> str:
    """A predicate (stem and tense, no ending) as a question: 창제했는가?, 높은가요?"""
    ending = rng.choices(VERB_ENDINGS, VERB_WEIGHTS)[0]
    past = predicate[-1][0] in ("었", "았", "엇")
    if kind == "copula":
        copula = rng.choices(COPULA_ENDINGS, COPULA_WEIGHTS)[0]
        if past and copula in ("야?", "예요?"):
            copula = "인가?"
        mapping = {
            "인가?": "는가" if past else "ᆫ가",
            "일까?": "을까",
            "인가요?": "나요" if past else "ᆫ가요",
            "입니까?": "습니까",
            "일까요?": "을까요",
            "지?": "지",
        }
        ending = mapping.get(copula, "ᆫ가")
    elif kind == "adjective" and not past:
        ending = _ADJECTIVE.get(ending, ending)
    return join([*predicate, (ending, "EF")]) + "?"


def as_modifier(predicate: Sequence[Form], kind: str) -> str:
    """A predicate before a noun: 창제한, 높은, 살고 있는, 수도였던."""
    *stem, last = predicate
    past = last[0] in ("었", "았", "엇") and last[1] == "EP"
    if last[1] == "EP" and not past:
        return join([*predicate, ("는", "ETM")])
    if past:
        exists = stem and stem[-1][0] in ("있", "없", "계시")
        if kind == "verb" and not exists:
            return join([*stem, ("ᆫ", "ETM")])
        return join([*predicate, ("던", "ETM")])
    if kind == "verb" or last[0] in ("있", "없", "계시"):
        return join([*predicate, ("는", "ETM")])
    return join([*predicate, ("ᆫ", "ETM")])
