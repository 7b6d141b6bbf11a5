"""Pairs of a question with a sentence, list item or row that holds its answer, and with others that do not.

Made from files of questions over passages (`mrc.examples`) for the task `holds` of the encoder of messages: which
sentence holds what is asked for is learnt from all questions people wrote for reading, the FAQ's included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from companies import Company, CompanyQuestion

from bot.choice import heading_of, unit_text
from mrc.examples import GoldAnswer, QuestionExample, read_examples
from nlu.message_pairs import NO, YES, MessagePairs
from nlu.sentences import Unit, units
from nlu.transfer.examples import TextExample
from retrieval.coverage import content_keys
from retrieval.index import Index
from retrieval.readings import Reading

NEAR = 3
"""So many units of the passage that do not hold the answer, those that share most words with the question."""
NEAR_IN_PASSAGE, NEAR_IN_DOCUMENT = 2, 8
"""The same of a company's manuals, where the passage is not given."""
FOUND = 5
"""So many of a company's passages that search finds are looked through for sentences which an encoder mistakes for the answer."""


def reading_pairs(files: Sequence[Path], rng: np.random.Generator) -> Iterator[TextExample]:
    """Rows `(question, yes or no, heading — unit)` of every question of `files`."""
    for file in files:
        examples = read_examples(file).examples
        for example in examples:
            other = examples[int(rng.integers(len(examples)))]
            yield from _of_question(example)
            if other.title != example.title and (far := _unit_texts(other)):
                yield TextExample(example.question, NO, far[int(rng.integers(len(far)))][1])


def company_pairs(company: Company, index: Index, mistaken: MessagePairs | None = None) -> Iterator[TextExample]:
    """The same of a company's questions over every passage of the manual that answers them; of all its manuals where none does.

    An answer as short as "1년" stands in many sentences: the one with most of the question's words is meant. With `mistaken` half
    of those that do not hold the answer are what it mistakes for it, of the passages that search finds.
    """
    for asked in company.questions:
        rows = []
        for passage in index.passages:
            if asked.document in (passage.document_id, None):
                rows += _rows(_example(asked, index.reading(passage)), NEAR_IN_PASSAGE)
        likeliest = _likeliest(asked, index, mistaken) if mistaken else []
        yield from likeliest
        yield from _meant(rows, asked.question, NEAR_IN_DOCUMENT - len(likeliest))


def _likeliest(asked: CompanyQuestion, index: Index, pairs: MessagePairs) -> list[TextExample]:
    """The likeliest sentences by `pairs` of what search finds, but those that hold an answer."""
    texts: dict[str, None] = {}
    for hit in index.search_passages(asked.question, FOUND):
        example = _example(asked, index.reading(hit.passage))
        for unit, text in _unit_texts(example):
            said = example.context[unit.start : unit.end]
            if not any(answer in said for answer in asked.answers):
                texts[text] = None
    found = list(texts)
    order = np.argsort(-pairs.scores(asked.question, found).holds)[: NEAR_IN_DOCUMENT // 2]
    return [TextExample(asked.question, NO, found[i]) for i in order]


def _example(asked: CompanyQuestion, reading: Reading) -> QuestionExample:
    places = [
        GoldAnswer(answer, found.start()) for answer in asked.answers for found in re.finditer(re.escape(answer), reading.text)
    ]
    passage = reading.passage
    return QuestionExample("", asked.question, reading.text, tuple(places), passage.title, passage.section)


def _meant(rows: Sequence[_Row], question: str, others_wanted: int) -> Iterator[TextExample]:
    """`rows` with but one of those that hold the answer, and those of the others that share most words with the question."""
    words = set(content_keys(question))
    holding = [row for row in rows if row.example.label == YES]
    if holding:
        yield max(holding, key=lambda row: len(words.intersection(_words(row.example.pair or "")))).example
    others = sorted((row for row in rows if row.example.label == NO), key=lambda row: -row.shared)
    yield from (row.example for row in others[:others_wanted])


class _Row(NamedTuple):
    """`shared` content words stand in question and unit."""

    example: TextExample
    shared: int


def _of_question(example: QuestionExample) -> Iterator[TextExample]:
    yield from (row.example for row in _rows(example, NEAR))


def _rows(example: QuestionExample, near: int) -> list[_Row]:
    """The units that hold the answer, and `near` of the others."""
    golds = [(answer.start, answer.start + len(answer.text)) for answer in example.answers]
    asked = set(content_keys(example.question))
    holding, others = [], []
    for unit, text in _unit_texts(example):
        shared = len(asked.intersection(_words(example.context[unit.start : unit.end])))
        if any(unit.start <= a and b <= unit.end for a, b in golds):
            holding.append(_Row(TextExample(example.question, YES, text), shared))
        elif not any(a < unit.end and unit.start < b for a, b in golds):
            others.append(_Row(TextExample(example.question, NO, text), shared))
    others.sort(key=lambda row: -row.shared)
    return holding + others[:near]


def _unit_texts(example: QuestionExample) -> tuple[tuple[Unit, str], ...]:
    return _units_of(example.context, heading_of(example.title, example.section))


@lru_cache(maxsize=4_000)
def _units_of(context: str, heading: str) -> tuple[tuple[Unit, str], ...]:
    return tuple((unit, unit_text(heading, context, unit)) for unit in units(context))


@lru_cache(maxsize=100_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(content_keys(text))
