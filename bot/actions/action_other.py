"""What was shown is not what was meant ("그거 말고", "다른 거", no to an offer): the next nearest, or what is named instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, channel_of, text_of
from bot.actions.talk import circumstances, memory_of, written_down
from bot.conversation.asking import Reply, refused

if TYPE_CHECKING:
    from bot.cascade import Cascade


class ActionOther(AnsweringAction):
    """Shows candidates for the last question that were not shown yet."""

    def name(self) -> str:
        return "action_other"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        def work(cascade: Cascade) -> Reply:
            found = refused(cascade, text_of(tracker), memory_of(tracker), circumstances(tracker))
            return written_down(cascade, found, channel_of(tracker), tracker.sender_id)

        return await self.reply(dispatcher, tracker, work)
