"""One message, whoever says it and whichever channel shows it.

A message is complete in parts: what is said, what may be chosen, where it stands, what it links to. Each
channel renders as much of it as it can (`bot/channels`); `plain` is the rendering for text alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from bot import messages
from bot.answer import Source as AnswerSource


class Sender(str, Enum):
    """Who says a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"


@dataclass(frozen=True)
class Button:
    """A choice that is offered; `payload` is what is sent back for it."""

    title: str
    payload: str


@dataclass(frozen=True)
class Source:
    """Where an answer stands.

    `sentence` is what of the document is shown, `span` the `[start, end)` of the answer in it; `start, end`
    are the answer's place in the document's text. An FAQ entry has none of these: `document` is its id.
    """

    document: str
    title: str
    section: str | None = None
    page: int | None = None
    sentence: str | None = None
    span: tuple[int, int] | None = None
    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        if self.span is not None:
            start, end = self.span
            if not 0 <= start < end <= len(self.sentence or ""):
                raise ValueError(f"span {self.span} does not lie in a sentence of {len(self.sentence or '')} characters")

    @property
    def is_document(self) -> bool:
        """Whether it is a place in a document that can be opened."""
        return self.start is not None and self.end is not None

    @property
    def citation(self) -> str:
        """Title, section and page in a line."""
        return messages.cite(AnswerSource(self.document, self.title, self.section, self.page))


@dataclass(frozen=True)
class Message:
    """What is said at once.

    `id` is the server's, rising within a conversation; `client_id` the one a customer's device gave it.
    `kind` and `confidence` say how the cascade answered, `answer` is all it said, where known.
    """

    text: str
    sender: Sender = Sender.BOT
    buttons: tuple[Button, ...] = ()
    source: Source | None = None
    image: str | None = None
    link: str | None = None
    kind: str | None = None
    id: int | None = None
    client_id: str | None = None
    answer: dict[str, Any] | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("image", "link"):
            url = getattr(self, name)
            if url is not None and not is_web_address(url):
                raise ValueError(f"{name} is {url!r}; it must be an address that begins with http:// or https://")

    def replace(self, **changes: Any) -> Message:
        """This message with `changes`."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """The document that a device gets: without what is empty, and without the cascade's own answer."""
        document = {
            name: value for name, value in dataclasses.asdict(self).items() if value not in (None, ()) and name != "answer"
        }
        if self.source is not None:
            document["source"] = {name: value for name, value in document["source"].items() if value is not None}
        return document | {"text": self.text, "sender": self.sender.value}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Message:
        """The message that `to_json` wrote; ValueError or TypeError for anything else."""
        source = document.get("source")
        if source is not None:
            span = source.get("span")
            source = Source(**{**source, "span": None if span is None else (int(span[0]), int(span[1]))})
        buttons = tuple(Button(**button) for button in document.get("buttons", ()))
        return cls(**{**document, "sender": Sender(document["sender"]), "buttons": buttons, "source": source})


def is_web_address(url: str) -> bool:
    """Whether `url` may be opened or shown: http or https with a host, nothing that runs."""
    if not isinstance(url, str) or any(character <= " " or character == "\x7f" for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def plain(message: Message) -> str:
    """All of a message that text can say, the buttons left out."""
    parts = [message.text] if message.text else []
    if message.source is not None:
        if message.source.sentence and message.source.sentence not in message.text:
            parts.append(f"“{message.source.sentence}”")
        if message.source.citation.strip():
            parts.append(f"출처: {message.source.citation}")
    if message.link:
        parts.append(messages.LINK.format(link=message.link))
    if message.image:
        parts.append(message.image)
    return "\n".join(parts)
