"""A customer's message while a hand-over is open: trackers in, exact events and messages out."""

import asyncio

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.action_handover_message import ActionHandoverMessage
from bot.handover.config import HumanConfig
from bot.handover.desk import Desk
from bot.handover.queue import Handovers
from bot.handover.rows import Kind
from bot.handover.summary import Summary
from bot.storage.database import open_database

from .conftest import user


@pytest.fixture
def queue(tmp_path):
    return Handovers(open_database(f"sqlite:///{tmp_path / 'q.db'}"))


@pytest.fixture
def number(queue):
    return queue.open("s", "rest", Summary())[0].id


@pytest.fixture
def hear(queue):
    """Events and messages after `event`, with `slot` in the slot."""

    def hear(slot, event, find=lambda: Desk(HumanConfig(), queue), channel="rest"):
        event = event | {"input_channel": channel}
        state = {"sender_id": "s", "slots": {"handover": slot}, "latest_message": event["parse_data"], "events": [event]}
        dispatcher = CollectingDispatcher()
        action = ActionHandoverMessage(find)
        made = asyncio.run(action.run(dispatcher, Tracker.from_dict(state | {"paused": False, "active_loop": {}}), {}))
        messages = [
            {name: value for name, value in one.items() if value and name in ("response", "text", "custom")}
            for one in dispatcher.messages
        ]
        return made, messages

    return hear


def slot(value):
    return {"event": "slot", "timestamp": None, "name": "handover", "value": value}


def test_the_words_go_to_the_human_and_the_bot_means_to_say_nothing(hear, queue, number):
    events, messages = hear(str(number), user("환불이요"))
    assert events == [slot(str(number))]
    assert messages == [{"custom": {"daedap_handover": {"state": "waiting"}}}]
    assert [one.text for one in queue.said(number)] == ["환불이요"]


def test_the_same_message_of_rasa_is_kept_once(hear, queue, number):
    for _ in range(2):
        hear(str(number), user("환불이요") | {"message_id": "m1"})
    assert [one.text for one in queue.said(number)] == ["환불이요"]


def test_a_human_reads_what_the_customer_wrote(hear, queue, number):
    hear(str(number), user("/reaction", intent="reaction") | {"metadata": {"said": "👍"}})
    assert [one.text for one in queue.said(number)] == ["👍"]


def test_an_agent_s_words_come_with_the_turn_once(hear, queue, number):
    queue.take(number, "김상담")
    queue.say(number, "김상담", "제가 볼게요.")
    brought = [message for message in hear(str(number), user("네"))[1] if "text" in message]
    assert brought[0]["text"].startswith("김상담") and "custom" not in brought[0]
    assert brought[1] == {"text": "제가 볼게요.", "custom": {"daedap_agent": True}}
    assert not [message for message in hear(str(number), user("네"))[1] if "text" in message]


@pytest.mark.parametrize(("channel", "metadata"), [("web", {}), ("kakao", {}), ("rest", {"fetches": True})])
def test_who_gets_them_another_way_gets_them_there(hear, queue, number, channel, metadata):
    queue.take(number, "김상담")
    _, messages = hear(str(number), user("네") | {"metadata": metadata}, channel=channel)
    assert messages == [{"custom": {"daedap_handover": {"state": "active"}}}]
    assert len(queue.deliveries.undelivered()) == 1


def test_after_the_end_the_message_is_routed_again(hear, queue, number):
    queue.take(number, "김상담")
    queue.hand_back(number, "김상담")
    events, messages = hear(str(number), user("배송비 얼마예요?"), channel="web")
    assert (events, messages) == ([slot("over")], [])


@pytest.mark.parametrize("held", [None, "over", "x", "999"])
def test_without_an_open_hand_over_too(hear, held):
    assert hear(held, user("배송비 얼마예요?")) == ([slot("over")], [])


def test_where_nobody_is_configured_any_more_the_bot_answers(hear, number):
    assert hear(str(number), user("배송비 얼마예요?"), find=lambda: None) == ([slot("over")], [])


def test_who_leaves_hears_so(hear, number):
    assert hear(str(number), user("됐어요", intent="stop")) == ([slot(None)], [{"response": "utter_handover_left"}])


def test_a_question_before_name_and_phone_is_answered_and_they_are_asked_for_still(hear, queue):
    number = queue.open("s", "rest", Summary(), Kind.ASKING)[0].id
    events, messages = hear(str(number), user("배송비는 얼마예요?"))
    assert events == [slot(str(number)), {"event": "followup", "timestamp": None, "name": "action_answer"}]
    assert messages[0]["response"] == "utter_handover_question_first"


def test_a_database_that_is_away_is_told_and_the_customer_stays_with_the_human(hear):
    def away():
        raise RuntimeError("away")

    assert hear("7", user("저기요"), find=away) == ([], [{"response": "utter_handover_not_passed_on"}])
