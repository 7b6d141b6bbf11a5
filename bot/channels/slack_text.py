"""What people write in Slack, without its markup (https://docs.slack.dev/messaging/formatting-message-text)."""

from __future__ import annotations

import html
import re

EMOJI_ONLY = "…"
"""What is understood of a message that holds nothing but emoji."""

_MARKUP = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]*:)[^<>\n]*)>")
_EMOJI = re.compile(
    r"(?<![\w:])(?::[\w+'-]+:)+(?!\w)|(?<![a-zA-Z0-9_:])(?::(?=[a-z0-9_+'-]*[a-z]|[+-]1:|100:)[a-z0-9_+'-]+:)+",
)
"""`:joy:`, right behind a Korean word too; names in Korean stand alone, so that 오전:10:30 is none."""


def plain_text(text: str, own: frozenset[str]) -> str:
    """What a person reads in Slack's `text`: links with their address, the bot's own name and emoji codes left out."""

    def shown(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            return " " if target[1:] in own else f"@{label or target[1:]}"
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        if target.startswith("!"):
            return label.lstrip("@") or " "
        if target.startswith(("mailto:", "tel:")):
            return label or target.partition(":")[2]
        return f"{label} ({target})" if label and label not in target else label or target

    shown_text = html.unescape(_MARKUP.sub(shown, text))
    without = _EMOJI.sub(" ", shown_text)
    if not without.strip() and shown_text.strip():
        return EMOJI_ONLY
    return "\n".join(" ".join(line.split()) for line in without.split("\n")).strip()
