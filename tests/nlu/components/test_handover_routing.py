"""The routing policy while a hand-over is open, and in the turn in which it turns out to be over."""

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.settings import ROOT
from nlu.components.routing_policy import next_action


@pytest.fixture(scope="module")
def slots():
    return Domain.load(str(ROOT / "domain.yml")).slots


@pytest.fixture
def track(slots):
    def make(*events):
        tracker = DialogueStateTracker("s", slots)
        for event in events:
            tracker.update(event)
        return tracker

    return make


def said(text, intent):
    ranking = [{"name": intent, "confidence": 0.95}]
    return UserUttered(text, parse_data={"text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": []})


LISTENED = ActionExecuted("action_listen")
HANDED = ActionExecuted("action_handover_message")


@pytest.mark.parametrize("intent", ["greet", "ask", "human", "stop", "restart", "empty_message"])
def test_all_goes_to_the_human(track, intent):
    assert next_action(track(SlotSet("handover", "7"), LISTENED, said("말", intent))) == "action_handover_message"


def test_it_is_the_human_s_turn_alone(track):
    assert next_action(track(SlotSet("handover", "7"), LISTENED, said("안녕", "greet"), HANDED)) == "action_listen"


def test_a_message_after_the_end_is_the_bot_s_in_the_same_turn(track):
    events = [SlotSet("handover", "7"), LISTENED, said("안녕", "greet"), HANDED, SlotSet("handover", "over")]
    assert next_action(track(*events)) == "utter_greet"
    assert next_action(track(*events, ActionExecuted("utter_greet"))) == "action_listen"
    assert next_action(track(*events, ActionExecuted("utter_greet"), LISTENED, said("고마워", "thanks"))) == "utter_thanks"


def test_who_left_by_himself_hears_nothing_more(track):
    events = [SlotSet("handover", "7"), LISTENED, said("됐어요", "deny"), HANDED, SlotSet("handover", None)]
    assert next_action(track(*events)) == "action_listen"
