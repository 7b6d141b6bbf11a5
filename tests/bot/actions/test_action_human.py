from functools import partial

import pytest

from bot.actions.action_human import ActionHuman as Action
from bot.answer import Answer, Kind, Source
from bot.handover.config import HumanConfig
from bot.handover.desk import Desk, Reply
from bot.handover.queue import Handovers
from bot.storage.database import open_database

from .conftest import bot, user

ActionHuman = partial(Action, find_desk=lambda: None)
"""Of a company without `[human]`."""


def test_the_company_s_own_faq_says_how_to_reach_a_human(run, cascade):
    _, messages = run(ActionHuman, cascade({"F2": 0.9}), user("상담원 바꿔줘", intent="human"))
    assert [(message["response"], message["contact"]) for message in messages] == [("utter_human_contact", "이틀 걸려요.")]


def test_without_such_an_entry_nothing_is_made_up(run, cascade):
    _, messages = run(ActionHuman, cascade({"F2": 0.3}), user("상담원 바꿔줘", intent="human"))
    assert [message["response"] for message in messages] == ["utter_human"]


def test_the_question_that_led_there_is_written_down(run, cascade, journal):
    events = (user("환불이 안 들어와요"), bot("모르겠어요"), user("/human", intent="human"))
    run(ActionHuman, cascade(), *events)
    assert [(row.question, row.channel) for row in journal.unanswered()] == [("환불이 안 들어와요", "rest")]


ANSWERED = {"daedap": Answer("환불 언제", Kind.FAQ, "7일", 0.9, "환불은?", Source("F1", "FAQ", "환불")).to_json()}


def test_a_question_that_was_answered_is_not_written_down(run, cascade, journal):
    asked = (user("환불 언제"), bot("7일", ANSWERED))
    run(ActionHuman, cascade(), *asked, user("상담원", intent="human"))
    run(
        ActionHuman,
        cascade(),
        user("환불 언제"),
        bot("이 가운데?"),
        user("/ask{}"),
        bot("7일", ANSWERED),
        user("/human", intent="human"),
    )
    assert journal.unanswered() == []
    run(ActionHuman, cascade(), *asked, user("도움 안 돼", intent="not_helpful"), user("상담원", intent="human"))
    assert [row.question for row in journal.unanswered()] == ["환불 언제"]


def test_small_talk_is_no_question_that_led_there(run, cascade, journal):
    events = (user("환불 언제"), bot("7일"), user("고마워", intent="thanks"), user("상담원", intent="human"))
    run(ActionHuman, cascade(), *events)
    run(ActionHuman, cascade(), *events[2:])
    assert [row.question for row in journal.unanswered()] == ["상담원", "환불 언제"]


def test_a_first_message_is_written_down_itself(run, cascade, journal):
    run(ActionHuman, cascade(), user("상담원 바꿔줘", intent="human"))
    assert [row.question for row in journal.unanswered()] == ["상담원 바꿔줘"]


def test_a_human_is_reached_without_the_index_as_well(run):
    def broken():
        raise RuntimeError("no index")

    _, messages = run(ActionHuman, broken, user("상담원", intent="human"))
    assert [message["response"] for message in messages] == ["utter_human"]


class StandInDesk:
    """Says `reply` and notes who came."""

    def __init__(self, reply):
        self.reply, self.came = reply, []

    def receive(self, sender, channel, summary):
        self.came.append((sender, channel, summary))
        return self.reply


@pytest.fixture
def desk():
    def make(reply):
        made = StandInDesk(reply)
        return made, partial(Action, find_desk=lambda: made)

    return make


def test_the_customer_is_handed_over_with_a_summary(run, cascade, desk):
    made, action = desk(Reply("utter_handover_waiting", 7, {"queue": "다음"}))
    events, messages = run(action, cascade(), user("환불이 안 들어와요"), bot("모르겠어요"), user("/human", intent="human"))
    assert [(event["name"], event["value"]) for event in events] == [("handover", "7")]
    assert [(message["response"], message["queue"]) for message in messages] == [("utter_handover_waiting", "다음")]
    [(sender, channel, summary)] = made.came
    assert (sender, channel, summary.wish, summary.topic) == ("s", "rest", "상담원 연결", "환불이 안 들어와요")


def test_a_wish_alone_is_no_unanswered_question_where_a_human_comes(run, cascade, desk, journal):
    _, action = desk(Reply("utter_handover_waiting", 7))
    run(action, cascade(), user("상담원 바꿔줘", intent="human"))
    assert journal.unanswered() == []


def test_out_of_office_hours_the_way_to_the_company_is_told(run, cascade, desk):
    _, action = desk(Reply("utter_handover_closed", values={"hours": "평일", "opening": "내일"}))
    events, messages = run(action, cascade({"F2": 0.9}), user("상담원", intent="human"))
    assert events == []
    assert [(m["response"], m["contact"], m["hours"]) for m in messages] == [
        ("utter_handover_closed_contact", "이틀 걸려요.", "평일")
    ]
    _, messages = run(action, cascade(), user("상담원", intent="human"))
    assert [message["response"] for message in messages] == ["utter_handover_closed"]


def test_a_queue_that_is_away_leaves_the_way_to_the_company(run, cascade):
    def broken():
        raise RuntimeError("away")

    events, messages = run(partial(Action, find_desk=broken), cascade({"F2": 0.9}), user("상담원", intent="human"))
    assert (events, [message["response"] for message in messages]) == ([], ["utter_human_contact"])


def test_the_queue_of_the_database_itself(run, cascade, tmp_path):
    queue = Handovers(open_database(f"sqlite:///{tmp_path / 'q.db'}"))
    desk = Desk(HumanConfig(), queue)
    events, _ = run(partial(Action, find_desk=lambda: desk), cascade(), user("상담원", intent="human"))
    assert [event["value"] for event in events] == [str(queue.of("s").id)]
