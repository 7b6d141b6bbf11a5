"""Between Rasa and `bot.conversation`: the memory out of a tracker, a reply said, the memory back as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.replies import utter
from bot.answer import Kind
from bot.conversation.asking import Circumstances, Reply
from bot.conversation.memory import Memory, remembered
from bot.conversation.turns import last_answer, since_beginning, was_answered, was_unknown
from bot.skills.config import RepairConfig, skills
from bot.skills.products import find_products
from bot.skills.symptoms import BROKEN, has_trouble
from bot.skills.wishes import tells_of_code

if TYPE_CHECKING:
    from bot.cascade import Cascade


def memory_of(tracker: Tracker) -> Memory:
    """What the bot remembers of the conversation."""
    return remembered(tracker.slots, since_beginning(tracker.events))


def circumstances(tracker: Tracker, **more: Any) -> Circumstances:
    """What is known of the latest message from the turns before it, and `more`."""
    events = tracker.events
    found = last_answer(events)
    return Circumstances(last=found and found[1], was_answered=was_answered(events), was_unknown=was_unknown(events), **more)


def say(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply) -> list[dict[str, Any]]:
    """Say the reply, a human offered first where it disappoints again; the events that remember it."""
    if reply.offers_human:
        dispatcher.utter_message(response="utter_disappointed")
    utter(
        dispatcher,
        reply.answer,
        understood=reply.understood,
        products=reply.choices,
        offers_human=not reply.offers_human,
        says=repair_wish(reply, skills().repair),
    )
    return remember(tracker, reply.memory)


def repair_wish(reply: Reply, config: RepairConfig | None) -> tuple[str, ...]:
    """What a customer may say whose product has a trouble that is not surely answered, or shows a code, where the company
    repairs it."""
    told = reply.answer.question
    if config is None or reply.choices:
        return ()
    if reply.answer.kind in (Kind.FAQ, Kind.MANUAL) and not tells_of_code(told):
        return ()
    is_broken = has_trouble(told) or BROKEN in told
    return (config.text("button_request"),) if is_broken and find_products(told, config) else ()


def remember(tracker: Tracker, memory: Memory) -> list[dict[str, Any]]:
    """The events that set the slots of the memory that changed."""
    return [SlotSet(name, value) for name, value in memory.changes(tracker.slots).items()]


def written_down(cascade: Cascade, reply: Reply, channel: str, sender: str) -> Reply:
    """The reply, its question written into the journal where nobody knew the answer."""
    if reply.answer.kind is Kind.NONE:
        cascade.write_down(reply.answer, channel, sender)
    return reply
