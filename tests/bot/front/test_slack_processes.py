"""Two real front processes over one file: every redelivery gets one answer, whichever process it comes to."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bot.servers import free_port
from bot.settings import ROOT
from tests.bot.front.slack_stand_in import SECRET, TOKEN, Mishap, SlackStandIn, event, posted_event
from tests.bot.front.test_slack_routes import redeliveries, wait_until

pytestmark = pytest.mark.slow
WEBHOOK = "/webhooks/slack/webhook"
SLOW_S = 0.4


class Rasa:
    """A REST channel that says back what it is told, after a while; notes it."""

    def __init__(self) -> None:
        self.told, rasa = [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                rasa.told.append((asked["sender"], asked["message"]))
                time.sleep(SLOW_S)
                data = json.dumps([{"recipient_id": asked["sender"], "text": f"답: {asked['message']}"}]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def start(folder, rasa, slack):
    """A front's process and its address."""
    port = free_port()
    told = {"folder": str(folder), "port": port, "rasa_url": rasa.url, "api_url": slack.api_url, "token": TOKEN, "secret": SECRET}
    arguments = [sys.executable, "-W", "ignore", "-m", "tests.bot.front.slack_front_process", json.dumps(told)]
    return subprocess.Popen(arguments, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}), f"http://127.0.0.1:{port}"


def wait_for(url):
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not come up")


@pytest.fixture(scope="module")
def slack():
    slack = SlackStandIn()
    yield slack
    slack.stop()


@pytest.fixture(scope="module")
def rasa():
    rasa = Rasa()
    yield rasa
    rasa.server.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fronts")


@pytest.fixture(scope="module")
def fronts(rasa, slack, folder):
    """Addresses of two fronts."""
    started = [start(folder, rasa, slack) for _ in range(2)]
    for _, url in started:
        wait_for(url)
    yield [url for _, url in started]
    for process, _ in started:
        process.terminate()
        process.wait(10)


async def post_all(requests) -> list[tuple[int, float]]:
    """Status and seconds of requests made at the same time."""

    async def post(client, url, payload, headers):
        began = time.monotonic()
        answer = await client.post(url + WEBHOOK, **posted_event(payload, **headers))
        return answer.status_code, time.monotonic() - began

    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        return await asyncio.gather(*(post(client, *request) for request in requests))


def test_every_case_of_redelivery_in_both_processes_at_once_is_answered_once(fronts, rasa, slack):
    requests, roots = [], []
    for number, case in enumerate(redeliveries().values()):
        root = f"17000010{number:02}.000001"
        roots.append(root)
        for at, (payload, headers) in enumerate(case):
            inner = payload["event"] | {"thread_ts": root, "text": f"<@UBOT> {number}"}
            inner["ts"] = f"17000020{number:02}.{payload['event']['ts'][-4:].zfill(6)}"
            inner = {name: f"{value}-{number}" if name == "client_msg_id" else value for name, value in inner.items()}
            sent = payload | {"event": inner, "event_id": f"{payload['event_id']}-{number}"}
            requests += [(front, sent, headers) for front in (fronts if at % 2 else reversed(fronts))]
    taken = asyncio.run(post_all(requests))
    assert {status for status, _ in taken} == {200}
    assert max(seconds for _, seconds in taken) < 3
    expected = sorted(f"답: {number}" for number in range(len(roots)))
    wait_until(lambda: len(slack.messages) >= len(roots), 60)
    time.sleep(2)
    assert sorted(message.text for message in slack.messages) == expected
    assert sorted(text for _, text in rasa.told) == sorted(f"{number}" for number in range(len(roots)))


def test_one_thread_s_messages_over_both_processes_keep_their_order(fronts, rasa, slack):
    slack.messages.clear()
    rasa.told.clear()
    slack.mishaps.append(Mishap("chat.postMessage", status=429, retry_after=2, error="ratelimited"))
    for number in range(6):
        payload = event(f"<@UBOT> {number}", ts=f"170000300{number}.000001", thread_ts="1700003000.000001")
        asyncio.run(post_all([(fronts[number % 2], payload, {})]))
    wait_until(lambda: len(slack.messages) >= 6, 60)
    assert [message.text for message in slack.messages] == [f"답: {number}" for number in range(6)]
    assert [text for _, text in rasa.told] == [f"{number}" for number in range(6)]


def test_a_front_that_is_killed_loses_nothing_and_doubles_nothing(fronts, rasa, slack, folder):
    slack.messages.clear()
    process, url = start(folder, rasa, slack)
    wait_for(url)
    payloads = [event(f"<@UBOT> {number}", ts=f"170000400{number}.000001") for number in range(5)]
    taken = asyncio.run(post_all([(url, payload, {}) for payload in payloads]))
    process.kill()
    process.wait(10)
    assert {status for status, _ in taken} == {200}
    wait_until(lambda: len(slack.messages) >= 5, 60)
    time.sleep(2)
    assert sorted(message.text for message in slack.messages) == [f"답: {number}" for number in range(5)]
