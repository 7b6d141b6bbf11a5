"""The repair form, one turn at a time, without Rasa: a draft and a message in, the next draft and what is said out.

`step` is a pure function. It takes what a message holds for any slot, not only for the one that was asked for,
checks it, and asks for the next slot or, when all are there, for a yes to the summary. Nothing is asked for ever:
after two answers that were not understood an optional slot may be skipped and a human is offered, after four the
slot is skipped or the form handed over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from bot.skills import repair_texts as say
from bot.skills.changes import (
    MAX_CHARACTERS,
    MAX_SHORT,
    asks_to_wait,
    is_correction,
    is_no,
    is_skip,
    is_stop,
    is_yes,
    named_slot,
    named_to_change,
    wants_human,
)
from bot.skills.config import RepairConfig
from bot.skills.pauses import Left, left
from bot.skills.repair_values import Reading, phone_piece, read_answer, read_others, wrong_date
from bot.skills.reply import Reply
from bot.skills.symptoms import MAX_CHARACTERS as MAX_SYMPTOM
from bot.skills.symptoms import find_symptom

CONFIRM = "confirmed"
EDIT = "edit"
"""In place of a slot: which one is to be changed was asked for."""
GIVE_UP_AFTER = 4
POLITE = frozenset({"greet", "thanks"})
"""What is said beside the matter, and no answer that was not understood."""
KEPT_FOR_THE_NEXT = ("address", "phone", "name")
"""What a customer who requests another repair need not write again."""
SKIPPED = ""
"""The value of an optional slot the customer left open."""


class Outcome(str, Enum):
    """What becomes of the form after this turn."""

    GOES_ON = "goes_on"
    CONFIRMED = "confirmed"
    STOPPED = "stopped"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True)
class Said:
    """The customer's message; `intent` is empty where the classifier was unsure. `names` are the names found in it."""

    text: str
    intent: str = ""
    names: tuple[str, ...] = ()
    remembered: Mapping[str, str] = field(default_factory=dict)
    """What was talked about before the form began."""


@dataclass(frozen=True)
class Draft:
    """A form under way: the values so far, which slot was asked for, how often in vain, since when."""

    values: Mapping[str, str] = field(default_factory=dict)
    asked: str | None = None
    failures: int = 0
    phone_part: str = ""
    key: str = ""
    """Under this key the request is stored, once."""
    seen_at: str = ""
    """When the form was last talked to (ISO 8601)."""
    before: Mapping[str, str] = field(default_factory=dict)
    """What the request before this one held, for "같은 주소요"."""

    def replace(self, **changes: Any) -> Draft:
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True)
class Step:
    """The form after a turn and what is said."""

    draft: Draft
    replies: tuple[Reply, ...]
    outcome: Outcome = Outcome.GOES_ON


def step(draft: Draft, said: Said | None, config: RepairConfig, now: datetime, key: str) -> Step:
    """The form after `said`; None asks again, as after a question that was answered in between.

    `key` is taken for a form that has none yet.
    """
    draft, greeting = _taken_up(draft, config, now, key)
    said = said and dataclasses.replace(said, text=said.text[:MAX_CHARACTERS])
    if said is None or (said.text.startswith("/") and draft.asked is None):
        return _ask(draft, config, greeting)
    if said.text.startswith("/"):
        return _failed(draft, Reading(), config, greeting)
    if greeting and said.intent == "request_repair":
        draft = draft.replace(asked=None)
    if draft.asked is not None:
        if asks_to_wait(said.text):
            return _ask(draft, config, [*greeting, config.text("wait")])
        if is_stop(said.text) or (said.intent == "stop" and len(said.text) <= MAX_SHORT):
            return Step(draft, (Reply(config.text("stopped")),), Outcome.STOPPED)
        if wants_human(said.text):
            return Step(draft, (), Outcome.HANDED_OVER)
    if draft.asked == CONFIRM and is_yes(said.text):
        return Step(draft, (), Outcome.CONFIRMED)
    return _filled(draft, said, config, now, greeting)


def _taken_up(draft: Draft, config: RepairConfig, now: datetime, key: str) -> tuple[Draft, list[str]]:
    """The draft as it is gone on with, and what is said about that."""
    was_left = left(draft.seen_at, now)
    if was_left in (Left.NEVER, Left.LONG_AGO):
        return Draft(key=key, seen_at=now.isoformat(), before=draft.before), [config.text("start")]
    pauses = draft.asked is None or was_left is Left.PAUSED
    greeting = [config.text("resume" if draft.values else "start")] if pauses else []
    return draft.replace(seen_at=now.isoformat(), key=draft.key or key), greeting


def _filled(draft: Draft, said: Said, config: RepairConfig, now: datetime, greeting: list[str]) -> Step:
    """The form with all that `said` holds."""
    asked = draft.asked if draft.asked in config.asked else None
    answer = read_answer(asked, said.text, said.names, draft, config, now, said.intent) if asked else Reading()
    if draft.asked == CONFIRM:
        answer = wrong_date(said.text, draft, config, now)
    piece = phone_piece(said.text, draft, config) if asked != "phone" and answer.value is None else Reading()
    answer = piece if piece.part else answer
    if answer.part:
        greeting.append(config.text("phone_goes_on", digits=say.shown("phone", answer.part, config)))
        return Step(draft.replace(phone_part=answer.part, failures=0), (Reply(" ".join(greeting)),))
    others = read_others(said.text, said.names, draft, config, now, skip=asked if answer.value is not None else None)
    if asked is None and not draft.values:
        others = {**_told_before(draft, said, others), **others}
    others |= {"phone": piece.value} if piece.value else {}
    changed = {name: value for name, value in others.items() if draft.values.get(name) != value}
    overwritten = {n: v for n, v in changed.items() if draft.values.get(n)} if _may_overwrite(draft, said) else {}
    new = {n: v for n, v in changed.items() if not draft.values.get(n)} | overwritten
    if answer.value is not None:
        new[asked] = answer.value
    if not new:
        return _nothing_new(draft, said, answer, config, greeting)
    notes = [config.text("changed", label=config.label(n), value=say.shown(n, v, config)) for n, v in overwritten.items()]
    noted = {name: value for name, value in new.items() if name not in overwritten and name != asked}
    if noted:
        notes.append(config.text("noted", lines=say.lines(noted, config, noted)))
    draft = draft.replace(
        values={**draft.values, **new},
        failures=0 if asked is None or asked in new else draft.failures,
        phone_part="" if "phone" in new else draft.phone_part,
        asked=None if draft.asked == EDIT else draft.asked,
    )
    if notes:
        said_first, greeting = (Reply("\n".join([*greeting, *notes])),), []
    else:
        said_first = ()
    if answer.wrong and asked not in new:
        following = _failed(draft, answer, config, greeting)
    else:
        following = _ask(draft, config, greeting)
    return dataclasses.replace(following, replies=(*said_first, *following.replies))


def _told_before(draft: Draft, said: Said, others: Mapping[str, str]) -> Mapping[str, str]:
    """What was talked about before the form began, unless that was for another request or is about another product."""
    is_meant = not draft.before and others.get("product") in (None, said.remembered.get("product"))
    return said.remembered if is_meant else {}


def _may_overwrite(draft: Draft, said: Said) -> bool:
    """Whether a value that is there already may be changed by this message."""
    return draft.asked in (CONFIRM, EDIT) or is_correction(said.text) or said.intent == "correct"


def _nothing_new(draft: Draft, said: Said, answer: Reading, config: RepairConfig, greeting: list[str]) -> Step:
    """The form where a message held no new value: a slot to change, one to skip, or something not understood."""
    named = named_slot(said.text) if draft.asked == EDIT else named_to_change(said.text)
    own = next((slot.name for slot in config.own_slots if slot.label in said.text), None) if draft.asked == EDIT else None
    named = own or named
    if named in config.asked and (named != draft.asked or draft.asked == EDIT):
        values = {name: value for name, value in draft.values.items() if name != named}
        return _ask(draft.replace(values=values, asked=named, failures=0, phone_part=""), config, greeting)
    if draft.asked is None or said.intent == "request_repair":
        return _ask(draft, config, greeting)
    more = find_symptom(said.text) if draft.asked in config.asked and draft.values.get("symptom") else None
    if more and more not in draft.values["symptom"]:
        symptom = f"{draft.values['symptom']}, {more}"[:MAX_SYMPTOM]
        note = config.text("changed", label=config.label("symptom"), value=symptom)
        return _ask(draft.replace(values={**draft.values, "symptom": symptom}), config, [*greeting, note])
    if draft.asked == CONFIRM and is_no(said.text):
        return _ask(draft.replace(asked=EDIT, failures=0), config, greeting)
    if draft.asked == EDIT and is_yes(said.text):
        return _ask(draft.replace(asked=None), config, greeting)
    if draft.asked in config.asked and config.is_optional(draft.asked) and is_skip(said.text):
        return _skipped(draft, config, greeting)
    if said.intent in POLITE and draft.asked != CONFIRM:
        return _ask(draft, config, [*greeting, config.text("go_on")])
    if draft.asked in config.asked and draft.asked != "product" and is_skip(said.text) and not answer.wrong:
        answer = Reading(wrong="needed", about={"label": config.label(draft.asked)})
    return _failed(draft, answer, config, greeting)


def _skipped(draft: Draft, config: RepairConfig, greeting: list[str]) -> Step:
    values = {**draft.values, draft.asked: SKIPPED}
    note = config.text("skipped", label=config.label(draft.asked))
    return _ask(draft.replace(values=values, failures=0, phone_part=""), config, [*greeting, note])


def _failed(draft: Draft, answer: Reading, config: RepairConfig, greeting: list[str]) -> Step:
    """The same slot asked for again, more helpfully each time, and not for ever."""
    failures = draft.failures + 1
    if failures >= GIVE_UP_AFTER:
        if draft.asked in config.asked and config.is_optional(draft.asked):
            return _skipped(draft, config, greeting)
        return Step(draft.replace(failures=0), (Reply(config.text("hand_over")),), Outcome.HANDED_OVER)
    draft = draft.replace(failures=failures, phone_part="" if answer.wrong == "phone_too_long" else draft.phone_part)
    if draft.asked == CONFIRM and answer.wrong:
        trouble = config.text(answer.wrong, **answer.about)
    elif draft.asked == CONFIRM:
        trouble = config.text("not_understood", yes=config.text("button_yes"), change=config.text("button_change"))
    elif draft.asked == EDIT:
        trouble = config.text("ask_what_to_change")
    else:
        trouble = say.trouble(draft.asked, answer, config)
    return Step(draft, (say.asked_again(draft.asked, [*greeting, trouble], failures, config),))


def _ask(draft: Draft, config: RepairConfig, greeting: list[str]) -> Step:
    """The question for the next slot, or the summary when all are there."""
    if draft.asked == EDIT:
        return Step(draft, (say.what_to_change(greeting, config),))
    open_slots = [name for name in config.asked if draft.values.get(name) is None]
    following = draft.asked if draft.asked in open_slots else next(iter(open_slots), CONFIRM)
    failures = draft.failures if following == draft.asked else 0
    draft = draft.replace(asked=following, failures=failures)
    if following == CONFIRM:
        replies = (Reply(" ".join(greeting)),) if greeting else ()
        return Step(draft, (*replies, say.summary(draft.values, config)))
    return Step(draft, (say.question(following, greeting, failures, config, draft.before),))
