"""What happens to hand-overs by time alone: waits end, events go to the webhook. A thread of the action server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bot.handover.desk import Desk, desk

logger = logging.getLogger(__name__)

PAUSE_S = 2.0
PAUSE_AWAY_S = 15.0
"""After a failure, a database that is away for one."""


class Keeper:
    """Does its rounds until stopped; several may work on one database."""

    def __init__(self, rounds: list[Callable[[], int]], pause_s: float = PAUSE_S, pause_away_s: float = PAUSE_AWAY_S) -> None:
        self._rounds = rounds
        self._pause_s = pause_s
        self._pause_away_s = pause_away_s
        self._stopped = threading.Event()

    def start(self) -> Keeper:
        threading.Thread(target=self._run, name="handover keeper", daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause_s if self._round() else self._pause_away_s):
            pass

    def _round(self) -> bool:
        for one in self._rounds:
            try:
                one()
            except Exception as error:  # the next round tries again
                logger.error("a round over the hand-overs failed: %s", error)
                return False
        return True


def keep_hand_overs() -> None:
    """Start this process's keeper, where people are configured to come; waits for a database that is away."""
    threading.Thread(target=_start, name="handover keeper start", daemon=True).start()


def _start() -> None:
    wait = threading.Event()
    while True:
        try:
            found = desk()
            break
        except ValueError as error:  # the configuration is wrong
            logger.error("hand-overs are not kept: %s", error)
            return
        except Exception as error:  # the database may come
            logger.error("hand-overs cannot be kept: %s", error)
            wait.wait(PAUSE_AWAY_S)
    if found is not None:
        Keeper(rounds_of(found)).start()


def rounds_of(found: Desk) -> list[Callable[[], int]]:
    """What a keeper of this desk does in each round."""
    config = found.config
    if config.webhook_url is None or config.webhook_secret is None:
        return [found.sweep]
    from bot.handover.notifying import Notifier

    return [found.sweep, Notifier(found.handovers.engine, config.webhook_url, config.webhook_secret).run]
