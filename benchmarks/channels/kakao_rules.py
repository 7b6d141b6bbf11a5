"""What KakaoTalk takes as a skill response: its documented limits, written down apart from the code that keeps them."""

from __future__ import annotations

import json
from typing import Any

BUBBLES = {"simpleText", "simpleImage", "textCard", "listCard"}
MAX_BUBBLE_BYTES = 30_000


def problems(response: Any) -> list[str]:
    """What is wrong with a response, a line each; empty where Kakao would show it."""
    if not isinstance(response, dict) or response.get("version") != "2.0":
        return ["version is not 2.0"]
    if response.get("useCallback"):
        text = (response.get("data") or {}).get("text")
        return [] if "template" not in response and isinstance(text, str) and text else ["a promise without its text"]
    template = response.get("template")
    if (
        set(response) != {"version", "template"}
        or not isinstance(template, dict)
        or not isinstance(template.get("outputs"), list)
    ):
        return ["no template with outputs"]
    outputs, quick = template["outputs"], template.get("quickReplies", [])
    found = [] if 1 <= len(outputs) <= 3 else [f"{len(outputs)} outputs"]
    found += [] if len(quick) <= 10 else [f"{len(quick)} quick replies"]
    for output in outputs:
        found += _bubble(output)
    for reply in quick:
        found += _label(reply.get("label"))
        if reply.get("action") != "message" or not _is_text(reply.get("messageText"), 1_000):
            found.append(f"quick reply {reply}")
    return found


def units(text: str) -> int:
    """Characters as Java counts them, the strictest way there is."""
    return len(text.encode("utf-16-le")) // 2


def _bubble(output: Any) -> list[str]:
    if not isinstance(output, dict) or len(output) != 1 or not set(output) <= BUBBLES:
        return [f"output {str(output)[:80]}"]
    if len(json.dumps(output, ensure_ascii=False).encode()) > MAX_BUBBLE_BYTES:
        return ["a bubble over 30 KB"]
    [(kind, content)] = output.items()
    return {"simpleText": _simple_text, "simpleImage": _simple_image, "textCard": _text_card, "listCard": _list_card}[kind](
        content
    )


def _simple_text(content: dict) -> list[str]:
    return [] if _is_text(content.get("text"), 1_000) else [f"simpleText of {units(content.get('text', ''))}"]


def _simple_image(content: dict) -> list[str]:
    fits = content.get("imageUrl", "").startswith(("http://", "https://")) and _is_text(content.get("altText"), 1_000)
    return [] if fits else [f"simpleImage {content}"]


def _text_card(content: dict) -> list[str]:
    title, description = content.get("title", ""), content.get("description", "")
    found = [] if title or description else ["a textCard without words"]
    found += [] if units(title) <= 50 else ["a textCard's title over 50"]
    found += [] if units(title) + units(description) <= 400 else ["a textCard over 400"]
    buttons = content.get("buttons", [])
    found += [] if len(buttons) <= 3 else [f"{len(buttons)} buttons"]
    for button in buttons:
        found += _label(button.get("label"))
        if button.get("action") != "webLink" or not button.get("webLinkUrl", "").startswith(("http://", "https://")):
            found.append(f"button {button}")
    return found


def _list_card(content: dict) -> list[str]:
    items = content.get("items", [])
    found = [] if _is_text((content.get("header") or {}).get("title"), 50) else ["a listCard's header"]
    found += [] if 1 <= len(items) <= 5 else [f"{len(items)} items"]
    for item in items:
        found += [] if _is_text(item.get("title"), 50) else [f"an item's title {item.get('title')!r}"]
        if item.get("action") != "message" or not _is_text(item.get("messageText"), 1_000):
            found.append(f"item {item}")
    return found


def _label(label: Any) -> list[str]:
    return [] if _is_text(label, 14) else [f"label {label!r}"]


def _is_text(text: Any, limit: int) -> bool:
    return isinstance(text, str) and bool(text.strip()) and units(text) <= limit
