"""Messages as Slack shows them: Block Kit within its limits, and the message again once a button was pressed.

Limits are those of https://docs.slack.dev/reference/block-kit/blocks: 3,000 characters a section, 25 buttons a row,
75 characters on a button, 2,000 in its value, 50 blocks a message. A longer text becomes several messages.
What the bot says is escaped (`&`, `<`, `>`) and verbatim, so that nothing in it names people or channels by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from bot.channels.web import page_address
from bot.message import Button, Message, Sender, Source, plain

MAX_SECTION = 3_000
MAX_BUTTONS_A_ROW = 25
MAX_BUTTON_TITLE = 75
MAX_BUTTON_VALUE = 2_000
MAX_CONTEXT = 2_000
MAX_IMAGE_URL = 3_000
MAX_BLOCKS = 50
MAX_TEXT = 2_900
"""Of the text in one message, which notifications and screen readers get too; links make a section a little longer."""
CHOICE = "choice"
"""Action ids of a customer's buttons begin so."""

SOURCE = "출처: {citation}"
MORE = "자세히 보기"
CHOSEN = "선택: {title}"
CHOSEN_BY = "선택: {title} ({user})"
AGENT = "상담원"
AGENT_NAMED = "상담원 {name}"
IMAGE = "그림"
_ADDRESS = re.compile(r"https?://(?:[a-zA-Z0-9/\-._~:?#\[\]@!$'()*+,=%]|&amp;)*[a-zA-Z0-9/_~=#%-]")
_CUTS = ("\n", ". ", "? ", "! ", " ")
_IMAGE_FIELDS = ("type", "block_id", "image_url", "alt_text", "title")


def documents_of(message: Message, public_url: str | None = None, agent: str | None = None) -> list[dict[str, Any]]:
    """`{"text", "blocks"}` of each Slack message that `message` becomes, in order; at least one."""
    documents = [_text_document(text) for text in pieces(message.text)] or [{"text": "", "blocks": []}]
    if message.sender is Sender.AGENT:
        documents[0]["blocks"].insert(0, _context(escape(AGENT_NAMED.format(name=agent) if agent else AGENT)))
    last = documents[-1]
    last["blocks"] += _after(message, public_url)
    behind = escape(plain(message.replace(text="")))
    titles = escape(" · ".join(button.title for button in message.buttons))
    last["text"] = _cut("\n".join(filter(None, [last["text"], behind])) or titles or "…", MAX_TEXT)
    return documents


def with_choice(blocks: Sequence[dict[str, Any]], title: str, user: str | None = None) -> list[dict[str, Any]]:
    """`blocks` of a message, its buttons replaced by the choice; `user` is who chose, where others see it too."""
    kept = [_resent(block) for block in blocks if block.get("type") != "actions"]
    chosen = CHOSEN_BY.format(title=escape(title), user=f"<@{user}>") if user else CHOSEN.format(title=escape(title))
    return [*kept[: MAX_BLOCKS - 1], _context(chosen)]


def section(text: str) -> dict[str, Any]:
    """A section that says `text` as it stands."""
    return _section(_cut(escape(text), MAX_SECTION))


def context(text: str) -> dict[str, Any]:
    """A small grey line that says `text` as it stands."""
    return _context(escape(text))


def row_of(buttons: Iterable[tuple[str, str, str]], block_id: str, style: str | None = None) -> dict[str, Any]:
    """A row of buttons from (title, value, action id)."""
    elements = [_button(title, value, action) for title, value, action in buttons]
    if style:
        elements[0]["style"] = style
    return {"type": "actions", "block_id": block_id, "elements": elements}


def escape(text: str) -> str:
    """`text` as Slack shows it literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str:
    """A link in Slack's writing."""
    return f"<{escape(quote(url, safe=':/?#[]@!$&()*+,;=%~-._'))}|{escape(label).replace('|', '¦')}>"


def pieces(text: str, limit: int = MAX_TEXT) -> list[str]:
    """`text`, escaped, in parts of at most `limit` characters, cut at the end of a line, a sentence or a word."""
    found, rest = [], text.strip()
    while rest:
        end = _fitting(rest, limit)
        if end < len(rest):
            end = next((at for at in (_last_cut(rest[:end], cut) for cut in _CUTS) if at > end // 2), end)
        found.append(escape(rest[:end].rstrip()))
        rest = rest[end:].lstrip()
    return found


def _after(message: Message, public_url: str | None) -> list[dict[str, Any]]:
    """What stands behind the text: sentence, source, link, image, buttons."""
    blocks: list[dict[str, Any]] = []
    if message.source is not None:
        if message.source.sentence and message.source.sentence not in message.text:
            blocks.append(_quote(message.source))
        blocks.append(_context(_citation(message.source, public_url)))
    if message.link:
        blocks.append(_context(link(message.link, MORE)))
    if message.image and len(message.image) <= MAX_IMAGE_URL:
        blocks.append({"type": "image", "image_url": message.image, "alt_text": IMAGE})
    return blocks + _rows(message.buttons)


def _rows(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    # what stands before the colon is the same in all rows: one message, one choice
    numbered = [(button.title, button.payload, f"{CHOICE}:{number}") for number, button in enumerate(buttons)]
    rows = [numbered[start : start + MAX_BUTTONS_A_ROW] for start in range(0, len(numbered), MAX_BUTTONS_A_ROW)]
    return [row_of(row, f"{CHOICE}:{number}") for number, row in enumerate(rows)]


def _button(title: str, value: str, action: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": _cut(title, MAX_BUTTON_TITLE) or "…", "emoji": False}
    return {"type": "button", "action_id": action, "text": text, "value": value[:MAX_BUTTON_VALUE]}


def _quote(source: Source) -> dict[str, Any]:
    """The sentence as a quotation, the answer in it bold. Its text is literal and needs no escaping."""
    sentence = source.sentence or ""
    start, end = source.span or (0, 0)
    parts = [(sentence[:start], False), (sentence[start:end], True), (sentence[end:], False)]
    elements = [
        {"type": "text", "text": text} | ({"style": {"bold": True}} if is_bold else {}) for text, is_bold in parts if text
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": elements}]}


def _citation(source: Source, public_url: str | None) -> str:
    if public_url and source.is_document:
        address = public_url.rstrip("/") + page_address(source.document, source.start or 0, source.end or 0)
        return SOURCE.format(citation=link(address, source.citation))
    return SOURCE.format(citation=escape(source.citation))


def _text_document(text: str) -> dict[str, Any]:
    return {"text": text, "blocks": [_section(_linked(text))]}


def _linked(text: str) -> str:
    """Escaped `text` with its web addresses as links, where that leaves it short enough."""
    linked = _ADDRESS.sub(lambda found: f"<{found[0]}>", text)
    return linked if len(linked) <= MAX_SECTION else text


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(text, MAX_CONTEXT), "verbatim": True}]}


def _resent(block: dict[str, Any]) -> dict[str, Any]:
    """A block of a message that came from Slack, as Slack takes it back: without what it added to an image."""
    if block.get("type") != "image":
        return block
    return {name: block[name] for name in _IMAGE_FIELDS if name in block}


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` make at most `limit` escaped ones."""
    if len(text) <= limit // 5:  # an escaped character has five at most
        return len(text)
    length = 0
    for at, character in enumerate(text):
        length += len(escape(character))
        if length > limit:
            return at
    return len(text)


def _last_cut(text: str, cut: str) -> int:
    at = text.rfind(cut)
    return at + len(cut) if at >= 0 else -1


def _cut(text: str, limit: int) -> str:
    """`text` of at most `limit` characters; no escaped character is cut in two."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    ampersand = kept.rfind("&", limit - 6)
    if ampersand >= 0 and ";" not in kept[ampersand:]:
        kept = kept[:ampersand]
    return kept + "…"
