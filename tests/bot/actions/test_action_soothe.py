from bot.actions.action_soothe import ActionSoothe

from .conftest import user


def insult(text):
    event = user(text, intent="complain")
    event["parse_data"]["insult"] = {"found": True}
    return event


def said(result):
    return [message.get("response") or message["text"] for message in result[1]]


def test_an_apology_comes_first_and_nothing_is_made_up(run, cascade, journal):
    assert said(run(ActionSoothe, cascade({"F1": 0.4}), user("이게 뭐예요 진짜", intent="complain"))) == ["utter_soothe"]
    assert journal.unanswered() == []


def test_what_the_faq_surely_knows_follows(run, cascade):
    words = said(run(ActionSoothe, cascade({"F1": 0.9}), user("반품 왜 안 돼요!!", intent="ask")))
    assert words[0] == "utter_soothe"
    assert words[1].startswith("7일 안에 하시면 돼요.")


def test_an_insult_is_answered_calmly_and_once(run, cascade):
    assert said(run(ActionSoothe, cascade(), insult("ㅅㅂ"))) == ["utter_insult"]
    assert said(run(ActionSoothe, cascade(), insult("ㅅㅂ"), insult("멍청아"))) == ["utter_insult_again"]


def test_the_apology_is_there_without_the_index(run):
    def broken():
        raise RuntimeError("no index")

    assert said(run(ActionSoothe, broken, user("너무해요", intent="complain"))) == ["utter_soothe"]
