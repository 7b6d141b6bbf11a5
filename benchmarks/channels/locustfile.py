"""Customers who talk over REST and over the widget's transport, half of them each; `load.py` starts them.

Each thinks 5 s between an answer and his next message (see `customers.py`), and begins a new conversation after 8 of
them. A turn lasts from sending until the answer is there. Beside Locust's own figures every turn is written, a line
each, to the file that `DAEDAP_TURNS` names. A sentence that the bot is away or failed counts as an error.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import gevent  # noqa: E402
from customers import Phrases  # noqa: E402
from gevent.queue import Empty, Queue  # noqa: E402
from locust import HttpUser, constant, events, task  # noqa: E402

from benchmarks.turn.load import away_texts  # noqa: E402
from bot.front import texts  # noqa: E402

THINK_S = 5
ANSWER_TIMEOUT_S = 60
TURNS_A_CONVERSATION = 8
PHRASES = Phrases()
AWAY = away_texts() | {texts.AWAY, texts.FAILED, texts.INTERRUPTED}
seeds = itertools.count(int(os.environ.get("DAEDAP_SEED", "0")))
written = open(os.environ["DAEDAP_TURNS"], "a", encoding="utf-8") if os.environ.get("DAEDAP_TURNS") else None


class NoAnswerError(RuntimeError):
    """A turn that was not answered, and how."""


class Customer(HttpUser):
    """Says one thing after another; how, is a channel's matter."""

    abstract = True
    wait_time = constant(THINK_S)
    transport = ""

    def on_start(self) -> None:
        seed = next(seeds)
        self.said = PHRASES.customer(seed)
        self.turns = 0
        gevent.sleep(random.Random(seed).uniform(0, THINK_S))  # nobody comes at the same moment as the others

    @task
    def talk(self) -> None:
        if self.turns % TURNS_A_CONVERSATION == 0:
            self.begin()
        self.turns += 1
        said, began, error = next(self.said), time.time(), None
        started = time.perf_counter()
        try:
            answer = self.ask(said.text)
            if answer.strip() in AWAY:
                raise NoAnswerError("away")
        except Exception as failure:  # whatever it is, this turn has failed
            error = failure
        elapsed_ms = (time.perf_counter() - started) * 1000
        name = f"{self.transport} {said.kind}"
        events.request.fire(
            request_type="turn", name=name, response_time=elapsed_ms, response_length=0, exception=error, context={}
        )
        if written is not None:
            row = {"at": began, "transport": self.transport, "kind": said.kind, "ms": round(elapsed_ms, 1)}
            written.write(json.dumps(row | ({"error": f"{type(error).__name__}: {error}"[:200]} if error else {})) + "\n")
            written.flush()

    def begin(self) -> None:
        raise NotImplementedError

    def ask(self, text: str) -> str:
        """The first words of the answer."""
        raise NotImplementedError


class RestCustomer(Customer):
    """Talks over Rasa's REST channel."""

    transport = "rest"

    def begin(self) -> None:
        self.sender = uuid.uuid4().hex

    def ask(self, text: str) -> str:
        body = {"sender": self.sender, "message": text}
        with self.client.post(
            "/webhooks/rest/webhook", json=body, name="POST rest", timeout=ANSWER_TIMEOUT_S, catch_response=True
        ) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
                raise NoAnswerError(f"status {response.status_code}")
            bubbles = response.json()
        if not bubbles:
            raise NoAnswerError("nothing said")
        return bubbles[0].get("text") or "(no text)"


class WidgetCustomer(Customer):
    """Talks as the widget does: one stream that stays open, and a POST for each message."""

    transport = "widget"
    stream = None

    def begin(self) -> None:
        self.on_stop()
        token = self.client.post("/chat/conversations", name="begin").json()["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"
        self.heard: Queue = Queue()
        opened = self.client.get("/chat/events", stream=True, name="open stream", timeout=ANSWER_TIMEOUT_S)
        if opened.status_code != 200:
            raise NoAnswerError(f"stream refused with {opened.status_code}")
        self.stream = gevent.spawn(listen, opened, self.heard)

    def ask(self, text: str) -> str:
        body = {"client_id": uuid.uuid4().hex, "text": text}
        sent = self.client.post("/chat/messages", json=body, name="POST message")
        if sent.status_code != 202:
            raise NoAnswerError(f"status {sent.status_code}")
        number, ends = sent.json()["id"], time.perf_counter() + ANSWER_TIMEOUT_S
        while True:
            try:
                message = self.heard.get(timeout=max(0.0, ends - time.perf_counter()))
            except Empty:
                raise NoAnswerError("no answer") from None
            if isinstance(message, Exception):
                raise message
            if message["sender"] != "customer" and message["id"] > number:
                return message.get("text") or "(no text)"

    def on_stop(self) -> None:
        if self.stream is not None:
            self.stream.kill()


def listen(response, heard: Queue) -> None:
    """Puts each message of a stream into `heard`; an exception where the stream ends."""
    kind = ""
    try:
        for line in response.iter_lines():
            if line.startswith(b"event: "):
                kind = line[7:].decode()
            elif line.startswith(b"data: ") and kind == "message":
                heard.put(json.loads(line[6:]))
        heard.put(NoAnswerError("the stream ended"))
    except gevent.GreenletExit:
        raise
    except Exception as error:  # the turn that waits hears of it
        heard.put(NoAnswerError(f"the stream broke: {type(error).__name__}"))
    finally:
        response.close()
