from bot.actions.action_affirm import ActionAffirm
from bot.answer import Answer, Candidate, Kind

from .conftest import bot, user

OFFER = Answer("그거", Kind.CLARIFY, "혹시?", 0.3, candidates=(Candidate("F2", "배송은?", 0.4), Candidate("F1", "반품은?", 0.3)))
SURE = Answer("반품", Kind.FAQ, "7일", 0.9, candidates=(Candidate("F1", "반품은?", 0.9),))


def said(answer):
    return bot("혹시?", {"daedap": answer.to_json()})


ONE = Answer("그거", Kind.CLARIFY, "혹시?", 0.3, candidates=(Candidate("F2", "배송은?", 0.4),))


def test_a_yes_takes_the_one_offered_question(run, cascade):
    _, messages = run(ActionAffirm, cascade(), user("그거"), said(ONE), user("네", intent="affirm"))
    assert messages[0]["text"].startswith("이틀 걸려요.")


def test_a_yes_to_several_questions_asks_which(run, cascade):
    _, messages = run(ActionAffirm, cascade(), user("그거"), said(OFFER), user("네", intent="affirm"))
    assert "어느 질문인지" in messages[0]["text"]
    assert [button["title"] for button in messages[0]["buttons"]] == ["배송은?", "반품은?", "상담원 연결"]


def test_a_yes_after_an_answer_is_acknowledged(run, cascade):
    _, messages = run(ActionAffirm, cascade(), user("반품"), said(SURE), user("네", intent="affirm"))
    assert [message["response"] for message in messages] == ["utter_affirm"]


def test_an_offer_of_an_earlier_turn_is_past(run, cascade):
    events = (user("그거"), said(OFFER), user("안녕", intent="greet"), bot("안녕하세요"), user("네", intent="affirm"))
    _, messages = run(ActionAffirm, cascade(), *events)
    assert [message["response"] for message in messages] == ["utter_affirm"]


def test_a_yes_out_of_nowhere_is_acknowledged(run, cascade):
    _, messages = run(ActionAffirm, cascade(), user("네", intent="affirm"))
    assert [message["response"] for message in messages] == ["utter_affirm"]


def test_a_yes_to_a_human_calls_one(run, cascade):
    asked = bot("사람과 상담하시겠어요?") | {"metadata": {"utter_action": "utter_disappointed"}}
    events, messages = run(ActionAffirm, cascade(), user("모르는 말"), asked, said(OFFER), user("네", intent="affirm"))
    assert ([event["name"] for event in events], messages) == (["action_human"], [])


def test_a_yes_to_which_product_asks_again(run, cascade):
    slots = {"last_asked_back": {"question": "냄새가 나요", "products": ["오븐", "커피머신"], "entries": ["F1", "F2"]}}
    _, messages = run(ActionAffirm, cascade(), user("냄새가 나요"), bot("어느?"), user("네", intent="affirm"), slots=slots)
    assert [button["title"] for button in messages[0]["buttons"]] == ["오븐", "커피머신", "상담원 연결"]
    assert messages[0]["buttons"][0]["payload"] == '/follow_up{"product": "오븐"}'
