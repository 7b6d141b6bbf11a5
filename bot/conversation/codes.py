"""A trouble told without the code on the display, answered by an entry about one code: is it that code?

What a code means is right only where that code is shown. Where the entry's own questions tell of the trouble in the
customer's words (물이 안 빠짐, under a code's entry), the company itself says that the code is not needed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.answer import Answer, Candidate, Kind
from bot.conversation.products import Products
from nlu.morphemes import analyze
from retrieval.ngrams import code_terms

if TYPE_CHECKING:
    from bot.cascade import Cascade
    from retrieval.documents import FaqEntry

_SHOWN = re.compile(r"떠|뜨|뜬|뜸|떴|표시|에러|오류|코드|화면|글자|깜빡|라고|라는")
"""How a question says that something stands on a display."""
_NONE = re.compile(
    r"^(?:아니|아뇨|없|안\s?(?:떠|뜨|뜹|나와|보여)|아무\s?(?:것도|표시도|코드도)"
    r"|(?:에러\s?)?(?:코드|표시|화면에)\S*\s?(?:따로\s?)?(?:없|안\s?(?:떠|뜨|나와|보)))"
)
"""No code is there: 안 떠요, 코드는 없어요."""
MAX_CODE_CHARACTERS = len("code/") + 4
"""A longer one in a message is rather a model's name."""
NEAR = 8
LEAST_SHARE = 0.25
"""Of so many entries that search finds, those about codes are offered."""


def code_in_question(cascade: Cascade, answer: Answer, products: Products) -> tuple[Candidate, ...]:
    """The entries about codes to ask back for, the answer's own first; none where the answer may stand as it is."""
    asked = answer.question
    if answer.kind is not Kind.FAQ or answer.source is None or _SHOWN.search(asked):
        return ()
    if any(len(code) <= MAX_CODE_CHARACTERS for code in code_terms(asked)):
        return ()
    entry = cascade.index.entry(answer.source.document)
    if entry is None or not is_about_code(entry):
        return ()
    names = _forms(" ".join(products.names))
    if any(_forms(question) - names <= _forms(asked) for question in entry.questions):
        return ()
    near = [hit.entry for hit in cascade.index.search_faq(asked, k=NEAR)]
    others = [one for one in near if one.id != entry.id and one.product == entry.product and is_about_code(one)]
    found = [Candidate(one.id, one.question, answer.confidence) for one in (entry, *others)]
    return tuple(found[: cascade.settings.max_candidates])


def says_no_code(text: str) -> bool:
    """Whether a message answers that no code is shown."""
    return _NONE.match(text.strip()) is not None


def without_code(cascade: Cascade, question: str, shown: tuple[str, ...]) -> tuple[Candidate, ...]:
    """The entries near to a trouble that are about no code, of the product of those `shown`."""
    products = {entry.product for id in shown if (entry := cascade.index.entry(id))}
    near = (cascade.index.entry(one.id) for one in cascade.nearest(question, k=NEAR, least_share=LEAST_SHARE))
    plain = [entry for entry in near if entry and entry.product in products and not is_about_code(entry)]
    return tuple(Candidate(entry.id, entry.question, 0.0) for entry in plain[: cascade.settings.max_candidates])


def is_about_code(entry: FaqEntry) -> bool:
    """Whether an entry tells what a code on a display means."""
    return bool(_SHOWN.search(entry.question)) and bool(code_terms(entry.question))


def _forms(text: str) -> set[str]:
    """The content morphemes of a text."""
    return {morpheme.form for morpheme in analyze(text) if morpheme.is_content}
