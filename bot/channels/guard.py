"""What every channel does with a message before Rasa sees it, and with a turn that said nothing.

Rasa takes text that begins with `/` for an intent. Only the payloads of our own buttons may do that;
a customer's slash is dropped. A message without words becomes the intent that answers it, so that
the reply stands in `domain.yml` and the turn in the conversation.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from rasa.core.channels.channel import UserMessage

from bot import messages
from bot.customer_message import Unusable, clean

if TYPE_CHECKING:
    from bot.storage.turns import TurnLog

logger = logging.getLogger(__name__)

PAYLOAD = re.compile(
    r'/(?:human|greet|stop|correct|helpful|not_helpful(?:\{"rated": "1"\})?'
    r'|ask\{"faq_id": ?"[^"\\{}]{1,100}"\}|follow_up\{"product": ?"[^"\\{}]{1,60}"\})'
)
"""What our buttons send."""

INTENTS = {
    Unusable.EMPTY: "/empty_message",
    Unusable.TOO_LONG: "/long_message",
    Unusable.NO_WORDS: "/reaction",
    Unusable.FOREIGN: "/foreign_message",
}

SAID = "said"
"""In the metadata of a message that an intent took the place of: what the customer wrote, for a human to read."""
KEPT_FACTOR = 4
"""So many times `max_characters` of it are kept."""

Handler = Callable[[UserMessage], Awaitable[Any]]


def guard(text: Any, max_characters: int) -> str:
    """What Rasa is given for a customer's `text`; what is no text at all counts as empty."""
    if not isinstance(text, str):
        text = ""
    if PAYLOAD.fullmatch(text):
        return text
    message = clean(text, max_characters)
    if message.unusable in INTENTS:
        return INTENTS[message.unusable]
    return message.text.lstrip("/ ") or INTENTS[Unusable.NO_WORDS]


def guarded(handler: Handler, max_characters: int, log: TurnLog | None = None) -> Handler:
    """`handler` with `guard` before it and, after it, a sentence where it failed or said nothing; `log` writes the turn down."""

    async def handle(message: UserMessage) -> None:
        turn = log and log.begin(message.message_id, message.sender_id, message.input_channel, message.text)
        failed = False
        original, message.text = message.text, guard(message.text, max_characters)
        if message.text in INTENTS.values() and isinstance(original, str):
            message.metadata = {**(message.metadata or {}), SAID: original[: KEPT_FACTOR * max_characters]}
        try:
            await handler(message)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("a turn failed")
            failed = True
        collected = getattr(message.output_channel, "messages", None)
        if isinstance(collected, list) and not collected:
            failed = True
            logger.error("a turn said nothing")
            await message.output_channel.send_text_message(message.sender_id, messages.ERROR)
        if turn:
            log.end(turn, collected if isinstance(collected, list) else (), failed)

    return handle
