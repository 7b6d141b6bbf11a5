"""Customers who talk over REST and over the widget's transport. `--class-picker` or names choose one of the two.

Each thinks 5 s. Half of what they say are FAQ questions, a fifth questions for the manuals, the rest small talk;
the questions are those of the development sets in tests/data, never those of the test sets.
"""

from __future__ import annotations

import csv
import json
import random
import time
import uuid
from pathlib import Path

from locust import HttpUser, constant, task

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"
THINK_S = 5
ANSWER_TIMEOUT_S = 20
SMALL_TALK = ("안녕하세요", "고마워요", "넌 누구야?", "뭘 물어볼 수 있어?", "네 알겠어요", "안녕히 계세요")
SHARES = (0.5, 0.2, 0.3)


def said() -> str:
    """What a customer says next."""
    return random.choice(random.choices((FAQ, MANUALS, SMALL_TALK), SHARES)[0])


def _column(file: Path, name: str) -> tuple[str, ...]:
    with file.open(encoding="utf-8", newline="") as rows:
        return tuple(row[name] for row in csv.DictReader(rows))


def _lines(file: Path, name: str) -> tuple[str, ...]:
    return tuple(json.loads(line)[name] for line in file.read_text(encoding="utf-8").splitlines() if line.strip())


FAQ = _column(DATA / "faq_queries.csv", "question")
MANUALS = _lines(DATA / "manual_questions.jsonl", "question")


class RestCustomer(HttpUser):
    """Talks over Rasa's REST channel."""

    wait_time = constant(THINK_S)

    def on_start(self) -> None:
        self.sender = uuid.uuid4().hex

    @task
    def ask(self) -> None:
        body = {"sender": self.sender, "message": said()}
        with self.client.post("/webhooks/rest/webhook", json=body, name="rest turn", catch_response=True) as response:
            if response.status_code != 200 or not response.json():
                response.failure(f"status {response.status_code}")


class WidgetCustomer(HttpUser):
    """Talks as the widget does; a turn lasts from sending until the answer is there."""

    wait_time = constant(THINK_S)

    def on_start(self) -> None:
        token = self.client.post("/chat/conversations", name="begin").json()["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    @task
    def ask(self) -> None:
        started = time.perf_counter()
        body = {"client_id": uuid.uuid4().hex, "text": said()}
        sent = self.client.post("/chat/messages", json=body, name="send").json()
        error = None if self._hears_an_answer(sent["id"]) else TimeoutError("no answer")
        elapsed_ms = (time.perf_counter() - started) * 1000
        self.environment.events.request.fire(
            request_type="SSE", name="widget turn", response_time=elapsed_ms, response_length=0, exception=error, context={}
        )

    def _hears_an_answer(self, after: int) -> bool:
        stream = self.client.get("/chat/events", params={"after": after}, stream=True, name="stream", timeout=ANSWER_TIMEOUT_S)
        try:
            return any(line.startswith(b"event: message") for line in stream.iter_lines())
        finally:
            stream.close()
