"""Stop: whatever runs is left, and the conversation stays open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, channel_of, text_of
from bot.actions.talk import circumstances, memory_of, written_down
from bot.conversation.asking import Reply, ask
from bot.conversation.memory import forgotten
from bot.skills.form_turn import emptied

if TYPE_CHECKING:
    from bot.cascade import Cascade


OF_THE_COMPANY = re.compile(r"접수|예약|신청|주문|배송|결제|구매|회원|설치|방문")
"""What is cancelled with the company and not with the bot: 접수 취소할래요."""


class ActionStop(AnsweringAction):
    """Ends a running form and says so; without one it takes leave. What was talked about is forgotten either way.

    Who wants something of the company's cancelled and no form runs is told how that is done.
    """

    def name(self) -> str:
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        text = text_of(tracker)
        if not tracker.active_loop_name and OF_THE_COMPANY.search(text):
            memory, about = memory_of(tracker), circumstances(tracker)

            def work(cascade: Cascade) -> Reply:
                return written_down(cascade, ask(cascade, text, memory, about), channel_of(tracker), tracker.sender_id)

            return await self.reply(dispatcher, tracker, work)
        forgetting = [SlotSet(name, value) for name, value in forgotten().items() if tracker.get_slot(name)]
        if not tracker.active_loop_name:
            dispatcher.utter_message(response="utter_stop")
            return forgetting
        dispatcher.utter_message(response="utter_stop_form")
        return [
            ActiveLoop(None),
            *forgetting,
            *(SlotSet(name, value) for name, value in emptied(tracker.active_loop_name).items()),
        ]
