"""The company's webhook: what is sent when a customer wants a human, how it is signed, when it is tried again.

    POST webhook_url
    Content-Type: application/json
    Daedap-Key: handover-7-waiting                  one event, one key; the receiver may know an event again by it
    Daedap-Timestamp: 1764000000                    seconds since 1970
    Daedap-Signature: v1=<hex>                      HMAC-SHA256 of "v1:" + timestamp + ":" + body under the secret

An answer of 2xx ends it: the event is never sent under its key again, whichever process runs. What can pass
(no answer, 408, 425, 429, 5xx) is tried again after PAUSES_S; every other status ends it as refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from bot.handover.summary import Summary
from bot.masking import mask

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0
PAUSES_S = (5, 30, 120, 600, 1_800, 3_600, 3 * 3_600)
"""Between one try and the next; after the last of them nobody tries any more."""
VERSION = "v1"
KEY, TIMESTAMP, SIGNATURE = "Daedap-Key", "Daedap-Timestamp", "Daedap-Signature"
PASSING = frozenset({408, 425, 429})


class Event(str, Enum):
    """What the company is told."""

    WAITING = "waiting"
    """A customer stands in the queue."""
    MESSAGE = "message"
    """A customer left name and phone to be called."""
    CLOSED = "closed"


class Outcome(Enum):
    """How one try went."""

    SENT = "sent"
    AGAIN = "again"
    REFUSED = "refused"


class Try(NamedTuple):
    """One try; `why` is for the log and the list of deliveries."""

    outcome: Outcome
    why: str = ""


def key_of(handover_id: int, event: Event) -> str:
    """The one key of an event of a hand-over."""
    return f"handover-{handover_id}-{event.value}"


def body_of(handover_id: int, event: Event, at: datetime, channel: str, summary: Summary, **more: Any) -> str:
    """What is sent, as it is kept and signed; personal numbers in what the customer wrote are masked."""
    document = {"key": key_of(handover_id, event), "event": event.value, "handover": handover_id, "at": at.isoformat() + "Z"}
    document |= {"channel": channel, "summary": _masked(summary.to_json())}
    return json.dumps(document | {name: value for name, value in more.items() if value}, ensure_ascii=False, sort_keys=True)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of the header Daedap-Signature."""
    signed = VERSION.encode() + b":" + str(timestamp).encode() + b":" + body
    return f"{VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When it is tried again after `attempts` tries; None where it is given up."""
    return now + timedelta(seconds=PAUSES_S[attempts - 1]) if attempts <= len(PAUSES_S) else None


def send(url: str, secret: str, key: str, body: str, timestamp: int, session: Any = None) -> Try:
    """One try. Redirects are not followed: what is signed goes where it was meant to go."""
    import requests

    data = body.encode()
    headers = {"Content-Type": "application/json", KEY: key, TIMESTAMP: str(timestamp)}
    headers[SIGNATURE] = signature(secret, timestamp, data)
    try:
        answer = (session or requests).post(url, data=data, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        return Try(Outcome.AGAIN, type(error).__name__)
    if 200 <= answer.status_code < 300:
        return Try(Outcome.SENT)
    may_pass = answer.status_code in PASSING or answer.status_code >= 500
    return Try(Outcome.AGAIN if may_pass else Outcome.REFUSED, f"status {answer.status_code}")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, (list, tuple)) else value
