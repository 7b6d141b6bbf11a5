"""The live part of an index's segments: what is left when removed entries and documents are taken away.

Making these objects for a new version costs little where most segments were loaded before: they are views.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from retrieval.collection import Collection
from retrieval.documents import Audience, Document, FaqEntry, Passage
from retrieval.entry_table import squeeze
from retrieval.faq_search import FaqSearcher, Hidden
from retrieval.readings import Readings
from retrieval.segments import FaqSegment, ManualSegment

KEPT_MASKS = 8


class LiveSegment(NamedTuple):
    """A loaded segment with the places in it that are dead, ascending."""

    name: str
    segment: FaqSegment | ManualSegment
    dead: tuple[int, ...] = ()

    def mask(self) -> np.ndarray:
        """(size,) bool: what is dead."""
        dead = np.zeros(self.segment.size, bool)
        dead[list(self.dead)] = True
        return dead


class LiveFaq:
    """Entries by their place through all segments."""

    def __init__(self, parts: Sequence[LiveSegment]) -> None:
        self.parts = tuple(parts)
        self._segments: list[FaqSegment] = [part.segment for part in parts]
        self._bounds = np.cumsum([0, *(segment.size for segment in self._segments)])
        self._dead = _concatenated([part.mask() for part in parts], bool)
        counts = _concatenated([segment.question_counts for segment in self._segments], np.int64)
        self._owners = np.repeat(np.arange(len(counts)), counts)
        dead, dead_questions = np.flatnonzero(self._dead), np.flatnonzero(self._dead[self._owners])
        self.searcher = FaqSearcher(
            self._owners,
            Collection([segment.questions for segment in self._segments], dead_questions),
            Collection([segment.whole for segment in self._segments], dead),
            Collection([segment.answers for segment in self._segments], dead),
        )
        self._always_shown = not len(dead) and all(segment.always_shown for segment in self._segments)
        self._masks = lru_cache(maxsize=KEPT_MASKS)(self._make_hidden)
        self.size = len(counts) - len(dead)

    @property
    def products(self) -> frozenset[str]:
        """The products that entries name, those of removed ones too until the segments are joined."""
        return frozenset().union(*(segment.products for segment in self._segments))

    def entry(self, place: int) -> FaqEntry:
        at = int(np.searchsorted(self._bounds, place, "right")) - 1
        return self._segments[at].entries[int(place - self._bounds[at])]

    def entries(self) -> LiveEntries:
        return LiveEntries(self, np.flatnonzero(~self._dead))

    def find(self, entry_id: str) -> tuple[int, int] | None:
        """`(number of the segment, place in it)` of the live entry with this id."""
        for at, part in enumerate(self.parts):
            for place in part.segment.places_of(entry_id):
                if place not in part.dead:
                    return at, place
        return None

    def known(self, text: str, audience: Audience, on: date) -> FaqEntry | None:
        """The one entry that has `text` for a question, white space and punctuation aside; None where several have it."""
        squeezed = squeeze(text)
        if not squeezed:
            return None
        found = [
            part.segment.entries[place] for part in self.parts for place in part.segment.known(squeezed) if place not in part.dead
        ]
        shown = [entry for entry in found if entry.is_shown(audience, on)]
        return shown[0] if len(shown) == 1 else None

    def hidden(self, audience: Audience, on: date) -> Hidden | None:
        """What a search for `audience` on that day must not find; None where it may find everything."""
        return None if self._always_shown else self._masks(audience, on)

    def _make_hidden(self, audience: Audience, on: date) -> Hidden:
        entries = self._dead | _concatenated([segment.hidden(audience, on) for segment in self._segments], bool)
        return Hidden(entries, entries[self._owners])


class LiveEntries(Sequence[FaqEntry]):
    """The live entries in order, each read when it is asked for."""

    def __init__(self, faq: LiveFaq, places: np.ndarray) -> None:
        self._faq = faq
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number):
        if isinstance(number, slice):
            return [self._faq.entry(place) for place in self._places[number]]
        return self._faq.entry(self._places[number])

    def __iter__(self) -> Iterator[FaqEntry]:
        return map(self._faq.entry, self._places)


class LiveManuals:
    """Documents and passages of all segments; `places` (n,) are the live passages' places in `texts`."""

    def __init__(self, parts: Sequence[LiveSegment]) -> None:
        self.parts = tuple(parts)
        kept = [~part.mask() for part in parts]
        of_passages = [keep[part.segment.owners] for part, keep in zip(parts, kept)]
        self.documents: tuple[Document, ...] = tuple(
            document for part, keep in zip(parts, kept) for document, is_kept in zip(part.segment.documents, keep) if is_kept
        )
        self.passages: tuple[Passage, ...] = tuple(
            passage for part, keep in zip(parts, of_passages) for passage, is_kept in zip(part.segment.passages, keep) if is_kept
        )
        alive = _concatenated(of_passages, bool)
        self.texts = Collection([part.segment.texts for part in parts], np.flatnonzero(~alive))
        self.numbers = np.cumsum(alive) - 1
        """(n,) which live passage the passage at a place of `texts` is."""
        if len(parts) == 1 and alive.all():
            self.readings: Readings = parts[0].segment.readings
        else:
            joined = [part.segment.readings for part in parts]
            self.readings = Readings.join(joined, of_passages, self.documents, self.passages)

    def find(self, document_id: str) -> tuple[int, int] | None:
        """`(number of the segment, place in it)` of the live document with this id."""
        for at, part in enumerate(self.parts):
            for place, document in enumerate(part.segment.documents):
                if document.id == document_id and place not in part.dead:
                    return at, place
        return None


def _concatenated(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *arrays])
