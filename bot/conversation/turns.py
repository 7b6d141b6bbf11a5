"""What the events of a conversation say: turns since it began or was begun anew, answers, offers.

Events are Rasa's, as JSON documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.answer import Answer, Candidate, Kind

Event = dict[str, Any]
HUMAN_OFFERS = frozenset({"utter_soothe", "utter_insult", "utter_insult_again", "utter_disappointed", "utter_not_helpful"})
"""Responses that ask whether a human is wished."""


def since_beginning(events: Sequence[Event]) -> list[Event]:
    """The events behind the last restart; all where there was none."""
    restarts = [at for at, event in enumerate(events) if event.get("event") == "restart"]
    return list(events[restarts[-1] + 1 if restarts else 0 :])


def last_turn(events: Sequence[Event]) -> list[Event]:
    """What the bot said between the latest message and the one before."""
    events = since_beginning(events)
    users = [at for at, event in enumerate(events) if event.get("event") == "user"]
    if len(users) < 2:
        return []
    return [event for event in events[users[-2] : users[-1]] if event.get("event") == "bot"]


def answer_of(event: Event) -> Answer | None:
    """The answer that travels beside what the bot said; None where there is none or one of another version."""
    document = ((event.get("data") or {}).get("custom") or {}).get("daedap")
    try:
        return Answer.from_json(document) if document else None
    except (TypeError, KeyError, ValueError):
        return None


def offers_of_last_turn(events: Sequence[Event]) -> tuple[Candidate, ...]:
    """The FAQ entries that the bot offered in its last turn, in order."""
    answers = (answer_of(event) for event in last_turn(events))
    return next((answer.offers for answer in answers if answer and answer.offers), ())


def last_answer(events: Sequence[Event]) -> tuple[Event, Answer] | None:
    """The last answer with content and the event that said it; None where nothing has been answered."""
    for event in reversed(since_beginning(events)):
        answer = answer_of(event) if event.get("event") == "bot" else None
        if answer is not None and (answer.kind in (Kind.FAQ, Kind.MANUAL) or answer.evidence):
            return event, answer
    return None


def was_answered(events: Sequence[Event]) -> bool:
    """Whether the bot's last turn answered surely."""
    answers = (answer_of(event) for event in last_turn(events))
    return any(answer is not None and answer.kind in (Kind.FAQ, Kind.MANUAL) for answer in answers)


def was_unknown(events: Sequence[Event]) -> bool:
    """Whether the last answer of the conversation said that nobody knows, or that there is nothing more after that."""
    for event in reversed(since_beginning(events)):
        answer = answer_of(event) if event.get("event") == "bot" else None
        if answer is not None and not (answer.kind is Kind.CLARIFY and not answer.offers and answer.evidence is None):
            return answer.kind is Kind.NONE
    return False


def human_was_offered(events: Sequence[Event]) -> bool:
    """Whether the bot's last turn asked, before anything else, whether a human is wished."""
    said = last_turn(events)
    return bool(said) and (said[0].get("metadata") or {}).get("utter_action") in HUMAN_OFFERS
