"""Talking with the bot over Rasa's REST channel, as a customer's device would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Button:
    """A choice the bot offers; `payload` is what is sent back for it."""

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One bubble of the bot; `answer` is the cascade's answer as JSON where the bubble carries one."""

    text: str
    buttons: tuple[Button, ...] = ()
    answer: dict[str, Any] | None = None


class BotAwayError(RuntimeError):
    """The bot did not answer in time or could not be reached."""


class RestClient:
    """One conversation, under one `sender`, with the bot at `url`."""

    def __init__(self, url: str, sender: str, timeout_s: float = 30.0) -> None:
        import requests

        self.url = url
        self.sender = sender
        self.timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between a device and its own loopback

    def send(self, message: str) -> list[Reply]:
        """The bot's replies to `message`, in order; BotAwayError where none came."""
        import requests

        try:
            response = self._session.post(self.url, json={"sender": self.sender, "message": message}, timeout=self.timeout_s)
            response.raise_for_status()
            replies = parse_replies(response.json())
        except (requests.RequestException, ValueError) as error:
            raise BotAwayError(str(error)) from error
        if not replies:
            raise BotAwayError("the bot answered with nothing")
        return replies


def parse_replies(document: list[dict[str, Any]]) -> list[Reply]:
    """Replies of a REST response; a bubble that only carries the answer joins the text before it."""
    replies: list[Reply] = []
    for bubble in document:
        answer = (bubble.get("custom") or {}).get("daedap")
        text = bubble.get("text") or ""
        buttons = tuple(Button(one["title"], one["payload"]) for one in bubble.get("buttons") or ())
        if answer is not None and not text and replies and replies[-1].answer is None:
            replies[-1] = Reply(replies[-1].text, replies[-1].buttons, answer)
        elif text or buttons or answer is not None:
            replies.append(Reply(text, buttons, answer))
    return replies
