"""A front over hand-made servers, asked in this process; for whole turns see tests/browser."""

from __future__ import annotations

import asyncio

import pytest

from bot.front.config import FrontConfig
from bot.front.upstream import AwayError, RefusedError, Upstream
from bot.message import Button, Message, Source
from bot.settings import Settings

TEXT = (
    "1장 반품\n상품을 받은 날부터 7일 안에 신청할 수 있습니다.\n\n2장 <script>alert('문서')</script> 보증\n보증 기간은 2년입니다."
)
DOCUMENT = {
    "id": "규정",
    "title": "<b>반품</b> 규정",
    "file_name": "규정.md",
    "text": TEXT,
    "page_starts": [0, 37],
    "product": None,
}
ANSWER = {
    "question": "q",
    "kind": "manual",
    "answer": "7일",
    "confidence": 0.8,
    "evidence": "받은 날부터 7일 안에",
    "source": {"document": "규정", "title": "반품 규정", "section": "1장 반품", "page": 1, "start": 16, "end": 18},
    "candidates": [],
    "latency_ms": 12.0,
}


ENTRY = {"id": "F1", "question": "반품은?", "phrasings": ["환불은?"], "answer": "7일</textarea><script>", "category": None}
EXPLAINED = {
    "answer": ANSWER,
    "text": "<script>답</script>",
    "index": "v1",
    "faq": [
        {
            "id": "F 1",
            "text": "반품은?",
            "matched": "환불은?",
            "confidence": 0.4,
            "score": 1.2,
            "parts": {"question_lexical": 1.0, "question_dense": 0.2},
        }
    ],
    "passages": [
        {
            "document": "규정",
            "section": "1장",
            "page": 1,
            "start": 0,
            "end": 5,
            "text": "<b>7일</b>",
            "score": 1.0,
            "parts": {"lexical": 1.0},
        }
    ],
    "read": [
        {"probability": 0.7, "reader": 3.0, "span": "7일", "sentence": "7일 안에", "document": "반품 규정", "section": "1장"}
    ],
    "limits": {"faq_sure": 0.75, "faq_answer": 0.5, "faq_offer": 0.2, "answer_at": 0.5, "related_at": 0.1},
}


class StandInUpstream(Upstream):
    """Says `replies`, or fails with `failure`; notes what it was told."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "http://127.0.0.1:9", 1.0)
        self.said, self.asked, self.hooked = [], [], []
        self.replies = (
            Message(
                "‘7일’이라고 나와 있어요.",
                source=Source("규정", "반품 규정", "1장", 1, "7일 안에", (0, 2), 16, 18),
                kind="manual",
            ),
        )
        self.failure: Exception | None = None
        self.parts = {"rasa": True, "answers": True}
        self.gate: asyncio.Event | None = None

    async def say(self, text, sender, channel="web"):
        self.said.append((text, sender))
        if self.gate is not None:
            await self.gate.wait()
        if self.failure:
            raise self.failure
        return self.replies

    async def door(self, name, **asked):
        self.asked.append((name, asked))
        if self.failure:
            raise self.failure
        if name == "ask":
            return {"answer": ANSWER | {"question": asked["question"]}, "text": "‘7일’이라고 나와 있어요.", "index": "v1"}
        if name == "search":
            return {"hits": [{"id": "p1", "document": "규정", "section": "1장", "text": "7일", "score": 1.5}]}
        if name == "document":
            return {"document": DOCUMENT if asked["id"] == "규정" else None, "sections": [[0, "1장 반품"], [37, "2장 보증"]]}
        if name == "entry":
            return {"entry": ENTRY if asked["id"] == "F1" else None}
        if name == "save_entry":
            return {"id": asked["id"] or "studio-1", "version": "v2"}
        if name == "explain":
            return EXPLAINED
        return {"index": "v1"}

    async def ready(self):
        return self.parts

    async def webhook(self, method, path, query, headers, body):
        self.hooked.append((method, path, query, dict(headers), body))
        if self.failure:
            raise self.failure
        return 200, b'[{"text": "hi"}]', {"content-type": "application/json"}


@pytest.fixture
def upstream():
    return StandInUpstream()


@pytest.fixture
def front(upstream, tmp_path):
    """Starts a front with a configuration of one's own, as a client of Starlette."""
    from starlette.testclient import TestClient

    from bot.front.app import create_app

    opened = []

    def start(client=("203.0.113.5", 1234), **settings):
        config = FrontConfig(**({"conversations": tmp_path / "web.db"} | settings))
        test_client = TestClient(
            create_app(config, upstream, Settings(database_url=f"sqlite:///{tmp_path / 'j.db'}")),
            client=client,
            raise_server_exceptions=False,
        )
        test_client.__enter__()
        opened.append(test_client)
        return test_client

    yield start
    for test_client in opened:
        test_client.__exit__(None, None, None)


@pytest.fixture
def away():
    return AwayError("nobody there")


@pytest.fixture
def refused():
    return RefusedError("no")


@pytest.fixture
def button():
    return Button
