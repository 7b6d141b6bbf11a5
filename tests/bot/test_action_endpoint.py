"""Rasa's way to the action server, against real servers on loopback."""

import asyncio
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError

from bot.action_endpoint import ActionEndpoint, away
from bot.servers import free_port

DOMAIN = """
version: "3.1"
actions: [action_answer]
responses:
  utter_service_away:
  - text: "잠시 쉬고 있어요."
"""


@pytest.fixture
def server():
    """Starts an HTTP server that answers each POST with `status` and `body` after `delay_s`."""
    started = []

    def start(status=200, body=b'{"events": [], "responses": [{"text": "hi"}]}', delay_s=0.0, kind="application/json"):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                time.sleep(delay_s)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made.daemon_threads = True
        threading.Thread(target=made.serve_forever, daemon=True).start()
        started.append(made)
        return f"http://127.0.0.1:{made.server_port}/webhook"

    yield start
    for made in started:
        made.shutdown()
        made.server_close()


def request(url, timeout_s=5.0):
    return asyncio.run(ActionEndpoint(url, timeout_s).request(json={"next_action": "action_answer"}, method="post", timeout=300))


def test_the_action_s_result_comes_through(server):
    assert request(server()) == {"events": [], "responses": [{"text": "hi"}]}


def test_nobody_there(caplog):
    assert request(f"http://127.0.0.1:{free_port()}/webhook") == away()
    assert "is away" in caplog.text


def test_one_that_hangs_is_left_after_the_timeout(server):
    assert request(server(delay_s=3.0), timeout_s=0.2) == away()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_one_that_fails(server, status):
    assert request(server(status=status, body=b"{}")) == away()


def test_one_that_answers_with_something_else(server):
    assert request(server(body=b"<html>", kind="text/html")) == away()


def test_a_rejection_is_left_to_rasa(server):
    body = json.dumps({"action_name": "action_answer", "error": "no"}).encode()
    with pytest.raises(ClientResponseError):
        request(server(status=400, body=body))


def test_a_timeout_must_be_one():
    with pytest.raises(ValueError, match="above 0"):
        ActionEndpoint("http://127.0.0.1:1/webhook", 0)


def test_rasa_says_that_the_service_is_away():
    domain = Domain.from_yaml(DOMAIN)
    action = RemoteAction("action_answer", ActionEndpoint(f"http://127.0.0.1:{free_port()}/webhook", 5.0))
    events = asyncio.run(
        action.run(
            CollectingOutputChannel(),
            TemplatedNaturalLanguageGenerator(domain.responses),
            DialogueStateTracker.from_events("s", []),
            domain,
        )
    )
    assert [event.text for event in events] == ["잠시 쉬고 있어요."]
