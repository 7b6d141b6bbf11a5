from bot.actions.action_follow_up import ActionFollowUp
from bot.actions.action_other import ActionOther
from bot.answer import Answer, Kind, Source

from .conftest import bot, user

TOLD = Answer("반품 언제까지", Kind.FAQ, "7일", 0.9, "반품은 언제까지 되나요?", Source("F1", "자주 묻는 질문"))
ASKED = (user("반품 언제까지"), bot("7일", {"daedap": TOLD.to_json()}))
SLOTS = {"last_question": "반품 언제까지", "last_topic": "반품은 언제까지 되나요?", "last_candidates": ["F1"]}


def slots_of(events):
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def test_others_are_offered_that_were_not_shown(run, cascade):
    events, messages = run(ActionOther, cascade({"F1": 0.9, "F2": 0.4}), *ASKED, user("다른 거", "correct"), slots=SLOTS)
    assert [button["payload"] for button in messages[0]["buttons"]] == ['/ask{"faq_id": "F2"}', "/human"]
    assert slots_of(events) == {"last_candidates": ["F1", "F2"]}


def test_a_second_refusal_offers_a_human_before_anything_else(run, cascade):
    said = (*ASKED, user("아니 그거 말고", "correct"))
    events, messages = run(ActionOther, cascade({"F1": 0.9, "F2": 0.4}), *said, slots=SLOTS | {"disappointments": 1})
    assert messages[0]["response"] == "utter_disappointed"
    assert messages[1]["custom"]["daedap"]["candidates"][0]["id"] == "F2"
    assert slots_of(events) == {"last_candidates": ["F1", "F2"], "disappointments": None}


def test_without_a_question_before_one_is_asked_for(run, cascade):
    _, messages = run(ActionOther, cascade(), user("그거 말고", "correct"))
    assert messages[0]["text"].startswith("어떤 내용을 찾으시는지")


def test_a_failure_is_told(run):
    def broken():
        raise RuntimeError("no index")

    assert [m["response"] for m in run(ActionOther, broken, user("그거 말고", "correct"))[1]] == ["utter_error"]


def test_a_follow_up_says_how_it_was_understood(run, cascade):
    said = (*ASKED, user("그럼 배송은요?", "follow_up"))
    events, messages = run(ActionFollowUp, cascade({"F2": 0.97}), *said, slots=SLOTS)
    assert messages[0]["custom"]["daedap"]["source"]["document"] == "F2"
    assert slots_of(events)["last_candidates"] == ["F2"]


def test_the_last_answer_is_said_again(run, cascade):
    events, messages = run(ActionFollowUp, cascade(), *ASKED, user("다시 말해 주세요", "follow_up"), slots=SLOTS)
    assert messages[0]["text"].startswith("7일\n출처: 자주 묻는 질문")
    assert events == []


def test_who_wants_nothing_more_is_offered_nothing_more(run, cascade):
    events, messages = run(ActionOther, cascade({"F1": 0.9, "F2": 0.4}), *ASKED, user("됐어요", "deny"), slots=SLOTS)
    assert ([message["response"] for message in messages], events) == (["utter_affirm"], [])


def test_a_plain_no_to_nothing_is_taken_calmly(run, cascade):
    _, messages = run(ActionOther, cascade({"F1": 0.9}), *ASKED, user("아니요", "deny"), slots=SLOTS)
    assert [message["response"] for message in messages] == ["utter_deny"]


def test_a_no_that_names_something_else_is_asked_for_that(run, cascade):
    _, messages = run(ActionOther, cascade({"F2": 0.95}), *ASKED, user("아냐 그냥 배송이요", "deny"), slots=SLOTS)
    assert "이틀" in messages[0]["text"]
