"""The routing policy over trackers: which action follows, and which prediction goes before a running form's own."""

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.settings import DEMO_CONFIG, ROOT
from nlu.components import routing_policy
from nlu.components.routing_policy import RoutingPolicy, next_action

LISTEN = ActionExecuted("action_listen")


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture(autouse=True)
def demo(monkeypatch):
    monkeypatch.setenv("DAEDAP_CONFIG", str(DEMO_CONFIG))


def said(text, intent="ask", confidence=0.9):
    ranking = [{"name": intent, "confidence": confidence}]
    parsed = {"text": text, "intent": ranking[0], "intent_ranking": ranking, "text_tokens": [(0, 1)] * len(text.split())}
    return UserUttered(text, {"name": intent, "confidence": confidence}, parse_data=parsed)


def tracker(domain, *events):
    return DialogueStateTracker.from_events("s", list(events), slots=domain.slots)


def in_form(domain, requested, *events, form="repair_form"):
    begun = [
        LISTEN,
        said("수리 접수할게요", "request_repair"),
        ActionExecuted(form),
        ActiveLoop(form),
        SlotSet("requested_slot", requested),
    ]
    return tracker(domain, *begun, LISTEN, *events)


@pytest.mark.parametrize(
    ("text", "intent", "action"),
    [
        ("세탁기 고장났어요 수리 신청할게요", "request_repair", "repair_form"),
        ("물이 새서 걱정인데 수리 접수 부탁드려요 서울시 마포구 양화로 12", "ask", "repair_form"),
        ("수리는 어떻게 접수해요?", "ask", "action_answer"),
        ("수리 접수 취소하고 싶어요", "ask", "action_answer"),
        ("제 주문 어디까지 왔어요?", "check_order", "order_form"),
        ("D20261103-0012 조회해 주세요", "out_of_scope", "order_form"),
    ],
)
def test_wishes(domain, text, intent, action):
    assert next_action(tracker(domain, LISTEN, said(text, intent))) == action


def test_wishes_are_searched_for_where_the_skills_are_off(domain, monkeypatch, tmp_path):
    (tmp_path / "daedap.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(tmp_path / "daedap.toml"))
    for intent in ("request_repair", "check_order"):
        assert next_action(tracker(domain, LISTEN, said("수리 접수할게요", intent))) == "action_answer"


@pytest.mark.parametrize(
    ("requested", "text", "intent", "action"),
    [
        ("repair_symptom", "탈수가 안 돼요", "ask", None),
        ("repair_symptom", "돌다가 멈춰요", "stop", None),
        ("repair_symptom", "수리비는 얼마예요?", "ask", "action_answer"),
        ("repair_symptom", "고마워요", "thanks", None),
        ("repair_phone", "1234", "choose", None),
        ("repair_phone", "보증 기간", "ask", "action_answer"),
        ("repair_phone", "그만할래요", "stop", "action_stop"),
        ("repair_phone", "처음부터 다시 할래요", "restart", "action_restart"),
        ("repair_phone", "상담원 바꿔줘", "human", "action_human"),
        ("repair_phone", "주문 조회해 주세요", "check_order", "order_form"),
        ("repair_phone", "혹시 사람이에요?", "bot_challenge", "utter_bot_challenge"),
        ("repair_date", "내일 오후에 와 주실 수 있나요?", "request_repair", None),
        ("repair_date", "언제 올 수 있어요?", "ask", "action_answer"),
        ("repair_date", "아니 번호 010-1111-2222로요", "ask", None),
        ("repair_model", "모르겠어요", "ask", None),
        ("repair_address", "서울시 마포구 양화로 12예요", "ask", None),
        ("repair_address", "몇 층까지 적어야 해요?", "ask", "action_answer"),
        ("repair_confirmed", "네", "affirm", None),
        ("repair_confirmed", "주소", "ask", None),
        ("repair_confirmed", "출장비는요?", "follow_up", "action_answer"),
        ("repair_confirmed", "/long_message", "long_message", "utter_long_message"),
    ],
)
def test_in_a_running_form(domain, requested, text, intent, action):
    assert next_action(in_form(domain, requested, said(text, intent))) == action


def test_what_leaves_the_form_goes_before_the_form_s_own_prediction(domain):
    policy = RoutingPolicy(RoutingPolicy.get_default_config(), None, None, ExecutionContext(GraphSchema({})))
    asked = policy.predict_action_probabilities(in_form(domain, "repair_phone", said("수리비는 얼마예요?")), domain)
    assert asked.is_no_user_prediction
    assert asked.probabilities[domain.index_for_action("action_answer")] == 1.0
    kept = policy.predict_action_probabilities(in_form(domain, "repair_phone", said("010")), domain)
    assert not kept.is_no_user_prediction and max(kept.probabilities) == 0.0
    free = policy.predict_action_probabilities(tracker(domain, LISTEN, said("수리비는 얼마예요?")), domain)
    assert not free.is_no_user_prediction


def test_after_an_answer_the_form_goes_on_and_after_a_human_it_waits(domain):
    question = said("수리비는 얼마예요?")
    assert next_action(in_form(domain, "repair_phone", question, ActionExecuted("action_answer"))) is None
    assert (
        next_action(in_form(domain, "repair_phone", said("상담원", "human"), ActionExecuted("action_human"))) == "action_listen"
    )


def test_a_validation_that_was_not_reached_is_said_once(domain):
    events = [said("010"), ActionExecutionRejected("repair_form")]
    assert next_action(in_form(domain, "repair_phone", *events)) == "utter_service_away"
    assert next_action(in_form(domain, "repair_phone", *events, ActionExecuted("utter_service_away"))) == "action_listen"
    later = [*events, ActionExecuted("utter_service_away"), LISTEN, said("010")]
    assert next_action(in_form(domain, "repair_phone", *later)) == "repair_form"  # RulePolicy would not go on with it
    asked = [*later[:-1], said("수리비는 얼마예요?"), ActionExecuted("action_answer")]
    assert next_action(in_form(domain, "repair_phone", *asked)) == "repair_form"
    assert next_action(in_form(domain, "repair_phone", *later, ActionExecuted("repair_form"))) is None


@pytest.mark.parametrize(("text", "action"), [("다른 거", "action_answer"), ("다시 말해 주세요", "action_answer"), ("010", None)])
def test_within_a_form_the_answer_that_was_just_given_may_be_spoken_of(domain, text, action):
    answered = BotUttered("7일이에요", {"custom": {"daedap": {"kind": "faq"}}})
    events = [said("반품은요?"), ActionExecuted("action_answer"), answered, LISTEN, said(text, "correct")]
    assert next_action(in_form(domain, "repair_phone", *events)) == action
    assert next_action(in_form(domain, "repair_phone", said(text, "correct"))) is None
    if action:  # also where any words would do
        assert next_action(in_form(domain, "repair_address", *events)) == action


@pytest.mark.parametrize(
    ("text", "intent", "action"),
    [
        ("010-1234-5678", "ask", "repair_form"),
        ("네", "affirm", "repair_form"),
        ("수리 접수할게요", "request_repair", "repair_form"),
        ("배송비는 얼마예요?", "ask", "action_answer"),
        ("안녕하세요", "greet", "utter_greet"),
    ],
)
def test_a_form_left_for_an_hour(domain, text, intent, action):
    left = tracker(domain, SessionStarted(), SlotSet("requested_slot", "repair_phone"), LISTEN, said(text, intent))
    assert next_action(left) == action


@pytest.mark.parametrize(
    ("text", "intent", "action"),
    [("010-1234-5678", "ask", "order_form"), ("배송비는 얼마예요?", "ask", "action_answer"), ("네", "affirm", "action_affirm")],
)
def test_an_order_left_for_an_hour(domain, text, intent, action):
    left = tracker(domain, SessionStarted(), SlotSet("requested_slot", "order_phone"), LISTEN, said(text, intent))
    assert next_action(left) == action


def test_the_skills_are_read_once():
    assert routing_policy.skills() is routing_policy.skills()
