"""While a hand-over is open: the customer's words go to the human, and the bot says what the desk wants said.

Where the hand-over is over meanwhile (an agent gave the customer back, nobody came), the message is routed as any
other and answered in the same turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.channels.rasa_messages import AGENT, HANDOVER
from bot.handover.desk import Desk, Reply, desk
from bot.handover.summary import shown_text
from bot.message import Sender

logger = logging.getLogger(__name__)

SLOT, OVER = "handover", "over"
"""OVER in the slot lets the routing policy route the same message again, as one for the bot."""
CHANNEL, FETCHES = "rest", "fetches"
"""Customers of this channel get an agent's words with their next turn, unless their metadata says that they fetch them."""


class ActionHandoverMessage(Action):
    """Passes the message on, or lets the customer out."""

    def __init__(self, find_desk: Callable[[], Desk | None] = desk) -> None:
        self._find_desk = find_desk

    def name(self) -> str:
        return "action_handover_message"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            reply, waiting = await asyncio.to_thread(self._work, tracker)
        except Exception:  # the customer hears of it, the log has the rest
            logger.exception("a message could not be passed on to a human")
            dispatcher.utter_message(response="utter_handover_not_passed_on")
            return []
        for text, sender in waiting:
            dispatcher.utter_message(text=text, json_message={AGENT: True} if sender is Sender.AGENT else None)
        utter_reply(dispatcher, reply)
        if reply.handover_id is not None:
            events = [SlotSet(SLOT, str(reply.handover_id))]
            return [*events, FollowupAction("action_answer")] if reply.asks_bot else events
        return [SlotSet(SLOT, OVER if reply.asks_bot else None)]

    def _work(self, tracker: Tracker) -> tuple[Reply, list[tuple[str, Sender]]]:
        found = self._find_desk()
        number = str(tracker.get_slot(SLOT) or "")
        if found is None or not number.isdecimal():
            return Reply(None, asks_bot=True), []
        said = next(event for event in reversed(tracker.events) if event.get("event") == "user")
        text = shown_text(said, (event for event in reversed(tracker.events) if event.get("event") == "bot"))
        key = f"{tracker.sender_id}:{said['message_id']}" if said.get("message_id") else None
        reply = found.hear(int(number), text, tracker.latest_message, key)
        brings = tracker.get_latest_input_channel() == CHANNEL and not (said.get("metadata") or {}).get(FETCHES)
        return reply, brought(found, tracker.sender_id) if brings else []


def utter_reply(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Say what the desk wants said; while a human has the conversation that may be nothing."""
    state = {HANDOVER: {"state": reply.state.value}} if reply.state is not None else None
    if reply.response is not None:
        dispatcher.utter_message(response=reply.response, json_message=state, **reply.values)
    elif state is not None:
        dispatcher.utter_message(json_message=state)


def brought(found: Desk, sender: str) -> list[tuple[str, Sender]]:
    """What was said to the customer and had not reached him; it has now."""
    deliveries = found.handovers.deliveries
    waiting = deliveries.undelivered(channel=CHANNEL, recipient=sender)
    return [(one.text, one.sender) for one in waiting if deliveries.mark_delivered(one.id)]
