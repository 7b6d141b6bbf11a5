"""People and the bot over the real servers: scripts through REST, and the widget's own transport."""

import asyncio
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
import ruamel.yaml

from bot.front.config import FrontConfig
from bot.front.server import uvicorn_server
from bot.handover.hours import WEEKDAYS
from bot.handover.queue import open_queue
from bot.rest_client import RestClient
from bot.servers import Servers, free_port

from .player import Player

pexpect = pytest.importorskip("pexpect")

SCRIPTS = sorted(Path(__file__).parent.glob("human_*.yml"))
IN_TWO_DAYS = WEEKDAYS[(datetime.now() + timedelta(days=2)).weekday()]
"""A day that is neither today nor tomorrow, whatever the time zone: an office open on it alone is closed now."""
OFFICES = {
    "open": '[human]\nweekdays = ["월", "화", "수", "목", "금", "토", "일"]\nfrom = "00:00"\nto = "00:00"\n',
    "closed": f'[human]\nweekdays = ["{IN_TWO_DAYS}"]\n',
}

pytestmark = pytest.mark.slow


def office_of(path):
    return ruamel.yaml.YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("office", "open")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("handover")


@pytest.fixture(scope="module")
def config(folder):
    """The configuration's file, which the servers of this module are started with."""
    file = folder / "daedap.toml"
    file.write_text(OFFICES["open"], encoding="utf-8")
    before = os.environ.get("DAEDAP_CONFIG")
    os.environ["DAEDAP_CONFIG"] = str(file)
    yield file
    if before is None:
        del os.environ["DAEDAP_CONFIG"]
    else:
        os.environ["DAEDAP_CONFIG"] = before


@pytest.fixture(scope="module")
def servers(built, config, folder):
    with Servers(built.replace(database_url=f"sqlite:///{folder / 'daedap.db'}"), logs=folder / "logs") as started:
        started.wait()
        yield started


@pytest.fixture(scope="module")
def office(servers, config):
    """Opens or closes the office: the action server is started again with another configuration."""
    now = ["open"]

    def set_(wanted):
        if wanted != now[0]:
            now[0] = wanted
            config.write_text(OFFICES[wanted], encoding="utf-8")
            servers.action.process.terminate()
            servers.action.process.wait()
            servers.start_action_server()
            servers.wait()

    return set_


@pytest.fixture(scope="module")
def queue(servers):
    return open_queue(servers.settings.database_url)


@pytest.fixture(scope="module")
def site(servers, folder):
    """The address of a front over the servers."""
    config = FrontConfig(port=free_port(), conversations=folder / "web.db", per_address_per_minute=10_000)
    front = uvicorn_server(config, servers)
    thread = Thread(target=lambda: asyncio.run(front.serve()), daemon=True)
    thread.start()
    while not front.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{config.port}"
    front.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("path", sorted(SCRIPTS, key=lambda path: office_of(path) == "closed"), ids=lambda path: path.stem)
def test_script(path, servers, office, queue):
    office(office_of(path))
    client = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender=path.stem, fetches=True)
    problems = Player(client, queue).play(path)
    assert not problems, "\n".join(problems)


class Widget:
    """A device with the widget."""

    def __init__(self, site):
        import requests

        self.site, self.session, self.count = site, requests.Session(), 0
        self.session.trust_env = False
        token = self.session.post(f"{site}/chat/conversations", timeout=10).json()["token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def say(self, text):
        self.count += 1
        body = {"client_id": f"c{self.count}", "text": text}
        assert self.session.post(f"{self.site}/chat/messages", json=body, timeout=10).status_code == 202

    def sees(self, *expected, timeout_s=20):
        """Waits until the conversation is `expected`: pairs of sender and words that stand in the message."""
        deadline = time.monotonic() + timeout_s
        while True:
            messages = self.session.get(f"{self.site}/chat/messages?after=0", timeout=10).json()["messages"]
            seen = [(message["sender"], message["text"]) for message in messages]
            if len(seen) >= len(expected) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        time.sleep(1.5)  # nothing comes twice
        messages = self.session.get(f"{self.site}/chat/messages?after=0", timeout=10).json()["messages"]
        seen = [(message["sender"], message["text"]) for message in messages]
        assert len(seen) == len(expected), seen
        for (sender, text), (wanted_sender, words) in zip(seen, expected):
            assert (sender, words in text) == (wanted_sender, True), seen


def test_customer_and_agent_talk_through_the_widget(site, office, queue):
    office("open")
    widget = Widget(site)
    widget.say("상담원 바꿔줘")
    shown = [("customer", "상담원 바꿔줘"), ("bot", "연결해 드릴게요")]
    widget.sees(*shown)
    [waiting] = [row for row in queue.listed() if row.channel == "web"]
    assert queue.take(waiting.id, "김상담") and queue.say(waiting.id, "김상담", "무엇을 도와드릴까요?")
    shown += [("bot", "김상담 상담원이 연결됐어요"), ("agent", "무엇을 도와드릴까요?")]
    widget.sees(*shown)
    widget.say("환불이 안 들어왔어요 👍")
    shown += [("customer", "환불이 안 들어왔어요 👍")]
    widget.sees(*shown)
    assert queue.said(waiting.id)[-1].text == "환불이 안 들어왔어요 👍"
    assert queue.say(waiting.id, "김상담", "확인해 볼게요.") and queue.hand_back(waiting.id, "김상담")
    widget.sees(*shown, ("agent", "확인해 볼게요."), ("bot", "상담이 끝났어요"))
    widget.say("안녕하세요")
    widget.sees(*shown, ("agent", "확인"), ("bot", "끝났어요"), ("customer", "안녕하세요"), ("bot", "자동"))


def test_a_terminal_talks_through_the_front(site, office, queue):
    office("open")
    client = RestClient(f"{site}/webhooks/rest/webhook", sender="terminal-abc", fetches=True)
    client.send("상담원 바꿔줘")
    number = queue.of("terminal-abc").id
    queue.take(number, "김상담")
    queue.say(number, "김상담", "네, 말씀하세요.")
    assert [(message.sender.value, message.text) for message in client.fetch()][1:] == [("agent", "네, 말씀하세요.")]
    assert client.fetch() == () and client.send("환불이요") == ()
    assert [one.text for one in queue.said(number) if one.sender.value == "customer"] == ["환불이요"]


def spawn(*arguments, **environment):
    """A `daedap` command at a terminal of its own."""
    program = str(Path(sys.executable).parent / "daedap")
    variables = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"} | environment
    return pexpect.spawn(program, list(arguments), env=variables, encoding="utf-8", dimensions=(50, 160), timeout=30)


def test_two_terminals_one_of_the_customer_and_one_of_the_agent(site, office, queue, servers):
    office("open")
    customer = spawn("chat", "--url", site)
    agent = spawn("agent", "--name", "김상담", DAEDAP_DATABASE_URL=servers.settings.database_url)
    try:
        agent.expect("상담 창을 열었어요")
        customer.expect("나>")
        customer.send("상담원 바꿔줘\r")
        customer.expect("연결해 드릴게요")
        agent.expect(r"새 손님 #(\d+)")
        agent.send(f"{agent.match.group(1)}\r")
        agent.expect("손님을 맡았어요")
        customer.expect("김상담 상담원이 연결됐어요")
        agent.send("무엇을 도와드릴까요?\r")
        customer.expect("상담원> 무엇을 도와드릴까요")
        customer.send("환불이 안 들어왔어요\r")
        customer.expect("상담원에게 전했어요")
        agent.expect("손님> 환불이 안 들어왔어요")
        agent.send("/back\r")
        agent.expect("봇에게 돌려줬어요")
        customer.expect("상담이 끝났어요")
        customer.send("안녕하세요\r")
        customer.expect("자동")
        customer.send("상담원 바꿔줘\r")
        customer.expect("연결해 드릴게요")
        agent.expect("새 손님 #")
        customer.send("/quit\r")
        customer.expect("대화를 마칠게요")
        agent.send("/quit\r")
        agent.expect("상담 창을 닫았어요")
    finally:
        customer.close(force=True)
        agent.close(force=True)
    assert not [
        row for row in queue.listed() if row.sender.startswith("terminal-") and row.agent is None and row.sender != "terminal-abc"
    ]


def test_a_conversation_that_is_deleted_leaves_the_queue(site, office, queue):
    office("open")
    widget = Widget(site)
    widget.say("상담원 바꿔줘")
    widget.sees(("customer", "상담원"), ("bot", "연결해 드릴게요"))
    [waiting] = [row for row in queue.listed() if row.channel == "web"]
    assert widget.session.post(f"{site}/chat/end", json={}, timeout=10).status_code == 204
    assert queue.get(waiting.id).closed_by.value == "customer"


def test_a_hand_over_outlives_both_servers(site, office, queue, servers):
    office("open")
    client = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender="outlives", fetches=True)
    client.send("상담원 바꿔줘")
    number = queue.of("outlives").id
    queue.take(number, "김상담")
    servers.action.process.kill()
    servers.action.process.wait()
    assert "잠시 쉬고 있어요" in client.send("들리세요?")[0].text  # the customer knows that it did not arrive
    servers.rasa.process.kill()
    servers.rasa.process.wait()
    queue.say(number, "김상담", "네, 여기 있어요.")
    servers.start()
    servers.wait()
    assert client.send("다시 들리세요?") == ()
    assert client.fetch()[-1].text == "네, 여기 있어요."
    assert [one.text for one in queue.said(number) if one.sender.value == "customer"] == ["다시 들리세요?"]
    assert queue.hand_back(number, "김상담")
    assert "자동" in client.send("안녕하세요")[0].text
