"""Whether a question must be narrowed by one question back: which product is meant.

A question that names no product is asked once more with each product before it. Where the FAQ has a sure entry
for two or more of them, and each stands among what was found for the question as it was, only the customer can
tell which one is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answer import Answer, Kind
from bot.conversation.memory import Pending
from bot.conversation.products import Products

if TYPE_CHECKING:
    from bot.cascade import Cascade

MAX_PRODUCTS = 8
"""Of more products only those are tried that the candidates are about."""
LEAST = 0.01
"""A candidate less likely than this is not taken to be among what was found."""


def ambiguous(cascade: Cascade, question: str, answer: Answer, products: Products) -> Pending | None:
    """The question to ask back, None where it is clear which product is meant or none is needed."""
    if answer.kind is Kind.NONE or answer.confidence >= 1.0 or products.named(question):
        return None
    found = {candidate.id for candidate in answer.candidates if candidate.score >= LEAST}
    about = {product_of(cascade, id) for id in found} - {None}
    if len(about) < 2 or product_of(cascade, answer.candidates[0].id) is None:
        return None
    names = [name for name in products.names if name in about or len(products.names) <= MAX_PRODUCTS]
    options = [(name, entry) for name in names if (entry := _own_entry(cascade, question, name)) in found]
    if len(options) < 2:
        return None
    return Pending(question, tuple(name for name, _ in options), tuple(entry for _, entry in options))


def product_of(cascade: Cascade, entry_id: str) -> str | None:
    """The product that an FAQ entry is about, None where it is about none or is gone."""
    entry = cascade.index.entry(entry_id)
    return entry.product if entry else None


def _own_entry(cascade: Cascade, question: str, product: str) -> str | None:
    """The id of the entry about `product` that surely answers the question for it."""
    best = next(iter(cascade.nearest(f"{product} {question}", k=2)), None)
    if best is None or best.score < cascade.settings.faq_answer:
        return None
    return best.id if product_of(cascade, best.id) == product else None
