"""A sentence and an answer in it, turned into questions for it.

Forms, after what KorQuAD's writers and customers do:

    in place    세종은 언제 훈민정음을 창제했나요?          the answer becomes an interrogative
    cleft       세종이 훈민정음을 창제한 해는 언제인가?      the clause becomes a modifier of what is asked
    modifier    훈민정음을 창제한 사람은 누구야?             a modifier that stands before the answer is used
    copula      조선의 제4대 왕은 누구인가요?                the complement or the topic of A는 B이다

Phrases are left out, moved and words replaced by near ones (Kiwi's vectors), so that a reader can't
simply look for the question's words. A compound sentence is cut to the clause that holds the answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mrc.answer_candidates import PERSON_TITLES, AnswerKind, Candidate
from mrc.interrogatives import (
    COPULA_ENDINGS,
    COPULA_WEIGHTS,
    Form,
    as_modifier,
    as_question,
    has_final,
    head_noun,
    in_place,
    join,
    particle,
    subject_question,
    with_copula,
)
from nlu.morphemes import Morpheme, kiwi

CLAUSE_ENDINGS = frozenset("고 며 으며 지만 으나 나 는데 ᆫ데 은데 면서 으면서 고서 으므로 므로 여서 어서 아서 자 다가".split())
STEMS = frozenset("VV VV-I VV-R VA VA-I VA-R VX VX-I VX-R XSV XSA XSA-I VCP VCN".split())
_PAST: Form = ("었", "EP")
CASES = frozenset("JKS JKO JKB JKC JX".split())
CONNECTIVES = frozenset(
    "또한 또 즉 그러나 하지만 그리고 따라서 결국 특히 이에 그런데 한편 그래서 그러므로 이후 그후 다만 단 이어 이때 당시".split()
)
_BRACKETS = re.compile(r"\s*[(\[（〔][^()\[\]（）〔〕]*[)\]）〕]")
_SPACES = re.compile(r"\s+")
_POINTS_BACK = re.compile(
    r"(?:^| )(?:이|그|이러한|그러한|이런|그런|이것|그것|그녀|이곳|그곳|여기|자신|이들|그들|우리|본)"
    r"(?:은|는|이|가|을|를|의|에|에서|와|과|도)? |formula_"
)
REQUESTS = frozenset("세요 으세요 시오 으시오 ᆸ시오 읍시오 십시오 으십시오 어라".split())
MIN_CHARACTERS, MAX_CHARACTERS = 9, 90
SYNONYM_SIMILARITY = 0.68


@dataclass(frozen=True)
class Predicate:
    """Morphemes `[start, end)` of a predicate with its ending at `end - 1`."""

    start: int
    end: int
    forms: tuple[Form, ...]
    """Stem and tense, without the ending."""
    kind: str
    """verb, adjective or copula"""


@dataclass(frozen=True)
class Clause:
    """Morphemes `[start, predicate.end)` of a sentence: phrases and a predicate."""

    start: int
    predicate: Predicate
    phrases: tuple[tuple[int, int], ...]


def predicate_ending_at(morphemes: Sequence[Morpheme], end: int) -> Predicate | None:
    """The predicate whose ending is morpheme `end`; None where there is none."""
    i = end - 1
    while i >= 0 and morphemes[i].tag == "EP":
        i -= 1
    if i < 0 or morphemes[i].tag not in STEMS:
        return None
    stem = morphemes[i].tag
    kind = (
        "copula"
        if stem in ("VCP",)
        else "adjective"
        if stem[:2] in ("VA",) or stem.startswith("XSA") or stem == "VCN"
        else "verb"
    )
    if stem.startswith("VX"):
        kind = "verb" if morphemes[i].form not in ("싶",) else "adjective"
        while i >= 2 and morphemes[i].tag.startswith("VX") and morphemes[i - 1].tag in ("EC", "JX"):
            i -= 1 if morphemes[i - 1].tag == "EC" else 2
            if morphemes[i].tag != "EC":
                return None
            i -= 1
            while i >= 0 and morphemes[i].tag == "EP":
                i -= 1
        if i < 0 or morphemes[i].tag not in STEMS:
            return None
    while i >= 2 and morphemes[i].form in ("되", "하") and morphemes[i].tag == "VV" and morphemes[i - 1].tag == "EC":
        if morphemes[i - 2].tag not in STEMS:  # 남게 되다, 하지 못하다 are one predicate
            return None
        i -= 2
    start = i
    if morphemes[start].tag.startswith(("XSV", "XSA")):
        start -= 1
        if (
            start < 0
            or morphemes[start].tag not in ("NNG", "NNP", "XR", "MAG", "SL")
            or morphemes[start].end != morphemes[start + 1].start
        ):
            return None
    forms = tuple((m.form, m.tag) for m in morphemes[start:end])
    return Predicate(start, end + 1, forms, kind)


def clauses(morphemes: Sequence[Morpheme]) -> list[Clause]:
    """The clauses of a sentence, from left to right; empty where its end is no full predicate."""
    ends = [i for i, m in enumerate(morphemes) if m.tag == "EF"]
    if not ends:
        return []
    final = ends[-1]
    if any(m.tag not in ("SF", "SSC", "SSO", "SW") for m in morphemes[final + 1 :]):
        return []
    found: list[Clause] = []
    start = 0
    for i, m in enumerate(morphemes[: final + 1]):
        is_boundary = m.tag == "EC" and m.form in CLAUSE_ENDINGS and not _has_auxiliary_behind(morphemes, i)
        if not is_boundary and i != final:
            continue
        predicate = predicate_ending_at(morphemes, i)
        if predicate is None or predicate.start < start:
            continue
        first = start
        while first < predicate.start and (morphemes[first].tag in ("SP", "MAJ") or morphemes[first].form in CONNECTIVES):
            first += 1
        found.append(Clause(first, predicate, phrases(morphemes, first, predicate.start)))
        start = i + 1
    return _in_tense(found)


def _in_tense(found: list[Clause]) -> list[Clause]:
    """Clauses without a tense of their own take that of the last one: 가입하고 … 활동했다 → 가입했다."""
    if not found or found[-1].predicate.forms[-1] != _PAST:
        return found
    return [
        clause if clause.predicate.forms[-1][1] == "EP" else replace(clause, predicate=_past(clause.predicate))
        for clause in found
    ]


def _past(predicate: Predicate) -> Predicate:
    return replace(predicate, forms=(*predicate.forms, _PAST))


def _has_auxiliary_behind(morphemes: Sequence[Morpheme], i: int) -> bool:
    return i + 1 < len(morphemes) and morphemes[i + 1].tag.startswith("VX")


def phrases(morphemes: Sequence[Morpheme], start: int, end: int) -> tuple[tuple[int, int], ...]:
    """`[start, end)` of the phrases before a predicate; what a modifier clause is made of stays in one."""
    found: list[tuple[int, int]] = []
    at = start
    for i in range(start, end):
        m = morphemes[i]
        follows = morphemes[i + 1] if i + 1 < end else None
        glued = follows is not None and follows.start == m.end
        if (m.tag in CASES or m.tag in ("MAG", "SP", "EC")) and not (glued and follows is not None and follows.tag in CASES):
            if glued and m.tag != "SP":
                continue
            found.append((at, i + 1))
            at = i + 1
    if at < end:
        found.append((at, end))
    return tuple(_merged(morphemes, found))


def _merged(morphemes: Sequence[Morpheme], found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a phrase with an inner clause (…한 N, …하여) to what may belong to that clause, back to the topic."""
    merged: list[tuple[int, int]] = []
    for start, end in found:
        modifies = any(m.tag in ("ETM", "EC") for m in morphemes[start:end])
        while modifies and merged and not _is_topic(morphemes, merged[-1]):
            start = merged.pop()[0]
        merged.append((start, end))
    return merged


def _is_topic(morphemes: Sequence[Morpheme], phrase: tuple[int, int]) -> bool:
    last = morphemes[phrase[1] - 1]
    return last.tag == "JX" and last.form in ("은", "는", "ᆫ")


def _is_subject(morphemes: Sequence[Morpheme], phrase: tuple[int, int]) -> bool:
    return _is_topic(morphemes, phrase) or morphemes[phrase[1] - 1].tag == "JKS"


class Questioner:
    """Makes questions for one sentence of a text."""

    def __init__(self, text: str, morphemes: Sequence[Morpheme], title: str, rng: random.Random):
        self.text, self.morphemes, self.title, self.rng = text, morphemes, _BRACKETS.sub("", title).strip(), rng
        self.clauses = clauses(morphemes)

    def question(self, candidate: Candidate) -> str | None:
        """A question that the candidate answers, in a form drawn by chance; None where no form fits."""
        clause = self._clause_of(candidate)
        if clause is None:
            return None
        forms: list[Callable[[Clause, Candidate], str | None]] = [self._modifier, self._copula, self._in_place, self._cleft]
        weights = [3.0, 2.0, 1.0, 1.0]
        order = sorted(range(4), key=lambda i: self.rng.random() ** (1 / weights[i]), reverse=True)
        for i in order:
            made = forms[i](clause, candidate)
            if made and self._is_good(made, candidate):
                return made
        return None

    def _clause_of(self, candidate: Candidate) -> Clause | None:
        for clause in self.clauses:
            if clause.start <= candidate.first and candidate.last <= clause.predicate.start:
                return clause
        return None

    def _in_place(self, clause: Clause, candidate: Candidate) -> str | None:
        """세종은 언제 훈민정음을 창제했나요?"""
        place = self._phrase_of(clause, candidate)
        if place is None or clause.predicate.kind == "copula":
            return None
        start, end = clause.phrases[place]
        if candidate.after != end and not (candidate.after == candidate.last and candidate.kind in _NUMERIC):
            return None
        asked = in_place(candidate, self.morphemes[candidate.last : candidate.after], self.rng)
        if candidate.after == candidate.last and candidate.kind is AnswerKind.YEAR:
            return None
        if self._is_request(clause) and _is_subject(self.morphemes, (start, end)):  # the topic of a request is no agent
            return None
        if asked is None or (start != candidate.first and any(m.tag == "ETM" for m in self.morphemes[start : candidate.first])):
            return None
        if candidate.after != end:  # 3명의 아들을 → 몇 명의 아들을: the phrase goes on
            asked = f"{asked} {self._surface(candidate.after, end)}".strip()
        before = self._kept_modifiers(start, candidate) if candidate.kind in _NUMERIC else ""
        parts = self._parts(clause, place, f"{before} {asked}".strip(), topic=True)
        return self._finish(parts, self._predicate_question(clause))

    def _cleft(self, clause: Clause, candidate: Candidate) -> str | None:
        """세종이 훈민정음을 창제한 해는 언제인가?"""
        place = self._phrase_of(clause, candidate)
        if place is None or clause.predicate.kind == "copula" or candidate.kind in (AnswerKind.NUMBER, AnswerKind.MONEY):
            return None
        if self._is_request(clause) or (
            candidate.kind is AnswerKind.THING and not candidate.is_named and self.rng.random() < 0.5
        ):
            return None
        start, end = clause.phrases[place]
        role = self.morphemes[candidate.last].form if candidate.after > candidate.last else ""
        if (
            candidate.after != end
            or candidate.first != start
            or role in ("의", "와", "과", "부터", "까지", "보다", "으로", "로", "처럼")
        ):
            return None
        if candidate.kind is AnswerKind.PLACE and role not in ("에서", "에", "이", "가", "은", "는", "을", "를"):
            return None
        parts = self._parts(clause, place, "", topic=False)
        parts.append(as_modifier(clause.predicate.forms, clause.predicate.kind))
        return self._asked_of(" ".join(filter(None, parts)), head_noun(candidate, self.rng), candidate)

    def _modifier(self, clause: Clause, candidate: Candidate) -> str | None:
        """훈민정음을 창제한 사람은 누구야? — from a modifier before the answer."""
        first = candidate.first
        if first <= clause.start or candidate.kind in _NUMERIC:
            return None
        if candidate.kind is AnswerKind.THING and not candidate.is_named:
            return None
        before = self.morphemes[first - 1]
        phrase = self._phrase_of(clause, candidate)
        if phrase is None or before.tag not in ("ETM", "JKG"):
            return None
        start = clause.phrases[phrase][0]
        if before.tag == "ETM" and start == first - 1:
            return None
        if before.tag == "JKG":
            return None
        stem = self.morphemes[first - 2] if first >= 2 else before
        modifier = self._surface(start, first)
        if len(modifier) < 8:
            return None
        if stem.tag == "VCP":  # 조선의 왕인 세종 → 조선의 왕은 누구
            body = self._surface(start, first - 2)
            if self.morphemes[first - 3].form in PERSON_TITLES:
                candidate = candidate._replace(kind=AnswerKind.PERSON)
            return self._asked_of("", body, candidate) if len(body) > 4 else None
        return self._asked_of(modifier, head_noun(candidate, self.rng), candidate)

    def _copula(self, clause: Clause, candidate: Candidate) -> str | None:
        """A는 B이다: asks for B (A는 무엇인가?) or for A (B는 무엇인가?)."""
        if clause.predicate.kind != "copula" or not clause.phrases:
            return None
        phrases_ = clause.phrases
        topic = next((i for i, phrase in enumerate(phrases_) if _is_subject(self.morphemes, phrase)), None)
        if topic is None:
            return None
        if candidate.last == clause.predicate.start and topic < len(phrases_) - 1:
            word = subject_question(candidate, self.rng)
            subject = self._topic_text(phrases_[topic])
            extra = [self._surface(*phrase) for phrase in phrases_[topic + 1 : -1]]
            before = self._surface(phrases_[-1][0], candidate.first) if candidate.kind in _NUMERIC else ""
            return self._finish([subject, *self._dropped(extra), before], with_copula(word, self._copula_ending()))
        if candidate.after == phrases_[topic][1] and candidate.first == phrases_[topic][0] and topic == 0:
            complement = [self._surface(*phrase) for phrase in phrases_[1:]]
            if candidate.kind in _NUMERIC or not complement:
                return None
            return self._asked_of("", " ".join(complement), candidate)
        return None

    def _asked_of(self, modifier: str, noun: str, candidate: Candidate) -> str:
        """… 사람은 누구인가?, or only … 사람은?"""
        subject = particle(self._varied(f"{modifier} {noun}".strip()), "은", "는")
        if self.rng.random() < 0.14:
            return self._finish([subject], "?", glue=True)
        word = subject_question(candidate, self.rng)
        return self._finish([subject], with_copula(word, self._copula_ending()))

    def _copula_ending(self) -> str:
        return self.rng.choices(COPULA_ENDINGS, COPULA_WEIGHTS)[0]

    def _predicate_question(self, clause: Clause) -> str:
        predicate = clause.predicate
        forms = self._near_predicate(predicate.forms)
        if self._is_request(clause):
            return join([*self._without_request(forms), ("어야", "EC"), ("하", "VV"), ("나요", "EF")]) + "?"
        return as_question(forms, predicate.kind, self.rng)

    def _is_request(self, clause: Clause) -> bool:
        return self.morphemes[clause.predicate.end - 1].form in REQUESTS

    @staticmethod
    def _without_request(forms: Sequence[Form]) -> Sequence[Form]:
        """청소하 어 주 → 청소하: what a request asks for."""
        forms = [form for form in forms if form != ("시", "EP")]
        if len(forms) > 2 and forms[-1] == ("주", "VX") and forms[-2][1] == "EC":
            return forms[:-2]
        return forms

    def _phrase_of(self, clause: Clause, candidate: Candidate) -> int | None:
        for place, (start, end) in enumerate(clause.phrases):
            if start <= candidate.first and candidate.after <= end:
                return place
        return None

    def _parts(self, clause: Clause, place: int, asked: str, *, topic: bool) -> list[str]:
        """The clause's phrases with `asked` in the answer's place; some dropped, the asked one perhaps moved."""
        texts: list[str] = []
        has_subject = False
        for i, phrase in enumerate(clause.phrases):
            if i == place:
                has_subject |= _is_subject(self.morphemes, phrase)
                continue
            is_subject = _is_subject(self.morphemes, phrase)
            has_subject |= is_subject
            if not is_subject and len(clause.phrases) > 2 and self.rng.random() < self._drop_chance(phrase):
                texts.append("")
                continue
            texts.append(self._topic_text(phrase) if topic or not is_subject else self._subject_text(phrase))
        if not has_subject:
            subject = self._borrowed_subject(clause, topic)
            if subject:
                texts.insert(0, subject)
                place += 1
        at = len(texts) if self.rng.random() < 0.5 else min(place, len(texts))
        texts.insert(at, asked)
        kept = [self._varied(text) if text != asked else text for text in texts if text]
        if len(kept) > 2 and self.rng.random() < 0.12 and asked not in kept[:2]:
            kept[0], kept[1] = kept[1], kept[0]
        return kept

    def _drop_chance(self, phrase: tuple[int, int]) -> float:
        tag = self.morphemes[phrase[1] - 1].tag
        return 0.5 if tag in ("MAG", "SP", "EC") else 0.25 if tag in ("JKB", "JX") else 0.05

    def _borrowed_subject(self, clause: Clause, topic: bool) -> str:
        """The subject of an earlier clause of the sentence, else the article's title."""
        for other in self.clauses:
            if other.start >= clause.start:
                break
            for phrase in other.phrases:
                if _is_topic(self.morphemes, phrase):
                    return self._topic_text(phrase) if topic else self._subject_text(phrase)
        if not self.title or len(self.title) > 20:
            return ""
        return particle(self.title, "은", "는") if topic else particle(self.title, "이", "가")

    def _kept_modifiers(self, start: int, candidate: Candidate) -> str:
        return self._surface(start, candidate.first)

    def _topic_text(self, phrase: tuple[int, int]) -> str:
        if self._points_back(phrase):
            return particle(self.title, "은", "는")
        return self._surface(*phrase)

    def _points_back(self, phrase: tuple[int, int]) -> bool:
        """Whether the topic is 그는, 이 작품은 …, for which the article's title can stand."""
        if not self.title or len(self.title) > 20 or not _is_topic(self.morphemes, phrase):
            return False
        inside = self.morphemes[phrase[0] : phrase[1] - 1]
        return (len(inside) == 1 and inside[0].tag == "NP") or (
            len(inside) == 2 and inside[0].form in ("이", "그", "본") and inside[0].tag == "MM"
        )

    def _subject_text(self, phrase: tuple[int, int]) -> str:
        """The phrase with 은/는 made 이/가, as a modifier clause wants it."""
        if not _is_topic(self.morphemes, phrase) or self.morphemes[phrase[1] - 2].tag == "JKB":
            return self._surface(*phrase)
        if self._points_back(phrase):
            return particle(self.title, "이", "가")
        return particle(self._surface(phrase[0], phrase[1] - 1), "이", "가")

    def _dropped(self, texts: list[str]) -> list[str]:
        return [self._varied(text) for text in texts if self.rng.random() > 0.2]

    def _surface(self, first: int, last: int) -> str:
        if first >= last:
            return ""
        text = self.text[self.morphemes[first].start : self.morphemes[last - 1].end]
        return _SPACES.sub(" ", _BRACKETS.sub("", text)).strip(" ,;·")

    def _near_predicate(self, forms: tuple[Form, ...]) -> tuple[Form, ...]:
        """The predicate, now and then said by another verb: 태어났다 → 출생했다."""
        if self.rng.random() > 0.4 or forms[0][0] == "있":  # 할 수 있다 is no 자리하다
            return forms
        for stem in (forms[:2], forms[:1]):
            said = NEAR_PREDICATES.get(tuple(form for form, _ in stem))
            if said and len(stem) == (2 if forms[1:2] and forms[1][1] == "XSV" else 1):
                return (*self.rng.choice(said), *forms[len(stem) :])
        return forms

    def _varied(self, text: str) -> str:
        """The text, now and then with one word replaced by a near one."""
        words = text.split(" ")
        for i, word in enumerate(words):
            if self.rng.random() < 0.05 and len(word) >= 2:
                stem, tail = _split_particle(word)
                near = near_nouns(stem)
                if near:
                    words[i] = _with_tail(self.rng.choice(near), tail)
                    break
        return " ".join(words)

    def _finish(self, parts: Sequence[str], end: str, glue: bool = False) -> str:
        body = " ".join(part for part in parts if part)
        question = body + ("" if glue else " ") + end
        if self.rng.random() < 0.04:
            question = question.rstrip("?")
        return _SPACES.sub(" ", question).strip(" ,")

    def _is_good(self, question: str, candidate: Candidate) -> bool:
        answer = self.text[self.morphemes[candidate.first].start : self.morphemes[candidate.last - 1].end]
        if not MIN_CHARACTERS <= len(question) <= MAX_CHARACTERS or question.count(" ") < 2:
            return False
        if any(mark in question for mark in "()[]{}\n|=") or question.count('"') % 2 or question.count("'") % 2:
            return False
        if _POINTS_BACK.search(question) and self.rng.random() < 0.8:
            return False
        return answer not in question


def _near_predicates(groups: str) -> dict[tuple[str, ...], tuple[tuple[Form, ...], ...]]:
    """Each verb of a line with the others of its line: 발매+하 → 출시+하, 내놓."""
    table: dict[tuple[str, ...], tuple[tuple[Form, ...], ...]] = {}
    for line in groups.strip().splitlines():
        verbs = [tuple(verb.split("+")) for verb in line.split()]
        for verb in verbs:
            table[verb] = tuple(
                ((other[0], "NNG"), (other[1], "XSV")) if len(other) == 2 else ((other[0], "VV"),)
                for other in verbs
                if other != verb
            )
    return table


NEAR_PREDICATES = _near_predicates("""
태어나 출생+하
사망+하 죽 별세+하
만들 제작+하
발매+하 출시+하 내놓
발매+되 출시+되 나오
설립+하 창립+하 세우
설립+되 창립+되
창설+하 창단+하
건설+하 짓 건립+하
건설+되 건립+되
완공+되 준공+되
개최+하 열
개최+되 열리
맡 담당+하
쓰 집필+하
발표+하 공개+하
발표+되 공개+되
위치+하 자리하 있
이기 승리+하
패배+하 지
구성+되 이루어지
시작+하 개시+하
시작+되 개시+되
끝나 종료+되
부르 칭+하
차지+하 점유+하
받 수여+받
사용+하 쓰 이용+하
사용+되 쓰이 이용+되
살 거주+하
옮기 이전+하
바꾸 변경+하
바뀌 변경+되
합병+하 병합+하
졸업+하 마치
결혼+하 혼인+하
체포+되 붙잡히
즉위+하 오르
파괴+되 무너지
발견+하 찾아내
선정+되 뽑히
임명+되 취임+하
배송+되 도착+하
신청+하 접수+하
교체+하 바꾸 갈
""")
_NUMERIC = (AnswerKind.NUMBER, AnswerKind.MONEY, AnswerKind.YEAR, AnswerKind.DAY)
_PAIRS = {
    "은": ("은", "는"),
    "는": ("은", "는"),
    "이": ("이", "가"),
    "가": ("이", "가"),
    "을": ("을", "를"),
    "를": ("을", "를"),
    "과": ("과", "와"),
    "와": ("과", "와"),
}
_TAILS = ("에서", "에게", "으로", "까지", "부터", "은", "는", "이", "가", "을", "를", "과", "와", "의", "에", "로", "도")


def _split_particle(word: str) -> tuple[str, str]:
    for tail in _TAILS:
        if word.endswith(tail) and len(word) - len(tail) >= 2:
            return word[: -len(tail)], tail
    return word, ""


def _with_tail(noun: str, tail: str) -> str:
    if tail in _PAIRS:
        return particle(noun, *_PAIRS[tail])
    if tail in ("으로", "로"):
        return noun + ("으로" if has_final(noun) and (ord(noun[-1]) - 0xAC00) % 28 != 8 else "로")
    return noun + tail


@lru_cache(maxsize=50_000)
def near_nouns(noun: str) -> tuple[str, ...]:
    """Common nouns whose Kiwi vectors lie near: 출시 → 발매, 론칭; none for words Kiwi does not know."""
    try:
        found = kiwi().most_similar_morphemes((noun, "NNG"), 6)
    except (ValueError, KeyError):
        return ()
    return tuple(
        m.form
        for m in found
        if m.tag == "NNG" and m.score >= SYNONYM_SIMILARITY and len(m.form) >= 2 and m.form not in noun and noun not in m.form
    )
