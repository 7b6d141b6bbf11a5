"""Slack: the table `[slack]` of `daedap.toml`, token and signing secret from the environment.

    [slack]
    team_channel = "C0123456789"     # where the hand-overs of all channels come up for the team
    follow_threads = true            # who asked in a thread goes on without naming the bot again

Without the two secrets there is no Slack.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.settings import config_file

TOKEN, SIGNING_SECRET, API_URL = "DAEDAP_SLACK_BOT_TOKEN", "DAEDAP_SLACK_SIGNING_SECRET", "DAEDAP_SLACK_API_URL"
ENVIRONMENT = {TOKEN: "token", SIGNING_SECRET: "signing_secret", API_URL: "api_url"}
"""Read from the environment and from nowhere else."""
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,39}")
SECRET_SHAPE = re.compile(r"[0-9a-f]{32}")
MAX_PATIENCE_MINUTES = 60


@dataclass(frozen=True)
class SlackConfig:
    """All that Slack can be told, checked."""

    token: str = dataclasses.field(repr=False)
    signing_secret: str = dataclasses.field(repr=False)
    team_channel: str | None = None
    """The id of the channel in which agents answer; the bot must be a member of it."""
    follow_threads: bool = True
    """Whether the person who asked in a thread is answered there without naming the bot each time."""
    patience_minutes: int = 10
    """So long an answer is tried to be said while Slack is away."""
    api_url: str = "https://slack.com/api/"

    def __post_init__(self) -> None:
        if not self.token.startswith("xoxb-"):
            raise ValueError(f"{TOKEN}: 봇 토큰은 xoxb-로 시작해요. 앱 설정의 'OAuth & Permissions'에서 받을 수 있어요.")
        if not SECRET_SHAPE.fullmatch(self.signing_secret):
            raise ValueError(f"{SIGNING_SECRET}: 서명 비밀은 0-9와 a-f 32자예요. 앱 설정의 'Basic Information'에 있어요.")
        if self.team_channel is not None and not _is_channel(self.team_channel):
            raise ValueError(f"slack setting team_channel is {self.team_channel!r}; it must be a channel's id like C0123456789")
        if not isinstance(self.follow_threads, bool):
            raise ValueError(f"slack setting follow_threads is {self.follow_threads!r}; it must be true or false")
        if type(self.patience_minutes) is not int or not 1 <= self.patience_minutes <= MAX_PATIENCE_MINUTES:
            raise ValueError(
                f"slack setting patience_minutes is {self.patience_minutes!r}; it must be 1 to {MAX_PATIENCE_MINUTES}"
            )
        if urlsplit(self.api_url).scheme not in ("http", "https"):
            raise ValueError(f"{API_URL} is {self.api_url!r}; it must be an address that begins with http:// or https://")

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> SlackConfig | None:
        """The configuration in the table `[slack]` of `file`; None where the environment holds neither secret."""
        environment = os.environ if environment is None else environment
        values = _read(config_file(file, environment))
        known = {field.name for field in dataclasses.fields(cls)} - set(ENVIRONMENT.values())
        for name in values:
            if name in ENVIRONMENT.values():
                raise ValueError(f"slack setting {name} belongs in the environment, not in a file")
            if name not in known:
                raise ValueError(f"unknown slack setting {name!r}; known are {', '.join(sorted(known))}")
        secrets = {name: environment.get(name) for name in (TOKEN, SIGNING_SECRET)}
        if not any(secrets.values()):
            return None
        missing = [name for name, value in secrets.items() if not value]
        if missing:
            raise ValueError(f"{missing[0]} 환경 변수가 없어요. 슬랙에는 {TOKEN}과 {SIGNING_SECRET}이 다 있어야 해요.")
        values |= {field: environment[name].strip() for name, field in ENVIRONMENT.items() if environment.get(name)}
        return cls(**values)


def has_table(file: Path | None = None, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the configuration file says something about Slack."""
    return bool(_read(config_file(file, os.environ if environment is None else environment)))


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    import tomli

    table = tomli.loads(path.read_text(encoding="utf-8")).get("slack", {})
    if not isinstance(table, dict):
        raise ValueError(f"{path}: [slack] must be a table")
    return table


def _is_channel(value: Any) -> bool:
    return isinstance(value, str) and CHANNEL.fullmatch(value) is not None
