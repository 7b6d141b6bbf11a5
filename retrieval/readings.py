"""What reading needs of each passage, made once with the index: its text with what announces it, cut and analyzed.

A passage's reading text is the sentences that announce it (`Passage.leads`), each on a line, and then the
passage's own text. Kept beside it are its units (`nlu.sentences`), the content words with their places, and
the morpheme-wise pieces that a tokenizer of this project only has to spell (`Tokenizer.encode`), so that a
turn analyzes the question alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlu.morphemes import analyze
from nlu.normalize import normalize
from nlu.sentences import Unit, UnitKind, units
from nlu.tokenizer import pieces
from retrieval.documents import Document, Passage
from retrieval.ngrams import ASKING

FILE_NAME = "readings.npz"
KEPT_READINGS = 2_000
_KINDS = tuple(UnitKind)


class Segment(NamedTuple):
    """`[start, start + length)` of the reading text is `[document_start, …)` of the document's text."""

    start: int
    document_start: int
    length: int


def reading_text(passage: Passage, text: str) -> tuple[str, tuple[Segment, ...]]:
    """The passage's reading text out of its document's `text`, and where its parts stand there."""
    parts, segments, at = [], [], 0
    for start, end in (*passage.leads, (passage.start, passage.end)):
        parts.append(text[start:end])
        segments.append(Segment(at, start, end - start))
        at += end - start + 1
    return "\n".join(parts), tuple(segments)


class Word(NamedTuple):
    """A content morpheme `form/tag` that begins at `start` of a text."""

    key: str
    start: int


def content_words(text: str) -> list[Word]:
    """The content morphemes of `text` in order, Latin letters in lower case, without words that only ask."""
    words = (Word(f"{m.form.lower()}/{m.tag.partition('-')[0]}", m.start) for m in analyze(text) if m.is_content)
    return [word for word in words if word.key not in ASKING]


@dataclass(frozen=True)
class Reading:
    """One passage's reading; offsets are characters of `text`. `word_ids` are places in the collection's vocabulary."""

    passage: Passage
    text: str
    segments: tuple[Segment, ...]
    units: tuple[Unit, ...]
    word_ids: np.ndarray
    word_starts: np.ndarray
    pieces: np.ndarray

    def place(self, start: int, end: int) -> tuple[int, int]:
        """`[start, end)` of the reading text in characters of the document; a span over two parts keeps the first."""
        at = max(bisect_right(self.segments, start, key=lambda segment: segment.start) - 1, 0)
        segment = self.segments[at]
        first = min(start - segment.start, segment.length)
        last = min(end - segment.start, segment.length)
        return segment.document_start + first, segment.document_start + max(first, last)

    def words_between(self, start: int, end: int) -> np.ndarray:
        """Word ids of the words that begin in `[start, end)`."""
        a, b = np.searchsorted(self.word_starts, (start, end))
        return self.word_ids[a:b]


class Readings:
    """The readings of all passages of an index, by the passage's place; safe to share between threads."""

    def __init__(
        self, documents: Sequence[Document], passages: Sequence[Passage], vocabulary: Sequence[str], arrays: dict[str, np.ndarray]
    ) -> None:
        self.vocabulary = tuple(vocabulary)
        self._texts = {document.id: document.text for document in documents}
        self._passages = tuple(passages)
        self._arrays = arrays
        self._reading = lru_cache(maxsize=KEPT_READINGS)(self._make)
        self._words_of = lru_cache(maxsize=KEPT_READINGS)(self._document_words)

    @classmethod
    def build(cls, documents: Sequence[Document], passages: Sequence[Passage]) -> Readings:
        """Cuts and analyzes every passage."""
        texts = {document.id: document.text for document in documents}
        vocabulary: dict[str, int] = {}
        columns = _Columns()
        for passage in passages:
            text, _ = reading_text(passage, texts[passage.document_id])
            columns.add(text, vocabulary)
        return cls(documents, passages, tuple(vocabulary), columns.arrays())

    def __len__(self) -> int:
        return len(self._passages)

    def __getitem__(self, place: int) -> Reading:
        return self._reading(place)

    def _make(self, place: int) -> Reading:
        passage = self._passages[place]
        text, segments = reading_text(passage, self._texts[passage.document_id])
        words, cut = self._part("words", place), self._part("pieces", place)
        return Reading(passage, text, segments, self._units(place), words[:, 0], words[:, 1], cut)

    def _part(self, name: str, place: int) -> np.ndarray:
        ends = self._arrays[f"{name}_ends"]
        return self._arrays[name][ends[place - 1] if place else 0 : ends[place]]

    def _units(self, place: int) -> tuple[Unit, ...]:
        leads: dict[int, list[tuple[int, int]]] = {}
        for number, start, end in self._part("leads", place).tolist():
            leads.setdefault(number, []).append((start, end))
        rows = self._part("units", place).tolist()
        return tuple(Unit(a, b, _KINDS[kind], tuple(leads.get(i, ()))) for i, (a, b, kind) in enumerate(rows))

    def words_of(self, document_id: str) -> np.ndarray:
        """The different word ids of a document, ascending; none for a document that is not there."""
        return self._words_of(document_id)

    def _document_words(self, document_id: str) -> np.ndarray:
        parts = [self._part("words", place)[:, 0] for place in self._places_of.get(document_id, ())]
        return np.unique(np.concatenate([np.zeros(0, np.int32), *parts]))

    @cached_property
    def _places_of(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, passage in enumerate(self._passages):
            found.setdefault(passage.document_id, []).append(place)
        return found

    @cached_property
    def word_numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.vocabulary)}

    @classmethod
    def join(
        cls,
        parts: Sequence[Readings],
        kept: Sequence[np.ndarray | None],
        documents: Sequence[Document],
        passages: Sequence[Passage],
    ) -> Readings:
        """The readings of `passages`, those of all `parts` in order where `kept` (n,) bool is true; None keeps all."""
        vocabulary: dict[str, int] = {}
        numbers = [np.array([vocabulary.setdefault(key, len(vocabulary)) for key in part.vocabulary], np.int32) for part in parts]
        arrays: dict[str, np.ndarray] = {}
        for name, width in _Columns.NAMES.items():
            rows, counts = [np.zeros((0, width), np.int32)], [np.zeros(0, np.int64)]
            for part, keep, renumbered in zip(parts, kept, numbers):
                own, lengths = part._arrays[name], np.diff(part._arrays[f"{name}_ends"], prepend=0)
                if keep is not None:
                    own, lengths = own[np.repeat(keep, lengths)], lengths[keep]
                if name == "words":
                    own = np.column_stack([renumbered[own[:, 0]], own[:, 1]])
                rows.append(own)
                counts.append(lengths)
            arrays[name] = np.concatenate(rows).astype(np.int32, copy=False)
            arrays[f"{name}_ends"] = np.cumsum(np.concatenate(counts))
        return cls(documents, passages, tuple(vocabulary), arrays)

    def save(self, folder: Path) -> None:
        vocabulary = np.frombuffer("\n".join(self.vocabulary).encode("utf-8"), np.uint8)
        np.savez(folder / FILE_NAME, vocabulary=vocabulary, **self._arrays)

    @classmethod
    def load(cls, folder: Path, documents: Sequence[Document], passages: Sequence[Passage]) -> Readings:
        with np.load(folder / FILE_NAME) as found:
            arrays = {name: found[name] for name in found.files}
        vocabulary = arrays.pop("vocabulary").tobytes().decode("utf-8")
        return cls(documents, passages, vocabulary.split("\n") if vocabulary else (), arrays)


class _Columns:
    """Rows of all passages one below the other, with where each passage's end."""

    NAMES = {"units": 3, "leads": 3, "words": 2, "pieces": 4}

    def __init__(self) -> None:
        self._rows: dict[str, list[Iterable[int]]] = {name: [] for name in self.NAMES}
        self._ends: dict[str, list[int]] = {name: [] for name in self.NAMES}

    def add(self, text: str, vocabulary: dict[str, int]) -> None:
        for number, unit in enumerate(units(text)):
            self._rows["units"].append((unit.start, unit.end, _KINDS.index(unit.kind)))
            self._rows["leads"] += [(number, *lead) for lead in unit.leads]
        for word in content_words(text):
            self._rows["words"].append((vocabulary.setdefault(word.key, len(vocabulary)), word.start))
        self._rows["pieces"] += pieces(normalize(text).text)
        for name, rows in self._rows.items():
            self._ends[name].append(len(rows))

    def arrays(self) -> dict[str, np.ndarray]:
        found = {name: np.array(rows, np.int32).reshape(-1, self.NAMES[name]) for name, rows in self._rows.items()}
        return found | {f"{name}_ends": np.array(ends, np.int64) for name, ends in self._ends.items()}
