"""Every row of the routing table, by a situation that only it may answer."""

import pytest

from bot.routing import (
    FALLBACK_RESPONSES,
    KEEPS_TURN,
    TABLE,
    Certainty,
    Sentiment,
    Situation,
    State,
    actions_of_table,
    fallback_response,
    route,
    situation_of,
)
from bot.settings import ROOT
from bot.skills.turns import Turn

UNSURE, ANGRY = Certainty.UNSURE, Sentiment.ANGRY
BOTH = frozenset({"repair", "order"})
ROWS = [
    (Situation("greet", insult=True, state=State.HANDOVER), "action_handover_message"),
    (Situation("empty_message"), "utter_empty_message"),
    (Situation("long_message"), "utter_long_message"),
    (Situation("foreign_message"), "utter_foreign_message"),
    (Situation("human", sentiment=ANGRY, state=State.FORM), "action_human"),
    (Situation("ask", UNSURE, insult=True, state=State.FORM), "action_soothe"),
    (Situation("stop", state=State.FORM, turn=Turn.FILLS), KEEPS_TURN),
    (Situation("stop", state=State.FORM), "action_stop"),
    (Situation("restart", state=State.FORM), "action_restart"),
    (Situation("human", state=State.FORM), "action_human"),
    (Situation("check_order", state=State.FORM, form="repair_form", skills=BOTH), "order_form"),
    (Situation("request_repair", state=State.FORM, form="order_form", skills=BOTH), "repair_form"),
    (Situation("bot_challenge", state=State.FORM), "utter_bot_challenge"),
    (Situation("capabilities", state=State.FORM), "utter_capabilities"),
    (Situation("ask", UNSURE, state=State.FORM, turn=Turn.ASKS, wish="receipt", skills=BOTH), "action_receipt"),
    (Situation("out_of_scope", UNSURE, state=State.FORM, turn=Turn.ASKS), "action_answer"),
    (Situation("ask", state=State.FORM), "action_answer"),
    (Situation("affirm", state=State.FORM), KEEPS_TURN),
    (Situation("ask", state=State.LEFT, turn=Turn.FILLS, form="repair_form", skills=BOTH), "repair_form"),
    (Situation("affirm", state=State.LEFT, form="repair_form", skills=BOTH), "repair_form"),
    (Situation("ask", state=State.LEFT, turn=Turn.FILLS, form="order_form", skills=BOTH), "order_form"),
    (Situation("check_order", wish="receipt", skills=BOTH), "action_receipt"),
    (Situation("request_repair", wish="code", skills=BOTH), "action_answer"),
    (Situation("request_repair", skills=BOTH), "repair_form"),
    (Situation("check_order", skills=BOTH), "order_form"),
    (Situation("ask", wish="repair", skills=BOTH), "repair_form"),
    (Situation("out_of_scope", UNSURE, wish="order", skills=BOTH), "order_form"),
    (Situation("human"), "action_human"),
    (Situation("stop"), "action_stop"),
    (Situation("restart"), "action_restart"),
    (Situation("complain", sentiment=Sentiment.NEGATIVE), "action_soothe"),
    (Situation("choose", UNSURE), "action_choose"),
    (Situation("affirm", UNSURE), "action_affirm"),
    (Situation("deny", UNSURE, state=State.OFFERED), "action_other"),
    (Situation("deny"), "action_other"),
    (Situation("correct"), "action_other"),
    (Situation("not_helpful"), "action_feedback"),
    (Situation("follow_up"), "action_follow_up"),
    (Situation("greet"), "utter_greet"),
    (Situation("goodbye"), "utter_goodbye"),
    (Situation("thanks"), "utter_thanks"),
    (Situation("reaction"), "utter_reaction"),
    (Situation("bot_challenge"), "utter_bot_challenge"),
    (Situation("capabilities"), "utter_capabilities"),
    (Situation("out_of_scope"), "action_answer"),
]


@pytest.mark.parametrize(("number", "situation", "action"), [(i, *row) for i, row in enumerate(ROWS)], ids=lambda v: str(v)[:40])
def test_each_row(number, situation, action):
    first = next(i for i, row in enumerate(TABLE) if row.matches(situation))
    assert (first, TABLE[first].action, route(situation)) == (number, action, action)


def test_no_row_is_untested():
    assert len(ROWS) == len(TABLE)


@pytest.mark.parametrize("intent", ["greet", "thanks", "stop", "human", "deny", "nlu_fallback", "request_repair", ""])
def test_what_is_unsure_or_a_wish_is_searched_for(intent):
    assert route(Situation(intent, UNSURE)) == "action_answer"


@pytest.mark.parametrize("intent", ["ask", "greet", "human", "stop", "restart", "empty_message", "foreign_message", ""])
@pytest.mark.parametrize("certainty", list(Certainty))
def test_an_open_hand_over_has_all(intent, certainty):
    assert route(Situation(intent, certainty, ANGRY, True, State.HANDOVER)) == "action_handover_message"


@pytest.mark.parametrize("state", [state for state in State if state is not State.HANDOVER])
@pytest.mark.parametrize("intent", ["ask", "greet", "thanks", "affirm", "stop", "out_of_scope"])
def test_anger_goes_before_all(intent, state):
    assert route(Situation(intent, sentiment=ANGRY, state=state)) == "action_soothe"


@pytest.mark.parametrize("intent", ["stop", "human", "out_of_scope", "greet"])
def test_a_form_keeps_its_turn_unless_it_is_surely_left(intent):
    assert route(Situation(intent, UNSURE, state=State.FORM)) == KEEPS_TURN


@pytest.mark.parametrize(("intent", "other"), [("request_repair", "order"), ("check_order", "repair")])
def test_a_wish_without_its_skill_is_searched_for(intent, other):
    assert route(Situation(intent, skills=frozenset({other}))) == "action_answer"
    assert route(Situation(intent, state=State.LEFT, turn=Turn.FILLS, skills=frozenset())) == "action_answer"


@pytest.mark.parametrize("intent", ["request_repair", "check_order"])
def test_a_wish_for_the_form_that_runs_stays_in_it(intent):
    form = {"request_repair": "repair_form", "check_order": "order_form"}[intent]
    assert route(Situation(intent, state=State.FORM, form=form, skills=BOTH)) == KEEPS_TURN


def test_every_action_is_in_the_domain():
    import ruamel.yaml

    domain = ruamel.yaml.YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    there = set(domain["actions"]) | set(domain["responses"]) | set(domain["forms"]) | {"action_restart"}
    assert actions_of_table() - there == set()
    assert set(FALLBACK_RESPONSES.values()) - set(domain["responses"]) - set(domain["actions"]) == set()


def message(intent, confidence, ranking=(), tokens=3, **more):
    return {
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": n, "confidence": c} for n, c in ranking],
        "text_tokens": [(0, 1)] * tokens,
        **more,
    }


def test_the_situation_of_a_message():
    assert situation_of(message("greet", 0.70)) == Situation("greet")
    assert situation_of(message("greet", 0.69)).certainty is UNSURE
    assert situation_of(message("greet", 0.99, tokens=10)).certainty is UNSURE  # something else may stand in it
    assert situation_of(message("ask", 0.99, tokens=40)).certainty is Certainty.SURE
    angry = message("ask", 0.9, sentiment={"name": "angry"}, insult={"found": True})
    assert (situation_of(angry).sentiment, situation_of(angry).insult) == (ANGRY, True)
    assert situation_of({}, State.FORM) == Situation("", UNSURE, state=State.FORM)


def test_the_intent_behind_the_fallback_counts():
    unsure = message("nlu_fallback", 0.6, [("nlu_fallback", 0.6), ("thanks", 0.4), ("greet", 0.3)])
    assert situation_of(unsure) == Situation("thanks", UNSURE)
    assert fallback_response(unsure) == "utter_thanks"


def test_which_small_talk_is_said_where_the_faq_knows_nothing():
    assert fallback_response(message("greet", 0.30)) == "utter_greet"
    assert fallback_response(message("greet", 0.29)) is None
    assert fallback_response(message("ask", 0.9)) is None
    assert fallback_response({}) is None
