"""The index of an FAQ and manuals: building, keeping on disk, loading, searching.

A folder holds `CURRENT`, the name of the version that counts, and `versions/<name>/`. A build
writes a new version beside the old one and then moves `CURRENT` over, so that a reader sees either
the one or the other. Each version carries a manifest with the sha256 of every file; loading
compares them. A loaded index never changes and may be searched from several threads.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlu.normalize import normalize
from nlu.vectors import FILE_NAME as VECTORS_FILE
from nlu.vectors import StaticVectors
from retrieval.collection import Collection, Query
from retrieval.documents import Document, FaqEntry, Passage
from retrieval.faq_search import FaqSearcher
from retrieval.fusion import Ranking, best, default_ranking
from retrieval.ingest import Problem, read_faq, read_manuals
from retrieval.readings import Reading, Readings, reading_text
from retrieval.slips import Lexicon

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
CURRENT, VERSIONS, MANIFEST = "CURRENT", "versions", "manifest.json"
KEPT_VERSIONS = 2
"""The current version and the one before it, which a running server may still be loading."""
NAMED_FACTOR = 1.5
"""How much more a passage counts whose document the query names."""
VECTORS = Path(__file__).resolve().parent.parent / "data" / "models" / "vectors"


class IndexDamagedError(RuntimeError):
    """The index cannot be used as it lies there; the message names the file and the command that rebuilds it."""


class FaqHit(NamedTuple):
    """`matched` is the question or phrasing nearest to the query; `confidence` in [0, 1] that this entry is right."""

    entry: FaqEntry
    score: float
    confidence: float
    matched: str


class PassageHit(NamedTuple):
    passage: Passage
    text: str
    score: float


@dataclass(frozen=True)
class Manifest:
    """What a version is made of; `files` maps each file's path in the version to its sha256."""

    format_version: int
    created: str
    vectors: dict[str, Any]
    counts: dict[str, int]
    files: dict[str, str]


@dataclass(frozen=True)
class IndexSummary:
    """What a build did."""

    files: int
    entries: int
    passages: int
    problems: tuple[Problem, ...]
    seconds: float
    version: str


class Index:
    """A loaded version."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        documents: Sequence[Document],
        passages: Sequence[Passage],
        faq: FaqSearcher,
        passage_texts: Collection,
        vectors: StaticVectors,
        ranking: Ranking | None = None,
        readings: Readings | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.passages = tuple(passages)
        self.documents = tuple(documents)
        self._documents = {document.id: document for document in documents}
        self._faq = faq
        self._passage_texts = passage_texts
        self._vectors = vectors
        self.readings = readings or Readings.build(documents, passages)
        self._places = {passage.id: place for place, passage in enumerate(passages)}
        self._ranking = ranking or default_ranking()
        self._lexicon = Lexicon({*faq.terms, *passage_texts.terms}, vectors)

    @classmethod
    def build(
        cls,
        entries: Sequence[FaqEntry],
        documents: Sequence[Document],
        passages: Sequence[Passage],
        vectors: StaticVectors,
        progress: Callable[[], None] | None = None,
    ) -> Index:
        """An index in memory."""
        texts = {document.id: document.text for document in documents}
        searched = ["\n".join([p.title, p.section, reading_text(p, texts[p.document_id])[0]]) for p in passages]
        return cls(
            entries,
            documents,
            passages,
            FaqSearcher.build(entries, vectors, progress),
            Collection.build(searched, vectors, progress),
            vectors,
        )

    def search_faq(self, query: str, k: int = 5) -> list[FaqHit]:
        """At most `k` entries, best first, each once; none where nothing of the query is known."""
        _check_k(k)
        scores = self._faq.score(Query.of(query, self._vectors, self._lexicon))
        fused = scores.channels @ self._ranking.faq_weights
        confidences = self._ranking.calibration.confidences(fused, scores.channels)
        hits = []
        for row in best(fused, k):
            if fused[row] <= 0:
                break
            entry = self.entries[scores.places[row]]
            matched = entry.questions[self._faq.question_number(scores.questions[row])]
            hits.append(FaqHit(entry, float(fused[row]), float(confidences[row]), matched))
        return hits

    def search_passages(self, query: str, k: int = 5) -> list[PassageHit]:
        """At most `k` passages, best first; none where nothing of the query is known."""
        _check_k(k)
        scored = self._passage_texts.score(Query.of(query, self._vectors, self._lexicon))
        places = scored.candidates()
        fused = scored.at(places) @ self._ranking.passage_weights
        if named := {document.id for document in self.named_documents(query)}:
            fused *= np.where([self.passages[place].document_id in named for place in places], NAMED_FACTOR, 1)
        rows = [row for row in best(fused, k) if fused[row] > 0]
        return [self._passage_hit(self.passages[places[row]], float(fused[row])) for row in rows]

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

    def _passage_hit(self, passage: Passage, score: float) -> PassageHit:
        return PassageHit(passage, self._documents[passage.document_id].text[passage.start : passage.end], score)

    def save(self, out: str | Path) -> str:
        """Writes a new version below `out`, makes it the current one, and returns its name."""
        out = Path(out)
        versions = out / VERSIONS
        versions.mkdir(parents=True, exist_ok=True)
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}-{time.monotonic_ns() % 1_000_000:06d}"
        unfinished = versions / f".{name}"
        unfinished.mkdir()
        try:
            for file, records in (("entries", self.entries), ("documents", self.documents), ("passages", self.passages)):
                lines = (json.dumps(record.to_json(), ensure_ascii=False) + "\n" for record in records)
                (unfinished / f"{file}.jsonl").write_text("".join(lines), encoding="utf-8")
            self._faq.save(unfinished / "faq")
            self._passage_texts.save(unfinished / "passages")
            self.readings.save(unfinished)
            self._write_manifest(unfinished)
            unfinished.rename(versions / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        temporary = out / f".{CURRENT}.{name}"
        temporary.write_text(name + "\n", encoding="utf-8")
        os.replace(temporary, out / CURRENT)
        _remove_old(versions, name)
        return name

    def _write_manifest(self, folder: Path) -> None:
        files = {str(f.relative_to(folder)): _sha256(f) for f in sorted(folder.rglob("*")) if f.is_file()}
        manifest = Manifest(
            FORMAT_VERSION,
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            _vectors_identity(self._vectors),
            {"entries": len(self.entries), "documents": len(self.documents), "passages": len(self.passages)},
            files,
        )
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path, vectors: StaticVectors | str | Path | None = None) -> Index:
        """The current version in `folder`. FileNotFoundError or IndexDamagedError name the command that makes it."""
        folder = Path(folder)
        if not (folder / CURRENT).is_file():
            raise FileNotFoundError(f"{folder}에 색인이 없어요. 먼저 만들어 주세요: {_command(folder)}")
        version = folder / VERSIONS / (folder / CURRENT).read_text(encoding="utf-8").strip()
        manifest = _verified(folder, version)
        if not isinstance(vectors, StaticVectors):
            vectors = StaticVectors.load(vectors or VECTORS)
        if manifest.vectors != _vectors_identity(vectors):
            raise IndexDamagedError(
                f"{version / MANIFEST}: 색인을 만든 벡터({manifest.vectors})와 지금 벡터({_vectors_identity(vectors)})가 달라요. "
                f"다시 만들어 주세요: {_command(folder)}"
            )
        entries, documents, passages = (
            [kind.from_json(json.loads(line)) for line in (version / f"{name}.jsonl").open(encoding="utf-8")]
            for name, kind in (("entries", FaqEntry), ("documents", Document), ("passages", Passage))
        )
        faq = FaqSearcher.load(version / "faq", entries)
        readings = Readings.load(version, documents, passages)
        return cls(entries, documents, passages, faq, Collection.load(version / "passages"), vectors, readings=readings)


def build_index(
    faq_files: Iterable[str | Path],
    manual_folders: Iterable[str | Path],
    out: str | Path,
    *,
    vectors: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> IndexSummary:
    """Reads the files, builds the index and writes it to `out`.

    `progress` is called with steps done, steps in all (0 while files are read) and what is being
    done. Files and rows that cannot be read are in the summary's problems. ValueError where neither
    an entry nor a passage was found; the old index then stays.
    """
    started = time.perf_counter()
    faq_files, manual_folders = [Path(f) for f in faq_files], [Path(f) for f in manual_folders]
    report = progress or (lambda done, steps, what: None)
    report(0, 0, "FAQ")
    entries, problems = read_faq(faq_files)
    documents, passages, manual_problems = read_manuals(manual_folders, lambda name: report(0, 0, name))
    problems += manual_problems
    if not entries and not passages:
        reasons = " ".join(map(str, problems[:5]))
        raise ValueError(f"색인에 넣을 FAQ 항목도 문서도 없어요. {reasons}".strip())
    documents, passages = _with_products(documents, passages, {entry.product for entry in entries if entry.product})
    steps = FaqSearcher.build_steps(entries) + len(passages)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        report(done, steps, "색인")

    logger.info("indexing %d entries and %d passages of %d documents", len(entries), len(passages), len(documents))
    index = Index.build(entries, documents, passages, StaticVectors.load(vectors or VECTORS), step)
    version = index.save(out)
    unread = {p.file for p in problems if p.row is None and p.file in {f.name for f in faq_files}}
    files = len(documents) + sum(f.name not in unread for f in faq_files)
    return IndexSummary(files, len(entries), len(passages), tuple(problems), time.perf_counter() - started, version)


def _with_products(
    documents: Sequence[Document], passages: Sequence[Passage], products: set[str]
) -> tuple[list[Document], list[Passage]]:
    """Documents that name no product get the FAQ's product whose name stands in their title, if it is one only."""
    named: dict[str, str | None] = {}
    for document in documents:
        title = document.title.replace(" ", "")
        found = [product for product in products if product.replace(" ", "") in title]
        named[document.id] = document.product or (found[0] if len(found) == 1 else None)
    return (
        [replace(document, product=named[document.id]) for document in documents],
        [replace(passage, product=named[passage.document_id]) for passage in passages],
    )


def _verified(folder: Path, version: Path) -> Manifest:
    """The version's manifest, after its format and every file's checksum were compared."""
    file = version / MANIFEST
    try:
        manifest = Manifest(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise IndexDamagedError(f"{file}: 색인이 깨졌어요. 다시 만들어 주세요: {_command(folder)}") from None
    if manifest.format_version != FORMAT_VERSION:
        raise IndexDamagedError(
            f"{file}: 색인 형식이 {manifest.format_version}이고 이 프로그램은 {FORMAT_VERSION}만 읽어요. "
            f"다시 만들어 주세요: {_command(folder)}"
        )
    for name, checksum in manifest.files.items():
        if not (version / name).is_file() or _sha256(version / name) != checksum:
            raise IndexDamagedError(f"{version / name}: 파일이 없거나 내용이 바뀌었어요. 다시 만들어 주세요: {_command(folder)}")
    return manifest


def _command(folder: Path) -> str:
    return f"daedap index --faq FAQ.csv --manuals 폴더 --out {folder}"


def _vectors_identity(vectors: StaticVectors) -> dict[str, Any]:
    return asdict(vectors.config) | {"file": VECTORS_FILE}


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _remove_old(versions: Path, current: str) -> None:
    finished = sorted((p for p in versions.iterdir() if not p.name.startswith(".")), key=lambda p: p.stat().st_mtime_ns)
    for folder in finished[:-KEPT_VERSIONS]:
        if folder.name != current:
            shutil.rmtree(folder, ignore_errors=True)


def _squeezed(text: str) -> str:
    return "".join(normalize(text).text.lower().split())


def _check_k(k: int) -> None:
    if k < 1:
        raise ValueError(f"k is {k}; it must be 1 or more")
