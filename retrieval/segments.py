"""Segments: what one build or one edit adds to the index. They never change once written.

A `FaqSegment` holds entries with their three collections of texts, a `ManualSegment` documents and their
passages. Removing is said beside them, in the version's manifest; joining segments drops what was removed
without analyzing or embedding a text again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from nlu.normalize import normalize
from nlu.vectors import StaticVectors
from retrieval.arrays import load_arrays, save_arrays
from retrieval.collection import TextSegment, TextSegmentBuilder
from retrieval.dense import DenseConfig, Device
from retrieval.documents import Audience, Document, FaqEntry, Passage
from retrieval.faq_search import whole_text
from retrieval.readings import Readings, reading_text
from retrieval.records import Places, Records, save_records
from retrieval.slips import Sounds, sounds

ENTRIES, TABLES = "entries.jsonl", "entries.arrays"
DOCUMENTS, PASSAGES, PASSAGE_TABLES, PASSAGE_TEXTS = "documents.jsonl", "passages.jsonl", "passages.arrays", "passages"
PARTS = ("questions", "entries", "answers")
ALWAYS = (-(2**31), 2**31 - 1)
"""Days that stand for no beginning and no end."""
AUDIENCES = tuple(Audience)

Progress = Callable[[], None]


class Segment(Protocol):
    """What versions, the store and compaction need of either kind."""

    kind: str
    size: int
    """Of entries, or documents: what is removed one by one."""

    def save(self, folder: Path) -> None: ...
    def counts(self) -> dict[str, int]: ...


class FaqSegment:
    """Entries by their place from 0, with what finding them takes."""

    kind = "faq"

    def __init__(self, entries: Sequence[FaqEntry], tables: dict[str, np.ndarray], texts: Sequence[TextSegment]) -> None:
        """`texts` are the segments of the questions, of whole entries and of answers."""
        self.entries = entries
        self.size = len(entries)
        self.questions, self.whole, self.answers = texts
        self.question_counts = tables["question_counts"]
        self._tables = tables
        self._ids = Places(tables["id_keys"], tables["id_places"])
        self._known = Places(tables["known_keys"], tables["known_places"])

    @classmethod
    def build(
        cls,
        entries: Sequence[FaqEntry],
        vectors: StaticVectors,
        progress: Progress | None = None,
        config: DenseConfig | None = None,
    ) -> FaqSegment:
        """A segment of `entries`; `progress` is called after each of `build_steps(entries)` texts."""
        builders = [TextSegmentBuilder(vectors, config) for _ in PARTS]
        for entry in entries:
            for builder, texts in zip(builders, (entry.questions, (whole_text(entry),), (entry.answer,))):
                for text in texts:
                    builder.add(text)
                    if progress:
                        progress()
        return cls(entries, _tables(entries), [builder.finish() for builder in builders])

    @staticmethod
    def build_steps(entries: Sequence[FaqEntry]) -> int:
        return sum(len(entry.questions) + 2 for entry in entries)

    @classmethod
    def join(
        cls, parts: Sequence[FaqSegment], kept: Sequence[np.ndarray | None], config: DenseConfig | None = None
    ) -> FaqSegment:
        """The entries of all `parts` in order, without those where `kept` (n,) bool is false; None keeps all."""
        entries = [entry for part, keep in zip(parts, kept) for entry in part.kept_entries(keep)]
        of_questions = [None if k is None else np.repeat(k, p.question_counts) for p, k in zip(parts, kept)]
        texts = [
            TextSegment.join([part.questions for part in parts], of_questions, config),
            TextSegment.join([part.whole for part in parts], kept, config),
            TextSegment.join([part.answers for part in parts], kept, config),
        ]
        return cls(entries, _tables(entries), texts)

    def kept_entries(self, keep: np.ndarray | None) -> Sequence[FaqEntry]:
        return self.entries if keep is None else [self.entries[place] for place in np.flatnonzero(keep).tolist()]

    def places_of(self, entry_id: str) -> list[int]:
        """Places of the entries with this id."""
        return [place for place in self._ids.find(entry_id) if self.entries[place].id == entry_id]

    def known(self, squeezed: str) -> list[int]:
        """Places of the entries with a question that is `squeezed` once squeezed."""
        found = self._known.find(squeezed)
        return [place for place in found if squeezed in map(squeeze, self.entries[place].questions)]

    def hidden(self, audience: Audience, on: date) -> np.ndarray:
        """(n,) bool: the entries that `audience` may not find on that day."""
        day = on.toordinal()
        hidden = (self._tables["valid_from"] > day) | (self._tables["valid_to"] < day)
        return (
            hidden if audience is Audience.INTERNAL else hidden | (self._tables["audience"] != AUDIENCES.index(Audience.PUBLIC))
        )

    @cached_property
    def always_shown(self) -> bool:
        """Whether every entry is for all, at any time."""
        first, last = self._tables["valid_from"], self._tables["valid_to"]
        return bool((first == ALWAYS[0]).all() and (last == ALWAYS[1]).all() and not self._tables["audience"].any())

    @cached_property
    def sounds(self) -> Sounds:
        return sounds(self.whole.morphemes.vocabulary)

    @cached_property
    def products(self) -> frozenset[str]:
        text = self._tables["products"].tobytes().decode("utf-8", "surrogatepass")
        return frozenset(text.split("\n")) - {""}

    def counts(self) -> dict[str, int]:
        return {"entries": self.size}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ends = save_records(folder / ENTRIES, self.entries)
        save_arrays(folder / TABLES, {**self._tables, "ends": ends})
        for name, texts in zip(PARTS, (self.questions, self.whole, self.answers)):
            texts.save(folder / name)

    @classmethod
    def load(cls, folder: Path, device: Device = Device.CPU) -> FaqSegment:
        tables = load_arrays(folder / TABLES)
        entries = Records(folder / ENTRIES, tables.pop("ends"), FaqEntry.from_json)
        return cls(entries, tables, [TextSegment.load(folder / name, device) for name in PARTS])


def _tables(entries: Sequence[FaqEntry]) -> dict[str, np.ndarray]:
    rows, ids, known, products = [], [], [], set()
    for place, entry in enumerate(entries):
        first = ALWAYS[0] if entry.valid_from is None else entry.valid_from.toordinal()
        last = ALWAYS[1] if entry.valid_to is None else entry.valid_to.toordinal()
        rows.append((len(entry.questions), first, last, AUDIENCES.index(entry.audience)))
        ids.append((entry.id, place))
        known += [(squeeze(question), place) for question in entry.questions]
        products.add(entry.product or "")
    columns = np.array(rows, np.int32).reshape(-1, 4)
    of_ids, of_known = Places.of(ids), Places.of(known)
    return {
        "question_counts": columns[:, 0].copy(),
        "valid_from": columns[:, 1].copy(),
        "valid_to": columns[:, 2].copy(),
        "audience": columns[:, 3].astype(np.uint8),
        "id_keys": of_ids.keys,
        "id_places": of_ids.places,
        "known_keys": of_known.keys,
        "known_places": of_known.places,
        "products": np.frombuffer("\n".join(sorted(products)).encode("utf-8", "surrogatepass"), np.uint8),
    }


def squeeze(text: str) -> str:
    """`text` in lower case without white space and punctuation, by which known questions are told."""
    return "".join(character for character in normalize(text).text.lower() if character.isalnum())


class ManualSegment:
    """Documents by their place from 0, their passages, and what reading these takes."""

    kind = "manuals"

    def __init__(
        self, documents: Sequence[Document], passages: Sequence[Passage], texts: TextSegment, readings: Readings
    ) -> None:
        self.documents = tuple(documents)
        self.passages = tuple(passages)
        self.texts = texts
        self.readings = readings
        self.size = len(self.documents)
        places = {document.id: place for place, document in enumerate(self.documents)}
        self.owners = np.array([places[passage.document_id] for passage in self.passages], np.int64)
        """(n_passages,) the place of each passage's document."""

    @classmethod
    def build(
        cls,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: StaticVectors,
        progress: Progress | None = None,
        config: DenseConfig | None = None,
    ) -> ManualSegment:
        """A segment of `documents` cut into `passages`; `progress` is called after each passage."""
        text_of = {document.id: document.text for document in documents}
        searched = ("\n".join([p.title, p.section, reading_text(p, text_of[p.document_id])[0]]) for p in passages)
        texts = TextSegment.build(searched, vectors, progress, config)
        return cls(documents, passages, texts, Readings.build(documents, passages))

    @classmethod
    def join(
        cls, parts: Sequence[ManualSegment], kept: Sequence[np.ndarray | None], config: DenseConfig | None = None
    ) -> ManualSegment:
        """The documents of all `parts` in order, without those where `kept` (n,) bool is false; None keeps all."""
        of_passages = [None if keep is None else keep[part.owners] for part, keep in zip(parts, kept)]
        documents = [d for p, k in zip(parts, kept) for i, d in enumerate(p.documents) if k is None or k[i]]
        passages = [d for p, k in zip(parts, of_passages) for i, d in enumerate(p.passages) if k is None or k[i]]
        texts = TextSegment.join([part.texts for part in parts], of_passages, config)
        readings = Readings.join([part.readings for part in parts], of_passages, documents, passages)
        return cls(documents, passages, texts, readings)

    @cached_property
    def sounds(self) -> Sounds:
        return sounds(self.texts.morphemes.vocabulary)

    def counts(self) -> dict[str, int]:
        return {"documents": self.size, "passages": len(self.passages)}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ends = {"documents": save_records(folder / DOCUMENTS, self.documents)}
        ends["passages"] = save_records(folder / PASSAGES, self.passages)
        save_arrays(folder / PASSAGE_TABLES, ends)
        self.texts.save(folder / PASSAGE_TEXTS)
        self.readings.save(folder)

    @classmethod
    def load(cls, folder: Path, device: Device = Device.CPU) -> ManualSegment:
        ends = load_arrays(folder / PASSAGE_TABLES)
        documents = tuple(Records(folder / DOCUMENTS, ends["documents"], Document.from_json))
        passages = tuple(Records(folder / PASSAGES, ends["passages"], Passage.from_json))
        readings = Readings.load(folder, documents, passages)
        return cls(documents, passages, TextSegment.load(folder / PASSAGE_TEXTS, device), readings)


SEGMENTS: dict[str, type[FaqSegment] | type[ManualSegment]] = {kind.kind: kind for kind in (FaqSegment, ManualSegment)}
