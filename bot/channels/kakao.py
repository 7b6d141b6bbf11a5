"""A skill request of KakaoTalk's as what the customer said; whatever comes in, something is made of it.

The other way, messages as skill responses, is `bot.channels.kakao_cards` and `bot.channels.kakao_speech`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bot.channels import kakao_texts as texts
from bot.channels.kakao_cards import MAX_ADDRESS, MAX_PAYLOAD
from bot.channels.kakao_speech import ANSWERS, MORE
from bot.message import is_web_address

MAX_USER_CHARACTERS = 200


@dataclass(frozen=True)
class Inbound:
    """A request: `user` is None where it names nobody; `text` is what Rasa is given.

    `shows` is ANSWERS or MORE where the customer asks for what is kept, `more` the number of the rest asked for.
    """

    user: str | None
    text: str
    callback_url: str | None = None
    shows: str | None = None
    more: int | None = None


def inbound_of(payload: Any, max_characters: int) -> Inbound:
    """What a skill payload says; missing and wrong fields count as not there. Texts are cut a little over `max_characters`."""
    request = _at(payload, "userRequest")
    user = _user(payload)
    utterance = _at(request, "utterance")
    text = utterance[: max_characters + 1] if isinstance(utterance, str) else ""
    callback = _at(request, "callbackUrl")
    callback = callback if isinstance(callback, str) and 0 < len(callback) <= MAX_ADDRESS else None
    extra = _client_extra(_at(payload, "action", "clientExtra"))
    shows, more = _shown(extra, text)
    return Inbound(user, _pressed(extra) or text, callback, shows, more)


def base_address(public_url: str | None, scheme: str, host: str | None) -> str | None:
    """The address under which customers reach the front: the one configured, else the one Kakao called."""
    if public_url:
        return public_url
    address = f"{scheme}://{host}"
    return address if host and "/" not in host and "@" not in host and is_web_address(address) else None


def _user(payload: Any) -> str | None:
    """The bot's key of the user, by itself: two bots of one front have different ones."""
    user = _at(payload, "userRequest", "user", "id")
    if isinstance(user, int) and not isinstance(user, bool):
        user = str(user)
    if not isinstance(user, str) or not user.strip() or user.strip() == "null":
        return None
    bot = _at(payload, "bot", "id")
    return f"{bot.rstrip('!')[:MAX_USER_CHARACTERS] if isinstance(bot, str) else ''}\n{user[:MAX_USER_CHARACTERS]}"


def _client_extra(value: Any) -> dict[str, Any]:
    """`clientExtra` as an object, which may come as one, as text that holds one, as null and as "null"."""
    if isinstance(value, str) and len(value) <= 2 * MAX_PAYLOAD:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _pressed(extra: dict[str, Any]) -> str | None:
    """The payload of the button that was pressed; `faq_id` alone names an entry."""
    payload, entry = extra.get("payload"), extra.get("faq_id")
    if isinstance(payload, str) and 0 < len(payload) <= MAX_PAYLOAD:
        return payload
    if isinstance(entry, str) and entry.strip():
        return "/ask" + json.dumps({"faq_id": entry}, ensure_ascii=False)
    return None


def _shown(extra: dict[str, Any], text: str) -> tuple[str | None, int | None]:
    """Whether what is kept is asked for, by a click or by writing what stands on the button."""
    written = " ".join(text.split())
    if extra.get("show") == ANSWERS or (not extra and written == texts.SHOW_ANSWERS):
        return ANSWERS, None
    if extra.get("show") == MORE:
        number = extra.get("id")
        return MORE, number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**53 else None
    return (MORE, None) if not extra and written == texts.MORE else (None, None)


def _at(value: Any, *path: str) -> Any:
    """What stands at `path`; None where something on the way is no object."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
