"""A hand-made index and reader that say what a test tells them; for unit tests of the cascade only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from bot.choice import Weighed
from bot.faq_judge import Judged
from bot.manual_reading import Gathered
from mrc.reader import UnitSpan
from nlu.sentence_vectors import MorphemeSums
from retrieval.documents import Document, FaqEntry, Passage
from retrieval.entry_table import squeeze
from retrieval.readings import Reading, Readings

TEXT = (
    "1장 반품\n상품을 받은 날부터 7일 안에 반품을 신청할 수 있습니다. 설치한 제품은 다릅니다.\n2장 보증\n보증 기간은 2년입니다."
)
PAGE_2 = TEXT.index("2장")


@dataclass(frozen=True)
class Hit:
    entry: FaqEntry
    score: float
    confidence: float
    matched: str


@dataclass(frozen=True)
class PassageHit:
    passage: Passage
    text: str
    score: float


class StandInVectors:
    """A few words with vectors of their own, all others without."""

    dimension = 3

    def __init__(self, **known: tuple[float, float, float]) -> None:
        self._known = {form: np.array(vector, np.float32) / np.linalg.norm(vector) for form, vector in known.items()}

    def morpheme_vector(self, form: str, tag: str) -> np.ndarray | None:
        return self._known.get(form)

    @property
    def sentences(self) -> MorphemeSums:
        return MorphemeSums(self)

    def idf(self, form: str, tag: str) -> float:
        return 5.0

    def encode_morphemes(self, texts) -> np.ndarray:
        return np.zeros((len(texts), self.dimension), np.float32)


ENTRIES = (
    FaqEntry("F1", "반품", None, "반품은 언제까지 되나요?", ("환불 기한",), "7일 안에 하시면 돼요.", None),
    FaqEntry("F2", "배송", None, "배송은 얼마나 걸리나요?", (), "이틀 걸려요.", "https://example.com/delivery"),
)
PASSAGES = (
    Passage("p1", "규정", "반품 규정", "1장 반품", 1, None, 0, PAGE_2),
    Passage("p2", "규정", "반품 규정", "2장 보증", 2, None, PAGE_2, len(TEXT)),
)


@dataclass
class StandInIndex:
    """`confidences` of the entries in order; passages come as they stand."""

    confidences: dict[str, float] = field(default_factory=dict)
    has_passages: bool = True
    entries: tuple[FaqEntry, ...] = ENTRIES
    passages: tuple[Passage, ...] = PASSAGES
    asked: list[str] = field(default_factory=list)
    vectors: StandInVectors = field(default_factory=StandInVectors)

    @property
    def documents(self) -> tuple[Document, ...]:
        return (self.document("규정"),)

    @cached_property
    def readings(self) -> Readings:
        return Readings.build(self.documents, self.passages)

    def reading(self, passage: Passage) -> Reading:
        return self.readings[[one.id for one in self.passages].index(passage.id)]

    @property
    def products(self) -> frozenset[str]:
        return frozenset(one.product for one in (*self.entries, *self.documents) if one.product)

    def entry(self, entry_id: str) -> FaqEntry | None:
        return {entry.id: entry for entry in self.entries}.get(entry_id)

    def known_entry(self, question: str) -> FaqEntry | None:
        found = [entry for entry in self.entries if squeeze(question) in map(squeeze, entry.questions)]
        return found[0] if len(found) == 1 else None

    def search_faq(self, query: str, k: int = 5) -> list[Hit]:
        self.asked.append(query)
        by_id = {entry.id: entry for entry in self.entries}
        ordered = sorted(self.confidences.items(), key=lambda item: -item[1])
        return [Hit(by_id[id], confidence, confidence, by_id[id].question) for id, confidence in ordered][:k]

    def mended(self, query):
        return query.replace("반뿜", "반품")

    def search_passages(self, query: str, k: int = 5) -> list[PassageHit]:
        if not self.has_passages:
            return []
        return [PassageHit(p, TEXT[p.start : p.end], 1.0) for p in self.passages[:k]]

    def document(self, id: str) -> Document:
        return Document(id, "반품 규정", "규정.md", TEXT, (0, PAGE_2), None)


@dataclass
class StandInReader:
    """Points at `span` wherever it stands; `confidence` is for `StandInChoice`."""

    span: str = ""
    confidence: float = 0.0
    asked: list[Any] = field(default_factory=list)

    def read_units(self, question: str, contexts, units, n_best: int = 4, *, cuts=None) -> list[list[list[UnitSpan]]]:
        self.asked.append((question, list(contexts)))
        return [[self._spans(text, *unit) for unit in of] for text, of in zip(contexts, units)]

    def _spans(self, text: str, start: int, end: int) -> list[UnitSpan]:
        at = text.find(self.span, start, end) if self.span else -1
        return [UnitSpan(at, at + len(self.span), 1.0, -1.0)] if at >= 0 else []


@dataclass
class StandInChoice:
    """Believes the judge, and finds the candidate the reader points at, with the reader's `confidence`."""

    reader: StandInReader
    answer_at: float = 0.5
    related_at: float = 0.1

    def weigh(self, judged: Judged, gathered: Gathered, decision: Any) -> Weighed:
        held = [one for one in gathered.candidates if self.reader.span and self.reader.span in one.text]
        return Weighed(judged.probabilities, (held[0], self.reader.confidence) if held else None)


@dataclass
class StandInJudge:
    """Believes the confidence of search."""

    index: Any
    products: Any = ()

    def look(self, question: Any, hits: Any) -> Judged:
        chances = np.array([hit.confidence for hit in hits])
        return Judged(np.zeros((len(hits), 0)), chances, chances)


class StandInScope:
    """Believes search's confidences together."""

    def __init__(self, index: Any, products: Any = ()) -> None:
        pass

    def probability(self, question: Any, hits: Any, judged: Judged) -> float:
        return float(sum(hit.confidence for hit in hits))


@pytest.fixture
def stand_in_scope():
    return StandInScope


@pytest.fixture
def stand_in_judge():
    return StandInJudge


@pytest.fixture
def stand_in_choice():
    return StandInChoice


@pytest.fixture
def stand_in_index():
    return StandInIndex


@pytest.fixture
def stand_in_reader():
    return StandInReader


@pytest.fixture
def stand_in_vectors():
    return StandInVectors
