"""Whether an FAQ entry can answer what is asked, whatever search says of it.

Search tells how near an entry is to the question. It does not look for what the question asks for: an answer
without a quantity of the kind (몇 분, 얼마), without the code or model that is named, or of another product
seldom answers. Of the development questions that the best entry answers one in eighty has such an entry, of
those that only a manual answers a third.
"""

from __future__ import annotations

from bot.evidence import WordSpace, heading_words
from bot.quantity import lacks
from bot.question import Question
from retrieval.documents import FaqEntry
from retrieval.ngrams import code_terms

LACKS_QUANTITY, LACKS_CODE, OTHER_PRODUCT = 0.4, 0.5, 0.5
"""What each takes from the confidence."""


def fitness(question: Question, entry: FaqEntry, space: WordSpace) -> float:
    """The factor, 1 for an entry that nothing speaks against, that the entry's confidence is multiplied with."""
    factor = LACKS_QUANTITY if lacks(question.quantity, entry.answer) else 1.0
    if question.codes.difference(code_terms("\n".join((*entry.questions, entry.answer)))):
        factor *= LACKS_CODE
    asked = space.products.intersection(question.words)
    own = space.products.intersection(heading_words(entry.product or "", ""))
    return factor * (OTHER_PRODUCT if asked and own and not asked & own else 1.0)
