"""What agents have for a KakaoTalk customer: their words on the way, and whether a hand-over has the conversation.

Kakao lets no skill speak first, so both are looked up when the customer says something. The calls are the
database's and block: run them in a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timezone
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bot.message import Message

if TYPE_CHECKING:
    from bot.handover.delivery import Deliveries
    from bot.handover.queue import Handovers


class AgentWords(NamedTuple):
    """One thing said to the customer; `at` is in seconds since 1970."""

    id: int
    message: Message
    at: float


class Glance(NamedTuple):
    """What there is at this moment; `handover` is the number of the one that has the conversation."""

    words: tuple[AgentWords, ...] = ()
    handover: int | None = None


class Humans(Protocol):
    """Where agents are; `NoHumans` is for companies without them."""

    def look(self, sender: str) -> Glance: ...

    def arrived(self, id: int) -> bool: ...


class NoHumans:
    """Nobody takes over."""

    def look(self, sender: str) -> Glance:
        return Glance()

    def arrived(self, id: int) -> bool:
        return False


class HumansOfDatabase:
    """The queue of the bot's database, opened when it is first asked."""

    def __init__(self, opened: Callable[[], tuple[Deliveries, Handovers]]) -> None:
        self._open = opened
        self._opened: tuple[Deliveries, Handovers] | None = None
        self._opening = threading.Lock()

    def look(self, sender: str) -> Glance:
        """What waits for `sender`."""
        with self._opening:
            self._opened = self._opened or self._open()
        deliveries, handovers = self._opened
        words = tuple(
            AgentWords(one.id, one.message, one.said_at.replace(tzinfo=timezone.utc).timestamp())
            for one in deliveries.undelivered(recipient=sender)
        )
        handover = handovers.of(sender)
        return Glance(words, None if handover is None else handover.id)

    def arrived(self, id: int) -> bool:
        """Note that the words with this id were taken over; False where somebody had before."""
        return self._opened is not None and self._opened[0].mark_delivered(id)


def humans_of(database_url: str) -> Humans:
    """The queue at `database_url`; nobody where no `[human]` is configured."""
    from bot.handover.config import HumanConfig

    if HumanConfig.load() is None:
        return NoHumans()

    def opened() -> tuple[Deliveries, Handovers]:
        from bot.handover.delivery import Deliveries
        from bot.handover.queue import Handovers
        from bot.storage.database import open_database

        engine = open_database(database_url)
        return Deliveries(engine), Handovers(engine)

    return HumansOfDatabase(opened)
