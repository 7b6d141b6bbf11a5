"""Where customers come who want a human: what they are told, and what becomes of each message meanwhile.

Works on rows and texts alone; `bot.actions.action_human` and `bot.actions.action_handover_message` say the
responses it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.handover.config import HumanConfig, Outside, Waiting
from bot.handover.contact import Contact, find_contact, shown_phone
from bot.handover.hours import describe, describe_opening
from bot.handover.leaving import ends_talk, leaves_queue
from bot.handover.rows import Handover, Kind, State
from bot.handover.summary import Summary
from bot.handover.texts import AHEAD, LATER, NEXT
from bot.message import Sender
from bot.routing import Certainty, situation_of
from bot.skills.phones import digits_of, is_whole

if TYPE_CHECKING:
    from bot.handover.queue import Handovers

MAX_WRONG_ANSWERS = 2
"""So many messages without name or phone are asked again; then the bot goes on without them."""
ASKING_LASTS = timedelta(minutes=60)
QUESTIONS = frozenset({"ask", "follow_up"})


@dataclass(frozen=True)
class Reply:
    """What is said: a response of the domain with its values, or nothing (`response` None).

    `handover_id` is the hand-over that keeps the conversation from here on, None where the bot has it;
    `asks_bot` says that the message itself is still to be answered by the bot.
    """

    response: str | None
    handover_id: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    asks_bot: bool = False
    state: State | None = None


class Desk:
    """The desk of one configuration over one queue."""

    def __init__(self, config: HumanConfig, handovers: Handovers) -> None:
        self.config = config
        self.handovers = handovers

    def receive(self, sender: str, channel: str, summary: Summary) -> Reply:
        """A customer asks for a human. Out of office hours nothing is opened where `outside` is contact."""
        there = self.handovers.of(sender)
        if there is not None:
            return self._again(there)
        now = self._now()
        if self.config.hours.is_open(now):
            is_asked = self.config.waiting is Waiting.MESSAGE
            response = "utter_handover_waiting_message" if is_asked else "utter_handover_waiting"
            opened, _ = self.handovers.open(sender, channel, summary)
            return self._waiting(opened, response)
        values = self._times(now)
        if self.config.outside is Outside.CONTACT:
            return Reply("utter_handover_closed", values=values)
        is_asked = self.config.outside is Outside.MESSAGE
        opened, _ = self.handovers.open(sender, channel, summary, Kind.ASKING if is_asked else Kind.TALK)
        response = "utter_handover_ask_contact" if is_asked else "utter_handover_waiting_closed"
        return Reply(response, opened.id, values, state=opened.state)

    def hear(self, number: int, text: str, message: Mapping[str, Any], key: str | None) -> Reply:
        """A customer says `text` (`message` as Rasa parsed it) while the hand-over `number` has the conversation."""
        handover = self.handovers.get(number)
        if handover is None or not handover.keeps_conversation:
            return Reply(None, asks_bot=True)
        if handover.kind is Kind.ASKING:
            return self._ask(handover, text, message, key)
        if handover.state is State.WAITING and leaves_queue(message):
            self.handovers.leave(number)
            return Reply("utter_handover_left", asks_bot=situation_of(message).intent == "restart")
        if handover.state is State.ACTIVE and ends_talk(message):
            self.handovers.leave(number)
            return Reply("utter_handover_ended")
        self.handovers.hear(number, text, key)
        if handover.state is State.WAITING and self.config.waiting is Waiting.MESSAGE and not handover.has_contact:
            return self._note_contact(handover, text)
        wants_human = situation_of(message).intent == "human" and situation_of(message).certainty is Certainty.SURE
        if handover.state is State.WAITING and wants_human:
            return self._again(handover)
        return Reply(None, number, state=handover.state)

    def _again(self, handover: Handover) -> Reply:
        """Asked for a human while one is being waited for."""
        if handover.kind is Kind.ASKING:
            return Reply("utter_handover_ask_contact", handover.id, self._times(self._now()), state=handover.state)
        if handover.state is State.ACTIVE:
            return Reply(None, handover.id, state=handover.state)
        return self._waiting(handover, "utter_handover_still_waiting")

    def _waiting(self, handover: Handover, response: str) -> Reply:
        ahead = self.handovers.ahead(handover)
        queue = AHEAD.format(ahead=ahead) if ahead else NEXT
        return Reply(response, handover.id, {"queue": queue}, state=handover.state)

    def _ask(self, handover: Handover, text: str, message: Mapping[str, Any], key: str | None) -> Reply:
        """Name and phone are asked for; a question in between is answered first."""
        if leaves_queue(message) and not find_contact(text).phone:
            self.handovers.leave(handover.id)
            return Reply("utter_handover_contact_declined")
        found = self._with_pieces(handover, find_contact(text, alone=True), text)
        situation = situation_of(message)
        is_question = situation.intent in QUESTIONS and situation.certainty is Certainty.SURE
        if found.phone is None and is_question and (found.name is None or len(text.split()) > 2):
            return Reply("utter_handover_question_first", handover.id, asks_bot=True, state=handover.state)
        self.handovers.hear(handover.id, text, key)
        self.handovers.keep_contact(handover.id, found.name, found.phone)
        now = self.handovers.get(handover.id) or handover
        if now.has_contact:
            self.handovers.turn_into_message(handover.id)
            return Reply("utter_handover_contact_kept", values=_contact_values(now))
        begins_phone = now.contact_name and (digits_of(text) or "").startswith("0")
        return self._missing(now, bool(found.name or found.phone or begins_phone))

    def _with_pieces(self, handover: Handover, found: Contact, text: str) -> Contact:
        """What was found, with the phone number whose last piece is `text`."""
        last = digits_of(text)
        if found.phone or last is None:
            return found
        pieces = [last]
        for one in reversed(self.handovers.said(handover.id)):
            digits = digits_of(one.text) if one.sender is Sender.CUSTOMER else ""
            if digits is None:
                break
            pieces.insert(0, digits)
        phone = "".join(pieces)
        return found._replace(phone=phone) if is_whole(phone) else found

    def _missing(self, handover: Handover, is_some: bool) -> Reply:
        if not is_some:
            if self._answers(handover) > MAX_WRONG_ANSWERS:
                self.handovers.expire(handover.id)
                return Reply("utter_handover_no_contact")
            return Reply("utter_handover_ask_contact_again", handover.id, state=handover.state)
        return self._half(handover)

    def _answers(self, handover: Handover) -> int:
        """How often the customer wrote since name and phone were asked for."""
        said = self.handovers.said(handover.id)
        asked_at = max((one.id for one in said if one.sender is Sender.BOT), default=0)
        return sum(one.sender is Sender.CUSTOMER and one.id > asked_at for one in said)

    def _half(self, handover: Handover) -> Reply:
        if handover.contact_name:
            return Reply("utter_handover_ask_phone", handover.id, {"name": handover.contact_name}, state=handover.state)
        return Reply("utter_handover_ask_name", handover.id, state=handover.state)

    def _note_contact(self, handover: Handover, text: str) -> Reply:
        """In office hours what looks like name and phone is kept; anything else is for the agent alone."""
        asked = bool(handover.contact_name or handover.contact_phone)
        found = find_contact(text, alone=asked)
        found = found if found.phone or asked or found.name else find_contact(text)
        if not (found.name or found.phone):
            return Reply(None, handover.id, state=handover.state)
        if found.phone and not found.name:
            found = find_contact(text, alone=True)
        self.handovers.keep_contact(handover.id, found.name, found.phone)
        now = self.handovers.get(handover.id) or handover
        if now.has_contact:
            return Reply("utter_handover_contact_noted", handover.id, _contact_values(now), state=now.state)
        return self._half(now)

    def sweep(self) -> int:
        """How many hand-overs changed for the time alone: who waited too long is asked for name and phone."""
        now, changed = self._now(), 0
        for handover in self.handovers.listed():
            if handover.state is State.WAITING and handover.kind is Kind.TALK and self._waited_too_long(handover, now):
                changed += self._give_up_waiting(handover)
            elif handover.state is State.WAITING and handover.kind is Kind.ASKING and self._fell_silent(handover, now):
                changed += self.handovers.expire(handover.id)
        return changed

    def _give_up_waiting(self, handover: Handover) -> bool:
        if handover.has_contact:
            return self.handovers.turn_into_message(handover.id)
        return self.handovers.ask_for_contact(handover.id)

    def _waited_too_long(self, handover: Handover, now: datetime) -> bool:
        opened = self.config.hours.opened_at(now)
        if not self.config.max_wait_minutes or opened is None:
            return False
        since = max(handover.opened_at.replace(tzinfo=timezone.utc), opened)
        return now - since >= timedelta(minutes=self.config.max_wait_minutes)

    def _fell_silent(self, handover: Handover, now: datetime) -> bool:
        last = self.handovers.last_heard(handover.id) or handover.opened_at
        return now - last.replace(tzinfo=timezone.utc) >= ASKING_LASTS

    def _times(self, now: datetime) -> dict[str, str]:
        opening = self.config.hours.next_opening(now)
        return {"hours": describe(self.config.hours), "opening": describe_opening(opening, now) if opening else LATER}

    def _now(self) -> datetime:
        return self.handovers.clock().replace(tzinfo=timezone.utc)


def _contact_values(handover: Handover) -> dict[str, str]:
    return {"name": handover.contact_name or "", "phone": shown_phone(handover.contact_phone or "")}


@lru_cache(maxsize=1)
def desk() -> Desk | None:
    """This process's desk; None where nobody is configured to come."""
    from bot.handover.queue import open_queue
    from bot.settings import Settings

    config = HumanConfig.load()
    handovers = open_queue(Settings.load().database_url, config)
    return None if config is None or handovers is None else Desk(config, handovers)
