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
FOUND = 5
LEAST, SURE = 0.01, 0.8
"""Search's confidences: below the first an entry is not among what was found, from the second on it surely is the one."""


def ambiguous(cascade: Cascade, question: str, answer: Answer, products: Products) -> Pending | None:
    """The question to ask back, None where it is clear which product is meant or none is needed."""
    if answer.kind is Kind.NONE or answer.confidence >= 1.0 or products.named(question):
        return None
    hits = [hit for hit in cascade.index.search_faq(question, k=FOUND) if hit.confidence >= LEAST]
    found = {hit.entry.id for hit in hits}
    about = {hit.entry.product for hit in hits} - {None}
    if len(about) < 2 or hits[0].entry.product is None:
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
    best = next(iter(cascade.index.search_faq(f"{product} {question}", k=1)), None)
    return best.entry.id if best and best.confidence >= SURE and best.entry.product == product else None
