"""The index of an FAQ and manuals, as one version of it: loading and searching.

A loaded index never changes and may be searched from several threads. A new version is a new `Index`, which
takes over what the old one has loaded (`Index.load(folder, previous=old)`), so that it costs what is new;
`retrieval.watch` does that while a server runs, `retrieval.building` and `retrieval.editing` make versions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlu.normalize import normalize
from nlu.sentence_vectors import WORDS, load_vectors
from nlu.vectors import FILE_NAME as VECTORS_FILE
from nlu.vectors import StaticVectors
from retrieval.collection import Query
from retrieval.coverage import CoverageOf
from retrieval.dense import DenseConfig, Device, usable_device
from retrieval.dictionary import FILE as DICTIONARY_FILE
from retrieval.dictionary import Dictionary
from retrieval.documents import Audience, Document, FaqEntry, Passage
from retrieval.faq_search import whole_text
from retrieval.fusion import Ranking, best, default_ranking
from retrieval.live import LiveFaq, LiveManuals, LiveSegment
from retrieval.manifest import IndexDamagedError, Manifest, SegmentUse, live_counts, verify
from retrieval.readings import Reading, Readings
from retrieval.segments import SEGMENTS, FaqSegment, ManualSegment
from retrieval.slips import Lexicon
from retrieval.store import IndexStore

logger = logging.getLogger(__name__)

NAMED_FACTOR = 1.5
"""How much more a passage counts whose document the query names."""
VECTORS = WORDS
"""The word vectors that ship."""
KEPT_QUERIES, KEPT_HITS = 64, 8
"""The hits of so many queries are kept, so many of each."""
LOADING_TRIES = 5
"""A version may be replaced, and its files removed, while it is being loaded; then the next one is."""


class FaqHit(NamedTuple):
    """`matched` is the question or phrasing nearest to the query; `confidence` in [0, 1] that this entry is right.

    `parts` (9,) say what each of `FAQ_CHANNELS` gave to the score.
    """

    entry: FaqEntry
    score: float
    confidence: float
    matched: str
    parts: tuple[float, ...] = ()


class PassageHit(NamedTuple):
    """`parts` (3,) say what each of `CHANNELS` gave to the score."""

    passage: Passage
    text: str
    score: float
    parts: tuple[float, ...] = ()


class Index:
    """A loaded version: the live parts of its segments. `version` is None for one that was never kept on disk."""

    def __init__(
        self,
        segments: Sequence[LiveSegment],
        vectors: StaticVectors,
        ranking: Ranking | None = None,
        *,
        manifest: Manifest | None = None,
        version: str | None = None,
        previous: Index | None = None,
        device: Device = Device.CPU,
        dictionary: Dictionary | None = None,
    ) -> None:
        self.segments = tuple(segments)
        self.version = version
        self.device = device
        self.manifest = manifest
        faq, manuals = ([part for part in segments if part.segment.kind == kind] for kind in ("faq", "manuals"))
        self.faq = previous.faq if previous and previous.faq.parts == tuple(faq) else LiveFaq(faq)
        self.manuals = previous.manuals if previous and previous.manuals.parts == tuple(manuals) else LiveManuals(manuals)
        self.entries = self.faq.entries()
        self.documents, self.passages = self.manuals.documents, self.manuals.passages
        self.readings: Readings = self.manuals.readings
        self._documents = {document.id: document for document in self.documents}
        self._places = {passage.id: place for place, passage in enumerate(self.passages)}
        self._found = lru_cache(maxsize=KEPT_QUERIES)(self._search_faq)
        self._vectors = vectors
        self._ranking = ranking or default_ranking()
        self._coverage = previous._coverage if previous and previous._vectors is vectors else CoverageOf(vectors)
        self._lexicon = Lexicon([part.segment.sounds for part in segments], vectors, self._is_live, dictionary)

    @classmethod
    def build(
        cls,
        entries: Sequence[FaqEntry],
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: StaticVectors,
        progress: Callable[[], None] | None = None,
        config: DenseConfig | None = None,
    ) -> Index:
        """An index in memory."""
        segments: list[FaqSegment | ManualSegment] = []
        if entries:
            segments.append(FaqSegment.build(tuple(entries), vectors, progress, config))
        if documents:
            segments.append(ManualSegment.build(documents, passages, vectors, progress, config))
        return cls([LiveSegment(segment.kind, segment) for segment in segments], vectors)

    def search_faq(self, query: str, k: int = 5, *, audience: Audience = Audience.PUBLIC, on: date | None = None) -> list[FaqHit]:
        """At most `k` entries, best first, each once; none where nothing of the query is known.

        Only what `audience` may see on the day `on` (today) is found. The last queries' hits are kept: one turn asks for the
        same ones several times.
        """
        _check_k(k)
        found = self._found(query, max(k, KEPT_HITS), Audience(audience), on or date.today())
        return list(found[:k])

    def _search_faq(self, query: str, k: int, audience: Audience, on: date) -> tuple[FaqHit, ...]:
        hidden = self.faq.hidden(audience, on)
        cut = Query.of(query, self._vectors, self._lexicon)
        scores = self.faq.searcher.score(cut, hidden)
        fused = scores.channels @ self._ranking.faq_weights
        rows = [row for row in best(fused, k) if fused[row] > 0]
        if not rows:
            return ()
        text = whole_text(self.faq.entry(scores.places[rows[0]]))
        coverage = self._coverage(cut.keys, text, self.faq.searcher.is_live)
        confidences = self._ranking.calibration.confidences(fused, scores.channels, coverage)
        hits = []
        for row in rows:
            entry = self.faq.entry(scores.places[row])
            matched = entry.questions[self.faq.searcher.question_number(scores.questions[row])]
            parts = tuple((scores.channels[row] * self._ranking.faq_weights).tolist())
            hits.append(FaqHit(entry, float(fused[row]), float(confidences[row]), matched, parts))
        return tuple(hits)

    def search_passages(self, query: str, k: int = 5) -> list[PassageHit]:
        """At most `k` passages, best first; none where nothing of the query is known."""
        _check_k(k)
        scored = self.manuals.texts.score(Query.of(query, self._vectors, self._lexicon))
        places = scored.candidates()
        parts = self._ranking.passage_parts(scored.at(places))
        numbers = self.manuals.numbers[places]
        if named := {document.id for document in self.named_documents(query)}:
            parts *= np.where([self.passages[number].document_id in named for number in numbers], NAMED_FACTOR, 1)[:, None]
        fused = parts.sum(axis=1)
        rows = [row for row in best(fused, k) if fused[row] > 0]
        return [self._passage_hit(self.passages[numbers[row]], float(fused[row]), parts[row]) for row in rows]

    def mended(self, query: str) -> str:
        """`query` with nouns of the index in place of what only sounds like them (필타 for 필터)."""
        return self._lexicon.mended(query)

    def entry(self, entry_id: str, *, audience: Audience = Audience.PUBLIC, on: date | None = None) -> FaqEntry | None:
        """The entry with this id, None where there is none that `audience` may see on the day `on` (today)."""
        found = self.faq.find(entry_id)
        if found is None:
            return None
        entry = self.faq.parts[found[0]].segment.entries[found[1]]
        return entry if entry.is_shown(Audience(audience), on or date.today()) else None

    def known_entry(self, question: str, *, audience: Audience = Audience.PUBLIC, on: date | None = None) -> FaqEntry | None:
        """The one entry that has `question` as a question or phrasing, white space and punctuation aside."""
        return self.faq.known(question, Audience(audience), on or date.today())

    @property
    def products(self) -> frozenset[str]:
        """The products that entries and documents name."""
        return self.faq.products | {document.product for document in self.documents if document.product}

    @property
    def vectors(self) -> StaticVectors:
        """The word vectors the index was built with."""
        return self._vectors

    def reading(self, passage: Passage) -> Reading:
        """What reading needs of the passage."""
        return self.readings[self._places[passage.id]]

    def document(self, document_id: str) -> Document:
        """The document with this id. KeyError where there is none."""
        return self._documents[document_id]

    def named_documents(self, query: str) -> list[Document]:
        """The documents whose id or title stands in the query, spaces aside: 전자상거래법 in 전자상거래법에서 며칠이야?"""
        said = _squeezed(query)
        return [d for d in self.documents if any(len(name) > 2 and name in said for name in map(_squeezed, (d.id, d.title)))]

    def _passage_hit(self, passage: Passage, score: float, parts: np.ndarray) -> PassageHit:
        text = self._documents[passage.document_id].text[passage.start : passage.end]
        return PassageHit(passage, text, score, tuple(parts.tolist()))

    def _is_live(self, term: str) -> bool:
        return self.faq.searcher.is_live(term) or self.manuals.texts.lexical.frequency(term) > 0

    def save(self, out: str | Path) -> str:
        """Writes an index made in memory below `out` as its current version, and returns that version's name."""
        store = IndexStore(out)
        with store.lock():
            staged = [store.stage(part.segment) for part in self.segments]
            counts = live_counts([(one.use, one.segment) for one in staged])
            manifest = Manifest(vectors_identity(self._vectors), counts, tuple(one.use for one in staged))
            return store.publish(manifest, staged)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        vectors: StaticVectors | str | Path | None = None,
        *,
        previous: Index | None = None,
        device: Device | str = Device.CPU,
    ) -> Index:
        """The current version in `folder`. FileNotFoundError or IndexDamagedError name the command that makes it.

        Segments that `previous` has loaded are taken from it and not looked at again, and so is its device.
        """
        store = IndexStore(folder)
        if not isinstance(vectors, StaticVectors):
            vectors = load_vectors(vectors)
        device = previous.device if previous else usable_device(Device(device))
        for tries_left in reversed(range(LOADING_TRIES)):
            version = store.current()
            try:
                return cls._load(store, version, vectors, previous, device)
            except (OSError, IndexDamagedError):
                if not tries_left or store.current() == version:
                    raise

    @classmethod
    def _load(
        cls, store: IndexStore, version: str | None, vectors: StaticVectors, previous: Index | None, device: Device
    ) -> Index:
        manifest = store.manifest(version)
        if manifest.vectors != vectors_identity(vectors):
            there, here = _told(manifest.vectors), _told(vectors_identity(vectors))
            raise IndexDamagedError(
                f"{store.folder}: 색인을 만든 벡터({there})와 지금 벡터({here})가 달라요. "
                f"다시 만들어 주세요: {store.rebuild_command}"
            )
        loaded = {part.name: part.segment for part in previous.segments} if previous else {}
        segments = [
            LiveSegment(use.name, loaded.get(use.name) or _load_segment(store, use, device), use.dead)
            for use in manifest.segments
        ]
        dictionary = Dictionary.load(store.folder / DICTIONARY_FILE)
        return cls(segments, vectors, manifest=manifest, version=version, previous=previous, device=device, dictionary=dictionary)


def _load_segment(store: IndexStore, use: SegmentUse, device: Device) -> FaqSegment | ManualSegment:
    folder = store.segment_folder(use.name)
    verify(folder, use, store.rebuild_command)
    return SEGMENTS[use.kind].load(folder, device)


def vectors_identity(vectors: StaticVectors) -> dict[str, Any]:
    """What must be the same where an index is built and where it is searched."""
    return asdict(vectors.config) | {"file": VECTORS_FILE, "sentences": vectors.sentences.identity}


def _told(identity: dict[str, Any]) -> str:
    sentences = identity.get("sentences") or {}
    named = [f"{sentences.get('dimension', '?')}차원", sentences.get("kind"), sentences.get("source"), identity.get("source")]
    return ", ".join(str(part) for part in named if part)


def _squeezed(text: str) -> str:
    return "".join(normalize(text).text.lower().split())


def _check_k(k: int) -> None:
    if k < 1:
        raise ValueError(f"k is {k}; it must be 1 or more")
