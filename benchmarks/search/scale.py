"""Measures the index over 1,000 to 1,000,000 real sentences: building, memory, queries, vector search, one entry more.

    python benchmarks/search/scale.py --texts articles.txt --sizes 1000 10000 100000

`--texts` has one article a line (`title TAB text`). Each size runs in a process of its own, whose highest memory is
reported, and takes the place of its row in scale.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from nlu.morphemes import analyze
from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.documents import FaqEntry
from retrieval.editing import IndexEditor
from retrieval.index import Index
from retrieval.segments import FaqSegment
from retrieval.store import IndexStore

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
SHORTEST, LONGEST = 15, 150
K = 10
THREADS = 8
WARM_UP = 20
LARGEST_FOR_QDRANT = 100_000
"""Its local mode holds Python objects and looks through all of them."""
NEW = FaqEntry("new", "", None, "새로 들어온 항목은 언제부터 답할 수 있나요?", (), "곧바로 답할 수 있어요.")

SERVER = """
import sys, time
from nlu.sentence_vectors import load_vectors
from retrieval.index import Index
from retrieval.watch import IndexWatch
folder, sentences, question = sys.argv[1:]
def take(index):
    hits = index.search_faq(question, 1)
    print(time.time() if hits and hits[0].entry.id == "new" else 0, flush=True)
watch = IndexWatch(folder, Index.load(folder, load_vectors(sentences or None)), take).start()
watch.index.search_faq(question, 1)
print("ready", flush=True)
sys.stdin.read()
"""


def sentences(file: Path) -> Iterator[str]:
    """The distinct sentences of the articles, cut cheaply."""
    seen: set[int] = set()
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            for sentence in SENTENCE_END.split(line.rstrip("\n").partition("\t")[2]):
                if SHORTEST <= len(sentence) <= LONGEST and hash(sentence) not in seen:
                    seen.add(hash(sentence))
                    yield sentence


def percentiles(values_ms: list[float]) -> dict[str, float]:
    return {f"p{q}_ms": round(float(np.percentile(values_ms, q)), 3) for q in (50, 95)}


def timed(work: Callable[[Any], Any], items: list[Any]) -> dict[str, float]:
    """How long `work` takes for each item, one after the other, after a warm-up."""
    for item in items[:WARM_UP]:
        work(item)
    latencies, used = [], []
    for item in items:
        started, cpu = time.perf_counter(), time.thread_time()
        work(item)
        latencies.append((time.perf_counter() - started) * 1000)
        used.append((time.thread_time() - cpu) * 1000)
    return {**percentiles(latencies), "cpu_p50_ms": round(float(np.median(used)), 3)}


def recall(found: list[np.ndarray], exact: np.ndarray) -> float:
    return round(float(np.mean([len(set(a.tolist()) & set(b.tolist())) / K for a, b in zip(found, exact)])), 4)


def build(entries: list[FaqEntry], vectors: StaticVectors, folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    Index.build(entries, [], [], vectors).save(folder)
    built_s, cpu = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    took = {
        "build_s": round(built_s, 1),
        "build_cpu_s": round(cpu.ru_utime + cpu.ru_stime, 1),
        "build_peak_mb": round(cpu.ru_maxrss / 1024),
        "on_disk_mb": round(size / 1e6, 1),
    }
    folder.with_suffix(".json").write_text(json.dumps(took))
    return took


def built_before(folder: Path) -> dict[str, float] | None:
    """What building the index in `folder` took, where an earlier run has left one there (`--keep`)."""
    note = folder.with_suffix(".json")
    return json.loads(note.read_text()) if note.is_file() else None


def measure_queries(index: Index, queries: list[str]) -> dict[str, Any]:
    """One whole query: tokenize, embed, search in all channels, fuse; and its parts."""
    whole = timed(lambda query: index.search_faq(query, 5), queries)
    analyzing = timed(analyze, queries)
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda query: index.search_faq(query, 5), queries))
    per_second = len(queries) / (time.perf_counter() - started)
    return {"whole_query": whole, "analyze_alone": analyzing, f"per_second_with_{THREADS}_threads": round(per_second, 1)}


def measure_vectors(index: Index, queries: np.ndarray) -> dict[str, Any]:
    """Vector search alone over the questions: our layer, the FAISS index below it, and others over the same vectors."""
    import faiss

    segment = index.faq.parts[0].segment
    assert isinstance(segment, FaqSegment)
    dense = index.faq.searcher._questions.dense
    backend = segment.questions.dense
    stored = np.ascontiguousarray(np.concatenate([backend.vectors(np.arange(a, min(a + 50_000, backend.size)))
                                                  for a in range(0, backend.size, 50_000)]))  # fmt: skip
    rows = list(queries)
    exact = faiss.IndexFlatIP(stored.shape[1])
    exact.add(stored)
    truth = exact.search(queries, K)[1]
    found = {
        "ours": timed(lambda query: dense.near(query, K), rows),
        "faiss_same_index": timed(lambda query: backend._index.search(query[None], K), rows),
        "faiss_exact": timed(lambda query: exact.search(query[None], K), rows),
        "numpy": timed(lambda query: np.argpartition(-(stored @ query), K)[:K], rows),
    }
    found["ours"] |= {"engine": backend.engine.value, "recall_at_10": recall([dense.near(query, K) for query in rows], truth)}
    found["hnswlib"] = _hnswlib(stored, rows, truth)
    found["qdrant_local"] = _qdrant(stored, rows, truth)
    return found


def _hnswlib(stored: np.ndarray, rows: list[np.ndarray], truth: np.ndarray) -> dict[str, Any]:
    try:
        import hnswlib
    except ModuleNotFoundError:
        return {"left_out": "hnswlib is not installed (group bench)"}
    started = time.perf_counter()
    graph = hnswlib.Index("ip", stored.shape[1])
    graph.init_index(len(stored), ef_construction=80, M=24)
    graph.add_items(stored, num_threads=1)
    graph.set_ef(128)
    built_s = round(time.perf_counter() - started, 1)
    graph.set_num_threads(1)
    found = recall([graph.knn_query(query[None], K)[0][0] for query in rows], truth)
    return {**timed(lambda query: graph.knn_query(query[None], K), rows), "recall_at_10": found, "build_s": built_s}


def _qdrant(stored: np.ndarray, rows: list[np.ndarray], truth: np.ndarray) -> dict[str, Any]:
    if len(stored) > LARGEST_FOR_QDRANT:
        return {"left_out": f"its local mode looks through all vectors; not run beyond {LARGEST_FOR_QDRANT:,}"}
    try:
        from qdrant_client import QdrantClient, models
    except ModuleNotFoundError:
        return {"left_out": "qdrant-client is not installed (group bench)"}
    client = QdrantClient(":memory:")
    client.create_collection("faq", models.VectorParams(size=stored.shape[1], distance=models.Distance.DOT))
    for a in range(0, len(stored), 5_000):
        ids = list(range(a, min(a + 5_000, len(stored))))
        client.upsert("faq", models.Batch(ids=ids, vectors=stored[a : a + 5_000].tolist()))

    def search(query: np.ndarray) -> np.ndarray:
        return np.array([point.id for point in client.query_points("faq", query=query.tolist(), limit=K).points])

    return {**timed(search, rows), "recall_at_10": recall([search(query) for query in rows], truth)}


def measure_one_more(folder: Path, vectors: StaticVectors, sentences: str) -> dict[str, float]:
    """Seconds from the call that adds an entry until a serving process has found it."""
    command = [sys.executable, "-c", SERVER, str(folder), sentences, NEW.question]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline().strip() == "ready"
        analyze(NEW.question)
        started = time.time()
        IndexEditor(folder, "benchmark", vectors, compact=False).add(NEW)
        written = time.time()
        answered = float(server.stdout.readline())
        assert answered, "the serving process did not find the new entry"
        return {"written_s": round(written - started, 2), "answered_s": round(answered - started, 2)}
    finally:
        server.stdin.close()
        server.wait(60)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    source = sentences(options.texts)
    texts = [sentence for _, sentence in zip(range(options.size + 1), source)]
    if len(texts) <= options.size:
        raise ValueError(f"{options.texts} has {len(texts)} sentences, {options.size + 1} are needed")
    queries = [sentence for _, sentence in zip(range(options.queries), source)]
    entries = [FaqEntry(f"e{i}", "", None, texts[i], (), texts[i + 1]) for i in range(options.size)]
    vectors = load_vectors(options.sentences or None)
    folder = options.keep / str(options.size) if options.keep else Path(tempfile.mkdtemp(prefix="scale-", dir=options.work))
    try:
        analyze("준비")
        result: dict[str, Any] = {"entries": options.size, "queries": len(queries)}
        result |= built_before(folder) or build(entries, vectors, folder)
        del entries, texts
        started = time.perf_counter()
        index = Index.load(folder, vectors)
        result["load_s"] = round(time.perf_counter() - started, 2)
        result |= measure_queries(index, queries)
        encoded = vectors.sentences.encode(queries, [[f"{m.form}/{m.tag}" for m in analyze(q) if m.is_content] for q in queries])
        result["vector_search"] = measure_vectors(index, np.ascontiguousarray(encoded, np.float32))
        del index
        before = IndexStore(folder).manifest().counts["entries"]
        result["one_more_entry"] = measure_one_more(folder, vectors, options.sentences)
        assert IndexStore(folder).manifest().counts["entries"] == before + 1
        IndexEditor(folder, "benchmark", vectors, compact=False).remove([NEW.id])
        return result
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--texts", type=Path, required=True, help="one article a line, `title TAB text`")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--size", type=int, help="measure this size alone, in this process")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--sentences", default="", help="folder or hub name of the sentence vectors; those that ship")
    parser.add_argument("--work", type=Path, default=None, help="folder for the index; a temporary one")
    parser.add_argument("--keep", type=Path, help="folder in which indexes are left, and found again by the next run")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("scale.json"))
    options = parser.parse_args()
    if options.size:
        print(json.dumps(measure(options), ensure_ascii=False))
        return
    results = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
    for size in options.sizes:
        passed = ["--texts", str(options.texts), "--size", str(size), "--queries", str(options.queries)]
        passed += ["--sentences", options.sentences] + (["--work", str(options.work)] if options.work else [])
        passed += ["--keep", str(options.keep)] if options.keep else []
        done = subprocess.run([sys.executable, __file__, *passed], stdout=subprocess.PIPE, text=True, check=True)
        load = [round(one, 1) for one in os.getloadavg()]
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        results[str(size)] = {"machine": machine, "load_average": load, **json.loads(done.stdout)}
        options.out.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(results[str(size)], ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
