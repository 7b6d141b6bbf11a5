"""How long the bot keeps what was said: the table `[storage]` of `daedap.toml`.

[storage]
keep_days = 365             # conversations, turns, thumbs, unanswered questions, closed hand-overs; 0 keeps them for good
keep_requests_days = 0      # repair requests
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings import config_file

MAX_DAYS = 36_500


@dataclass(frozen=True)
class StorageConfig:
    """All that can be told about keeping, checked."""

    keep_days: int = 365
    """After so many days what customers said is deleted; 0 keeps it."""
    keep_requests_days: int = 0
    """The same for repair requests, which a company may have to keep longer."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_DAYS:
                raise ValueError(f"storage setting {field.name} is {value!r}; it must be a number of days, 0 to {MAX_DAYS}")

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> StorageConfig:
        """The table `[storage]` of `file`; the defaults where there is none. ValueError names what is wrong."""
        path = config_file(file, environment)
        if not path.exists():
            return cls()
        import tomli

        table = tomli.loads(path.read_text(encoding="utf-8")).get("storage", {})
        if not isinstance(table, Mapping):
            raise ValueError(f"{path}: [storage] must be a table")
        known = {field.name for field in dataclasses.fields(cls)}
        for name in table:
            if name not in known:
                raise ValueError(f"unknown storage setting {name!r}; known are {', '.join(sorted(known))}")
        return cls(**table)
