from bot.actions.action_choose import ActionChoose
from bot.answer import Answer, Candidate, Kind

from .conftest import bot, user

OFFER = Answer("그거", Kind.CLARIFY, "혹시?", 0.3, candidates=(Candidate("F2", "배송은?", 0.4), Candidate("F1", "반품은?", 0.3)))
OFFERED = (user("그거"), bot("혹시?", {"daedap": OFFER.to_json()}))


def chosen(run, cascade, text):
    return run(ActionChoose, cascade(), *OFFERED, user(text, intent="choose"))[1]


def test_the_named_place_is_answered(run, cascade):
    assert chosen(run, cascade, "두 번째 거요")[0]["text"].startswith("7일 안에")
    assert chosen(run, cascade, "1번")[0]["text"].startswith("이틀 걸려요.")


def test_a_place_that_was_not_offered_is_asked_for_again(run, cascade):
    assert [message["response"] for message in chosen(run, cascade, "5번")] == ["utter_choose_again"]


def test_without_an_offer_there_is_nothing_to_choose(run, cascade):
    _, messages = run(ActionChoose, cascade(), user("1번", intent="choose"))
    assert [message["response"] for message in messages] == ["utter_nothing_to_choose"]


def test_a_failure_is_told(run):
    def broken():
        raise RuntimeError("no index")

    _, messages = run(ActionChoose, broken, *OFFERED, user("1번", intent="choose"))
    assert [message["response"] for message in messages] == ["utter_error"]


def test_a_place_among_products_asked_back_for_completes_the_question(run, cascade):
    slots = {"last_asked_back": {"question": "반품", "products": ["오븐", "커피머신"], "entries": ["F1", "F2"]}}
    _, messages = run(ActionChoose, cascade({"F2": 0.9}), *OFFERED, user("두 번째요", intent="choose"), slots=slots)
    assert messages[0]["text"].startswith("‘커피머신 반품’이라고 이해했어요.\n이틀 걸려요.")
