import pytest

from bot.actions.action_feedback import ActionFeedback
from bot.answer import Answer, Kind, Source
from bot.feedback import Feedback
from bot.storage.database import open_database
from bot.storage.tables import feedback

from .conftest import bot, user

TOLD = Answer("반품 언제까지", Kind.FAQ, "7일", 0.9, "반품은 언제까지 되나요?", Source("F1", "자주 묻는 질문"))
ASKED = (user("반품 언제까지"), bot("7일이에요", {"daedap": TOLD.to_json()}) | {"timestamp": 12.5})
SLOTS = {"last_question": "반품 언제까지", "last_candidates": ["F1"]}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'daedap.db'}"


@pytest.fixture
def rate(run, cascade, url):
    def result(*events, slots=SLOTS, confidences=None):
        def action(service):
            return ActionFeedback(service, lambda: Feedback(url))

        return run(action, cascade(confidences or {"F1": 0.9, "F2": 0.4}), *events, slots=slots)

    return result


def rows(url):
    with open_database(url).connect() as connection:
        return [
            (row.key, row.thumb, row.question, row.answer, row.source, row.kind) for row in connection.execute(feedback.select())
        ]


def test_praise_is_kept_with_question_answer_and_source(rate, url):
    events, messages = rate(*ASKED, user("도움이 됐어요", "helpful"))
    assert [message["response"] for message in messages] == ["utter_helpful"]
    assert rows(url) == [("s:12.500000", "up", "반품 언제까지", "7일이에요", "F1", "faq")]
    assert events == []


def test_blame_is_kept_and_followed_by_the_next_best(rate, url):
    events, messages = rate(*ASKED, user("도움이 안 돼요", "not_helpful"))
    assert messages[0]["response"] == "utter_sorry"
    assert [button["payload"] for button in messages[1]["buttons"]] == ['/ask{"faq_id": "F2"}', "/human"]
    assert [row[1] for row in rows(url)] == ["down"]
    assert {"last_candidates": ["F1", "F2"], "disappointments": 1} == {event["name"]: event["value"] for event in events}


def test_blame_again_offers_a_human_first(rate):
    _, messages = rate(*ASKED, user("도움이 안 돼요", "not_helpful"), slots=SLOTS | {"disappointments": 1})
    assert [message.get("response") for message in messages] == ["utter_disappointed", None]


def test_blame_without_another_candidate_offers_to_rephrase_or_a_human(rate):
    _, messages = rate(*ASKED, user("별로예요", "not_helpful"), confidences={"F1": 0.9})
    assert [message["response"] for message in messages] == ["utter_not_helpful"]


def test_the_same_answer_rated_twice_is_one_row(rate, url):
    rate(*ASKED, user("도움이 됐어요", "helpful"))
    rate(*ASKED, user("아니 도움이 안 돼요", "not_helpful"))
    assert [row[:2] for row in rows(url)] == [("s:12.500000", "down")]


def test_a_thumb_of_the_widget_is_not_kept_twice(rate, url):
    pressed = user('/not_helpful{"rated": "1"}', "not_helpful", entities=[{"entity": "rated", "value": "1"}])
    _, messages = rate(*ASKED, pressed)
    assert rows(url) == []
    assert messages[0]["response"] == "utter_sorry"


def test_blame_of_nothing_is_not_kept(rate, url):
    _, messages = rate(user("도움이 안 돼요", "not_helpful"), slots={})
    assert [message["response"] for message in messages] == ["utter_not_helpful"]
    assert rows(url) == []


def test_a_database_that_is_away_loses_no_reply(run, cascade):
    def away():
        raise RuntimeError("no database")

    _, messages = run(
        lambda service: ActionFeedback(service, away),
        cascade({"F1": 0.9}),
        *ASKED,
        user("고마워요 도움 됐어요", "helpful"),
        slots=SLOTS,
    )
    assert [message["response"] for message in messages] == ["utter_helpful"]
