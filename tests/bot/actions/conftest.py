"""Trackers and a service with a hand-made cascade, for the tests of the actions."""

from __future__ import annotations

import asyncio

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.service import AnswerService
from bot.cascade import Cascade
from bot.journal import Journal
from bot.settings import Settings


def user(text, intent="ask", entities=(), ranking=None, channel="rest"):
    parsed = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": list(entities),
        "intent_ranking": ranking or [{"name": intent, "confidence": 0.9}],
    }
    return {"event": "user", "text": text, "parse_data": parsed, "input_channel": channel}


def bot(text, custom=None):
    return {"event": "bot", "text": text, "data": {"custom": custom or {}}}


def tracker_of(*events, slots=None):
    """A tracker as Rasa sends it, its latest message the last user event."""
    latest = next(event["parse_data"] for event in reversed(events) if event["event"] == "user")
    return Tracker.from_dict(
        {
            "sender_id": "s",
            "slots": slots or {},
            "latest_message": latest,
            "events": list(events),
            "paused": False,
            "active_loop": {},
        }
    )


SETTINGS = Settings(
    faq_sure=0.7,
    faq_answer=0.7,
    faq_offer=0.15,
)


@pytest.fixture
def journal(tmp_path):
    opened = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    yield opened
    opened.close()


@pytest.fixture
def cascade(stand_in_index, stand_in_reader, stand_in_choice, stand_in_judge, stand_in_scope, journal):
    def make(confidences=None, span="", confidence=0.0, settings=None):
        index = stand_in_index(confidences or {})
        reader = stand_in_reader(span, confidence)
        return Cascade(
            index,
            reader,
            settings or SETTINGS,
            journal,
            judge_of=stand_in_judge,
            choice=stand_in_choice(reader),
            scope_of=stand_in_scope,
        )

    return make


@pytest.fixture
def run():
    """`(events, messages)` of an action with a cascade on a tracker made of events."""

    def result(action_class, cascade, *events, slots=None):
        dispatcher = CollectingDispatcher()
        load = cascade if callable(cascade) else lambda: cascade
        action = action_class(AnswerService(load, loading_timeout_s=1.0))
        made = asyncio.run(action.run(dispatcher, tracker_of(*events, slots=slots), {}))
        return made, dispatcher.messages

    return result
