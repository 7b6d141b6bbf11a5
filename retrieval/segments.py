"""Segments: what one build or one edit adds to the index. They never change once written.

A `FaqSegment` holds entries with their three collections of texts, a `ManualSegment` documents and their
passages. Removing is said beside them, in the version's manifest; joining segments drops what was removed
without analyzing or embedding a text again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from nlu.morphemes import Morpheme, analyze
from nlu.vectors import StaticVectors
from retrieval.arrays import load_arrays, save_arrays
from retrieval.collection import TextSegment, TextSegmentBuilder
from retrieval.dense import DenseConfig, Device
from retrieval.documents import Document, FaqEntry, Passage
from retrieval.entry_table import EntryTable, tables_of
from retrieval.faq_search import whole_text
from retrieval.readings import Readings, reading_text
from retrieval.records import Records, save_records
from retrieval.slips import Sounds, sounds

DOCUMENTS, PASSAGES, PASSAGE_TABLES, PASSAGE_TEXTS = "documents.jsonl", "passages.jsonl", "passages.arrays", "passages"
PARTS = ("questions", "entries", "answers")
Progress = Callable[[], None]


class Segment(Protocol):
    """What versions, the store and compaction need of either kind."""

    kind: str
    size: int
    """Of entries, or documents: what is removed one by one."""

    def save(self, folder: Path) -> None: ...
    def counts(self) -> dict[str, int]: ...


class FaqSegment(EntryTable):
    """Entries by their place from 0, with what finding them takes."""

    kind = "faq"

    def __init__(self, entries: Sequence[FaqEntry], tables: dict[str, np.ndarray], texts: Sequence[TextSegment]) -> None:
        """`texts` are the segments of the questions, of whole entries and of answers."""
        super().__init__(entries, tables)
        self.questions, self.whole, self.answers = texts

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
            for builder, texts in zip(builders, _texts(entry)):
                for text, morphemes in texts:
                    builder.add(text, morphemes)
                    if progress:
                        progress()
        return cls(entries, tables_of(entries), [builder.finish() for builder in builders])

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
        return cls(entries, tables_of(entries), texts)

    def kept_entries(self, keep: np.ndarray | None) -> Sequence[FaqEntry]:
        return self.entries if keep is None else [self.entries[place] for place in np.flatnonzero(keep).tolist()]

    @cached_property
    def sounds(self) -> Sounds:
        return sounds(self.whole.morphemes.vocabulary)

    def counts(self) -> dict[str, int]:
        return {"entries": self.size}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.save_table(folder)
        for name, texts in zip(PARTS, (self.questions, self.whole, self.answers)):
            texts.save(folder / name)

    @classmethod
    def load(cls, folder: Path, device: Device = Device.CPU) -> FaqSegment:
        table = EntryTable.load_table(folder)
        return cls(table.entries, table.tables, [TextSegment.load(folder / name, device) for name in PARTS])


def _texts(entry: FaqEntry) -> tuple[list[tuple[str, list[Morpheme]]], ...]:
    """The texts of the three parts with their morphemes; the whole entry's are those of its lines, analyzed once."""
    questions = [(question, analyze(question)) for question in entry.questions]
    answer = (entry.answer, analyze(entry.answer))
    heads = [morpheme for line in (entry.category, entry.product or "") for morpheme in analyze(line)]
    whole = heads + [morpheme for _, found in (*questions, answer) for morpheme in found]
    return questions, [(whole_text(entry), whole)], [answer]


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
