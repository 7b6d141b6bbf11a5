"""Building an index of real sentences in stages that a stopped run takes up again.

Up to `BLOCK` entries are one stage, as `daedap index` builds them. More are built in blocks of so many entries, whose
three parts (questions, whole entries, answers) are then joined one by one, as compaction joins segments. Every stage
is a process of its own, leaves its work and what it cost below the folder of the run, and is not done again.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from nlu.morphemes import analyze
from nlu.sentence_vectors import load_vectors
from retrieval.collection import TextSegment
from retrieval.dense import DenseConfig, Engine
from retrieval.documents import FaqEntry
from retrieval.entry_table import EntryTable, tables_of
from retrieval.index import Index, vectors_identity
from retrieval.manifest import Manifest, SegmentUse, seal
from retrieval.segments import PARTS, FaqSegment
from retrieval.store import IndexStore

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
SHORTEST, LONGEST = 15, 150
BLOCK = 100_000
TEXTS = "texts.txt"
FINISHED = "finished"


def sentences(file: Path) -> Iterator[str]:
    """The distinct sentences of the articles, cut cheaply."""
    seen: set[int] = set()
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            for sentence in SENTENCE_END.split(line.rstrip("\n").partition("\t")[2]):
                if SHORTEST <= len(sentence) <= LONGEST and hash(sentence) not in seen:
                    seen.add(hash(sentence))
                    yield sentence


def write_texts(source: Path, work: Path, count: int) -> None:
    """The first `count` sentences of `source`, one a line. ValueError where it has fewer."""
    found = list(itertools.islice(sentences(source), count))
    if len(found) < count:
        raise ValueError(f"{source} has {len(found)} sentences, {count} are needed")
    (work / TEXTS).write_text("\n".join(found) + "\n", encoding="utf-8")


def texts_at(work: Path, start: int, end: int) -> list[str]:
    with (work / TEXTS).open(encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in itertools.islice(lines, start, end)]


def entries_at(work: Path, start: int, end: int) -> list[FaqEntry]:
    """Each sentence is a question, the next one its answer."""
    texts = texts_at(work, start, end + 1)
    return [FaqEntry(f"e{start + i}", "", None, texts[i], (), texts[i + 1]) for i in range(end - start)]


def building_stages(work: Path, size: int, sentence_vectors: str | None) -> dict[str, Callable[[], None]]:
    """The stages that make the index of `size` entries, by name, in their order."""
    if size <= BLOCK:
        return {"build": lambda: _build_whole(work, size, sentence_vectors)}
    starts = range(0, size, BLOCK)
    blocks = {f"block-{start // BLOCK}": lambda start=start: _build_block(work, start, sentence_vectors) for start in starts}
    joins = {f"join-{part}": lambda part=part: _join(work, size, part) for part in PARTS}
    return {**blocks, **joins, "publish": lambda: _publish(work, size, sentence_vectors)}


def index_folder(work: Path, size: int) -> Path:
    return work / str(size) / "index"


def _build_whole(work: Path, size: int, sentence_vectors: str | None) -> None:
    folder = index_folder(work, size)
    shutil.rmtree(folder, ignore_errors=True)
    analyze("준비")
    Index.build(entries_at(work, 0, size), [], [], load_vectors(sentence_vectors)).save(folder)


def _build_block(work: Path, start: int, sentence_vectors: str | None) -> None:
    """One block without a graph: vectors are searched for neighbours when all are there."""
    folder = work / "blocks" / str(start // BLOCK)
    if (folder / FINISHED).is_file():  # a larger size needs the same block
        return
    shutil.rmtree(folder, ignore_errors=True)
    exact = DenseConfig(engine=Engine.EXACT)
    FaqSegment.build(entries_at(work, start, start + BLOCK), load_vectors(sentence_vectors), None, exact).save(folder)
    (folder / FINISHED).touch()


def _join(work: Path, size: int, part: str) -> None:
    blocks = [TextSegment.load(work / "blocks" / str(start // BLOCK) / part) for start in range(0, size, BLOCK)]
    TextSegment.join(blocks, [None] * len(blocks)).save(work / str(size) / "joined" / part)


def _publish(work: Path, size: int, sentence_vectors: str | None) -> None:
    """The joined parts and the entries' tables as the one segment of an index."""
    joined, store = work / str(size) / "joined", IndexStore(index_folder(work, size))
    shutil.rmtree(store.folder, ignore_errors=True)
    entries = entries_at(work, 0, size)
    EntryTable(entries, tables_of(entries)).save_table(joined)
    checksum = seal(joined, FaqSegment.kind, {"entries": size})
    use = SegmentUse("faq-joined", FaqSegment.kind, size, checksum)
    (store.folder / "segments").mkdir(parents=True)
    joined.rename(store.segment_folder(use.name))
    with store.lock():
        store.publish(Manifest(vectors_identity(load_vectors(sentence_vectors)), {"entries": size}, (use,)))
