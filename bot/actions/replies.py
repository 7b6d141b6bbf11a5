"""Answers as Rasa messages, and what earlier messages of a conversation offered.

The text is complete by itself. The answer travels beside it as `custom["daedap"]`, for channels that
show source and candidates their own way.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.service import StillLoadingError
from bot.answer import Answer, Candidate, Kind
from bot.conversation.turns import offers_of_last_turn, since_beginning
from bot.messages import HUMAN_BUTTON, UNDERSTOOD, quoting, render

logger = logging.getLogger(__name__)

HUMAN_PAYLOAD = "/human"


def utter(
    dispatcher: CollectingDispatcher,
    answer: Answer,
    *,
    understood: str | None = None,
    products: Sequence[str] = (),
    offers_human: bool = True,
    says: Sequence[str] = (),
) -> None:
    """Say `answer`, with its offers as buttons and a human as the last choice, unless one has just been offered.

    `understood` is the whole question that the message was taken for, `products` are those asked back for, `says` what
    else may be said by a button.
    """
    text = render(answer)
    if understood:
        text = f"{UNDERSTOOD.format(question=understood, quoting=quoting(understood))}\n{text}"
    choices = buttons(answer, products)
    choices[-1:-1] = [{"title": said, "payload": said} for said in says]
    choices = choices if offers_human else [one for one in choices if one["payload"] != HUMAN_PAYLOAD]
    dispatcher.utter_message(text=text, buttons=choices, json_message={"daedap": answer.to_json()})


def buttons(answer: Answer, products: Sequence[str] = ()) -> list[dict[str, str]]:
    """A button for each product asked back for, each offer and a human; none under an answer that is sure."""
    if answer.kind in (Kind.FAQ, Kind.MANUAL):
        return []
    asked = [{"title": product, "payload": product_payload(product)} for product in products]
    offers = [{"title": offer.question, "payload": entry_payload(offer.id)} for offer in answer.offers]
    return [*asked, *offers, {"title": HUMAN_BUTTON, "payload": HUMAN_PAYLOAD}]


def product_payload(product: str) -> str:
    """What a button sends that answers which product is meant."""
    return "/follow_up" + json.dumps({"product": product}, ensure_ascii=False)


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
    return offers_of_last_turn(tracker.events)


QUESTION_INTENTS = frozenset({"ask", "follow_up", "request_repair", "check_order", "complain", "out_of_scope", "nlu_fallback"})


def question_before(tracker: Tracker) -> str | None:
    """The last question the user wrote before this message; None where there was small talk and buttons only."""
    users = [event for event in since_beginning(tracker.events) if event.get("event") == "user"]
    for event in reversed(users[:-1]):
        text = event.get("text") or ""
        intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        if text and not text.startswith("/") and intent in QUESTION_INTENTS:
            return text
    return None
