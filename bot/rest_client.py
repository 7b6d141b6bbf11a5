"""Talking with the bot over Rasa's REST channel, as a customer's device would."""

from __future__ import annotations

from bot.channels.rasa_messages import in_handover, messages_of
from bot.message import Message


class BotAwayError(RuntimeError):
    """The bot did not answer in time or could not be reached."""


class RestClient:
    """One conversation, under one `sender`, with the bot at `url`.

    An agent's words come with the next turn, or, where `fetches`, by `fetch` (from another thread as well).
    """

    def __init__(self, url: str, sender: str, timeout_s: float = 30.0, fetches: bool = False) -> None:
        import requests

        self.url = url
        self.sender = sender
        self.timeout_s = timeout_s
        self.fetches = fetches
        self.in_handover = False
        """Whether a human has the conversation, as far as the last turn told."""
        self._arrived = 0
        self._session, self._fetching = requests.Session(), requests.Session()
        self._session.trust_env = self._fetching.trust_env = False  # no proxy stands between a device and its own loopback

    def send(self, message: str) -> tuple[Message, ...]:
        """The bot's replies to `message`, in order; none where a human has the conversation, else BotAwayError."""
        import requests

        body = {"sender": self.sender, "message": message, **({"metadata": {"fetches": True}} if self.fetches else {})}
        try:
            response = self._session.post(self.url, json=body, timeout=self.timeout_s)
            response.raise_for_status()
            bubbles = response.json()
            replies, self.in_handover = messages_of(bubbles), in_handover(bubbles)
        except (requests.RequestException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BotAwayError(str(error)) from error
        if not replies and not self.in_handover:
            raise BotAwayError("the bot answered with nothing")
        return replies

    def fetch(self) -> tuple[Message, ...]:
        """What an agent said since, each message once; BotAwayError where nobody could be asked."""
        import requests

        url = self.url.rsplit("/", 1)[0] + "/messages"
        query = {"sender": self.sender, "after": str(self._arrived)}
        try:
            response = self._fetching.get(url, params=query, timeout=self.timeout_s)
            response.raise_for_status()
            bubbles = response.json()
            said, last = messages_of(bubbles), max((bubble["id"] for bubble in bubbles), default=self._arrived)
        except (requests.RequestException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BotAwayError(str(error)) from error
        self._arrived = last
        return said
