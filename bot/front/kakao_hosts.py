"""Where a callback may be sent: to hosts that are named, so that nobody makes this server call others.

An address is taken apart by the same parser (yarl) that the call is made with, so that what was checked is what
is called.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from yarl import URL

KAKAO = (".kakao.com",)
"""Kakao's callback addresses lie on bot-api.kakao.com; hosts below kakao.com are Kakao's own."""
HTTPS_PORT = 443
_ALLOWED = re.compile(r"\.?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?")
_URL = re.compile(r"https?://[\x21-\x5b\x5d-\x7e]+")
"""Printable ASCII without spaces and backslashes, which parsers read in different ways."""


@dataclass(frozen=True)
class CallbackHosts:
    """Entries `host`, `host:port`, or `.domain` for every host below it.

    Without a port only https on 443 is allowed. A loopback host is there for tests: http is allowed to it, and
    without a port every port.
    """

    entries: tuple[str, ...] = KAKAO

    def __post_init__(self) -> None:
        for entry in self.entries:
            if not _ALLOWED.fullmatch(entry):
                raise ValueError(f"callback host {entry!r}: write a host as bot-api.kakao.com, host:port or .kakao.com")

    @classmethod
    def parse(cls, text: str) -> CallbackHosts:
        """The entries of `text`, separated by commas or spaces."""
        return cls(tuple(entry.lower() for entry in re.split(r"[,\s]+", text) if entry))

    @property
    def has_loopback(self) -> bool:
        """Whether addresses of this machine may be called, as only tests should want."""
        return any(is_loopback(_split(entry)[0]) for entry in self.entries)

    def allowed(self, url: str) -> URL | None:
        """`url` as it may be called, None where it may not."""
        if not _URL.fullmatch(url):
            return None
        try:
            parsed = URL(url, encoded=True)
            host, port = (parsed.host or "").lower(), parsed.port
        except ValueError:
            return None
        if not host or "@" in url.split("/")[2]:
            return None
        if not any(_matches(entry, parsed.scheme, host, port) for entry in self.entries):
            return None
        return parsed.with_fragment(None)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _matches(entry: str, scheme: str, host: str, port: int | None) -> bool:
    name, named_port = _split(entry)
    is_host = (host.endswith(name) and len(host) > len(name)) if name.startswith(".") else host == name
    if not is_host:
        return False
    if is_loopback(name):
        return named_port is None or port == named_port
    return scheme == "https" and port == (named_port or HTTPS_PORT)


def _split(entry: str) -> tuple[str, int | None]:
    """Host (of IPv6 without brackets) and port of an entry."""
    host, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and not (entry.startswith("[") and entry.endswith("]")):
        return host.strip("[]"), int(port)
    return entry.strip("[]"), None
