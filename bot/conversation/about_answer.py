"""What is asked about the last answer itself: say it again, where does it stand, more of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import messages
from bot.answer import Answer, Kind
from bot.conversation.leaning import Lean

if TYPE_CHECKING:
    from bot.cascade import Cascade

KINDS = frozenset({Lean.REPEAT, Lean.SOURCE, Lean.MORE})
MAX_CHARACTERS = 700
"""So much of a document is shown around an answer."""


def about(cascade: Cascade, kind: Lean, last: Answer | None) -> Answer:
    """The answer to a message that asks `kind` about the answer `last`."""
    if last is None:
        return Answer("", Kind.CLARIFY, messages.NOTHING_BEFORE, 0.0)
    if kind is Lean.SOURCE and last.kind is Kind.FAQ and last.source is not None:
        text = messages.STANDS_IN_FAQ.format(title=last.source.title, quoted=last.evidence or last.question)
        return replace(last, answer=text)
    if kind is Lean.MORE and last.source is not None and last.source.start is not None:
        return replace(last, kind=Kind.MANUAL, answer=surroundings(cascade, last), evidence=None)
    if kind is Lean.MORE:
        found = cascade.from_manuals(last.question)
        return found or replace(last, kind=Kind.CLARIFY, answer=messages.NO_MORE, evidence=None, candidates=())
    return last


def surroundings(cascade: Cascade, answer: Answer) -> str:
    """The lines of the document around an answer's place, the answer's own among them."""
    source = answer.source
    try:
        text = cascade.index.document(source.document).text
    except KeyError:
        return answer.evidence or answer.answer
    start = max(text.rfind("\n\n", 0, source.start) + 2, source.start - MAX_CHARACTERS // 2, 0)
    if 0 < start and text[start - 1] != "\n":
        start = text.find("\n", start, source.start) + 1 or start
    end = text.find("\n\n", source.end)
    end = min(end if end >= 0 else len(text), start + MAX_CHARACTERS)
    cut = text.rfind("\n", source.end, end) if end < len(text) and text[end : end + 1] != "\n" else end
    return text[start : max(cut, source.end)].strip()
