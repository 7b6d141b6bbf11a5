import asyncio

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.action_stop import ActionStop

from .conftest import user


def stopped(loop, slots=None):
    dispatcher = CollectingDispatcher()
    document = {"sender_id": "s", "slots": slots or {}, "latest_message": {}, "events": [], "paused": False, "active_loop": loop}
    events = asyncio.run(ActionStop().run(dispatcher, Tracker.from_dict(document), {}))
    return events, [message["response"] for message in dispatcher.messages]


def test_what_is_cancelled_with_the_company_is_looked_up(run, cascade):
    events, messages = run(ActionStop, cascade({"F1": 0.95}), user("접수 취소할래요", intent="stop"))
    assert messages[0]["text"].startswith("7일") and not messages[0].get("response")


def test_a_running_form_is_left():
    events, responses = stopped({"name": "some_form"})
    assert responses == ["utter_stop_form"]
    assert [(e["event"], e["name"]) for e in events] == [("active_loop", None), ("slot", "requested_slot")]
    assert events[1]["value"] is None


def test_without_a_form_nothing_changes():
    assert stopped({}) == ([], ["utter_stop"])


def test_what_was_talked_about_is_forgotten():
    slots = {"last_question": "배송비 얼마예요?", "last_candidates": ["F1"], "disappointments": None, "handover": "3"}
    events, responses = stopped({}, slots)
    assert responses == ["utter_stop"]
    assert {event["name"]: event["value"] for event in events} == {"last_question": None, "last_candidates": None}
