"""The skill that answers questions: the cascade decides, whatever the intent is called, and the conversation is remembered.

Small talk that the classifier nearly recognized is answered as such unless the FAQ is sure to know it
(`bot.routing.fallback_response`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answering import AnsweringAction, Events, channel_of, text_of
from bot.actions.replies import chosen_entry
from bot.actions.talk import circumstances, memory_of, say, written_down
from bot.conversation.asking import Reply, ask, chosen
from bot.routing import fallback_response, seems_out_of_scope

if TYPE_CHECKING:
    from bot.cascade import Cascade


class ActionAnswer(AnsweringAction):
    """Answers the latest message, or the FAQ entry whose button was pressed."""

    follows: ClassVar[bool] = False
    """Whether the message is surely a follow-up."""

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        entry_id = chosen_entry(tracker)
        text = text_of(tracker)
        otherwise = fallback_response(tracker.latest_message)
        is_foreign = seems_out_of_scope(tracker.latest_message)
        memory = memory_of(tracker)
        product = pressed_product(tracker)

        def work(cascade: Cascade) -> Reply | None:
            if entry_id is not None:
                return chosen(cascade, entry_id, memory)
            least = cascade.settings.out_of_scope_answer if is_foreign else 0.0
            about = circumstances(tracker, least=least, follows=self.follows, only_sure=bool(otherwise), product=product)
            reply = ask(cascade, text, memory, about)
            return reply and written_down(cascade, reply, channel_of(tracker), tracker.sender_id)

        def said(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply | None) -> Events:
            if reply is not None:
                return say(dispatcher, tracker, reply)
            if otherwise.startswith("action_"):
                return [FollowupAction(otherwise)]
            dispatcher.utter_message(response=otherwise)
            return []

        return await self.reply(dispatcher, tracker, work, said)


def pressed_product(tracker: Tracker) -> str | None:
    """The product whose button was pressed, or None; one that a text names is no press."""
    if not text_of(tracker).startswith("/"):
        return None
    entities = tracker.latest_message.get("entities") or []
    return next((str(entity["value"]) for entity in entities if entity.get("entity") == "product"), None)
