"""Talking with the bot over Rasa's REST channel, as a customer's device would."""

from __future__ import annotations

from bot.channels.rasa_messages import is_silence, messages_of
from bot.message import Message


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

    def send(self, message: str) -> tuple[Message, ...]:
        """The bot's replies to `message`, in order; none where a human has the conversation, else BotAwayError."""
        import requests

        try:
            response = self._session.post(self.url, json={"sender": self.sender, "message": message}, timeout=self.timeout_s)
            response.raise_for_status()
            bubbles = response.json()
            replies, is_meant = messages_of(bubbles), is_silence(bubbles)
        except (requests.RequestException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BotAwayError(str(error)) from error
        if not replies and not is_meant:
            raise BotAwayError("the bot answered with nothing")
        return replies
