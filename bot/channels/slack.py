"""Slack's payloads, read: what a person said, which button was pressed, which command was typed, and where.

Events follow https://docs.slack.dev/reference/events (`message` and `app_mention` in an `event_callback`), buttons
the `block_actions` payload, commands the form of a slash command. What is no person's words for us to hear comes
back as None: messages of bots, edits, deletions, channel notices, other kinds of events.

A conversation is a thread of a channel, or everything that one person and the bot say to each other alone
(direct messages and commands, whose answers nobody else sees).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.channels.slack_text import plain_text

SENDER = "slack-"
SPOKEN_SUBTYPES = frozenset({None, "file_share", "thread_broadcast"})
"""Messages with another subtype are edits, deletions, notices, or bots'."""
SLACK_HOOKS = "hooks.slack.com"

_ID = re.compile(r"[A-Z0-9]{2,40}")
_TS = re.compile(r"\d{1,12}\.\d{1,9}")


@dataclass(frozen=True)
class Said:
    """A person's message. `thread` is the ts of the thread it stands in, None where it stands alone.

    `keys` are the names it is known again by, whatever it is sent again for: the event's id, channel and ts, and
    the id that the writer's own Slack gave it. `to_us` is whether it is meant for the bot beyond doubt (a direct
    message, or one that names the bot), `to_others` whether it names somebody else.
    """

    keys: tuple[str, ...]
    channel: str
    user: str
    ts: str
    thread: str | None
    text: str
    is_private: bool
    to_us: bool
    to_others: bool

    @property
    def root(self) -> str:
        """The ts of the message that its thread hangs on, itself where it began one."""
        return self.thread or self.ts

    @property
    def sender(self) -> str:
        return private_sender(self.user) if self.is_private else thread_sender(self.channel, self.root)

    @property
    def answer_thread(self) -> str | None:
        """The thread to answer in; direct messages are answered flat unless they stand in a thread themselves."""
        return self.thread if self.is_private else self.root


@dataclass(frozen=True)
class Pressed:
    """A pressed button: `value` is what is sent for it, `title` what stood on it, `blocks` the message it stood in.

    Of the buttons of a message only the first pressed counts: all have the same key, as far as their block ids are
    the same before a colon.
    """

    keys: tuple[str, ...]
    channel: str
    user: str
    user_name: str
    action: str
    value: str
    title: str
    ts: str
    thread: str | None
    is_ephemeral: bool
    blocks: tuple[dict[str, Any], ...]
    message_text: str
    response_url: str | None

    @property
    def is_private(self) -> bool:
        return self.is_ephemeral or self.channel.startswith("D")

    @property
    def sender(self) -> str:
        root = self.thread or self.ts
        return private_sender(self.user) if self.is_private else thread_sender(self.channel, root)

    @property
    def answer_thread(self) -> str | None:
        if self.is_ephemeral:
            return None
        return self.thread if self.is_private else self.thread or self.ts


@dataclass(frozen=True)
class Commanded:
    """A slash command; only who typed it sees it and its answer."""

    keys: tuple[str, ...]
    channel: str
    user: str
    command: str
    text: str
    response_url: str

    @property
    def sender(self) -> str:
        return private_sender(self.user)


def private_sender(user: str) -> str:
    """The conversation of one person with the bot alone."""
    return f"{SENDER}{user}"


def thread_sender(channel: str, root: str) -> str:
    """The conversation in a channel's thread."""
    return f"{SENDER}{channel}-{root}"


def read_event(payload: Mapping[str, Any]) -> Said | None:
    """What a person said in an `event_callback`; None where it is nothing for us."""
    event = payload.get("event")
    if payload.get("type") != "event_callback" or not isinstance(event, Mapping):
        return None
    kind = event.get("type")
    if kind not in ("message", "app_mention") or event.get("subtype") not in SPOKEN_SUBTYPES:
        return None
    if any(event.get(name) for name in ("bot_id", "bot_profile", "edited", "hidden")):
        return None
    ids, ts, thread = _ids(event.get("channel"), event.get("user")), event.get("ts"), event.get("thread_ts")
    own = own_users(payload)
    if ids is None or not _is_ts(ts) or not (thread is None or _is_ts(thread)) or ids[1] in own | {"USLACKBOT"}:
        return None
    channel, user = ids
    raw = event.get("text") if isinstance(event.get("text"), str) else ""
    named = {name for name in re.findall(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>", raw)}
    is_private = event.get("channel_type") == "im" or channel.startswith("D")
    return Said(
        keys=_keys(event=payload.get("event_id"), message=f"{channel}:{ts}", client=event.get("client_msg_id")),
        channel=channel,
        user=user,
        ts=ts,
        thread=thread,
        text=plain_text(raw, own),
        is_private=is_private,
        to_us=is_private or kind == "app_mention" or bool(named & own),
        to_others=bool(named - own) and not (kind == "app_mention" and not own),
    )


def read_action(payload: Mapping[str, Any]) -> Pressed | None:
    """The button that was pressed in a `block_actions` payload; None for anything else."""
    actions = payload.get("actions")
    if payload.get("type") != "block_actions" or not isinstance(actions, list) or not actions:
        return None
    action, message = _mapping(actions[0]), _mapping(payload.get("message"))
    container, user = _mapping(payload.get("container")), _mapping(payload.get("user"))
    channel = _mapping(payload.get("channel")).get("id") or container.get("channel_id")
    ids, ts = _ids(channel, user.get("id")), container.get("message_ts") or message.get("ts")
    thread = message.get("thread_ts") or container.get("thread_ts")
    value = action.get("value")
    if ids is None or action.get("type") != "button" or not isinstance(value, str) or not _is_ts(ts):
        return None
    if not (thread is None or _is_ts(thread)):
        return None
    blocks = message.get("blocks")
    return Pressed(
        keys=_keys(action=f"{ids[0]}:{ts}:{_text(action.get('block_id')).partition(':')[0]}"),
        channel=ids[0],
        user=ids[1],
        user_name=_text(user.get("name")) or _text(user.get("username")) or ids[1],
        action=_text(action.get("action_id")),
        value=value,
        title=_text(_mapping(action.get("text")).get("text")),
        ts=ts,
        thread=thread,
        is_ephemeral=container.get("is_ephemeral") is True,
        blocks=tuple(block for block in blocks if isinstance(block, dict)) if isinstance(blocks, list) else (),
        message_text=_text(message.get("text")),
        response_url=_text(payload.get("response_url")) or None,
    )


def read_command(form: Mapping[str, str]) -> Commanded | None:
    """The slash command in a form; None where it is none."""
    ids = _ids(form.get("channel_id"), form.get("user_id"))
    if ids is None or not form.get("command", "").startswith("/") or not form.get("response_url"):
        return None
    trigger = form.get("trigger_id") or form["response_url"]
    text = plain_text(form.get("text", ""), frozenset())
    return Commanded(_keys(command=trigger), *ids, form["command"], text, form["response_url"])


def own_users(payload: Mapping[str, Any]) -> frozenset[str]:
    """The ids under which the bot itself is in the workspace."""
    listed = payload.get("authorizations")
    found = {_mapping(one).get("user_id") for one in listed} if isinstance(listed, list) else set()
    return frozenset(one for one in found if isinstance(one, str))


def is_hook(url: str, api_url: str) -> bool:
    """Whether `url` may be answered to: Slack's own hooks over https, or the server that stands in for Slack's API."""
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
        if parts.scheme == "https" and parts.netloc == SLACK_HOOKS:
            return True
        stands_in = not (api.hostname or "").endswith("slack.com")
        return stands_in and (parts.scheme, parts.netloc) == (api.scheme, api.netloc)
    except ValueError:
        return False


def _keys(**named: Any) -> tuple[str, ...]:
    return tuple(f"{name}:{value}"[:300] for name, value in named.items() if isinstance(value, str) and value)


def _ids(*values: Any) -> tuple[str, ...] | None:
    good = all(isinstance(value, str) and _ID.fullmatch(value) for value in values)
    return tuple(values) if good else None


def _is_ts(value: Any) -> bool:
    return isinstance(value, str) and _TS.fullmatch(value) is not None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
