"""The routing table (`bot.routing`) as a Rasa policy: it learns nothing and is never unsure.

While a form runs and the table lets it keep its turn, this policy abstains and RulePolicy goes on with it.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, BotUttered, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.about_answer import KINDS as ABOUT_ANSWER
from bot.conversation.leaning import Lean, leaning
from bot.routing import KEEPS_TURN, SURE, State, likeliest, route, situation_of
from bot.skills.config import skills
from bot.skills.turns import Turn, turn_of
from bot.skills.wishes import wish_of

HANDOVER_SLOT, HANDOVER_ACTION, HANDOVER_OVER = "handover", "action_handover_message", "over"
"""Holds the id of the hand-over that is open, see `bot.actions.action_human`."""
PRIORITY = 7
"""Above RulePolicy (6), which is just as sure."""

AWAY = "utter_service_away"
ENDS_TURN = frozenset({"action_human", "action_handover_message", "action_restart"})
"""After these a running form does not ask on in the same turn."""
FORMS = ("repair_form", "order_form")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class RoutingPolicy(Policy):
    """Predicts the table's action after a message, and then to listen."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": PRIORITY, "max_history": None}

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RoutingPolicy:
        return cls(config, model_storage, resource, execution_context)

    def _standard_featurizer(self) -> None:
        """This policy looks at no features."""
        return None

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Nothing is learnt."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Certainty for one action; zeros where a form keeps its turn or the domain lacks the action."""
        probabilities = self._default_predictions(domain)
        action = next_action(tracker)
        if action is not None and action in domain.action_names_or_texts:
            probabilities[domain.index_for_action(action)] = 1.0
        # a running form is predicted whatever the user says; only a prediction of that kind goes before it
        return self._prediction(probabilities, is_no_user_prediction=bool(tracker.active_loop_name) and max(probabilities) > 0)


def next_action(tracker: DialogueStateTracker) -> str | None:
    """The action for the tracker as it stands, or None to abstain."""
    form = tracker.active_loop_name
    listens = tracker.latest_action_name != ACTION_LISTEN_NAME and not is_handed_back(tracker)
    if rejected_in_this_turn(tracker):  # its validation was not reached
        return ACTION_LISTEN_NAME if listens else AWAY
    goes_on = form if tracker.is_active_loop_rejected else None  # RulePolicy goes on only with one that was not
    if listens:
        return goes_on if form and tracker.latest_action_name not in ENDS_TURN else ACTION_LISTEN_NAME
    message = tracker.latest_message
    if message is None or not message.parse_data:
        return None
    action = route(situation_of(message.parse_data, state_of(tracker), **about(tracker)))
    return goes_on if action == KEEPS_TURN else action


def rejected_in_this_turn(tracker: DialogueStateTracker) -> bool:
    """Whether the running form said since the last message that it could not run."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActionExecutionRejected):
            return tracker.is_active_loop_rejected
    return False


def is_handed_back(tracker: DialogueStateTracker) -> bool:
    """Whether a message that was meant for a human is the bot's to answer: the hand-over is over."""
    return tracker.latest_action_name == HANDOVER_ACTION and handover_of(tracker) == HANDOVER_OVER


def handover_of(tracker: DialogueStateTracker) -> str | None:
    """The id of the hand-over that was opened last, HANDOVER_OVER where it ended."""
    return tracker.get_slot(HANDOVER_SLOT) if HANDOVER_SLOT in tracker.slots else None


def about(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What the message does for the form that runs or was left open, which form that is, and the company's skills."""
    config = skills()
    text = tracker.latest_message.text or ""
    name, confidence = likeliest(tracker.latest_message.parse_data)
    turn = turn_of(text, requested_slot(tracker), name, confidence >= SURE, config)
    if turn is not Turn.ASKS and tracker.active_loop_name and is_about_the_answer(tracker, text):
        turn = Turn.ASKS
    return {
        "turn": turn,
        "form": tracker.active_loop_name or form_left(tracker),
        "skills": config.names,
        "wish": wish_of(text, config),
    }


def is_about_the_answer(tracker: DialogueStateTracker, text: str) -> bool:
    """Whether a message within a form is about the answer that was just given there: 다른 거, 다시 말해 주세요."""
    lean = leaning(text)
    if lean is None or lean.focus or lean.kind not in (Lean.OTHER, *ABOUT_ANSWER):
        return False
    users = 0
    for event in reversed(tracker.events):
        users += isinstance(event, UserUttered)
        if users > 1:
            return False
        if users and isinstance(event, BotUttered) and ((event.data or {}).get("custom") or {}).get("daedap"):
            return True
    return False


def form_left(tracker: DialogueStateTracker) -> str | None:
    """The form whose slot was asked for last and that runs no more."""
    requested = requested_slot(tracker) or ""
    left = (form for form in FORMS if requested.startswith(form.removesuffix("form")))
    return None if tracker.active_loop_name else next(left, None)


def requested_slot(tracker: DialogueStateTracker) -> str | None:
    """The slot a form asked for last; a new session carries it over."""
    return tracker.get_slot(REQUESTED_SLOT) if REQUESTED_SLOT in tracker.slots else None


def state_of(tracker: DialogueStateTracker) -> State:
    """Where the conversation stands."""
    if handover_of(tracker) not in (None, HANDOVER_OVER):
        return State.HANDOVER
    if tracker.active_loop_name:
        return State.FORM
    if form_left(tracker):
        return State.LEFT
    return State.OFFERED if just_offered(tracker) else State.FREE


def just_offered(tracker: DialogueStateTracker) -> bool:
    """Whether the bot's last turn had buttons that answer with an FAQ entry."""
    seen_user = False
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            if seen_user:
                return False
            seen_user = True
        elif seen_user and isinstance(event, BotUttered):
            buttons = (event.data or {}).get("buttons") or []
            return any(str(button.get("payload", "")).startswith("/ask{") for button in buttons)
        elif isinstance(event, ActionExecuted):
            continue
    return False
