"""A hand-made index and reader that say what a test tells them; for unit tests of the cascade only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from retrieval.documents import Document, FaqEntry, Passage

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


@dataclass(frozen=True)
class Span:
    context_index: int
    start: int
    end: int
    text: str
    score: float
    confidence: float


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

    def search_faq(self, query: str, k: int = 5) -> list[Hit]:
        self.asked.append(query)
        by_id = {entry.id: entry for entry in self.entries}
        ordered = sorted(self.confidences.items(), key=lambda item: -item[1])
        return [Hit(by_id[id], confidence, confidence, by_id[id].question) for id, confidence in ordered][:k]

    def search_passages(self, query: str, k: int = 5) -> list[PassageHit]:
        if not self.has_passages:
            return []
        return [PassageHit(p, TEXT[p.start : p.end], 1.0) for p in self.passages[:k]]

    def document(self, id: str) -> Document:
        return Document(id, "반품 규정", "규정.md", TEXT, (0, PAGE_2), None)


@dataclass
class StandInReader:
    """Finds `span` in the first context that holds it, with `confidence`."""

    span: str = ""
    confidence: float = 0.0
    asked: list[Any] = field(default_factory=list)

    def read(self, question: str, contexts: list[str], n_best: int = 3) -> list[Span]:
        self.asked.append((question, list(contexts)))
        for number, context in enumerate(contexts):
            at = context.find(self.span)
            if self.span and at >= 0:
                return [Span(number, at, at + len(self.span), self.span, 1.0, self.confidence)]
        return []


@pytest.fixture
def stand_in_index():
    return StandInIndex


@pytest.fixture
def stand_in_reader():
    return StandInReader
