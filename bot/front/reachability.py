"""Whether the address that customers and platforms use leads to this front, as `daedap doctor` asks it.

A channel's route is called as nobody who may would call it: that it refuses shows that the way leads there, and is guarded.
"""

from __future__ import annotations

from dataclasses import dataclass

import requests

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Reached:
    """What came back from an address: a status, or what kept it from coming."""

    status: int | None = None
    failure: str = ""
    is_ours: bool = False

    @property
    def refused(self) -> bool:
        """Whether the route is there and let no stranger in."""
        return self.is_ours and self.status in (401, 403)


def knock(address: str) -> Reached:
    """What a stranger's POST to `address` comes back with. Nothing is said to the bot by it."""
    return _asked("POST", address)


def look(public_url: str) -> Reached:
    """Whether the front answers at `public_url`."""
    return _asked("GET", f"{public_url}/healthz")


def _asked(method: str, address: str) -> Reached:
    body = b"{}" if method == "POST" else None
    try:
        response = requests.request(method, address, data=body, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.exceptions.SSLError:
        return Reached(failure="인증서가 맞지 않아요")
    except requests.RequestException as error:
        return Reached(failure=type(error).__name__)
    try:
        document = response.json()
    except ValueError:
        document = None
    is_ours = isinstance(document, dict) and ("error" in document or document.get("alive") is True)
    return Reached(response.status_code, "", is_ours)
