"""What is analyzed beforehand changes no answer and is not analyzed again by a question."""

import nlu.morphemes
from bot.faq_judge import said, says_the_same
from bot.warming import warm_up
from nlu.message_pairs import default_pairs

from .conftest import StandInIndex


class Shop:
    index = StandInIndex({"F1": 0.5})


def test_a_question_then_analyzes_no_entry_and_no_sentence(monkeypatch):
    warm_up(Shop, rest_s=0)
    monkeypatch.setattr(nlu.morphemes, "kiwi_tokens", lambda text: (_ for _ in ()).throw(AssertionError(text)))
    for entry in Shop.index.entries:
        assert all(says_the_same(question, question) for question in entry.questions)
        default_pairs().prepare([said(entry)])
    assert Shop.index.asked == [entry.question for entry in Shop.index.entries]
