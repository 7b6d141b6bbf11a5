"""What a question asks for, as far as its words tell: content words, codes, products, quantity, steps."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from bot.quantity import expected_quantity, without_counter
from nlu.morphemes import analyze
from nlu.vectors import StaticVectors
from retrieval.ngrams import CODE, code_terms
from retrieval.readings import content_words

INTERROGATIVES = frozenset(
    """몇/MM 며칠/NNG 얼마/NNG 얼마/NP 얼마/NR 얼마/MAG 얼마나/MAG 누구/NP 언제/MAG 언제/NP 어디/NP 왜/MAG 어느/MM 어떤/MM 무슨/MM
    따르/VV 의하/VV 보통/MAG 주로/MAG 원래/MAG 정확히/MAG 지금/MAG 바로/MAG 한번/MAG 더/MAG 꼭/MAG 다시/MAG 따로/MAG 쯤/XSN 최대/NNG
    정도/NNG 방법/NNG 이유/NNG 뜻/NNG 안/MAG 못/MAG 않/VX 말/VX 주/VX 보/VX 보/VV 오/VX 가/VX 지/VX 놓/VX 두/VX""".split()
)
"""Words that say what kind of answer is asked for, or little at all; not what the answer is about."""
_NOUN_TAGS = ("/NNG", "/NNP", "/SL", "/W_SERIAL")
_STEPS = re.compile(
    r"(?:어떻게|어케|어찌|어떡)\s*(?:해|하|되|돼|연결|설치|청소|바꾸|바꿔|교체|신청|사용|쓰|끄|켜|빼|씻|닦|넣|맞추|설정|등록|초기화|취소|고치)"
    r"|방법|하는 법|는 법|순서|절차|단계"
)
_FACT = re.compile(r"몇|며칠|얼마|언제|누구|누가|어디|어느|무슨|무엇|뭐|뭘|뭔|뭡|어떤|뜻")
_TELL = re.compile(r"알려|가르쳐|궁금")
_CLAUSE = re.compile(r"왜|어떻게|어떡|어째|이유|방법|는 법|뭐\s*때문|뭐가 달라|뭐가 다른|차이")
_VALUE = re.compile(r"(?<!때)(?<!경우)(?<!에)(?:이|가|은|는)\s*어떻게\s*(?:되|돼|됩|됨)")
_EXPLANATION = re.compile(r"왜|어떻게|어케|어떡|어째|이유|방법|는 법|뭐\s*때문")
_LIST = re.compile(r"뭐|뭘|뭔|뭡|무엇|어떤\s*(?:것|게|거)|종류")
_MEASURES = frozenset(f"code/{unit}" for unit in "kg g cm mm m km l ml db kwh kw w v a hz mah pa".split())
"""Latin letters that are no codes."""


@dataclass(frozen=True)
class Question:
    """`words` are different content words with their `weights` (n,) and unit `vectors` (n, d), zeros where unknown."""

    text: str
    words: tuple[str, ...]
    weights: np.ndarray
    vectors: np.ndarray
    is_noun: np.ndarray
    codes: frozenset[str]
    quantity: re.Pattern[str] | None
    wants_steps: bool
    wants_fact: bool

    @property
    def wants_value(self) -> bool:
        """Whether a fact is asked for, 크기가 어떻게 되나요? too."""
        return self.wants_fact or bool(_VALUE.search(self.text))

    @property
    def wants_explanation(self) -> bool:
        """Whether it is asked why or how."""
        return bool(_EXPLANATION.search(self.text))

    @property
    def wants_list(self) -> bool:
        """Whether several things may be asked for: 뭐가 들어 있어요?"""
        return bool(_LIST.search(self.text))

    @classmethod
    def of(cls, text: str, vectors: StaticVectors) -> Question:
        keys = tuple(dict.fromkeys(word.key for word in content_words(CODE.sub(" ", without_counter(text)))))
        words = tuple(key for key in keys if key not in INTERROGATIVES) or keys
        found = [vectors.morpheme_vector(*key.rsplit("/", 1)) for key in words]
        zeros = np.zeros(vectors.dimension, np.float32)
        matrix = np.array([zeros if vector is None else vector for vector in found], np.float32)
        return cls(
            text,
            words,
            np.array([weight_of(key, vectors) for key in words]),
            matrix.reshape(len(words), vectors.dimension),
            np.array([key.endswith(_NOUN_TAGS) for key in words], bool),
            frozenset(code_terms(text)) - _MEASURES,
            expected_quantity(text),
            bool(_STEPS.search(text)),
            wants_fact(text),
        )


def wants_fact(text: str) -> bool:
    """Whether a name, number or the like is asked for (며칠, 보증 기간은?), not whether, why or how."""
    if _FACT.search(text) or _TELL.search(text):
        return not _CLAUSE.search(text)
    return not any(morpheme.tag == "EF" for morpheme in analyze(text))


def weight_of(key: str, vectors: StaticVectors) -> float:
    """How much a word counts: its inverse document frequency in general text, less for verbs and numbers."""
    form, tag = key.rsplit("/", 1)
    weight = min(vectors.idf(form, tag), 9.0)
    if tag in ("NNB", "MAG", "NR", "MM", "XSN", "XPN"):
        return 0.4 * weight
    return weight * (0.75 if tag in ("VV", "VA", "XR", "SN") else 1.0)


def sibling_words(question: Question, products: Collection[str], known: Collection[str], vectors: StaticVectors) -> list[str]:
    """Nouns of the question that no document knows and that are of a kind with the company's products (냉장고 beside 세탁기)."""
    unknown = [i for i, key in enumerate(question.words) if question.is_noun[i] and key not in known]
    kinds = [vector for key in products if (vector := vectors.morpheme_vector(*key.rsplit("/", 1))) is not None]
    if not unknown or not kinds:
        return []
    nearness = question.vectors[unknown] @ np.array(kinds).T
    return [question.words[i] for i, row in zip(unknown, nearness) if row.max() >= SIBLING_NEARNESS]


SIBLING_NEARNESS = 0.66
"""세탁기 has 0.67 with 냉장고 and 0.75 with 전자레인지 in Kiwi's vectors, 0.62 with 베란다, 0.61 with 블라우스."""
