"""What is said in KakaoTalk, as skill responses of version "2.0" that keep Kakao's limits.

Follows "응답 타입별 JSON 포맷" of Kakao's chatbot centre. What does not fit into one response is a `Speech` of its
own, to be kept, and the response says how to read on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.channels import kakao_texts as texts
from bot.channels.kakao_cutting import cut, length, sendable, shortened

VERSION = "2.0"
MAX_OUTPUTS = 3
MAX_QUICK_REPLIES = 10
MAX_TEXT = 1_000
MAX_LABEL = 14
ANSWERS = "answers"
MORE = "more"


class Part(NamedTuple):
    """A text of any length, or an output of Kakao's."""

    text: str = ""
    card: dict[str, Any] | None = None


@dataclass(frozen=True)
class Speech:
    """What is to be said, in order, and the quick replies under it."""

    parts: tuple[Part, ...] = ()
    quick: tuple[dict[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts or self.quick)

    def __add__(self, other: Speech) -> Speech:
        """Both in order, no quick reply twice."""
        quick = self.quick + tuple(reply for reply in other.quick if reply not in self.quick)
        return Speech(self.parts + other.parts, quick)

    def to_json(self) -> dict[str, Any]:
        return {"parts": [[part.text, part.card] for part in self.parts], "quick": list(self.quick)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Speech:
        return cls(tuple(Part(text, card) for text, card in document["parts"]), tuple(document["quick"]))


class Page(NamedTuple):
    """One response's worth: its outputs, its quick replies, and what is left to say (empty where all is said)."""

    outputs: tuple[dict[str, Any], ...]
    quick: tuple[dict[str, Any], ...]
    rest: Speech

    def response(self, more: int | None = None) -> dict[str, Any]:
        """The skill response; `more` is the number under which the rest is kept."""
        quick = self.quick if more is None else (quick_reply(texts.MORE, {"show": MORE, "id": more}), *self.quick)
        template: dict[str, Any] = {"outputs": list(self.outputs)}
        if quick:
            template["quickReplies"] = list(quick)
        return {"version": VERSION, "template": template}


def said(text: str, *quick: dict[str, Any]) -> Speech:
    """A sentence of the channel's own."""
    return Speech((Part(text),), quick)


def quick_reply(label: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """A quick reply that says its label; `extra` comes back as `clientExtra`."""
    label = sendable(label).strip()
    reply: dict[str, Any] = {
        "label": shortened(label, MAX_LABEL) or texts.FALLBACK_LABEL,
        "action": "message",
        "messageText": shortened(label, MAX_TEXT) or texts.FALLBACK_LABEL,
    }
    return reply if extra is None else reply | {"extra": extra}


SHOW_ANSWERS = quick_reply(texts.SHOW_ANSWERS, {"show": ANSWERS})


def using_callback(text: str) -> dict[str, Any]:
    """The response that promises another one to the callback address."""
    return {"version": VERSION, "useCallback": True, "data": {"text": text}}


def lay_out(speech: Speech) -> Page:
    """The next response of `speech`: up to three outputs, and a hint in the last where more is to come."""
    left = list(_joined(speech.parts)) if len(speech.parts) > MAX_OUTPUTS else list(speech.parts)
    outputs: list[dict[str, Any]] = []
    while left and len(outputs) < MAX_OUTPUTS:
        part, is_last_place = left.pop(0), len(outputs) == MAX_OUTPUTS - 1
        ends_here = not left and (part.card is not None or length(part.text) <= MAX_TEXT)
        if is_last_place and not ends_here:
            left.insert(0, _last_output(part, outputs))
            left = [one for one in left if one.text or one.card]
        elif part.card is not None:
            outputs.append(part.card)
        else:
            head, tail = cut(part.text, MAX_TEXT)
            outputs.append(simple_text(head))
            if tail:
                left.insert(0, Part(tail))
    return _page(outputs, left, speech.quick)


def simple_text(text: str) -> dict[str, Any]:
    return {"simpleText": {"text": text}}


def _page(outputs: list[dict[str, Any]], left: list[Part], quick: Sequence[dict[str, Any]]) -> Page:
    if not outputs and quick:
        outputs = [simple_text(texts.MORE_CHOICES)]
    if not left and len(quick) <= MAX_QUICK_REPLIES:
        return Page(tuple(outputs), tuple(quick), Speech())
    if left:
        return Page(tuple(outputs), tuple(quick[: MAX_QUICK_REPLIES - 1]), Speech(tuple(left), tuple(quick)))
    return Page(tuple(outputs), tuple(quick[: MAX_QUICK_REPLIES - 1]), Speech((), tuple(quick[MAX_QUICK_REPLIES - 1 :])))


def _last_output(part: Part, outputs: list[dict[str, Any]]) -> Part:
    """Adds the last output, with the hint that more is to come; what of `part` is left then."""
    if part.card is not None:
        outputs.append(simple_text(texts.READ_ON.strip()))
        return part
    head, tail = cut(part.text, MAX_TEXT - length(texts.READ_ON))
    outputs.append(simple_text(head + texts.READ_ON))
    return Part(tail)


def _joined(parts: Iterable[Part]) -> Iterable[Part]:
    """The parts with neighbouring texts in one."""
    waiting = ""
    for part in parts:
        if part.card is None:
            waiting = f"{waiting}\n\n{part.text}" if waiting else part.text
            continue
        if waiting:
            yield Part(waiting)
        waiting = ""
        yield part
    if waiting:
        yield Part(waiting)
