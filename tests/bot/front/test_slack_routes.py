"""Slack's routes of a front in this process: signatures, acknowledgements, redeliveries."""

import asyncio
import json
import sqlite3
import time

import pytest

from bot.front.app import create_app
from bot.front.config import FrontConfig
from bot.message import Message
from bot.settings import Settings
from tests.bot.front.slack_bench import config_of
from tests.bot.front.slack_stand_in import (
    CHANNEL,
    DIRECT,
    USER,
    Mishap,
    SlackStandIn,
    command,
    event,
    posted_event,
    posted_form,
    posted_press,
    pressed,
    signed,
)

WEBHOOK, INTERACTIVE, COMMAND = (f"/webhooks/slack/{name}" for name in ("webhook", "interactive", "command"))
WITHIN_S = 15.0


@pytest.fixture
def slack():
    slack = SlackStandIn()
    yield slack
    slack.stop()


@pytest.fixture
def client(slack, upstream, tmp_path):
    """A client of a front whose bot says 답."""
    from starlette.testclient import TestClient

    upstream.replies = (Message("답"),)
    config = FrontConfig(conversations=tmp_path / "web.db", per_address_per_minute=5)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'j.db'}")
    app = create_app(config, upstream, settings, slack_config=config_of(slack))
    with TestClient(app, client=("203.0.113.5", 1234), raise_server_exceptions=False) as client:
        yield client


def wait_until(is_so, within_s=WITHIN_S):
    """Wait for what happens in the background; AssertionError where it does not."""
    ends = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def stays(value_of, for_s=1.5):
    """The value, which must not change for a while."""
    value, ends = value_of(), time.monotonic() + for_s
    while time.monotonic() < ends:
        assert value_of() == value
        time.sleep(0.05)
    return value


def test_slack_s_own_question_whether_the_address_is_ours(client):
    answer = client.post(WEBHOOK, **posted_event({"type": "url_verification", "challenge": "abc", "token": "x"}))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


def test_a_mention_is_acknowledged_before_the_bot_has_thought(client, upstream, slack):
    upstream.gate = asyncio.Event()
    answer = client.post(WEBHOOK, **posted_event(event("<@UBOT> 배송비?")))
    assert (answer.status_code, answer.content, slack.messages) == (200, b"", [])
    wait_until(lambda: upstream.said)
    client.portal.call(upstream.gate.set)
    wait_until(lambda: slack.texts() == ["답"])
    assert upstream.said == [("배송비?", "slack-C0SHOP-1700000000.000100")]


def redeliveries():
    mention = event(event_id="Ev1", client_msg_id="c-1")
    retried = {
        reason: [(mention, {}), (mention, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": reason})]
        for reason in ("http_timeout", "http_error", "connection_failed", "ssl_error", "too_many_redirects", "unknown_error", "")
    }
    message = event(kind="message", event_id="Ev2", client_msg_id="c-1")
    return retried | {
        "three times over": [(mention, {"X-Slack-Retry-Num": str(number)}) for number in range(4)],
        "without retry headers": [(mention, {}), (mention, {})],
        "as message after app_mention": [(mention, {}), (message, {})],
        "as app_mention after message": [(message, {}), (mention, {})],
        "both kinds, both again": [(one, {}) for one in (mention, message, message, mention)],
        "under a new event id": [(mention, {}), (mention | {"event_id": "Ev9"}, {})],
        "the same words of the writer with another ts": [
            (mention, {}),
            (event(event_id="Ev8", ts="1700000000.0009", client_msg_id="c-1"), {}),
        ],
    }


@pytest.mark.parametrize("case", redeliveries().values(), ids=redeliveries())
def test_every_redelivery_is_known_again(client, upstream, slack, case):
    for payload, headers in case:
        assert client.post(WEBHOOK, **posted_event(payload, **headers)).status_code == 200
    wait_until(lambda: slack.texts() == ["답"])
    assert stays(lambda: len(slack.messages)) == 1 and len(upstream.said) == 1


def test_two_different_messages_with_the_same_words_are_answered_twice(client, slack):
    for number in (1, 2):
        client.post(WEBHOOK, **posted_event(event(ts=f"170000000{number}.000100", client_msg_id=f"c-{number}")))
    wait_until(lambda: slack.texts() == ["답", "답"])


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed", "message": {"text": "x", "user": USER, "ts": "1.2"}},
        {"subtype": "message_deleted", "deleted_ts": "1.2"},
        {"user": "UBOT"},
    ],
    ids=str,
)
def test_bots_edits_and_deletions_are_acknowledged_and_left_alone(client, upstream, more):
    assert client.post(WEBHOOK, **posted_event(event("안녕", kind="message", channel=DIRECT, **more))).status_code == 200
    assert stays(lambda: len(upstream.said), 0.8) == 0


def body_and_headers(**changes):
    body = json.dumps(event())
    return body, signed(body) | {"Content-Type": "application/json"} | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=서명".encode()},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": str(int(time.time()) + 3)},
    ],
    ids=str,
)
def test_what_slack_did_not_sign_is_refused(client, upstream, changes):
    body, headers = body_and_headers(**changes)
    for path in (WEBHOOK, INTERACTIVE, COMMAND):
        assert client.post(path, content=body, headers=headers).status_code == 401
    assert upstream.said == []


@pytest.mark.parametrize(("age_s", "status"), [(0, 200), (290, 200), (310, 401), (-310, 401)])
def test_old_signatures_are_refused(client, age_s, status):
    body = json.dumps(event())
    assert client.post(WEBHOOK, content=body, headers=signed(body, time.time() - age_s)).status_code == status


def test_the_signature_is_that_of_the_raw_body(client):
    body, headers = body_and_headers()
    assert client.post(WEBHOOK, content=body + " ", headers=headers).status_code == 401
    assert client.post(WEBHOOK, content=b"\xff\xfe" + body.encode(), headers=headers).status_code == 401
    other = signed(body, secret="f" * 32)
    assert client.post(WEBHOOK, content=body, headers=other).status_code == 401


@pytest.mark.parametrize("body", ["", "[]", "null", '"x"', "{", "[" * 5000], ids=lambda body: body[:6])
def test_signed_nonsense_is_no_failure(client, body):
    headers = signed(body) | {"Content-Type": "application/json"}
    assert client.post(WEBHOOK, content=body, headers=headers).status_code == 400


def test_slack_is_not_counted_by_address(client):
    assert {client.post(WEBHOOK, **posted_event(event(kind="message"))).status_code for _ in range(20)} == {200}


def test_a_choice_is_shown_and_answered(client, upstream, slack, button):
    upstream.replies = (Message("?", buttons=(button("배송비", "/human"), button("반품", "/greet"))),)
    client.post(WEBHOOK, **posted_event(event()))
    wait_until(lambda: slack.messages)
    upstream.replies = (Message("답"),)
    for press in [posted_press(pressed(slack.messages[0], number)) for number in (1, 0, 1)]:
        assert client.post(INTERACTIVE, **press).content == b""
    wait_until(lambda: slack.texts() == ["?", "답"])
    wait_until(lambda: slack.messages[0].renderings == 2)
    assert slack.messages[0].blocks[-1]["elements"][0]["text"] == f"선택: 반품 (<@{USER}>)"
    assert upstream.said[1:] == [("/greet", "slack-C0SHOP-1700000000.000100")]


def test_a_choice_that_would_call_elsewhere_is_left_alone(client, upstream, slack, button):
    upstream.replies = (Message("?", buttons=(button("배송비", "/human"),)),)
    client.post(WEBHOOK, **posted_event(event()))
    wait_until(lambda: slack.messages)
    assert client.post(INTERACTIVE, **posted_press(pressed(slack.messages[0], hook="https://evil.kr/x"))).status_code == 200
    assert stays(lambda: len(upstream.said), 0.8) == 1


def test_a_command(client, upstream, slack):
    answer = client.post(COMMAND, **posted_form(command("배송비 <b>", slack.hook())))
    assert answer.json() == {"response_type": "ephemeral", "text": "질문: 배송비 &lt;b&gt;"}
    wait_until(lambda: slack.hooked)
    assert (slack.hooked[0]["text"], slack.hooked[0]["response_type"]) == ("답", "ephemeral")
    assert upstream.said == [("배송비 <b>", f"slack-{USER}")]


def test_an_empty_command_says_how_it_is_used(client, upstream, slack):
    answer = client.post(COMMAND, **posted_form(command("  ", slack.hook())))
    assert "/daedap 배송" in answer.json()["text"] and upstream.said == []


def test_a_command_that_would_call_elsewhere_is_refused(client, upstream):
    for url in ("https://evil.kr/x", "http://127.0.0.1:1/x", "https://hooks.slack.com.evil.kr/"):
        assert client.post(COMMAND, **posted_form(command("배송비", url))).status_code == 400
    assert client.post(COMMAND, **posted_form({"ssl_check": "1"})).status_code == 200
    assert stays(lambda: len(upstream.said), 0.5) == 0


def test_a_full_disk_makes_slack_send_it_again(client, monkeypatch, slack):
    service = client.app.state.slack

    def full(*arguments, **more):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(service.inbox, "take", full)
        mention = event(event_id="Ev1")
        assert client.post(WEBHOOK, **posted_event(mention)).status_code == 503
        answer = client.post(COMMAND, **posted_form(command("배송비", slack.hook())))
        assert (answer.status_code, "다시" in answer.json()["text"]) == (200, True)
    assert client.post(WEBHOOK, **posted_event(mention, **{"X-Slack-Retry-Num": "1"})).status_code == 200
    wait_until(lambda: slack.texts() == ["답"])


def test_without_secrets_there_is_no_slack(front):
    client = front()
    assert client.post(WEBHOOK, **posted_event(event())).status_code == 404


def test_a_real_429_is_waited_for(client, slack):
    slack.mishaps.append(Mishap("chat.postMessage", status=429, retry_after=2, error="ratelimited"))
    client.post(WEBHOOK, **posted_event(event()))
    wait_until(lambda: slack.texts(CHANNEL) == ["답"])
    limited, said = [at for at, method, _ in slack.calls if method == "chat.postMessage"]
    assert said - limited >= 2


def test_what_was_not_answered_when_a_front_ended_is_answered_by_the_next(slack, upstream, tmp_path):
    from starlette.testclient import TestClient

    slack_config = config_of(slack)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'j.db'}")
    slack.stop()
    upstream.replies = (Message("답"),)
    with TestClient(
        create_app(FrontConfig(conversations=tmp_path / "w.db"), upstream, settings, slack_config=slack_config)
    ) as client:
        client.post(WEBHOOK, **posted_event(event()))
        wait_until(lambda: upstream.said)
    slack.start()
    with TestClient(create_app(FrontConfig(conversations=tmp_path / "w.db"), upstream, settings, slack_config=slack_config)):
        wait_until(lambda: slack.texts() == ["답"])
