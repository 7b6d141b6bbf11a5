"""Which of several ways to understand a message is answered most surely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answer import Answer, Kind

if TYPE_CHECKING:
    from bot.cascade import Cascade

MAX_READ = 2
"""So many ways to understand a message are looked up in the manuals as well."""
SEARCH_SURE = 0.95
"""From this confidence of the search on only that way is looked up."""
RANKS = {Kind.FAQ: 2, Kind.MANUAL: 2, Kind.CLARIFY: 1, Kind.NONE: 0}
LOOKED_AT = 5
KNOWN_WITHIN = 5
"""A word that none of so many nearest entries holds is not known to the FAQ."""
UNSPOKEN_FACTOR, ONLY_ANSWER_FACTOR = 0.5, 0.8
"""What is left of an answer's confidence that does not speak of what the message added, or only its entry's answer does."""
AGAIN_FACTOR = 0.5
"""What is left of the confidence of the entry that answered before, where the message adds no noun but asks on."""
NEIGHBOUR_ODDS = 4.0
"""How much likelier an entry is, by its odds, that stands in one category with the entry that answered before: who leans on what
was said mostly stays with it."""


def surest(cascade: Cascade, questions: Sequence[str], *, about: str = "", last: str | None = None, adds: bool = True) -> Answer:
    """The surest answer to any of `questions`, the first of equals.

    Search tells which of them are worth asking: the surest by the FAQ, and where that is not sure, the next as well.
    An answer that does not speak of `about`, which is what the message added, is less sure: a question put together
    from an entry's own words finds that entry whatever was added. The entry `last`, which answered before, may say it in
    other words: a further question about the same thing. So may its neighbours, which are likelier than others
    (`NEIGHBOUR_ODDS`), and where the message `adds` no noun, likelier than `last` itself.
    """

    def chance(entry_id: str, confidence: float) -> float:
        spoken = _spoken(cascade, entry_id, about)
        if entry_id == last:
            return confidence * (max(spoken, ONLY_ANSWER_FACTOR) if adds else AGAIN_FACTOR)
        return spoken * (lifted(confidence) if spoken == 1.0 and _are_neighbours(cascade, entry_id, last) else confidence)

    near, sure, of_last = {}, set(), set()
    for question in questions:
        hits = cascade.index.search_faq(question, k=LOOKED_AT)
        near[question] = max((chance(hit.entry.id, hit.confidence) for hit in hits), default=0.0)
        if hits and chance(hits[0].entry.id, hits[0].confidence) >= SEARCH_SURE <= hits[0].confidence:
            sure.add(question)
        if hits and adds and hits[0].entry.id == last and hits[0].confidence >= SEARCH_SURE:
            of_last.add(question)
    order = sorted(questions, key=lambda question: -near[question])
    enough = 1 if order[0] in sure else MAX_READ
    asked = order[:enough] + [question for question in order[enough:] if enough > 1 and question in of_last][:1]

    def sureness(answer: Answer) -> tuple[int, float]:
        if answer.kind is Kind.FAQ and answer.source is not None:
            return RANKS[answer.kind], chance(answer.source.document, answer.confidence)
        said = about and squeezed(about) not in squeezed(f"{answer.answer} {answer.evidence or ''}")
        return RANKS[answer.kind], answer.confidence * (UNSPOKEN_FACTOR if said else 1.0)

    found = (_made_sure(cascade, cascade.look_up(question), chance) for question in asked)
    return max(found, key=sureness)


def lifted(probability: float) -> float:
    """The probability of an entry that is a neighbour of what was spoken of."""
    odds = NEIGHBOUR_ODDS * probability
    return odds / (odds + 1.0 - probability)


def _are_neighbours(cascade: Cascade, entry_id: str, last: str | None) -> bool:
    entry, before = (cascade.index.entry(one) if one else None for one in (entry_id, last))
    return entry is not None and before is not None and bool(entry.category) and entry.category == before.category


def _made_sure(cascade: Cascade, answer: Answer, chance: Callable[[str, float], float]) -> Answer:
    """The answer of the likeliest entry that would only be offered, where the conversation makes it sure."""
    if answer.kind is not Kind.CLARIFY or not answer.candidates:
        return answer
    best = max(answer.candidates, key=lambda one: chance(one.id, one.score))
    probability = chance(best.id, best.score)
    if probability < cascade.settings.faq_answer or probability <= best.score:  # by itself it was not sure enough
        return answer
    entry = cascade.answer_entry(best.id)
    return replace(entry, question=answer.question, confidence=probability, candidates=answer.candidates)


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
