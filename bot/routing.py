"""The one table that says what follows a message: intent × certainty × sentiment × state → action.

`route` returns the first row of `TABLE` that holds. The order is the policy: an open hand-over has all, anger
goes before all else, then a running form keeps its turn unless the customer clearly leaves it, then what the channel and
buttons say, then small talk that is sure, and everything else is searched for: an FAQ hit above its
threshold answers also what seems out of scope or like unsure small talk (`fallback_response` is what
`action_answer` says where there is none).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.conversation.small_talk import small_talk
from bot.skills.config import ORDER, REPAIR
from bot.skills.turns import Turn
from bot.skills.wishes import CODE, RECEIPT

SURE = 0.7
"""From this confidence on an intent is sure."""
NEARLY = 0.3
"""Below it not even small talk is believed."""
MAX_SMALL_TALK_MORPHEMES = 9
"""A longer message may hold a question beside its small talk, so it is never sure small talk."""
KEEPS_TURN = "keep"
"""In place of an action: the running form goes on."""
BUTTON_INTENTS = frozenset({"empty_message", "long_message", "foreign_message"})
"""Set by the channel, see `bot.channels.guard`."""


class Certainty(str, Enum):
    """How far the intent is believed."""

    SURE = "sure"
    UNSURE = "unsure"


class Sentiment(str, Enum):
    ANGRY = "angry"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class State(str, Enum):
    """Where the conversation stands."""

    FREE = "free"
    FORM = "form"
    OFFERED = "offered"
    """The bot's last message offered questions to choose from."""
    LEFT = "left"
    """A form was left open so long that the conversation began anew."""
    HANDOVER = "handover"
    """The customer waits for a human, talks with one, or leaves a message for one."""


@dataclass(frozen=True)
class Situation:
    """What routing looks at."""

    intent: str
    certainty: Certainty = Certainty.SURE
    sentiment: Sentiment = Sentiment.NEUTRAL
    insult: bool = False
    state: State = State.FREE
    turn: Turn = Turn.OTHER
    """What the message does for the form that is running or was left open."""
    form: str | None = None
    skills: frozenset[str] = frozenset()
    """The company's skills that are switched on."""
    wish: str | None = None
    """The skill wished for in so many words (`bot.skills.wishes`)."""


@dataclass(frozen=True)
class Row:
    """A row of the table; None or an empty set matches everything."""

    action: str
    intents: frozenset[str] = frozenset()
    certainty: Certainty | None = None
    angry: bool | None = None
    state: State | None = None
    turn: Turn | None = None
    form: str | None = None
    skill: str | None = None
    """Holds only where this skill is switched on."""
    wish: str | None = None

    def matches(self, situation: Situation) -> bool:
        """Whether this row holds for `situation`."""
        angry = situation.insult or situation.sentiment is Sentiment.ANGRY
        return (
            (not self.intents or situation.intent in self.intents)
            and self.certainty in (None, situation.certainty)
            and self.angry in (None, angry)
            and self.state in (None, situation.state)
            and self.turn in (None, situation.turn)
            and self.form in (None, situation.form)
            and (self.skill is None or self.skill in situation.skills)
            and self.wish in (None, situation.wish)
        )


def _row(action: str, *intents: str, **conditions: Any) -> Row:
    return Row(action, frozenset(intents), **conditions)


TABLE: tuple[Row, ...] = (
    # all that is said while a hand-over is open is for the human; the action knows who wants to leave
    _row("action_handover_message", state=State.HANDOVER),
    # what the channel found out before any understanding
    _row("utter_empty_message", "empty_message"),
    _row("utter_long_message", "long_message"),
    _row("utter_foreign_message", "foreign_message"),
    # anger goes before all; who asks for a human in anger gets one
    _row("action_human", "human", angry=True),
    _row("action_soothe", angry=True),
    # a running form keeps its turn where it is filled, unless the customer clearly leaves it or asks something
    _row(KEEPS_TURN, state=State.FORM, turn=Turn.FILLS),
    _row("action_stop", "stop", certainty=Certainty.SURE, state=State.FORM),
    _row("action_restart", "restart", certainty=Certainty.SURE, state=State.FORM),
    _row("action_human", "human", certainty=Certainty.SURE, state=State.FORM),
    _row("order_form", "check_order", certainty=Certainty.SURE, state=State.FORM, form="repair_form", skill=ORDER),
    _row("repair_form", "request_repair", certainty=Certainty.SURE, state=State.FORM, form="order_form", skill=REPAIR),
    _row("utter_bot_challenge", "bot_challenge", certainty=Certainty.SURE, state=State.FORM),
    _row("utter_capabilities", "capabilities", certainty=Certainty.SURE, state=State.FORM),
    _row("action_receipt", state=State.FORM, turn=Turn.ASKS, wish=RECEIPT, skill=REPAIR),
    _row("action_answer", state=State.FORM, turn=Turn.ASKS),
    _row("action_answer", "ask", certainty=Certainty.SURE, state=State.FORM),
    _row(KEEPS_TURN, state=State.FORM),
    # what was left open goes on where the customer goes on with it
    _row("repair_form", state=State.LEFT, turn=Turn.FILLS, form="repair_form", skill=REPAIR),
    _row("repair_form", "affirm", state=State.LEFT, form="repair_form", skill=REPAIR),
    _row("order_form", state=State.LEFT, turn=Turn.FILLS, form="order_form", skill=ORDER),
    # wishes that the company has a skill for
    _row("action_receipt", wish=RECEIPT, skill=REPAIR),
    _row("action_answer", "request_repair", wish=CODE),
    _row("repair_form", "request_repair", certainty=Certainty.SURE, skill=REPAIR),
    _row("order_form", "check_order", certainty=Certainty.SURE, skill=ORDER),
    _row("repair_form", wish=REPAIR, skill=REPAIR),
    _row("order_form", wish=ORDER, skill=ORDER),
    # the conversation itself
    _row("action_human", "human", certainty=Certainty.SURE),
    _row("action_stop", "stop", certainty=Certainty.SURE),
    _row("action_restart", "restart", certainty=Certainty.SURE),
    _row("action_soothe", "complain", certainty=Certainty.SURE),
    # what answers an offer
    _row("action_choose", "choose"),
    _row("action_affirm", "affirm"),
    _row("action_other", "deny", state=State.OFFERED),
    _row("action_other", "deny", certainty=Certainty.SURE),
    _row("action_other", "correct", certainty=Certainty.SURE),
    _row("action_feedback", "helpful", "not_helpful", certainty=Certainty.SURE),
    _row("action_follow_up", "follow_up", certainty=Certainty.SURE),
    # small talk that is sure needs no search
    _row("utter_greet", "greet", certainty=Certainty.SURE),
    _row("utter_goodbye", "goodbye", certainty=Certainty.SURE),
    _row("utter_thanks", "thanks", certainty=Certainty.SURE),
    _row("utter_reaction", "reaction", certainty=Certainty.SURE),
    _row("utter_bot_challenge", "bot_challenge", certainty=Certainty.SURE),
    _row("utter_capabilities", "capabilities", certainty=Certainty.SURE),
    # all else is searched for: questions, unsure follow-ups, wishes without a skill for them, out of scope, the unsure
    _row("action_answer"),
)

FALLBACK_RESPONSES: Mapping[str, str] = {
    "greet": "utter_greet",
    "goodbye": "utter_goodbye",
    "thanks": "utter_thanks",
    "reaction": "utter_reaction",
    "bot_challenge": "utter_bot_challenge",
    "capabilities": "utter_capabilities",
    "helpful": "utter_helpful",
    "not_helpful": "utter_not_helpful",
    "deny": "utter_deny",
    "correct": "action_other",
    "stop": "utter_stop",
    "complain": "utter_soothe",
}
"""What `action_answer` says to an intent it was given, where the FAQ holds no sure answer."""


def route(situation: Situation) -> str:
    """The action that follows, or KEEPS_TURN."""
    return next(row.action for row in TABLE if row.matches(situation))


def actions_of_table() -> frozenset[str]:
    """Every action and response the table names."""
    return frozenset(row.action for row in TABLE) - {KEEPS_TURN}


def fallback_response(message: Mapping[str, Any]) -> str | None:
    """What to say to a parsed message that the FAQ has no sure answer for, or None: then the cascade answers."""
    name, confidence = likeliest(message)
    if confidence < NEARLY:
        return None
    talk = small_talk(message.get("text") or "") if name == "out_of_scope" else None
    return talk.value if talk else FALLBACK_RESPONSES.get(name)


def seems_out_of_scope(message: Mapping[str, Any]) -> bool:
    """Whether the message surely has nothing to do with the company; only a very sure answer then overrides it."""
    name, confidence = likeliest(message)
    return name == "out_of_scope" and confidence >= SURE


def situation_of(message: Mapping[str, Any], state: State = State.FREE, **about: Any) -> Situation:
    """The situation of a message as Rasa parsed it; `about` are the fields it does not tell."""
    name, confidence = likeliest(message)
    sentiment = message.get("sentiment") or {}
    sure = confidence >= SURE and not (name in FALLBACK_RESPONSES and morphemes_of(message) > MAX_SMALL_TALK_MORPHEMES)
    return Situation(
        name,
        Certainty.SURE if sure else Certainty.UNSURE,
        Sentiment(sentiment.get("name", Sentiment.NEUTRAL.value)),
        bool((message.get("insult") or {}).get("found")),
        state,
        **about,
    )


def likeliest(message: Mapping[str, Any]) -> tuple[str, float]:
    """Intent and confidence, those behind `nlu_fallback` where the classifier was unsure."""
    intent = message.get("intent") or {}
    ranking = [one for one in message.get("intent_ranking") or [] if one.get("name") != "nlu_fallback"]
    if intent.get("name") in (None, "nlu_fallback"):
        intent = ranking[0] if ranking else {}
    return intent.get("name") or "", float(intent.get("confidence") or 0.0)


def morphemes_of(message: Mapping[str, Any]) -> int:
    """How many tokens the message has, as Rasa says with `text_tokens`."""
    return len(message.get("text_tokens") or ())
