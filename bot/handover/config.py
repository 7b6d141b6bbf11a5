"""How people take over: the table `[human]` of `daedap.toml`, the webhook's secret from the environment.

    [human]
    weekdays = ["월", "화", "수", "목", "금"]
    from = "09:00"
    to = "18:00"
    holidays = ["2026-12-25", "01-01"]
    time_zone = "Asia/Seoul"
    outside = "message"             # message, contact or silent
    waiting = "silent"              # silent or message
    max_wait_minutes = 15
    webhook_url = "https://example.com/hooks/daedap"

Without the table there is no queue: `action_human` then tells how to reach the company.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import Any

from bot.handover.hours import WEEKDAYS, OfficeHours
from bot.message import is_web_address
from bot.settings import config_file

SECRET = "DAEDAP_HANDOVER_SECRET"
MIN_SECRET_CHARACTERS = 32
HOURS = ("weekdays", "from", "to", "holidays", "time_zone")
OTHERS = ("outside", "waiting", "max_wait_minutes", "webhook_url")
MAX_WAIT_MINUTES = 24 * 60


class Outside(str, Enum):
    """What happens to who asks for a human out of office hours."""

    MESSAGE = "message"
    """Name and phone are asked for and kept for the agents."""
    CONTACT = "contact"
    """The hours and the way to reach the company are told; nothing is opened."""
    SILENT = "silent"
    """The customer stands in the queue until somebody comes, and the bot says nothing meanwhile."""


class Waiting(str, Enum):
    """What the bot does while a customer waits in office hours."""

    SILENT = "silent"
    MESSAGE = "message"
    """Name and phone are asked for, in case nobody comes free."""


@dataclass(frozen=True)
class HumanConfig:
    """All that can be told about the hand-over, checked."""

    hours: OfficeHours = OfficeHours()
    outside: Outside = Outside.MESSAGE
    waiting: Waiting = Waiting.SILENT
    max_wait_minutes: int = 15
    """After so long in the queue a customer is asked for name and phone instead; 0 lets everybody wait."""
    webhook_url: str | None = None
    webhook_secret: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.max_wait_minutes, int) or not 0 <= self.max_wait_minutes <= MAX_WAIT_MINUTES:
            raise ValueError(f"human setting max_wait_minutes is {self.max_wait_minutes!r}; it must be 0 to {MAX_WAIT_MINUTES}")
        if self.webhook_url is None:
            return
        if not is_web_address(self.webhook_url):
            raise ValueError(f"human setting webhook_url is {self.webhook_url!r}; it must be an http:// or https:// address")
        if len(self.webhook_secret or "") < MIN_SECRET_CHARACTERS:
            raise ValueError(
                f"{SECRET}: 웹훅에 서명하려면 {MIN_SECRET_CHARACTERS}자 이상의 비밀 값이 필요해요: openssl rand -hex 32"
            )

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> HumanConfig | None:
        """The table `[human]` of `file`; None where there is none. ValueError names what is wrong."""
        environment = os.environ if environment is None else environment
        table = _read(config_file(file, environment))
        if table is None:
            return None
        unknown = set(table) - {*HOURS, *OTHERS}
        if unknown:
            raise ValueError(f"unknown human setting {sorted(unknown)[0]!r}; known are {', '.join((*HOURS, *OTHERS))}")
        others = {name: table[name] for name in OTHERS if name in table}
        for name, choices in (("outside", Outside), ("waiting", Waiting)):
            if name in others:
                others[name] = _choice(name, others[name], choices)
        return cls(_hours(table), **others, webhook_secret=environment.get(SECRET) or None)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    import tomli

    return tomli.loads(path.read_text(encoding="utf-8")).get("human")


def _hours(table: dict[str, Any]) -> OfficeHours:
    given: dict[str, Any] = {}
    for name in ("weekdays", "holidays"):
        if name in table and not isinstance(table[name], list):
            raise ValueError(f"human setting {name} is {table[name]!r}; it must be a list")
    if "weekdays" in table:
        given["weekdays"] = frozenset(_weekday(name) for name in table["weekdays"])
    for name, field in (("from", "opens"), ("to", "closes")):
        if name in table:
            given[field] = _clock_time(name, table[name])
    if "holidays" in table:
        given["holidays"] = frozenset(day.isoformat() if isinstance(day, date) else str(day) for day in table["holidays"])
    if "time_zone" in table:
        given["time_zone"] = table["time_zone"]
    return OfficeHours(**given)


def _weekday(name: Any) -> int:
    if not isinstance(name, str) or len(name) != 1 or name not in WEEKDAYS:
        raise ValueError(f"human setting weekdays holds {name!r}; days are {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(name)


def _clock_time(name: str, value: Any) -> time:
    if isinstance(value, time):
        return value
    if value == "24:00":
        return time(0)
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"human setting {name} is {value!r}; it must be a time like 09:00") from error


def _choice(name: str, value: Any, choices: type[Enum]) -> Enum:
    try:
        return choices(value)
    except ValueError as error:
        raise ValueError(f"human setting {name} is {value!r}; it must be one of {', '.join(c.value for c in choices)}") from error
