"""Pairs of a question with a sentence, list item or row that holds its answer, and with others that do not.

Made from files of questions over passages (`mrc.examples`) for the task `holds` of the encoder of messages: which
sentence holds what is asked for is learnt from all questions people wrote for reading, the FAQ's included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from companies import Company, CompanyQuestion

from bot.choice import unit_text
from mrc.examples import GoldAnswer, QuestionExample, read_examples
from nlu.message_pairs import NO, YES
from nlu.sentences import units
from nlu.transfer.examples import TextExample
from retrieval.coverage import content_keys
from retrieval.documents import Document

NEAR = 3
"""So many units of the passage that do not hold the answer, those that share most words with the question."""


def reading_pairs(files: Sequence[Path], rng: np.random.Generator) -> Iterator[TextExample]:
    """Rows `(question, yes or no, heading — unit)` of every question of `files`."""
    for file in files:
        examples = read_examples(file).examples
        for example in examples:
            other = examples[int(rng.integers(len(examples)))]
            yield from _of_question(example)
            if other.title != example.title and (far := _texts(other)):
                yield TextExample(example.question, NO, far[int(rng.integers(len(far)))])


def company_pairs(company: Company) -> Iterator[TextExample]:
    """The same of a company's questions over the whole manual that answers them; over all its manuals where none does.

    An answer as short as "1년" stands in many sentences: the one with most of the question's words is meant.
    """
    for asked in company.questions:
        for document in company.documents:
            if asked.document in (document.id, None):
                yield from _meant(_of_question(_example(asked, document)), asked.question)


def _example(asked: CompanyQuestion, document: Document) -> QuestionExample:
    places = [
        GoldAnswer(answer, found.start()) for answer in asked.answers for found in re.finditer(re.escape(answer), document.text)
    ]
    return QuestionExample("", asked.question, document.text, tuple(places), document.title)


def _meant(rows: Iterable[TextExample], question: str) -> Iterator[TextExample]:
    """`rows` with but one of those that hold the answer."""
    rows, words = list(rows), set(content_keys(question))
    holding = [row for row in rows if row.label == YES]
    meant = max(holding, key=lambda row: len(words.intersection(content_keys(row.pair or ""))), default=None)
    yield from (row for row in rows if row.label == NO or row is meant)


def _of_question(example: QuestionExample) -> Iterator[TextExample]:
    spans = [(unit.start, unit.end) for unit in units(example.context)]
    golds = [(answer.start, answer.start + len(answer.text)) for answer in example.answers]
    asked = set(content_keys(example.question))
    others = []
    for start, end in spans:
        text = unit_text(example.title, example.context[start:end])
        if any(start <= a and b <= end for a, b in golds):
            yield TextExample(example.question, YES, text)
        elif not any(a < end and start < b for a, b in golds):
            others.append((len(asked.intersection(content_keys(example.context[start:end]))), text))
    others.sort(key=lambda one: -one[0])
    for _, text in others[:NEAR]:
        yield TextExample(example.question, NO, text)


def _texts(example: QuestionExample) -> list[str]:
    return [unit_text(example.title, example.context[unit.start : unit.end]) for unit in units(example.context)]
