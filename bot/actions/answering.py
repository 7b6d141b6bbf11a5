"""What the actions share that ask the cascade: its thread, what is said where that fails, the reply and what it remembers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import utter_failure
from bot.actions.service import AnswerService, answer_service
from bot.actions.talk import say
from bot.conversation.asking import Reply

if TYPE_CHECKING:
    from bot.cascade import Cascade

Events = list[dict[str, Any]]
Say = Callable[[CollectingDispatcher, Tracker, Reply], Events]


class AnsweringAction(Action, ABC):
    """An action whose reply comes from the cascade; abstract, so that rasa_sdk registers only those made of it."""

    def __init__(self, service: AnswerService | None = None) -> None:
        self._service = service

    @abstractmethod
    def name(self) -> str:
        """The action's name in `domain.yml`."""

    @property
    def service(self) -> AnswerService:
        """Where the cascade is asked."""
        return self._service or answer_service()

    async def reply(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, work: Callable[[Cascade], Any], say: Say = say
    ) -> Events:
        """Say what `work` makes of the cascade; the events of it, none where it fails and the customer hears of that."""
        try:
            found = await self.service.run(work)
        except Exception as error:  # the customer hears of it, the log has the rest
            utter_failure(dispatcher, error)
            return []
        return say(dispatcher, tracker, found)


def text_of(tracker: Tracker) -> str:
    """The latest message."""
    return tracker.latest_message.get("text") or ""


def channel_of(tracker: Tracker) -> str:
    """The channel that the latest message came by."""
    return tracker.get_latest_input_channel() or "unknown"
