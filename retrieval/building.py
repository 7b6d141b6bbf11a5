"""Building an index from files, all of it anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nlu.sentence_vectors import load_vectors
from retrieval.dense import DenseConfig
from retrieval.dictionary import FILE as DICTIONARY_FILE
from retrieval.dictionary import Dictionary, learn
from retrieval.documents import Document, FaqEntry, Passage
from retrieval.faq_search import whole_text
from retrieval.history import History
from retrieval.index import vectors_identity
from retrieval.ingest import Problem, read_faq, read_manuals
from retrieval.manifest import IndexDamagedError, Manifest, live_counts
from retrieval.segments import FaqSegment, ManualSegment
from retrieval.store import IndexStore

logger = logging.getLogger(__name__)

LEARNT_CHARACTERS = 2_000_000
"""How much text words are learnt from; a larger company's words stand in its first texts too."""


@dataclass(frozen=True)
class IndexSummary:
    """What a build did. `lost_edits` is how many changes made by hand the old index had, which the files need not have."""

    files: int
    entries: int
    passages: int
    problems: tuple[Problem, ...]
    seconds: float
    version: str
    lost_edits: int = 0


def build_index(
    faq_files: Iterable[str | Path],
    manual_folders: Iterable[str | Path],
    out: str | Path,
    *,
    vectors: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    dense: DenseConfig | None = None,
    columns: dict[str, str] | None = None,
) -> IndexSummary:
    """Reads the files, builds the index and writes it to `out`.

    `progress` is called with steps done, steps in all (0 while files are read) and what is being
    done. `columns` names the FAQ files' own headings (`{"question": "문의 내용"}`). Files and rows that
    cannot be read are in the summary's problems. ValueError where neither an entry nor a passage was
    found; the old index then stays.
    """
    started = time.perf_counter()
    faq_files, manual_folders = [Path(f) for f in faq_files], [Path(f) for f in manual_folders]
    report = progress or (lambda done, steps, what: None)
    report(0, 0, "FAQ")
    entries, problems = read_faq(faq_files, columns)
    documents, passages, manual_problems = read_manuals(manual_folders, lambda name: report(0, 0, name))
    problems += manual_problems
    if not entries and not passages:
        reasons = " ".join(map(str, problems[:5]))
        raise ValueError(f"색인에 넣을 FAQ 항목도 문서도 없어요. {reasons}".strip())
    products = {entry.product for entry in entries if entry.product}
    documents, passages = with_products(documents, passages, products)
    steps = FaqSegment.build_steps(entries) + len(passages)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        report(done, steps, "색인")

    logger.info("indexing %d entries and %d passages of %d documents", len(entries), len(passages), len(documents))
    model, dense = load_vectors(vectors), dense or DenseConfig()
    store = IndexStore(out)
    with store.lock():
        staged = []
        if entries:
            staged.append(store.stage(FaqSegment.build(entries, model, step, dense)))
        if documents:
            staged.append(store.stage(ManualSegment.build(documents, passages, model, step, dense)))
        change, lost_edits = _before(store)
        counts = live_counts([(one.use, one.segment) for one in staged])
        uses = tuple(one.use for one in staged)
        file = store.folder / DICTIONARY_FILE
        Dictionary.load(file).with_learnt(learn(learnable(entries, documents), products)).save(file)
        version = store.publish(Manifest(vectors_identity(model), counts, uses, asdict(dense), change), staged)
    unread = {p.file for p in problems if p.row is None and p.file in {f.name for f in faq_files}}
    files = len(documents) + sum(f.name not in unread for f in faq_files)
    seconds = time.perf_counter() - started
    return IndexSummary(files, len(entries), len(passages), tuple(problems), seconds, version, lost_edits)


def learnable(entries: Sequence[FaqEntry], documents: Sequence[Document]) -> list[str]:
    """What the company's words are learnt from, at most `LEARNT_CHARACTERS` of it."""
    texts: list[str] = []
    size = 0
    for text in (*(whole_text(entry) for entry in entries), *(document.text for document in documents)):
        size += len(text)
        if size > LEARNT_CHARACTERS:
            break
        texts.append(text)
    return texts


def _before(store: IndexStore) -> tuple[int, int]:
    """The last change in the history, and how many the version before had since it was built."""
    try:
        manifest = store.manifest()
        return manifest.change, manifest.edits
    except (FileNotFoundError, IndexDamagedError):
        return History.last_change(store.folder), 0


def with_products(
    documents: Sequence[Document], passages: Sequence[Passage], products: set[str] | frozenset[str]
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
