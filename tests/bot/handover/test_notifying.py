"""The webhook against a real HTTP server: signed, tried again, never sent twice once it arrived."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
import sqlalchemy as sa

from bot.handover.notifying import CLAIM_S, Notifier
from bot.handover.queue import Handovers
from bot.handover.rows import Kind
from bot.handover.summary import Summary, Tried
from bot.handover.webhook import PAUSES_S, signature
from bot.storage.tables import handover_webhooks

SECRET = "s" * 40


@pytest.fixture
def url(either_url):
    return either_url


class Receiver:
    def __init__(self):
        self.got, self.statuses = [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.got.append((dict(handler.headers), body))
                handler.send_response(self.statuses.pop(0) if self.statuses else 200)
                handler.send_header("Location", "/elsewhere")
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(handler, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self):
        return [json.loads(body)["event"] for _, body in self.got]


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def queue(engine, clock):
    return Handovers(engine, notifies=True, clock=clock)


@pytest.fixture
def notifier(engine, clock, receiver):
    session = requests.Session()
    session.trust_env = False
    return Notifier(engine, receiver.url, SECRET, clock, session)


def rows(engine):
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(handover_webhooks)).mappings()]


def test_an_event_is_sent_once_and_signed(queue, notifier, receiver, summary):
    number = queue.open("web-a", "web", summary)[0].id
    assert [notifier.run() for _ in range(3)] == [1, 0, 0]
    headers, body = receiver.got[0]
    timestamp = headers["Daedap-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"v1:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Daedap-Signature"] == f"v1={expected}" == signature(SECRET, int(timestamp), body)
    assert headers["Daedap-Key"] == f"handover-{number}-waiting" == json.loads(body)["key"]


def test_a_signature_worked_out_by_hand():
    # printf 'v1:1764000000:{}' | openssl dgst -sha256 -hmac key
    assert signature("key", 1764000000, b"{}") == "v1=4c04c1ea732554a723e54c8bd8592e7cc3b0e735e4850db1d30a50b304c9a1b0"


def test_what_is_told_and_what_is_masked(queue, notifier, receiver):
    summary = Summary("상담원", (Tried("010-1234-5678로 전화 주세요", "none"),), (("phone", "01012345678"),), "angry")
    number = queue.open("web-a", "web", summary)[0].id
    notifier.run()
    document = json.loads(receiver.got[0][1])
    assert document["summary"]["tried"][0]["question"] == "[전화번호]로 전화 주세요"
    assert document["summary"]["facts"] == [["phone", "[전화번호]"]]
    assert (document["handover"], document["channel"], document["at"]) == (number, "web", "2026-11-23T01:00:00Z")
    assert "web-a" not in receiver.got[0][1].decode()


def test_each_event_of_a_hand_over_has_its_own_key(queue, notifier, receiver, summary):
    talk = queue.open("web-a", "web", summary)[0].id
    queue.take(talk, "김상담")
    queue.hand_back(talk, "김상담")
    left = queue.open("web-b", "web", summary, Kind.ASKING)[0].id
    queue.keep_contact(left, "홍길동", "01012345678")
    queue.turn_into_message(left)
    assert notifier.run() == 3
    assert sorted(receiver.events) == ["closed", "message", "waiting"]
    documents = {document["event"]: document for document in (json.loads(body) for _, body in receiver.got)}
    assert (documents["message"]["name"], documents["message"]["phone"]) == ("홍길동", "01012345678")
    assert (documents["closed"]["agent"], documents["closed"]["closed_by"]) == ("김상담", "agent")


def test_what_can_pass_is_tried_again_with_longer_pauses(queue, notifier, receiver, clock, engine, summary):
    receiver.statuses = [500, 503, 429]
    queue.open("web-a", "web", summary)
    assert notifier.run() == 0
    for pause in PAUSES_S[:2]:
        clock.pass_(seconds=pause - 1)
        assert notifier.run() == 0
        before = len(receiver.got)
        clock.pass_(seconds=1)
        notifier.run()
        assert len(receiver.got) == before + 1
    clock.pass_(seconds=PAUSES_S[2])
    assert notifier.run() == 1
    keys = {headers["Daedap-Key"] for headers, _ in receiver.got}
    assert (len(receiver.got), len(keys), len({body for _, body in receiver.got})) == (4, 1, 1)
    assert (rows(engine)[0]["attempts"], rows(engine)[0]["next_at"], rows(engine)[0]["sent_at"]) == (4, None, clock.now)


def test_a_receiver_that_is_away_is_given_up_in_the_end(queue, engine, clock, summary):
    queue.open("web-a", "web", summary)
    notifier = Notifier(engine, "http://127.0.0.1:9/hook", SECRET, clock)
    for pause in (*PAUSES_S, 10**6):
        notifier.run()
        clock.pass_(seconds=pause)
    notifier.run()
    assert (rows(engine)[0]["attempts"], rows(engine)[0]["next_at"], rows(engine)[0]["sent_at"]) == (
        len(PAUSES_S) + 1,
        None,
        None,
    )


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_a_refusal_ends_it(queue, notifier, receiver, clock, engine, summary, status):
    receiver.statuses = [status]
    queue.open("web-a", "web", summary)
    notifier.run()
    clock.pass_(days=2)
    assert (notifier.run(), len(receiver.got), rows(engine)[0]["why"]) == (0, 1, f"status {status}")


def test_of_many_processes_one_sends(queue, notifier, receiver, summary):
    for i in range(6):
        queue.open(f"web-{i}", "web", summary)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: notifier.run(), range(6))) == 6
    assert len({headers["Daedap-Key"] for headers, _ in receiver.got}) == len(receiver.got) == 6


def test_what_a_dead_process_had_taken_is_sent_by_the_next(queue, notifier, receiver, clock, monkeypatch, summary):
    queue.open("web-a", "web", summary)
    monkeypatch.setattr("bot.handover.notifying.send", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        notifier.run()
    monkeypatch.undo()
    assert notifier.run() == 0
    clock.pass_(seconds=CLAIM_S)
    assert (notifier.run(), len(receiver.got)) == (1, 1)


def test_without_a_webhook_nothing_waits(engine, clock, summary):
    Handovers(engine, clock=clock).open("web-a", "web", summary)
    assert rows(engine) == []
