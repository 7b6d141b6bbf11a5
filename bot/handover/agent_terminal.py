"""`daedap agent`: the agent's side in a terminal; the customer's words come while the agent types."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from bot.handover import agent_texts as texts
from bot.handover.listing import card_of, line_of, speaker_of
from bot.handover.queue import Handovers
from bot.handover.rows import Handover, Kind, State
from bot.message import Sender
from bot.terminal import printable, typed_lines

logger = logging.getLogger(__name__)

PAUSE_S = 1.0
QUIT = frozenset({"/quit", "/exit", "/q", "/끝", "/종료"})


class AgentTerminal:
    """One agent, one customer at a time."""

    def __init__(
        self,
        handovers: Handovers,
        agent: str,
        console: Console | None = None,
        lines: Iterator[str] | None = None,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.handovers = handovers
        self.agent = agent
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._lines = typed_lines(f"{agent}> ") if lines is None else lines
        self._pause_s = pause_s
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._current: int | None = None
        self._heard = 0
        self._known: set[int] = set()

    def run(self) -> None:
        """Work until the agent leaves; a customer he still has goes back into the queue."""
        self._print(texts.WELCOME.format(agent=self.agent))
        self._list()
        listener = threading.Thread(target=self._listen, name="agent listener", daemon=True)
        listener.start()
        try:
            for line in self._lines:
                if not self._try(line.strip()):
                    break
        finally:
            self._stopped.set()
            listener.join(timeout=5)
            if self._current is not None:
                self._release(self._current)
        self._print(texts.GOODBYE)

    def _try(self, line: str) -> bool:
        """Deal with one line; False where it ends the session. A database that is away ends nothing."""
        try:
            with self._lock:
                return self._handle(line)
        except SQLAlchemyError as error:
            logger.info("the database is away: %s", error)
            self._print(texts.AWAY)
            return True

    def _handle(self, line: str) -> bool:
        command, _, rest = line.partition(" ")
        if command.lower() in QUIT:
            return False
        if line.isdecimal() and self._current is None:
            self._take(int(line))
        elif command == "/take" and rest.strip().isdecimal():
            self._take(int(rest))
        elif command == "/release":
            self._release(int(rest) if rest.strip().isdecimal() else self._current)
        elif command in ("/list", "/help", "/summary", "/back"):
            {"/list": self._list, "/help": self._help, "/summary": self._summary, "/back": self._back}[command]()
        elif command.startswith("/"):
            self._print(texts.UNKNOWN_COMMAND.format(command=command[:40]))
        elif line:
            self._say(line)
        return True

    def _help(self) -> None:
        self._print(texts.HELP)

    def _list(self) -> None:
        """All customers that are there; those who came are known from here on."""
        rows = self.handovers.listed()
        self._known = set(_waiting(rows))
        for row in rows:
            self._print(f"#{row.id}  {line_of(row, self.handovers.clock())}")
        if not rows:
            self._print(texts.NOBODY)

    def _take(self, number: int) -> None:
        if self._current is not None:
            self._print(texts.ONE_AT_A_TIME.format(id=self._current))
            return
        there = self.handovers.get(number)
        is_mine = there is not None and there.state is State.ACTIVE and there.agent == self.agent
        if not is_mine and not self.handovers.take(number, self.agent):
            self._print(texts.NOT_TAKEN.format(id=number))
            return
        self._current, self._heard = number, 0
        self._print(texts.TAKEN.format(id=number))
        self._summary()
        self._hear()

    def _summary(self) -> None:
        taken = self._taken()
        if taken is not None:
            for line in card_of(taken):
                self._print(f"  {line}", "dim")
            if taken.kind is Kind.MESSAGE:
                self._print(texts.CALL)

    def _say(self, text: str) -> None:
        taken = self._taken()
        if taken is None:
            return
        if taken.kind is Kind.MESSAGE:
            self._print(texts.CALL)
        elif not self.handovers.say(taken.id, self.agent, text):
            self._print(texts.NOT_SENT)

    def _back(self) -> None:
        taken = self._taken()
        if taken is None:
            return
        self._current = None
        is_back = self.handovers.hand_back(taken.id, self.agent)
        said = texts.DONE if taken.kind is Kind.MESSAGE else texts.BACK
        self._print((said if is_back else texts.GONE).format(id=taken.id))

    def _release(self, number: int | None) -> None:
        if number is None:
            self._print(texts.NO_CUSTOMER)
            return
        is_own = number == self._current
        self._current = None if is_own else self._current
        is_released = self.handovers.release(number, self.agent if is_own else None)
        self._print((texts.RELEASED if is_released else texts.NOT_RELEASED).format(id=number))

    def _taken(self) -> Handover | None:
        """The customer the agent has; without one he is told."""
        if self._current is None:
            self._print(texts.NO_CUSTOMER)
            return None
        return self.handovers.get(self._current)

    def _listen(self) -> None:
        while not self._stopped.wait(self._pause_s):
            try:
                with self._lock:
                    self._hear()
                    self._greet_new()
            except SQLAlchemyError as error:  # asked again after the pause
                logger.info("the database is away: %s", error)

    def _hear(self) -> None:
        """Show what the customer said since, and that he is gone."""
        if self._current is None:
            return
        for said in self.handovers.said(self._current, self._heard):
            self._heard = said.id
            if said.sender is not Sender.AGENT:
                self._print(speaker_of(said) + said.text, "bold" if said.sender is Sender.CUSTOMER else "dim")
        there = self.handovers.get(self._current)
        if there is None or there.state is not State.ACTIVE or there.agent != self.agent:
            self._print(texts.GONE.format(id=self._current))
            self._current = None

    def _greet_new(self) -> None:
        """Tell of those who came, or were put back, since the last look."""
        waiting = _waiting(self.handovers.listed())
        for number in sorted(waiting.keys() - self._known):
            line = line_of(waiting[number], self.handovers.clock())
            self._print(texts.NEW.format(id=number, line=line))
            self.console.bell()
        self._known = set(waiting)

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(Text(printable(text), style=style))


def _waiting(rows: list[Handover]) -> dict[int, Handover]:
    """Those that an agent should take, by their ids."""
    return {row.id: row for row in rows if row.state is State.WAITING and row.kind is not Kind.ASKING}
