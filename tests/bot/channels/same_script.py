"""A conversation script played through any channel: what is heard, told in words that are the same for all.

A channel's adapter says and presses as its customers do, and tells what they see as `Heard`. The citation and the
link are lines of their own, however a channel shows them; choices are the titles of what can be pressed, in order.
"""

from __future__ import annotations

import html
import io
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import requests
from rich.console import Console

from bot.channels import kakao_texts
from bot.message import Button, Message, Sender, plain
from bot.rest_client import RestClient
from bot.scripted import Script, message_of
from bot.terminal import BOT, TerminalChat
from tests.bot.front.slack_stand_in import Posted, SlackStandIn, event, posted_event, posted_press, pressed

WAIT_S = 30.0
QUIET_S = 1.5
"""Slack hears one message a second at least; after so long without one a turn is over."""


class Heard(NamedTuple):
    """What a customer sees after one message."""

    lines: tuple[str, ...]
    choices: tuple[str, ...]


class Channel(Protocol):
    """A channel as its customer uses it."""

    def say(self, text: str) -> Heard: ...

    def press(self, title: str) -> Heard: ...


def heard_in(script: Script, channel: Channel) -> list[Heard]:
    """What is heard in each turn of `script`."""
    return [channel.press(turn.what) if turn.how == "press" else channel.say(message_of(turn, ())) for turn in script.turns]


def lines_of(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def heard(replies: Iterable[Message]) -> Heard:
    """Messages as they are heard in a channel of plain text."""
    replies = list(replies)
    lines = tuple(line for reply in replies for line in lines_of(plain(reply)))
    return Heard(lines, tuple(button.title for reply in replies for button in reply.buttons))


class RestChannel:
    """Rasa's REST channel."""

    def __init__(self, rasa_url: str, sender: str | None = None) -> None:
        self._client = RestClient(f"{rasa_url}/webhooks/rest/webhook", sender or uuid.uuid4().hex)
        self._buttons: tuple[Button, ...] = ()

    def say(self, text: str) -> Heard:
        replies = self._client.send(text)
        self._buttons = tuple(button for reply in replies for button in reply.buttons)
        return heard(replies)

    def press(self, title: str) -> Heard:
        return self.say(next(button.payload for button in self._buttons if button.title == title))


class TerminalChannel:
    """The terminal chat, on a screen wide enough for every line."""

    def __init__(self, rasa_url: str) -> None:
        self._screen = io.StringIO()
        console = Console(file=self._screen, width=10_000, highlight=False, color_system=None)
        client = RestClient(f"{rasa_url}/webhooks/rest/webhook", uuid.uuid4().hex)
        self._chat = TerminalChat(client, console, lines=iter(()))
        self._choices: tuple[str, ...] = ()

    def say(self, text: str) -> Heard:
        return self._type(text)

    def press(self, title: str) -> Heard:
        return self._type(str(self._choices.index(title) + 1))

    def _type(self, line: str) -> Heard:
        start = len(self._screen.getvalue())
        self._chat.handle(line)
        shown = [one.removeprefix(BOT) for one in self._screen.getvalue()[start:].splitlines() if not one.startswith("→")]
        numbered = {f"  {number}. " for number in range(1, 30)}
        choices = [one for one in shown if any(one.startswith(number) for number in numbered)]
        self._choices = tuple(one.split(". ", 1)[1] for one in choices)
        return Heard(lines_of("\n".join(one for one in shown if one not in choices)), self._choices)


class WidgetChannel:
    """The widget's transport."""

    def __init__(self, front_url: str) -> None:
        self._url = f"{front_url}/chat"
        self._session = requests.Session()
        self._session.trust_env = False
        token = self._session.post(f"{self._url}/conversations", json={}, timeout=WAIT_S).json()["token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._buttons: tuple[Button, ...] = ()

    def say(self, text: str) -> Heard:
        return self._send({"text": text})

    def press(self, title: str) -> Heard:
        return self._send({"text": title, "payload": next(one.payload for one in self._buttons if one.title == title)})

    def _send(self, body: dict[str, str]) -> Heard:
        sent = self._session.post(f"{self._url}/messages", json=body | {"client_id": uuid.uuid4().hex}, timeout=WAIT_S)
        replies = self._replies(sent.json()["id"])
        self._buttons = tuple(button for reply in replies for button in reply.buttons)
        return heard(replies)

    def _replies(self, after: int) -> list[Message]:
        ends = time.monotonic() + WAIT_S
        while time.monotonic() < ends:
            query = {"after": after, "wait": 5}
            said = self._session.get(f"{self._url}/messages", params=query, timeout=WAIT_S).json()["messages"]
            replies = [_from_widget(one) for one in said if one["sender"] != Sender.CUSTOMER.value]
            if replies:
                return replies
        raise TimeoutError("the widget heard nothing")


class KakaoChannel:
    """KakaoTalk's skill endpoint."""

    def __init__(self, front_url: str, secret: str | None = None) -> None:
        self._url = f"{front_url}/webhooks/kakao/webhook"
        self._user = uuid.uuid4().hex
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"X-Daedap-Secret": secret} if secret else {})
        self._choices: list[dict[str, Any]] = []

    def say(self, text: str) -> Heard:
        return self._send(text, None)

    def press(self, title: str) -> Heard:
        choice = next(one for one in self._choices if one["messageText"] == title)
        return self._send(choice["messageText"], choice["extra"])

    def _send(self, text: str, extra: dict[str, Any] | None) -> Heard:
        template = self._ask(text, extra)
        while template["outputs"][0] == {"simpleText": {"text": kakao_texts.SEARCHING}}:
            template = self._ask(kakao_texts.SHOW_ANSWERS, {"show": "answers"})
        lists = [item for output in template["outputs"] for item in output.get("listCard", {}).get("items", ())]
        self._choices = lists + template.get("quickReplies", [])
        lines = tuple(line for output in template["outputs"] for line in _kakao_lines(output))
        return Heard(lines, tuple(one["messageText"] for one in self._choices))

    def _ask(self, text: str, extra: dict[str, Any] | None) -> dict[str, Any]:
        request = {"user": {"id": self._user, "type": "botUserKey"}, "utterance": text}
        body = {"userRequest": request, "action": {"clientExtra": extra}, "bot": {"id": "test"}}
        return self._session.post(self._url, json=body, timeout=WAIT_S).json()["template"]


def _from_widget(document: dict[str, Any]) -> Message:
    source = document.get("source")
    if source is None:
        return Message.from_json(document)
    return Message.from_json(document | {"source": {name: value for name, value in source.items() if name != "url"}})


def _kakao_lines(output: dict[str, Any]) -> list[str]:
    if "simpleText" in output:
        return list(lines_of(output["simpleText"]["text"]))
    card = output.get("textCard", {})
    lines = [f"{kakao_texts.SOURCE}: {card['description']}"] if card.get("description") else []
    links = [one["webLinkUrl"] for one in card.get("buttons", ()) if one["label"] == kakao_texts.DETAILS]
    return lines + [f"{kakao_texts.DETAILS}: {link}" for link in links]


class SlackChannel:
    """Slack's direct messages, over a stand-in of its Web API; what is heard is what the blocks show."""

    def __init__(self, front_url: str, slack: SlackStandIn) -> None:
        self._url = f"{front_url}/webhooks/slack"
        self._slack = slack
        self._user = f"U{uuid.uuid4().hex[:10].upper()}"
        self._place = f"D{uuid.uuid4().hex[:10].upper()}"
        slack.channels.add(self._place)
        self._session = requests.Session()
        self._session.trust_env = False

    def say(self, text: str) -> Heard:
        said = event(text, kind="message", channel=self._place, user=self._user, ts=f"{time.time():.6f}")
        return self._hear("webhook", posted_event(said))

    def press(self, title: str) -> Heard:
        shown = [message for message in self._slack.messages if message.channel == self._place and title in _titles(message)]
        number = _titles(shown[-1]).index(title)
        return self._hear("interactive", posted_press(pressed(shown[-1], number, self._user)))

    def _hear(self, door: str, posted: dict[str, Any]) -> Heard:
        before = len(self._messages())
        self._session.post(
            f"{self._url}/{door}", data=posted["content"], headers=posted["headers"], timeout=WAIT_S
        ).raise_for_status()
        ends, count, since = time.monotonic() + WAIT_S, before, time.monotonic()
        while count == before or time.monotonic() - since < QUIET_S:
            if time.monotonic() > ends:
                raise TimeoutError("Slack heard nothing")
            if len(self._messages()) > count:
                count, since = len(self._messages()), time.monotonic()
            time.sleep(0.05)
        new = self._messages()[before:]
        lines = tuple(line for message in new for block in message.blocks for line in _slack_lines(block))
        return Heard(lines, tuple(title for message in new for title in _titles(message)))

    def _messages(self) -> list[Posted]:
        return [message for message in self._slack.messages if message.channel == self._place]


def _titles(message: Posted) -> list[str]:
    return [one["text"]["text"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


def _slack_lines(block: dict[str, Any]) -> tuple[str, ...]:
    if block["type"] == "rich_text":
        return (f"“{''.join(part['text'] for part in block['elements'][0]['elements'])}”",)
    if block["type"] == "section":
        return lines_of(html.unescape(re.sub(r"<(https?:[^<>|]+)>", r"\1", block["text"]["text"])))
    if block["type"] == "context":
        return lines_of(html.unescape(re.sub(r"<(https?:[^<>|]+)\|([^<>]+)>", r"\2: \1", block["elements"][0]["text"])))
    return (block["image_url"],) if block["type"] == "image" else ()
