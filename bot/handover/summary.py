"""What an agent should know before the first word: the last questions and what became of them, facts, mood.

Made from the events of a tracker as Rasa sends them to the action server.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.answer import Answer, Kind
from bot.handover import texts
from bot.messages import cite

MAX_QUESTIONS = 5
MAX_CHARACTERS = 300
ANSWERED = ("faq", "manual")
MOODS = ("angry", "negative", "positive", "neutral")
"""The mood of a conversation is the first of these among its last messages."""
NOT_FACTS = frozenset({"faq_id", "time"})
NOT_SLOTS = frozenset({"requested_slot", "session_started_metadata", "handover", "disappointments"})
INNER_STARTS, INNER_ENDS = "last_", ("_state", "_confirmed", "_details")
"""How slots begin and end that are the bot's own business."""
FORMS = ("repair_", "order_")
"""How slots of a form begin; the rest is what they hold (`repair_phone`), but `order_number` is one word."""
SMALL_TALK = frozenset(
    "greet goodbye thanks reaction human affirm deny choose stop restart helpful not_helpful bot_challenge capabilities".split()
)


@dataclass(frozen=True)
class Tried:
    """A question and how the bot answered: faq, manual, clarify, none, or empty where something else was said."""

    question: str
    kind: str = ""
    answer: str = ""
    """The title of what was answered with."""
    confidence: float | None = None


class _Turn(NamedTuple):
    message: Mapping[str, Any]
    said: list[Mapping[str, Any]]
    in_form: bool
    """Whether a form ran when it came: what it fills in is no question."""


@dataclass(frozen=True)
class Summary:
    """`wish` is what the customer wrote (or the button pressed) to get a human; `tried` is oldest first."""

    wish: str = ""
    tried: tuple[Tried, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Products, numbers and names that were told, and filled slots: (kind, value)."""
    mood: str = "neutral"
    insulted: bool = False

    @property
    def topic(self) -> str:
        """The last question, or the wish where none was asked."""
        return self.tried[-1].question if self.tried else self.wish

    @property
    def unanswered(self) -> int:
        """How many of the last questions got no answer."""
        return sum(one.kind in ("none", "clarify") for one in self.tried)

    def to_json(self) -> dict[str, Any]:
        """The document that is kept."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Summary:
        """The summary that `to_json` wrote; what a later version added is left out."""
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        values["tried"] = tuple(Tried(**one) for one in values.get("tried", ()))
        values["facts"] = tuple((str(kind), str(value)) for kind, value in values.get("facts", ()))
        return cls(**values)


def summarize(events: Iterable[Mapping[str, Any]], slots: Mapping[str, Any]) -> Summary:
    """The summary of a conversation whose last user message asks for a human."""
    turns = _turns(events)
    parsed = [turn.message.get("parse_data") or {} for turn in turns]
    recent = parsed[-MAX_QUESTIONS:]
    moods = {(message.get("sentiment") or {}).get("name") for message in recent}
    return Summary(
        wish=shown_text(turns[-1].message, events_before(turns)) if turns else "",
        tried=tuple(_all_tried(turns[:-1])[-MAX_QUESTIONS:]),
        facts=_facts(parsed, slots),
        mood=next((mood for mood in MOODS if mood in moods), "neutral"),
        insulted=any((message.get("insult") or {}).get("found") for message in recent),
    )


def lines_of(summary: Summary) -> list[str]:
    """The summary as an agent reads it, a line each."""
    lines = [texts.SUMMARY_WISH.format(wish=summary.wish)] if summary.wish else []
    lines += [texts.SUMMARY_TRIED.format(question=one.question, outcome=outcome(one)) for one in summary.tried]
    if summary.facts:
        told = ", ".join(f"{texts.FACTS.get(kind, kind)} {value}" for kind, value in summary.facts)
        lines.append(texts.SUMMARY_FACTS.format(facts=told))
    lines.append(texts.SUMMARY_MOOD.format(mood=texts.MOODS[summary.mood] + (texts.INSULTED if summary.insulted else "")))
    return lines


def outcome(tried: Tried) -> str:
    """What became of a question, in a few words."""
    sentence = texts.OUTCOMES.get(tried.kind, texts.OUTCOMES[""])
    return sentence.format(answer=tried.answer, percent=round(100 * (tried.confidence or 0)))


def shown_text(message: Mapping[str, Any], before: Iterable[Mapping[str, Any]]) -> str:
    """What the customer sees as his own message: of a button its title, of what the channel replaced the original."""
    text = str(message.get("text") or "")
    original = (message.get("metadata") or {}).get("said")
    if isinstance(original, str):
        return original
    if not text.startswith("/"):
        return text
    for event in before:
        for button in (event.get("data") or {}).get("buttons") or ():
            if button.get("payload") == text:
                return str(button.get("title") or text)
    return texts.BUTTON_TITLES.get(text, text)


def events_before(turns: list[_Turn]) -> list[Mapping[str, Any]]:
    """What the bot said before the last message, newest first."""
    return [event for turn in reversed(turns[:-1]) for event in reversed(turn.said)]


def _turns(events: Iterable[Mapping[str, Any]]) -> list[_Turn]:
    """Each user message with what the bot said after it."""
    turns: list[_Turn] = []
    form = None
    for event in events:
        if event.get("event") == "user" and event.get("text"):
            turns.append(_Turn(event, [], in_form=form is not None))
        elif event.get("event") == "bot" and turns:
            turns[-1].said.append(event)
        elif event.get("event") == "active_loop":
            form = event.get("name")
    return turns


def _is_question(message: Mapping[str, Any]) -> bool:
    intent = ((message.get("parse_data") or {}).get("intent") or {}).get("name")
    return not str(message["text"]).startswith("/") and intent not in SMALL_TALK


def _all_tried(turns: list[_Turn]) -> list[Tried]:
    """The questions with what became of them: also what was chosen among the offers to one is an answer to it."""
    found: list[Tried] = []
    for message, said, in_form in turns:
        tried = _tried(message, said)
        if _is_question(message) and (tried.kind or not in_form):
            found.append(tried)
        elif found and tried.kind in ANSWERED and found[-1].kind not in ANSWERED:
            found[-1] = dataclasses.replace(tried, question=found[-1].question)
    return found


def _tried(message: Mapping[str, Any], said: list[Mapping[str, Any]]) -> Tried:
    question = str(message["text"])[:MAX_CHARACTERS]
    documents = [((event.get("data") or {}).get("custom") or {}).get("daedap") for event in said]
    for document in filter(None, documents):
        try:
            answer = Answer.from_json(document)
        except (TypeError, KeyError, ValueError):  # of another version
            continue
        title = cite(answer.source) if answer.source else ""
        title = (answer.evidence or title) if answer.kind is Kind.FAQ else title
        return Tried(question, answer.kind.value, title[:MAX_CHARACTERS], round(answer.confidence, 4))
    return Tried(question)


def _facts(messages: list[Mapping[str, Any]], slots: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for message in messages:
        for entity in message.get("entities") or ():
            if entity.get("entity") not in NOT_FACTS and entity.get("value"):
                found[str(entity["entity"])] = str(entity["value"])[:MAX_CHARACTERS]
    for name, value in slots.items():
        is_inner = name in NOT_SLOTS or name.startswith(INNER_STARTS) or name.endswith(INNER_ENDS)
        if not is_inner and isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value):
            found.setdefault(_kind_of(name), str(value)[:MAX_CHARACTERS])
    return tuple(found.items())


def _kind_of(slot: str) -> str:
    """What a slot holds, as entities call it."""
    rest = next((slot.removeprefix(form) for form in FORMS if slot.startswith(form)), slot)
    return rest if rest in texts.FACTS and slot not in texts.FACTS else slot
