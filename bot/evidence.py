"""What speaks for and against each sentence, list item or table row that might hold the answer.

A candidate is a unit of a passage (`nlu.sentences`). Its features are numbers of about unit size; the
model that weighs them is `bot.decision`. Words meet exactly or by the nearness of their vectors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bot.question import Question, sibling_words
from nlu.sentence_vectors import MorphemeSums
from nlu.sentences import Unit, UnitKind, cells
from nlu.vectors import StaticVectors
from retrieval.index import Index, PassageHit
from retrieval.ngrams import code_terms
from retrieval.readings import Reading, Readings, content_words

FEATURES = (
    "exact_unit",
    "soft_unit",
    "soft_context",
    "soft_passage",
    "bigrams",
    "nouns_missing",
    "document_missing",
    "search",
    "search_lead",
    "reader",
    "reader_lead",
    "reader_and_words",
    "quantity_found",
    "quantity_missing",
    "code_found",
    "code_missing",
    "product_same",
    "product_other",
    "caption",
    "row",
    "item",
    "length",
    "dense",
    "addenda",
    "nouns_elsewhere",
    "paragraph",
    "row_extra",
    "row_of_other",
)
NULL_FEATURES = ("bias", "index_missing", "sibling", "few_words", "best_search", "quantity_asked")
FEWEST = 2
NEAR, NEARER = 0.45, 0.95
"""Cosines of two words' vectors from which on they meet at all, and at which they meet as fully as a near word can."""
NEAR_COUNTS = 0.8
KEPT_VECTORS = 20_000
READER_SCALE, SEARCH_SCALE = 8.0, 10.0
_END = re.compile(r"[.!?다요오음함됨]\s*[\"'”’)]*$")


@dataclass(frozen=True)
class Span:
    """`[start, end)` of a reading's text with the reader's score above no answer."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Candidate:
    """A unit that might hold the answer; `span` is what the reader points at in it."""

    hit: PassageHit
    reading: Reading
    unit: Unit
    span: Span
    features: np.ndarray

    def feature(self, name: str) -> float:
        """The value of one of FEATURES."""
        return float(self.features[FEATURES.index(name)])

    @property
    def text(self) -> str:
        return self.reading.text[self.unit.start : self.unit.end]


class WordSpace:
    """How near the words of a question are to those of an index."""

    def __init__(self, index: Index) -> None:
        self.readings: Readings = index.readings
        self.vectors: StaticVectors = index.vectors
        own = index.vectors.sentences
        self.sentences = own if isinstance(own, MorphemeSums) else MorphemeSums(index.vectors)
        self.products = _product_words(index)
        self._kept: dict[str, np.ndarray] = {}

    def nearness(self, question: Question, keys: Sequence[str]) -> np.ndarray:
        """(words, keys) in [0, 1]: 1 for the same word, less for a near one."""
        matrix = np.array([self._vector(key) for key in keys], np.float32).reshape(len(keys), self.vectors.dimension)
        near = np.clip((question.vectors @ matrix.T - NEAR) / (NEARER - NEAR), 0.0, 1.0) * NEAR_COUNTS
        places = {key: i for i, key in enumerate(keys)}
        for row, key in enumerate(question.words):
            if key in places:
                near[row, places[key]] = 1.0
        return near

    def known(self, question: Question) -> np.ndarray:
        """(words,) 1 for a word that stands anywhere in the documents."""
        return np.array([float(key in self.readings.word_numbers) for key in question.words])

    def known_in(self, question: Question, document_id: str) -> np.ndarray:
        """(words,) 1 for a word that stands in the document."""
        own = self.readings.words_of(document_id)
        numbers = [self.readings.word_numbers.get(key, -1) for key in question.words]
        return np.isin(numbers, own).astype(float)

    def _vector(self, key: str) -> np.ndarray:
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT_VECTORS:
                self._kept = {}
            found = self.vectors.morpheme_vector(*key.rsplit("/", 1))
            found = np.zeros(self.vectors.dimension, np.float32) if found is None else found
            self._kept[key] = found
        return found


@dataclass(frozen=True)
class Nearness:
    """The words of some readings, each once, and how near those of a question are: `values` (words, ids)."""

    ids: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, question: Question, readings: Sequence[Reading], space: WordSpace) -> Nearness:
        ids = np.unique(np.concatenate([np.zeros(0, np.int32), *(reading.word_ids for reading in readings)]))
        return cls(ids, space.nearness(question, [space.readings.vocabulary[i] for i in ids]))

    def at(self, word_ids: np.ndarray) -> np.ndarray:
        """(words, len(word_ids))."""
        return self.values[:, np.searchsorted(self.ids, word_ids)]


def _product_words(index: Index) -> frozenset[str]:
    """The nouns that the products of the index are called by."""
    return frozenset(word.key for name in index.products for word in content_words(name) if word.key.endswith(("/NNG", "/NNP")))


@lru_cache(maxsize=20_000)
def heading_words(title: str, section: str) -> tuple[str, ...]:
    """The content words of a passage's title and headings."""
    return tuple(dict.fromkeys(word.key for word in content_words(f"{title}\n{section}")))


@dataclass(frozen=True)
class Coverage:
    """How much of a question each unit of a passage holds; arrays are (words, units) or (words,)."""

    exact: np.ndarray
    soft: np.ndarray
    led: np.ndarray
    heading: np.ndarray
    passage: np.ndarray


def coverage(question: Question, nearness: Nearness, space: WordSpace, reading: Reading) -> Coverage:
    """How near each word of the question is to each unit, to what leads the unit, to the headings, to the passage."""
    near = nearness.at(reading.word_ids)
    starts = np.array([unit.start for unit in reading.units], np.int64)
    soft = _by_unit(near, reading.word_starts, starts)
    exact = _by_unit((near >= 1.0).astype(np.float32), reading.word_starts, starts)
    places = {unit.start: i for i, unit in enumerate(reading.units)}
    led = soft.copy()
    for i, unit in enumerate(reading.units):
        for lead in unit.leads:
            if lead[0] in places:
                led[:, i] = np.maximum(led[:, i], soft[:, places[lead[0]]])
    keys = heading_words(reading.passage.title, reading.passage.section)
    heading = space.nearness(question, keys).max(axis=1, initial=0.0)
    passage = np.maximum(near.max(axis=1, initial=0.0), heading)
    return Coverage(exact, soft, led, heading, passage)


def _by_unit(values: np.ndarray, word_starts: np.ndarray, unit_starts: np.ndarray) -> np.ndarray:
    """(words, units): the greatest of each unit's columns, 0 for a unit without words."""
    if not len(unit_starts):
        return np.zeros((len(values), 0), np.float32)
    firsts = np.searchsorted(word_starts, unit_starts)
    ends = np.append(firsts[1:], len(word_starts))
    padded = np.column_stack([values, np.zeros(len(values), np.float32)])
    return np.where(ends > firsts, np.maximum.reduceat(padded, firsts, axis=1), np.float32(0))


def share(question: Question, covered: np.ndarray) -> np.ndarray:
    """The weighted share of the question's words that is covered; `covered` (words,) or (words, units)."""
    total = question.weights.sum()
    return question.weights @ covered / total if total else np.zeros(covered.shape[1:])


def features(
    question: Question,
    hits: Sequence[PassageHit],
    readings: Sequence[Reading],
    covers: Sequence[Coverage],
    spans: Sequence[Sequence[Span]],
    space: WordSpace,
) -> list[Candidate]:
    """The candidates of all passages with their features; `spans[passage][unit]` is the span pointed at."""
    near = _near_in_documents(readings, covers)
    named = _named_by_rows(question, readings)
    best_search = max((hit.score for hit in hits), default=0.0)
    best_reader = max((of.score for row in spans for of in row), default=0.0)
    found = []
    for hit, reading, cover, row in zip(hits, readings, covers, spans):
        shared = _passage_features(question, hit, reading, cover, space, near, best_search)
        near_units = _dense(question, reading, space)
        shares = share(question, cover.exact), share(question, cover.soft)
        for unit, span, exact, soft, led, dense in zip(reading.units, row, *shares, cover.led.T, near_units):
            text, is_row = reading.text[unit.start : unit.end], unit.kind is UnitKind.ROW
            context = np.maximum(led, cover.heading)
            soft_context = float(share(question, context))
            reader = float(np.clip(span.score / READER_SCALE, -2.0, 2.0))
            has_quantity = bool(question.quantity and question.quantity.search(text))
            codes = _codes(text) | shared["codes"]
            code_share = len(question.codes & codes) / len(question.codes) if question.codes else 0.0
            values = {
                "dense": dense,
                "row_of_other": _row_of_other(question, text, named[reading.passage.document_id]) if is_row else 0.0,
                "exact_unit": exact,
                "soft_unit": soft,
                "soft_context": soft_context,
                "bigrams": _bigram_share(question.text, text + reading.passage.section),
                "nouns_missing": _missing(question, context),
                "nouns_elsewhere": _missing(question, np.maximum(context, 1 - shared["known"])),
                "row_extra": _row_extra(question, text, space) if is_row else 0.0,
                "paragraph": min(_paragraph(reading.text, unit), 5) / 5,
                "reader": reader,
                "reader_lead": float(np.clip((span.score - best_reader) / READER_SCALE, -2.0, 0.0)),
                "reader_and_words": max(reader + 0.5, 0.0) * soft_context,
                "quantity_found": float(has_quantity),
                "quantity_missing": float(question.quantity is not None and not has_quantity),
                "code_found": code_share,
                "code_missing": float(bool(question.codes)) - code_share,
                "caption": float(unit.kind is UnitKind.SENTENCE and not _END.search(text)),
                "row": float(is_row),
                "item": float(unit.kind is UnitKind.ITEM),
                "length": min(len(text), 300) / 100,
            } | shared["features"]
            found.append(Candidate(hit, reading, unit, span, np.array([values[name] for name in FEATURES])))
    return found


def _passage_features(
    question: Question,
    hit: PassageHit,
    reading: Reading,
    cover: Coverage,
    space: WordSpace,
    near: dict[str, np.ndarray],
    best_search: float,
) -> dict:
    passage = reading.passage
    asked = space.products.intersection(question.words)
    own = {key for key in heading_words(passage.product or "", "") if key in space.products}
    known = space.known_in(question, passage.document_id)
    document = np.maximum(known, near[passage.document_id])
    return {
        "known": known,
        "codes": _codes(f"{passage.title} {passage.section}"),
        "features": {
            "soft_passage": float(share(question, cover.passage)),
            "document_missing": _missing(question, document),
            "search": hit.score / SEARCH_SCALE,
            "search_lead": (hit.score - best_search) / SEARCH_SCALE,
            "addenda": float("부칙" in passage.section),
            "product_same": float(bool(asked & own)),
            "product_other": float(bool(asked and own and not asked & own)),
        },
    }


def _row_extra(question: Question, row: str, space: WordSpace) -> float:
    """The share of the words a row is called by that the question does not say.

    A row is called by its first cell: 실내기 무게 is extra to a question about 실외기 무게 by 실내.
    """
    keys = _name_of(row)
    if not keys or not question.words:
        return 0.0
    return float(1 - space.nearness(question, keys).max(axis=0).mean())


def _row_of_other(question: Question, row: str, named: frozenset[str]) -> float:
    """1 for a row that is called by a noun the question does not say, where the question says one that other rows are
    called by: 실내기 크기 is a row of something else to a question about 실외기, of which there is a row 실외기 무게."""
    name = {key for key in _name_of(row) if key.endswith(("/NNG", "/NNP"))}
    return float(bool(named.difference(_words(row)) and name.difference(question.words)))


def _named_by_rows(question: Question, readings: Sequence[Reading]) -> dict[str, frozenset[str]]:
    """The nouns of the question that rows of each document are called by."""
    nouns = {key for key, is_noun in zip(question.words, question.is_noun) if is_noun}
    found: dict[str, frozenset[str]] = {}
    for reading in readings:
        rows = (reading.text[unit.start : unit.end] for unit in reading.units if unit.kind is UnitKind.ROW)
        own = nouns.intersection(key for row in rows for key in _name_of(row))
        found[reading.passage.document_id] = found.get(reading.passage.document_id, frozenset()) | own
    return found


def _name_of(row: str) -> tuple[str, ...]:
    """The words of a row's first cell."""
    first = cells(row)[0]
    return _words(row[first.value : first.end])


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.key for word in content_words(text)))


def prepare(reading: Reading) -> None:
    """Analyze what of a passage is held against every question, and keep it for the next."""
    heading_words(reading.passage.title, reading.passage.section)
    for unit in reading.units:
        if unit.kind is UnitKind.ROW:
            row = reading.text[unit.start : unit.end]
            _words(row), _name_of(row)


def _paragraph(text: str, unit: Unit) -> int:
    """Which paragraph of its article the unit or what leads it is, from 0 for ①: the first says the rule."""
    for start in (unit.start, *(lead[0] for lead in unit.leads)):
        if "①" <= text[start] <= "⑳":
            return ord(text[start]) - ord("①")
    return 0


def _near_in_documents(readings: Sequence[Reading], covers: Sequence[Coverage]) -> dict[str, np.ndarray]:
    """(words,) how near any passage of each document comes."""
    found: dict[str, np.ndarray] = {}
    for reading, cover in zip(readings, covers):
        id = reading.passage.document_id
        found[id] = np.maximum(found[id], cover.passage) if id in found else cover.passage
    return found


def null_features(question: Question, hits: Sequence[PassageHit], covers: Sequence[Coverage], space: WordSpace) -> np.ndarray:
    """What speaks for there being no answer, in the order of NULL_FEATURES."""
    index_wide = np.max([space.known(question), *(cover.passage for cover in covers)], axis=0)
    names_own = not space.products.isdisjoint(question.words)
    siblings = not names_own and sibling_words(question, space.products, space.readings.word_numbers, space.vectors)
    values = {
        "bias": 1.0,
        "index_missing": _missing(question, index_wide),
        "sibling": float(bool(siblings)),
        "few_words": float(len(question.words) < FEWEST),
        "best_search": max((hit.score for hit in hits), default=0.0) / SEARCH_SCALE,
        "quantity_asked": float(question.quantity is not None),
    }
    return np.array([values[name] for name in NULL_FEATURES])


def _dense(question: Question, reading: Reading, space: WordSpace) -> np.ndarray:
    """(units,) cosine of the question's sentence vector with that of each unit and the headings above it."""
    heading = heading_words(reading.passage.title, reading.passage.section)
    keys = [
        [space.readings.vocabulary[i] for i in reading.words_between(unit.start, unit.end)] + list(heading)
        for unit in reading.units
    ]
    encoded = space.sentences.encode([""] * (len(keys) + 1), [question.words, *keys])
    return encoded[1:] @ encoded[0]


def _missing(question: Question, covered: np.ndarray) -> float:
    """The weighted share of all words that are nouns and not covered."""
    total = question.weights.sum()
    missing = (question.weights * (1 - covered))[question.is_noun].sum()
    return float(missing / total) if total else 0.0


@lru_cache(maxsize=20_000)
def _codes(text: str) -> frozenset[str]:
    return frozenset(code_terms(text))


def _bigram_share(question: str, text: str) -> float:
    """The share of the question's letter pairs, spaces aside, that stand in the text."""
    pairs = _bigrams(question)
    return len(pairs & _bigrams(text)) / len(pairs) if pairs else 0.0


@lru_cache(maxsize=20_000)
def _bigrams(text: str) -> frozenset[str]:
    plain = "".join(character for character in text.lower() if character.isalnum())
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))
