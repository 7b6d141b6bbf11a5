"""Answers as Rasa messages, and what earlier messages of a conversation offered.

The text is complete by itself. The answer travels beside it as `custom["daedap"]`, for channels that
show source and candidates their own way.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.service import StillLoadingError
from bot.answer import Answer, Candidate, Kind
from bot.messages import HUMAN_BUTTON, render

logger = logging.getLogger(__name__)

HUMAN_PAYLOAD = "/human"


def utter(dispatcher: CollectingDispatcher, answer: Answer) -> None:
    """Say `answer`, with its offers as buttons and a human as the last choice."""
    dispatcher.utter_message(text=render(answer), buttons=buttons(answer), json_message={"daedap": answer.to_json()})


def buttons(answer: Answer) -> list[dict[str, str]]:
    """A button for each offer and one for a human; none under an answer that is sure."""
    if answer.kind in (Kind.FAQ, Kind.MANUAL):
        return []
    offers = [{"title": offer.question, "payload": entry_payload(offer.id)} for offer in answer.offers]
    return [*offers, {"title": HUMAN_BUTTON, "payload": HUMAN_PAYLOAD}]


def entry_payload(entry_id: str) -> str:
    """What a button sends to get the FAQ entry `entry_id`."""
    return "/ask" + json.dumps({"faq_id": entry_id}, ensure_ascii=False)


def utter_failure(dispatcher: CollectingDispatcher, error: Exception) -> None:
    """Say that something went wrong, or that the answers are still being loaded."""
    if isinstance(error, StillLoadingError):
        dispatcher.utter_message(response="utter_loading")
        return
    logger.exception("an action failed", exc_info=error)
    dispatcher.utter_message(response="utter_error")


def chosen_entry(tracker: Tracker) -> str | None:
    """The id of the FAQ entry whose button was pressed, or None."""
    entities = tracker.latest_message.get("entities") or []
    return next((str(entity["value"]) for entity in entities if entity.get("entity") == "faq_id"), None)


def last_offers(tracker: Tracker) -> tuple[Candidate, ...]:
    """The FAQ entries that the bot offered in its last turn, in order."""
    return next((answer.offers for answer in _answers_of_last_turn(tracker.events) if answer.offers), ())


def last_offer(tracker: Tracker) -> str | None:
    """The id of the first FAQ entry that the bot offered in its last turn, or None."""
    return next((offer.id for offer in last_offers(tracker)), None)


def _answers_of_last_turn(events: list[dict[str, Any]]) -> list[Answer]:
    """The answers said between the last user message and the one before."""
    users = [at for at, event in enumerate(events) if event.get("event") == "user"]
    if len(users) < 2:
        return []
    said = [event for event in events[users[-2] : users[-1]] if event.get("event") == "bot"]
    documents = [((event.get("data") or {}).get("custom") or {}).get("daedap") for event in said]
    return [Answer.from_json(document) for document in documents if document]


QUESTION_INTENTS = frozenset({"ask", "follow_up", "request_repair", "check_order", "complain", "out_of_scope", "nlu_fallback"})


def question_before(tracker: Tracker) -> str | None:
    """The last question the user wrote before this message; None where there was small talk and buttons only."""
    users = [event for event in tracker.events if event.get("event") == "user"]
    for event in reversed(users[:-1]):
        text = event.get("text") or ""
        intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        if text and not text.startswith("/") and intent in QUESTION_INTENTS:
            return text
    return None
