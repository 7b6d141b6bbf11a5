"""How the front is reached and guarded: the table `[web]` of `daedap.toml`, secrets from the environment."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.settings import BUILT, config_file

SECRETS = {
    "DAEDAP_SESSION_SECRET": "session_secret",
    "DAEDAP_STUDIO_PASSWORD_HASH": "studio_password_hash",
}
"""Read from the environment and from nowhere else."""
ADDRESS = {"DAEDAP_HOST": "host", "DAEDAP_PORT": "port"}
"""Where the front listens may be told in the environment too."""
EXAMPLES = ("change-me", "changeme", "example", "secret", "password", "daedap", "여기에")
"""A secret that begins like this was copied from an example."""
MIN_SECRET_CHARACTERS = 32
AT_LEAST_ONE = (
    "max_body_bytes",
    "per_user_per_minute",
    "per_address_per_minute",
    "streams_per_address",
    "streams_per_user",
    "turns_at_once",
    "keep_days",
    "keep_messages",
)


@dataclass(frozen=True)
class FrontConfig:
    """All that the front can be told, checked."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    """The address customers see, where a proxy stands before the front; https there makes cookies secure."""
    allowed_origins: tuple[str, ...] = ()
    """Sites, as `https://shop.example.com`, on which the widget may stand and whose pages may call the API."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For is believed."""
    webhooks: tuple[str, ...] = ("rest",)
    """Rasa channels whose webhook is passed on."""
    max_body_bytes: int = 131_072
    per_user_per_minute: int = 30
    per_address_per_minute: int = 240
    streams_per_address: int = 60
    streams_per_user: int = 8
    turns_at_once: int = 8
    """So many turns are with the bot at a time; the others wait for theirs (see `bot.front.turnstile`)."""
    answer_timeout_s: float = 30.0
    metrics_open: bool = False
    """Whether `/metrics` answers others than this machine."""
    conversations: Path = BUILT / "web.db"
    keep_days: int = 30
    keep_messages: int = 400
    session_secret: str | None = None
    studio_password_hash: str | None = None

    def __post_init__(self) -> None:
        for name in ("allowed_origins", "trusted_proxies", "webhooks"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise ValueError(f"web setting {name} is {value!r}; it must be a list")
            object.__setattr__(self, name, tuple(value))
        object.__setattr__(self, "conversations", Path(self.conversations))
        try:
            object.__setattr__(self, "port", int(self.port))
        except ValueError as error:
            raise ValueError(f"web setting port is {self.port!r}; a port is a number") from error
        for name in AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(f"web setting {name} is {getattr(self, name)!r}; it must be 1 or more")
        if not 0 < self.port < 65_536:
            raise ValueError(f"web setting port is {self.port!r}; a port lies between 1 and 65535")
        for origin in (*self.allowed_origins, *filter(None, [self.public_url])):
            _check_origin(origin)
        for proxy in self.trusted_proxies:
            ipaddress.ip_network(proxy, strict=False)
        for key, name in SECRETS.items():
            _check_secret(key, getattr(self, name))

    @property
    def is_secure(self) -> bool:
        """Whether customers reach the front over https."""
        return bool(self.public_url and self.public_url.startswith("https://"))

    @property
    def has_studio(self) -> bool:
        return bool(self.session_secret and self.studio_password_hash)

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None, **arguments: Any) -> FrontConfig:
        """The configuration in the table `[web]` of `file`, with the environment's secrets; arguments go before both."""
        environment = os.environ if environment is None else environment
        values = _read(config_file(file, environment))
        known = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            if name in SECRETS.values():
                raise ValueError(f"web setting {name} is a secret: give it in the environment, not in a file")
            if name not in known:
                raise ValueError(f"unknown web setting {name!r}; known are {', '.join(sorted(known - set(SECRETS.values())))}")
        values |= {name: environment[key] for key, name in (ADDRESS | SECRETS).items() if environment.get(key)}
        values |= {name: value for name, value in arguments.items() if value is not None}
        return cls(**values)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    import tomli

    table = tomli.loads(path.read_text(encoding="utf-8")).get("web", {})
    if isinstance(table.get("conversations"), str):
        table["conversations"] = path.parent / Path(table["conversations"]).expanduser()
    return table


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.hostname or origin.count("/") != 2 or "*" in origin:
        raise ValueError(f"{origin!r} is no origin; write it as https://shop.example.com, without a path and without *")


def _check_secret(key: str, value: str | None) -> None:
    if value is None:
        return
    if value.lower().startswith(EXAMPLES):
        raise ValueError(f"{key}: 예시에 적힌 값이에요. 새 값을 만들어 주세요: openssl rand -hex 32")
    if key == "DAEDAP_STUDIO_PASSWORD_HASH" and not value.startswith("scrypt:"):
        raise ValueError(f"{key}: 비밀번호의 해시가 아니에요. `daedap password` 명령으로 만들어 주세요.")
    if len(value) < MIN_SECRET_CHARACTERS:
        raise ValueError(f"{key}: {len(value)}자예요. {MIN_SECRET_CHARACTERS}자 이상이어야 해요: openssl rand -hex 32")
