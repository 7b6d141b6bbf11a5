"""Questions that customers would ask of a manual's passage, made from its form alone.

    row       모델: E-17 / 무게: 18.5kg                      → E-17 무게가 얼마예요?
    label     원목 프레임: 구입일부터 5년                      → 원목 프레임은 몇 년인가요?
    how       오류가 나타나면 빨래를 고르게 펴 주세요.          → 오류가 나타나면 어떻게 해야 하나요?
    yes_no    철 수세미는 쓰지 마세요.                        → 철 수세미 써도 되나요?
    why       코팅을 벗겨 내므로 쓰지 마세요.                  → 왜 쓰면 안 되나요?

Numbers, dates, names and places inside sentences are asked for by `mrc.question_forms`. No word of any
document stands here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mrc.interrogatives import NUMBER_WORDS, join, particle, with_copula
from mrc.question_forms import CLAUSE_ENDINGS, CONNECTIVES, REQUESTS, Predicate, predicate_ending_at
from nlu.morphemes import Morpheme, analyze
from nlu.sentences import ITEM, Unit, UnitKind, cells, units

HOW = (
    "어떻게 해야 하나요?", "어떻게 해요?", "어떻게 하면 되나요?", "어떻게 하죠?", "뭘 해야 하나요?", "어떡해요?",
    "어떻게 해야 돼요?", "무엇을 해야 합니까?", "어떻게 해?",
)  # fmt: skip
COPULAS = ("인가요?", "예요?", "입니까?", "야?", "인가요?", "예요?")
MAY = (("되", "나요"), ("되", "나요"), ("되", "어요"), ("되", "지요"), ("되", "어"), ("괜찮", "나요"))
MAX_KEY, MAX_VALUE, MAX_AMOUNT = 40, 80, 16
_MONEY = re.compile(r"\d\s*(?:[천만억]\s*)*(?:원|달러|엔|유로)")
_QUANTITY = re.compile(
    r"\d\s*(개월|시간|년|일|주|분|초|회|번|개|명|장|단|단계|층|잔|컵|쪽|kg|g|mm|cm|km|m|L|ml|리터|도|℃|%|W|V|kW|Hz|dB|인치|평|킬로미터|미터|시)(?![가-힣]{2})"
)
_YES_NO = re.compile(r"(?:예|네|아니요|아니오|가능|불가|불가능|지원|미지원|있음|없음|있어요|없어요|O|X|○|×)$")
_LABEL = re.compile(r"(?P<label>[^:：\n]{2,30})[:：]\s+(?P<value>[^\s/].*)")
_SPACES = re.compile(r"\s+")
_BRACKETS = re.compile(r"\s*[(\[（][^()\[\]（）]*[)\]）]")
REASONS = frozenset("므로 으므로 니까 으니까 기에 니 으니".split())


class Asked(NamedTuple):
    """A question whose answer is `[start, end)` of the passage."""

    question: str
    start: int
    end: int
    kind: str


def manual_questions(text: str, rng: random.Random) -> list[Asked]:
    """All questions these forms find in the passage `text`, one for each place, in the order of the text."""
    found: list[Asked] = []
    for unit in units(text):
        if unit.kind is UnitKind.ROW:
            found += row_questions(text, unit, rng)
        else:
            labelled = list(label_questions(text, unit, rng))
            found += labelled or sentence_questions(text, unit, rng)
    return found


def row_questions(text: str, unit: Unit, rng: random.Random) -> Iterator[Asked]:
    """Each cell of a table's row, asked for by the row's first cell and the column's heading."""
    row = text[unit.start : unit.end]
    key, *others = cells(row)
    name = _plain(row[key.value : key.end])
    if not 1 <= len(name) <= MAX_KEY:
        return
    for cell in others:
        heading, value = _plain(row[cell.start : cell.heading_end]), row[cell.value : cell.end].strip()
        if not heading or not 0 < len(value) <= MAX_VALUE or value in ("-", "–", "—"):
            continue
        start = unit.start + row.index(value, cell.value)
        yield Asked(_cell_question(name, heading, value, rng), start, start + len(value), "row")


def _cell_question(name: str, heading: str, value: str, rng: random.Random) -> str:
    if _YES_NO.match(value):
        subject = rng.choice((particle(name, "은", "는"), name, name + "도"))
        return f"{subject} {heading.removesuffix(' 여부')} {rng.choice(('되나요?', '돼요?', '가능한가요?', '있나요?'))}"
    word = interrogative_for(value, rng)
    subject = rng.choice((particle(name, "은", "는"), name, name, particle(name, "의", "의")))
    asked = rng.choice(
        (
            f"{particle(heading, '이', '가')} {with_copula(word, rng.choice(COPULAS))}",
            f"{particle(heading, '은', '는')} {with_copula(word, rng.choice(COPULAS))}",
            f"{heading} {with_copula(word, rng.choice(COPULAS))}",
            f"{particle(heading, '이', '가')} 어떻게 되나요?",
            f"{heading} 알려 주세요",
            f"{heading}?",
        )
    )
    return f"{subject} {asked}"


def label_questions(text: str, unit: Unit, rng: random.Random) -> Iterator[Asked]:
    """What stands behind the colon of `이름: 내용`."""
    line = text[unit.start : unit.end]
    marker = ITEM.match(line)
    found = _LABEL.fullmatch(line, marker.end() if marker else 0)
    if not found or found["label"].count(" ") > 4:
        return
    label, value = _plain(found["label"]), found["value"].rstrip(" .")
    if not 0 < len(value) <= MAX_VALUE or not label:
        return
    start = unit.start + found.start("value")
    word = interrogative_for(value, rng)
    asked = rng.choice(
        (
            f"{particle(label, '은', '는')} {with_copula(word, rng.choice(COPULAS))}",
            f"{label} {with_copula(word, rng.choice(COPULAS))}",
            f"{particle(label, '은', '는')} 어떻게 되나요?",
            f"{label} 알려 주세요",
            f"{particle(label, '이', '가')} {with_copula(word, rng.choice(COPULAS))}",
        )
    )
    yield Asked(asked, start, start + len(value), "label")


def interrogative_for(value: str, rng: random.Random) -> str:
    """What asks for a cell: 12,000원 → 얼마, 6개월 → 몇 개월 or 얼마, else 뭐 or 무엇."""
    if len(value) > MAX_AMOUNT:
        return rng.choice(("뭐", "무엇", "뭐"))
    if _MONEY.search(value):
        return "얼마"
    quantity = _QUANTITY.search(value)
    if quantity:
        unit = quantity[1]
        return rng.choice((NUMBER_WORDS.get(unit, f"몇 {unit}"), "얼마"))
    return rng.choice(("뭐", "무엇", "뭐"))


def sentence_questions(text: str, unit: Unit, rng: random.Random) -> list[Asked]:
    """How, whether and why, where a sentence of the unit tells it."""
    found: list[Asked] = []
    for sentence in sentences_of(text, unit):
        while sentence and sentence[-1].tag in ("SF", "SSC", "SW", "SP"):
            sentence.pop()
        while sentence and (sentence[0].tag in ("MAJ", "SP") or sentence[0].form in CONNECTIVES):
            del sentence[0]
        if len(sentence) >= 4 and sentence[-1].tag == "EF":
            one = _Sentence(text, sentence, rng)
            found += [asked for asked in (one.how(), one.yes_no(), one.why()) if asked is not None]
    return found


def sentences_of(text: str, unit: Unit) -> list[list[Morpheme]]:
    """The unit's sentences as morphemes with offsets into `text`, a list item's marker left out."""
    marker = ITEM.match(text, unit.start, unit.end)
    begin = marker.end() if marker else unit.start
    sentences: dict[int, list[Morpheme]] = {}
    for m in analyze(text[begin : unit.end]):
        sentences.setdefault(m.sentence, []).append(m._replace(start=m.start + begin, end=m.end + begin))
    return list(sentences.values())


class _Sentence:
    """One sentence of a manual without its closing mark."""

    def __init__(self, text: str, morphemes: Sequence[Morpheme], rng: random.Random):
        self.text, self.morphemes, self.rng = text, morphemes, rng
        self.start, self.end = morphemes[0].start, morphemes[-1].end

    def how(self) -> Asked | None:
        """…면, … 때는, …려면 X하세요 → … 어떻게 해야 하나요? answered by X하세요."""
        last = self._condition_end()
        if last is None or not self._tells_to_do() or self._forbidden() is not None:
            return None
        rest = last + 1
        while rest < len(self.morphemes) and self.morphemes[rest].tag == "SP":
            rest += 1
        if len(self.morphemes) - rest < 3:
            return None
        condition = self._surface(0, last + 1)
        if self.morphemes[last].form in ("려면", "으려면") and self.rng.random() < 0.5:
            condition = self._purpose(last)
        if len(condition) < 4:
            return None
        return Asked(f"{condition} {self.rng.choice(HOW)}", self.morphemes[rest].start, self.end, "how")

    def yes_no(self) -> Asked | None:
        """쓰지 마세요, 쓸 수 있습니다, 만지면 안 됩니다 → 써도 되나요? answered by the sentence."""
        forbidden = self._forbidden()
        predicate = forbidden or self._possible()
        if predicate is None or ("않", "VX") in predicate.forms:
            return None
        before = self._asked_about(predicate)
        if len(before) < 2:
            return None
        stem, ending = self.rng.choice(MAY)
        said = join([*predicate.forms, ("어도", "EC"), (stem, "VV"), (ending, "EF")])
        if forbidden is None and self.rng.random() < 0.6:
            said = join([*predicate.forms, ("ᆯ", "ETM"), ("수", "NNB"), ("있", "VA"), (self.rng.choice(("나요", "어요")), "EF")])
        return Asked(f"{before} {said}?", self.start, self.end, "yes_no")

    def why(self) -> Asked | None:
        """A하므로 B하지 마세요 → 왜 B하면 안 되나요? answered by A하므로."""
        reason = next((i for i, m in enumerate(self.morphemes) if m.tag == "EC" and m.form in REASONS), None)
        forbidden = self._forbidden()
        if reason is None or reason < 3 or forbidden is None or forbidden.start <= reason:
            return None
        topic = self._topic_end(reason)
        first = topic + 1 if topic is not None else 0
        if reason - first < 2:
            return None
        before = self._asked_about(forbidden)
        said = join([*forbidden.forms, ("으면", "EC"), ("안", "MAG"), ("되", "VV"), ("나요", "EF")])
        return Asked(f"{before} 왜 {said}?".strip(), self.morphemes[first].start, self.morphemes[reason].end, "why")

    def _condition_end(self) -> int | None:
        """The last morpheme of a condition that opens the sentence."""
        for i, m in enumerate(self.morphemes[:-3]):
            if i >= 2 and m.tag == "EC" and m.form in ("면", "으면", "려면", "으려면", "다면"):
                return None if self.morphemes[i + 1].form == "안" else i
            is_time = m.tag in ("NNG", "NNB") and m.form in ("때", "경우", "후", "뒤", "전") and i >= 2
            if is_time and self.morphemes[i - 1].tag in ("ETM", "ETN"):
                while self.morphemes[i + 1].tag in ("JKB", "JX") and self.morphemes[i + 1].start == self.morphemes[i].end:
                    i += 1
                return i
        return None

    def _purpose(self, last: int) -> str:
        """주문을 취소하려면 → 주문 취소: what is to be done, without the particle."""
        stem = self.morphemes[last - 1]
        if stem.tag != "XSV" or last < 2:
            return self._surface(0, last + 1)
        return re.sub(r"(?<=[가-힣]{2})[을를](?= )", "", self._surface(0, last - 1))

    def _tells_to_do(self) -> bool:
        tail = [m.form for m in self.morphemes[-4:]]
        return tail[-1] in REQUESTS or ("어야" in tail and ("하" in tail or "되" in tail)) or tail[-3:-1] == ["면", "되"]

    def _forbidden(self) -> Predicate | None:
        """The predicate of …지 마세요 or …면 안 됩니다 at the end."""
        forms = [m.form for m in self.morphemes]
        if len(forms) >= 4 and forms[-3] == "지" and forms[-2] == "말":
            return predicate_ending_at(self.morphemes, len(forms) - 3)
        if len(forms) >= 5 and forms[-4] in ("면", "으면") and forms[-3] == "안" and forms[-2] == "되":
            return predicate_ending_at(self.morphemes, len(forms) - 4)
        return None

    def _possible(self) -> Predicate | None:
        """The predicate of …ㄹ 수 있다, …ㄹ 수 없다 at the end."""
        at = len(self.morphemes) - 2
        if at < 4 or self.morphemes[at].form not in ("있", "없"):
            return None
        at -= 2 if self.morphemes[at - 1].tag.startswith("J") else 1
        if self.morphemes[at].form != "수" or self.morphemes[at - 1].tag != "ETM":
            return None
        return predicate_ending_at(self.morphemes, at - 1)

    def _asked_about(self, predicate: Predicate) -> str:
        """The topic and the phrases of the predicate's own clause."""
        first = 0
        for i in range(predicate.start):
            if self.morphemes[i].tag == "EC" and self.morphemes[i].form in CLAUSE_ENDINGS | REASONS:
                first = i + 1
        topic = self._topic_end(first) if first else None
        own = self._surface(first, predicate.start)
        return f"{self._surface(0, topic + 1)} {own}".strip() if topic is not None else own

    def _topic_end(self, before: int) -> int | None:
        """The 은/는 that closes the sentence's topic, where it stands in front of morpheme `before`."""
        for i, m in enumerate(self.morphemes[:before]):
            if m.tag == "JX" and m.form in ("은", "는"):
                return i
            if m.tag == "EC":
                return None
        return None

    def _surface(self, first: int, last: int) -> str:
        if first >= last:
            return ""
        return _plain(self.text[self.morphemes[first].start : self.morphemes[last - 1].end])


def sounds_like_a_customer(question: str) -> bool:
    """Whether the question ends as people talk, not as an examination does (…인가?, …는가?, …일까?)."""
    asked = question.rstrip("?")
    if asked.endswith("까"):  # 습니까 is said, 일까 is written
        return asked.endswith("니까")
    return not asked.endswith("가") or asked.endswith(("누가", "뭐가"))


def casual(question: str, rng: random.Random) -> str:
    """The question as people type it: now and then without 을/를, a space or the question mark, spelt by ear."""
    words = question.split(" ")
    if rng.random() < 0.4:
        words = [word[:-1] if len(word) >= 3 and word[-1] in "을를" else word for word in words]
    if len(words) > 2 and rng.random() < 0.12:
        at = rng.randrange(len(words) - 1)
        words[at : at + 2] = [words[at] + words[at + 1]]
    asked = " ".join(words)
    for written, heard in (("나요?", "나여?"), ("돼요?", "되요?"), ("예요?", "에요?"), ("어떡해", "어떻해")):
        if asked.endswith(written) and rng.random() < 0.06:
            asked = asked.removesuffix(written) + heard
    return asked.rstrip("?") if rng.random() < 0.2 else asked


def _plain(text: str) -> str:
    return _SPACES.sub(" ", _BRACKETS.sub("", text)).strip(" ,;:·.")

