"""What was shown is not what was meant ("그거 말고", "다른 거", no to an offer): the next nearest, or what is named instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, channel_of, text_of
from bot.actions.replies import last_offers
from bot.actions.talk import circumstances, memory_of, written_down
from bot.conversation.asking import Reply, refused
from bot.conversation.leaning import other_mind

if TYPE_CHECKING:
    from bot.cascade import Cascade

DECLINES = re.compile(
    r"^(?:아니(?:요|에요)?[\s,.]*)?(?:이제\s*)?(?:됐어요?|됐습니다|됐네요|괜찮(?:아요?|습니다)|필요\s?없(?:어요?|습니다))[\s.!~ㅎ]*$"
)
"""A no to all that is offered, where nothing else is wanted either."""


class ActionOther(AnsweringAction):
    """Shows candidates for the last question that were not shown yet."""

    def name(self) -> str:
        return "action_other"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        if DECLINES.match(text_of(tracker).strip()):
            dispatcher.utter_message(response="utter_affirm")
            return []
        if is_plain_no(tracker):
            dispatcher.utter_message(response="utter_deny")
            return []

        def work(cascade: Cascade) -> Reply:
            found = refused(cascade, text_of(tracker), memory_of(tracker), circumstances(tracker))
            return written_down(cascade, found, channel_of(tracker), tracker.sender_id)

        return await self.reply(dispatcher, tracker, work)


def is_plain_no(tracker: Tracker) -> bool:
    """Whether the latest message is a no to nothing that was offered, and names nothing that is wanted instead."""
    is_no = (tracker.latest_message.get("intent") or {}).get("name") == "deny"
    return is_no and not last_offers(tracker) and not other_mind(text_of(tracker))
