from bot.actions.action_human import ActionHuman

from .conftest import bot, user


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
