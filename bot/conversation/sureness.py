"""Which of several ways to understand a message is answered most surely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.answer import Answer, Kind

if TYPE_CHECKING:
    from bot.cascade import Cascade

MAX_READ = 2
"""So many ways to understand a message are looked up in the manuals as well."""
SEARCH_SURE = 0.95
"""From this confidence of the search on only that way is looked up."""
RANKS = {Kind.FAQ: 2, Kind.MANUAL: 2, Kind.CLARIFY: 1, Kind.NONE: 0}
KNOWN_WITHIN = 5
"""A word that none of so many nearest entries holds is not known to the FAQ."""
UNSPOKEN_FACTOR, ONLY_ANSWER_FACTOR = 0.5, 0.8
"""What is left of an answer's confidence that does not speak of what the message added, or only its entry's answer does."""


def surest(cascade: Cascade, questions: Sequence[str], *, about: str = "", last: str | None = None) -> Answer:
    """The surest answer to any of `questions`, the first of equals.

    Search tells which of them are worth asking: the surest by the FAQ, and where that is not sure, the next as well.
    An answer that does not speak of `about`, which is what the message added, is less sure: a question put together
    from an entry's own words finds that entry whatever was added. The entry `last`, which answered before, may say it in
    other words: a further question about the same thing.
    """

    def spoken(entry_id: str) -> float:
        return max(_spoken(cascade, entry_id, about), ONLY_ANSWER_FACTOR if entry_id == last else 0.0)

    near, of_last = {}, set()
    for question in questions:
        best = next(iter(cascade.index.search_faq(question, k=1)), None)
        near[question] = best.confidence * spoken(best.entry.id) if best else 0.0
        if best and best.entry.id == last and best.confidence >= SEARCH_SURE:
            of_last.add(question)
    order = sorted(questions, key=lambda question: -near[question])
    enough = 1 if near[order[0]] >= SEARCH_SURE else MAX_READ
    asked = order[:enough] + [question for question in order[enough:] if enough > 1 and question in of_last][:1]

    def sureness(answer: Answer) -> tuple[int, float]:
        if answer.kind is Kind.FAQ and answer.source is not None:
            return RANKS[answer.kind], answer.confidence * spoken(answer.source.document)
        said = about and squeezed(about) not in squeezed(f"{answer.answer} {answer.evidence or ''}")
        return RANKS[answer.kind], answer.confidence * (UNSPOKEN_FACTOR if said else 1.0)

    return max((cascade.look_up(question) for question in asked), key=sureness)


def _spoken(cascade: Cascade, entry_id: str, about: str) -> float:
    """The factor of an entry's confidence: whole where its questions speak of `about`, less where only its answer does."""
    entry = cascade.index.entry(entry_id)
    if not about or entry is None or any(squeezed(about) in squeezed(question) for question in entry.questions):
        return 1.0
    return ONLY_ANSWER_FACTOR if squeezed(about) in squeezed(entry.answer) else UNSPOKEN_FACTOR


def speaks_of(cascade: Cascade, answer: Answer, focus: str) -> bool:
    """Whether an answer may be one about `focus`: it speaks of it, or the FAQ does somewhere and means it in other words here."""
    wanted = squeezed(focus)
    if wanted in squeezed(f"{answer.answer} {answer.evidence or ''}"):
        return True
    near = (hit.entry for hit in cascade.index.search_faq(focus, k=KNOWN_WITHIN))
    return any(wanted in squeezed(" ".join((*entry.questions, entry.answer, entry.product or ""))) for entry in near)


def squeezed(text: str) -> str:
    """A text in lower case without white space."""
    return "".join(text.lower().split())
