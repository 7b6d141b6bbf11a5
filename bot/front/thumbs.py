"""A thumb pressed in the widget: kept in the bot's database, and a thumb down on the last answer gets a reply."""

from __future__ import annotations

import asyncio
import logging

from bot.channels.web import rasa_sender
from bot.feedback import Feedback, Rated, Thumb
from bot.front.conversations import Exchange
from bot.front.state import FrontState

logger = logging.getLogger(__name__)

CHANNEL = "web"
DISLIKED = '/not_helpful{"rated": "1"}'
"""What Rasa is told of a thumb that is kept already (`bot.actions.action_feedback`)."""


async def rate(state: FrontState, key: str, number: int, thumb: str | None) -> bool:
    """Whether there was such an answer to rate; None takes a thumb back."""
    exchange = state.chat.kept.exchange(key, number)
    if exchange is None or not state.chat.kept.rate(key, number, thumb):
        return False
    try:
        await asyncio.to_thread(Feedback(state.database_url).rate, rated(key, number, exchange), thumb and Thumb(thumb))
    except Exception:  # the thumb stands in the conversation, whatever the database does
        logger.exception("a thumb could not be written into the database")
    if thumb == Thumb.DOWN and exchange.is_last and exchange.thumb != thumb:
        state.chat.follow_up(key, DISLIKED)
    return True


def rated(key: str, number: int, exchange: Exchange) -> Rated:
    """The row of the answer with id `number`."""
    answer = exchange.answer
    return Rated(
        key=f"{rasa_sender(key)}:{number}",
        sender=rasa_sender(key),
        channel=CHANNEL,
        question=exchange.question,
        answer=answer.text,
        kind=answer.kind,
        source=answer.source and answer.source.document,
        source_title=answer.source and answer.source.title,
    )
