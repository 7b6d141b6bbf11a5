"""How KakaoTalk is served: the table `[kakao]` of `daedap.toml`, the secret and the callback hosts from the environment.

    [kakao]
    answer_within_s = 4.0           # Kakao waits 5 s
    callback_within_s = 55          # a callback address lives for a minute
    per_user_per_minute = 120
    keep_days = 7                   # answers that nobody came for

`DAEDAP_KAKAO_SECRET` is what Kakao sends in the header `X-Daedap-Secret`. `DAEDAP_KAKAO_CALLBACK_HOSTS` replaces
the hosts that callbacks may go to, separated by commas.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.front.kakao_hosts import CallbackHosts
from bot.settings import config_file

SECRET = "DAEDAP_KAKAO_SECRET"
HOSTS = "DAEDAP_KAKAO_CALLBACK_HOSTS"
KAKAO_WAITS_S = 5.0
KAKAO_CALLBACK_S = 60.0
MIN_SECRET_CHARACTERS = 20
"""A shorter secret is served, and `daedap doctor` says so."""


@dataclass(frozen=True)
class KakaoConfig:
    """All that can be told about KakaoTalk, checked."""

    secret: str | None = dataclasses.field(default=None, repr=False)
    callback_hosts: CallbackHosts = CallbackHosts()
    answer_within_s: float = 4.0
    callback_within_s: float = 55.0
    per_user_per_minute: int = 120
    waiting_per_user: int = 20
    """So many messages of a user may wait for their turn; one more is refused with a sentence."""
    keep_days: int = 7

    def __post_init__(self) -> None:
        for name, most in (("answer_within_s", KAKAO_WAITS_S), ("callback_within_s", KAKAO_CALLBACK_S)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < most:
                raise ValueError(f"kakao setting {name} is {value!r}; it must lie between 0 and {most:g} seconds")
        for name in ("per_user_per_minute", "waiting_per_user", "keep_days"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"kakao setting {name} is {value!r}; it must be a whole number of 1 or more")
        if self.secret is not None and not (self.secret.isascii() and self.secret.isprintable()):
            raise ValueError(f"{SECRET}: 머리글에 쓸 수 있는 글자(영문, 숫자, 기호)로만 적어 주세요. 예: openssl rand -hex 32")

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> KakaoConfig:
        """The table `[kakao]` of `file` with what the environment says. ValueError names what is wrong."""
        environment = os.environ if environment is None else environment
        table = _read(config_file(file, environment))
        known = {field.name for field in dataclasses.fields(cls)} - {"secret", "callback_hosts"}
        if "secret" in table:
            raise ValueError(f"kakao setting secret is a secret: give it in the environment as {SECRET}, not in a file")
        if unknown := sorted(set(table) - known):
            raise ValueError(f"unknown kakao setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
        hosts = environment.get(HOSTS, "").strip()
        return cls(
            secret=environment.get(SECRET, "").strip() or None,
            callback_hosts=CallbackHosts.parse(hosts) if hosts else CallbackHosts(),
            **table,
        )


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    import tomli

    table = tomli.loads(path.read_text(encoding="utf-8")).get("kakao", {})
    if not isinstance(table, dict):
        raise ValueError(f"{path}: [kakao] must be a table")
    return table
