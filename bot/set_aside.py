"""Sentences that set a rule aside for a case of their own: 제1항에도 불구하고 … 다르게 이행된 경우에는 30일 이내.

What such a sentence says holds for its case alone, so it answers only a question that speaks of the case. Asked in
general ("며칠 이내에 해야 하나요"), the rule answers, however near the exception's words are. Whether something is
allowed, and why, is often said by the exception itself.
"""

from __future__ import annotations

import re

from bot.question import Question
from retrieval.readings import content_words

_SETS_ASIDE = re.compile(r"불구하고")
_QUANTITY = re.compile(r"\d[\d,]*\s*\w+?(?:\s*(?:이내|이상|이하|미만|초과))?\b")


def is_of_another_case(question: Question, text: str, start: int) -> bool:
    """Whether a fact is asked for, `text` sets a rule aside before the answer at `start`, and none of the question's
    nouns stands between."""
    if not question.wants_fact:
        return False
    found = _SETS_ASIDE.search(text, 0, max(start, 0))
    if found is None:
        return False
    case = {word.key for word in content_words(_QUANTITY.sub(" ", text[found.end() : start]))}
    nouns = {word for word, is_noun in zip(question.words, question.is_noun) if is_noun}
    return not case & nouns
