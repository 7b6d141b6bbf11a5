import threading

from bot.actions.action_answer import ActionAnswer
from bot.cascade import Cascade

from .conftest import user

HUMAN = {"title": "상담원 연결", "payload": "/human"}


def fallback(text, nearly, confidence):
    ranking = [{"name": "nlu_fallback", "confidence": 0.6}, {"name": nearly, "confidence": confidence}]
    return user(text, intent="nlu_fallback", ranking=ranking)


def test_a_sure_faq_match_is_answered(run, cascade):
    events, messages = run(ActionAnswer, cascade({"F1": 0.9}), user("반품 언제까지"))
    assert {event["name"]: event["value"] for event in events} == {
        "last_question": "반품 언제까지",
        "last_topic": "반품은 언제까지 되나요?",
        "last_candidates": ["F1"],
    }
    assert len(messages) == 1
    assert messages[0]["text"] == "7일 안에 하시면 돼요.\n출처: 자주 묻는 질문 > 반품"
    assert messages[0]["buttons"] == []
    answer = messages[0]["custom"]["daedap"]
    assert (answer["kind"], answer["confidence"], answer["source"]["document"]) == ("faq", 0.9, "F1")


def test_a_manual_answer_names_its_source(run, cascade):
    _, messages = run(ActionAnswer, cascade(span="2년", confidence=0.8), user("보증 몇 년"))
    assert messages[0]["text"] == "‘2년’이라고 나와 있어요.\n“보증 기간은 2년입니다.”\n출처: 반품 규정 > 2장 보증 (2쪽)"
    assert messages[0]["custom"]["daedap"]["source"]["page"] == 2


def test_unsure_offers_questions_and_a_human_last(run, cascade):
    _, messages = run(ActionAnswer, cascade({"F2": 0.4, "F1": 0.3}), user("그거 어떻게 해요"))
    assert messages[0]["buttons"] == [
        {"title": "배송은 얼마나 걸리나요?", "payload": '/ask{"faq_id": "F2"}'},
        {"title": "반품은 언제까지 되나요?", "payload": '/ask{"faq_id": "F1"}'},
        HUMAN,
    ]


def test_a_pressed_button_is_answered_by_its_entry(run, cascade):
    pressed = user('/ask{"faq_id": "F2"}', entities=[{"entity": "faq_id", "value": "F2"}])
    _, messages = run(ActionAnswer, cascade(), pressed)
    assert messages[0]["text"].startswith("이틀 걸려요.\n")


def test_a_button_of_an_entry_that_is_gone_offers_a_human(run, cascade):
    pressed = user('/ask{"faq_id": "F9"}', entities=[{"entity": "faq_id", "value": "F9"}])
    _, messages = run(ActionAnswer, cascade(), pressed)
    assert messages[0]["text"] == "고르신 질문이 지금은 없어요. 궁금하신 점을 다시 적어 주세요."
    assert messages[0]["buttons"] == [HUMAN]


def test_what_seems_out_of_scope_is_answered_only_when_very_sure(run, cascade):
    asked = user("이번 주말에 비 와?", intent="out_of_scope")
    _, messages = run(ActionAnswer, cascade({"F1": 0.8}), asked)
    assert messages[0]["custom"]["daedap"]["kind"] == "none"
    _, messages = run(ActionAnswer, cascade({"F1": 0.95}), asked)
    assert messages[0]["custom"]["daedap"]["kind"] == "faq"


def test_what_nobody_knows_is_written_down(run, cascade, journal):
    _, messages = run(ActionAnswer, cascade(), user("내일 날씨 어때? 010-1234-5678", intent="out_of_scope", channel="kakao"))
    assert messages[0]["custom"]["daedap"]["kind"] == "none"
    assert messages[0]["buttons"] == [HUMAN]
    [row] = journal.unanswered()
    assert row.channel == "kakao"
    assert row.question.startswith("내일 날씨 어때? ") and "1234" not in row.question


def test_nearly_recognized_small_talk_is_not_searched_in_vain(run, cascade, journal):
    _, messages = run(ActionAnswer, cascade({"F1": 0.4}), fallback("방가 방가", "greet", 0.5))
    assert [message["response"] for message in messages] == ["utter_greet"]
    assert journal.unanswered() == []


def test_a_sure_faq_match_goes_before_nearly_recognized_small_talk(run, cascade):
    _, messages = run(ActionAnswer, cascade({"F1": 0.9}), fallback("반품 고마워", "thanks", 0.5))
    assert messages[0]["custom"]["daedap"]["kind"] == "faq"


def test_a_failure_is_told_to_the_customer(run):
    def broken():
        raise RuntimeError("no index")

    events, messages = run(ActionAnswer, broken, user("반품"))
    assert (events, [message["response"] for message in messages]) == ([], ["utter_error"])


def test_a_cascade_that_is_still_loading_says_so(run):
    gate = threading.Event()

    def slow():
        gate.wait(10)
        raise RuntimeError("never mind")

    try:
        _, messages = run(ActionAnswer, slow, user("반품"))
    finally:
        gate.set()
    assert [message["response"] for message in messages] == ["utter_loading"]


def test_the_cascade_works_off_the_event_loop(run, cascade, monkeypatch):
    threads = []
    answer = Cascade.look_up
    monkeypatch.setattr(
        Cascade, "look_up", lambda self, *a, **k: threads.append(threading.current_thread().name) or answer(self, *a, **k)
    )
    run(ActionAnswer, cascade({"F1": 0.9}), user("반품"))
    assert len(threads) == 1 and threads[0].startswith("answer")
