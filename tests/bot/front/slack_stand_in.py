"""Slack's side of the wire on this machine: its Web API and response_urls as a real HTTP server, and its signature.

It refuses what Slack's documentation says is refused (no token, blocks over their limits, unknown channels and
messages), so that a test fails where the real one would. What goes wrong on purpose is queued in `mishaps`:

    slack.mishaps.append(Mishap("chat.postMessage", status=429, retry_after=30))
    slack.mishaps.append(Mishap("chat.postMessage", takes=True, breaks=True))     # taken, but the answer is lost
"""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

from slack_sdk.signature import SignatureVerifier

from bot.front.slack_checkup import SCOPES

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "xoxb-1-test"
BOT, TEAM_CHANNEL, CHANNEL, DIRECT, USER = "UBOT", "C0TEAM", "C0SHOP", "D0ANNA", "U0ANNA"
NAMES = {"U0ANNA": "안나", "U0KIM": "김상담", "U0LEE": "이상담"}
KINDS = {"section", "context", "actions", "image", "rich_text", "header"}


@dataclass
class Mishap:
    """What happens to the next call of `method`: `takes` is whether it is done all the same."""

    method: str
    status: int = 200
    retry_after: int | None = None
    error: str | None = None
    takes: bool = False
    breaks: bool = False


@dataclass
class Posted:
    """A message as it stands in a channel now."""

    channel: str
    ts: str
    text: str
    blocks: list = field(default_factory=list)
    thread_ts: str | None = None
    metadata: dict | None = None
    renderings: int = 1


def refusal_of(blocks) -> str | None:
    """Why Slack refuses `blocks`, by https://docs.slack.dev/reference/block-kit/blocks; None where it takes them."""
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "no list of at most 50 blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        return "block ids twice"
    return next((why for why in map(_refusal_of_one, blocks) if why), None)


def _refusal_of_one(block) -> str | None:
    kind = block.get("type")
    if kind not in KINDS:
        return f"kind {kind}"
    if kind == "section" and not 1 <= len(block["text"]["text"]) <= 3000:
        return "section text"
    if kind == "header" and not (block["text"]["type"] == "plain_text" and 1 <= len(block["text"]["text"]) <= 150):
        return "header text"
    if kind == "context" and not (1 <= len(block["elements"]) <= 10 and all(e.get("text") for e in block["elements"])):
        return "context elements"
    if kind == "image" and not (
        1 <= len(block["image_url"]) <= 3000
        and block["alt_text"]
        and set(block) <= {"type", "block_id", "image_url", "alt_text", "title"}
    ):
        return "image"
    if kind == "actions":
        actions = [element["action_id"] for element in block["elements"]]
        titles = [element["text"]["text"] for element in block["elements"]]
        good = 1 <= len(actions) <= 25 and len(actions) == len(set(actions)) and len(block["block_id"]) <= 255
        good = good and all(1 <= len(title) <= 75 for title in titles)
        if not good or any(len(element["value"]) > 2000 for element in block["elements"]):
            return "buttons"
    if kind == "rich_text":
        texts = [element["text"] for part in block["elements"] for element in part["elements"]]
        if not texts or not all(texts):
            return "empty rich text"
    return None


class SlackStandIn:
    """A workspace; `start` and `stop` at will, the address stays the same."""

    def __init__(self) -> None:
        self.messages: list[Posted] = []
        self.whispers: list[dict] = []
        self.hooked: list[dict] = []
        self.calls: list[tuple[float, str, dict]] = []
        self.mishaps: list[Mishap] = []
        self.channels = {TEAM_CHANNEL, CHANNEL, DIRECT}
        self.hook_status = 200
        self.scopes = list(SCOPES)
        self._clock = itertools.count(1)
        self._lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    def hook(self, name: str = "one") -> str:
        return f"http://127.0.0.1:{self.port}/commands/{name}"

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"slack": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def texts(self, channel: str = CHANNEL) -> list[str]:
        return [message.text for message in self.messages if message.channel == channel]

    def methods(self) -> list[str]:
        return [method for _, method, _ in self.calls]

    def answer(self, method: str, asked: dict, token: str) -> dict:
        """What the Web API answers."""
        with self._lock:
            if token != f"Bearer {TOKEN}":
                return {"ok": False, "error": "invalid_auth"}
            answered = getattr(self, "_" + method.replace(".", "_").lower(), None)
            return {"ok": False, "error": "unknown_method"} if answered is None else answered(asked)

    def take_hook(self, body: dict) -> int:
        with self._lock:
            if self.hook_status == 200:
                self.hooked.append(body)
            return self.hook_status

    def next_mishap(self, method: str) -> Mishap | None:
        with self._lock:
            found = next((mishap for mishap in self.mishaps if mishap.method == method), None)
            if found:
                self.mishaps.remove(found)
            return found

    def ts(self) -> str:
        return f"{int(time.time())}.{next(self._clock):06d}"

    def _chat_postmessage(self, asked: dict) -> dict:
        channel = DIRECT if asked["channel"] == USER else asked["channel"]
        if channel not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        if not asked.get("text") and not asked.get("blocks"):
            return {"ok": False, "error": "no_text"}
        if refusal := refusal_of(asked.get("blocks", [])):
            return {"ok": False, "error": "invalid_blocks", "why": refusal}
        message = Posted(channel, self.ts(), asked.get("text", ""), asked.get("blocks", []), asked.get("thread_ts"))
        message.metadata = asked.get("metadata")
        self.messages.append(message)
        return {"ok": True, "channel": channel, "ts": message.ts}

    def _chat_update(self, asked: dict) -> dict:
        message = self.at(asked["channel"], asked["ts"])
        if message is None:
            return {"ok": False, "error": "message_not_found"}
        if refusal := refusal_of(asked.get("blocks", [])):
            return {"ok": False, "error": "invalid_blocks", "why": refusal}
        message.text, message.blocks, message.renderings = asked["text"], asked.get("blocks", []), message.renderings + 1
        return {"ok": True, "channel": message.channel, "ts": message.ts}

    def _chat_postephemeral(self, asked: dict) -> dict:
        self.whispers.append(asked)
        return {"ok": True, "message_ts": self.ts()}

    def _conversations_history(self, asked: dict) -> dict:
        roots = [message for message in self.messages if message.thread_ts is None]
        return self._listed(asked, roots)

    def _conversations_replies(self, asked: dict) -> dict:
        return self._listed(asked, [message for message in self.messages if asked["ts"] in (message.thread_ts, message.ts)])

    def _listed(self, asked: dict, messages: list[Posted]) -> dict:
        with_metadata = asked.get("include_all_metadata") in (True, 1, "1", "true", "True")
        found = [message for message in messages if message.channel == asked["channel"]]
        found = [message for message in found if float(message.ts) >= float(asked.get("oldest", 0))]
        listed = [
            {"ts": message.ts, "text": message.text} | ({"metadata": message.metadata} if with_metadata else {})
            for message in reversed(found)
        ]
        return {"ok": True, "messages": listed, "response_metadata": {"next_cursor": ""}}

    def _conversations_open(self, asked: dict) -> dict:
        return {"ok": True, "channel": {"id": DIRECT}} if asked["users"] == USER else {"ok": False, "error": "user_not_found"}

    def _conversations_info(self, asked: dict) -> dict:
        if asked["channel"] not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        return {"ok": True, "channel": {"id": asked["channel"], "name": "상담", "is_member": asked["channel"] == TEAM_CHANNEL}}

    def _users_info(self, asked: dict) -> dict:
        if asked["user"] not in NAMES:
            return {"ok": False, "error": "user_not_found"}
        return {"ok": True, "user": {"name": asked["user"].lower(), "profile": {"display_name": NAMES[asked["user"]]}}}

    def _auth_test(self, asked: dict) -> dict:
        return {"ok": True, "team": "대답", "user": "daedap", "user_id": BOT}

    def at(self, channel: str, ts: str) -> Posted | None:
        return next((message for message in self.messages if (message.channel, message.ts) == (channel, ts)), None)

    def read(self, text: str, channel: str = CHANNEL) -> Posted:
        """The one message with this text; AssertionError where there are none or several."""
        [found] = [message for message in self.messages if message.channel == channel and message.text == text]
        return found


class _Handler(BaseHTTPRequestHandler):
    slack: SlackStandIn

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in self.headers.get("Content-Type", "")
        asked = dict(parse_qsl(query)) | (json.loads(body) if is_json and body else dict(parse_qsl(body.decode())))
        method = path.removeprefix("/api/") if path.startswith("/api/") else "response_url"
        self.slack.calls.append((time.monotonic(), method, asked))
        mishap = self.slack.next_mishap(method)
        if mishap is None or mishap.takes:
            answer = self._done(method, asked)
        else:
            answer = {"ok": False, "error": mishap.error or "internal_error"}
        if mishap and mishap.breaks:
            self.close_connection = True
            self.connection.close()
            return
        status = mishap.status if mishap else 200
        if isinstance(answer, int):
            status, answer = (status if mishap else answer), "ok"
        data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-OAuth-Scopes", ",".join(self.slack.scopes))
        if mishap and mishap.retry_after is not None:
            self.send_header("Retry-After", str(mishap.retry_after))
        self.end_headers()
        self.wfile.write(data)

    def _done(self, method: str, asked: dict) -> dict | int:
        if method == "response_url":
            return self.slack.take_hook(asked)
        return self.slack.answer(method, asked, self.headers.get("Authorization", ""))

    def log_message(self, *arguments) -> None:
        pass


def signed(body: str, at: float | None = None, secret: str = SECRET, **headers: str) -> dict[str, str]:
    """Headers as Slack sends them with `body`, signed by slack_sdk's own signer."""
    timestamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature} | headers


def event(text: str = "<@UBOT> 배송비?", kind: str = "app_mention", event_id: str | None = None, **more) -> dict:
    """The payload of an event; `more` goes into the inner event."""
    inner = {"type": kind, "user": USER, "text": text, "ts": "1700000000.000100", "channel": CHANNEL}
    if kind == "message":
        inner["channel_type"] = "im" if more.get("channel", CHANNEL).startswith("D") else "channel"
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": event_id or f"Ev{uuid.uuid4().hex[:10].upper()}",
        "event_time": 1700000000,
        "authorizations": [{"team_id": "T1", "user_id": BOT, "is_bot": True}],
        "event": {name: value for name, value in (inner | more).items() if value is not None},
    }


def pressed(message: Posted, number: int = 0, user: str = USER, name: str = "anna", hook: str | None = None) -> dict:
    """The payload of a button pressed in a message that is there."""
    element, block = next(
        (element, block)
        for block in message.blocks
        if block["type"] == "actions"
        for at, element in enumerate(block["elements"])
        if at == number
    )
    shown = {"type": "message", "ts": message.ts, "text": message.text, "blocks": message.blocks, "user": BOT}
    return {
        "type": "block_actions",
        "user": {"id": user, "username": name, "name": name, "team_id": "T1"},
        "team": {"id": "T1", "domain": "shop"},
        "channel": {"id": message.channel, "name": "shop"},
        "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": False},
        "message": shown | ({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        "response_url": hook or "https://hooks.slack.com/actions/T1/1/x",
        "trigger_id": uuid.uuid4().hex,
        "actions": [element | {"block_id": block["block_id"], "action_ts": "1700000000.1"}],
    }


def command(text: str, response_url: str, **more: str) -> dict[str, str]:
    """The form of a slash command."""
    form = {"command": "/daedap", "text": text, "user_id": USER, "channel_id": CHANNEL, "team_id": "T1"}
    return form | {"trigger_id": uuid.uuid4().hex, "response_url": response_url} | more


def posted_event(payload: dict, **headers: str) -> dict:
    """Arguments of a client's `post` for an event."""
    body = json.dumps(payload, ensure_ascii=False)
    return {"content": body.encode(), "headers": signed(body, **headers) | {"Content-Type": "application/json"}}


def posted_form(form: dict) -> dict:
    """Arguments of a client's `post` for a command, or with `payload` for a pressed button."""
    body = urlencode(form)
    return {"content": body.encode(), "headers": signed(body) | {"Content-Type": "application/x-www-form-urlencoded"}}


def posted_press(payload: dict) -> dict:
    return posted_form({"payload": json.dumps(payload, ensure_ascii=False)})
