"""Plays conversations in which an agent takes part, against the real servers; the customer's turns are `bot.scripted`'s.

about: what is shown
turns:
- say: "상담원 바꿔줘"
  expect: {text: "연결해 드릴게요"}
- say: "여보세요"
  silent: true                   # the bot says nothing, a human has the conversation
- agent: {take: 김상담}          # or {say: words}, {back: true}, {release: true}, as who took the customer last
  sees: "여보세요"               # regular expression in what the agent sees: summary and what was said
- hears: "도와드릴까요"          # regular expression in what reaches the customer without a word of his
- row: {state: waiting, kind: message}    # the customer's last hand-over, a regular expression a column
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ruamel.yaml
import sqlalchemy as sa

from bot.handover.listing import card_of
from bot.handover.queue import Handovers
from bot.message import plain
from bot.rest_client import RestClient
from bot.scripted import Turn, check, message_of
from bot.storage.tables import handovers

OWN = ("agent", "hears", "row")
SAYS = ("say", "press", "repeat", "nfd")


class Player:
    """One script: the customer at `client`, agents at `queue`."""

    def __init__(self, client: RestClient, queue: Handovers) -> None:
        self.client = client
        self.queue = queue
        self.agent = ""
        self._buttons: tuple = ()

    def play(self, path: Path) -> list[str]:
        """What went otherwise than expected, a line each."""
        turns = ruamel.yaml.YAML(typ="safe").load(path.read_text(encoding="utf-8"))["turns"]
        problems = []
        for number, turn in enumerate(turns, start=1):
            [how] = [key for key in turn if key in (*SAYS, *OWN)]
            unknown = set(turn) - {how, "expect", "silent", "sees"}
            found = [f"unknown: {unknown}"] if unknown else getattr(self, f"_{how if how in OWN else 'customer'}")(turn)
            problems += [f"turn {number} ({turn}): {problem}" for problem in found]
        return problems

    def _customer(self, turn: dict[str, Any]) -> list[str]:
        [how] = [key for key in turn if key in SAYS]
        replies = self.client.send(message_of(Turn(how, turn[how], {}), self._buttons))
        self._buttons = tuple(button for reply in replies for button in reply.buttons) or self._buttons
        if turn.get("silent"):
            return [f"the bot said {[reply.text for reply in replies]}"] if replies else []
        return check(turn.get("expect") or {}, replies, None)

    def _agent(self, turn: dict[str, Any]) -> list[str]:
        [(do, what)] = turn["agent"].items()
        number = self._last().id
        self.agent = what if do == "take" else self.agent
        done = {
            "take": lambda: self.queue.take(number, what),
            "say": lambda: self.queue.say(number, self.agent, what),
            "back": lambda: self.queue.hand_back(number, self.agent),
            "release": lambda: self.queue.release(number, self.agent),
        }[do]()
        handover = self.queue.get(number)
        shown = "\n".join([*card_of(handover), *(one.text for one in self.queue.said(number))])
        problems = [] if done else [f"{do} was refused"]
        return problems + ([] if re.search(turn.get("sees", ""), shown) else [f"the agent sees {shown!r}"])

    def _hears(self, turn: dict[str, Any]) -> list[str]:
        said = "\n".join(plain(message) for message in self.client.fetch())
        return [] if re.search(turn["hears"], said) else [f"the customer hears {said!r}"]

    def _row(self, turn: dict[str, Any]) -> list[str]:
        row = self._last()
        wrong = {name: row[name] for name, wanted in turn["row"].items() if not re.search(str(wanted), str(row[name]))}
        return [f"the row has {wrong}"] if wrong else []

    def _last(self) -> Any:
        """The row of the customer's last hand-over."""
        query = sa.select(handovers).where(handovers.c.sender == self.client.sender).order_by(handovers.c.id.desc()).limit(1)
        with self.queue.engine.connect() as connection:
            return connection.execute(query).one()
