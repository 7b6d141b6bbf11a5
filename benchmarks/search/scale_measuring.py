"""What is measured of an index: whole queries, the search of vectors alone, others over the same vectors, one entry more."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from nlu.morphemes import analyze
from nlu.vectors import StaticVectors
from retrieval.documents import FaqEntry
from retrieval.editing import IndexEditor
from retrieval.index import Index

K = 10
THREADS = 8
WARM_UP = 20
RECONSTRUCTED = 50_000
HNSWLIB_LINKS, HNSWLIB_BUILD, HNSWLIB_SEARCH = 24, 80, 128
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


def timed(work: Callable[[Any], Any], items: list[Any]) -> dict[str, float]:
    """How long `work` takes for each item, one after the other; the first few are a warm-up and do not count."""
    for item in items[:WARM_UP]:
        work(item)
    latencies, used = [], []
    for item in items[WARM_UP:]:
        started, cpu = time.perf_counter(), time.thread_time()
        work(item)
        latencies.append((time.perf_counter() - started) * 1000)
        used.append((time.thread_time() - cpu) * 1000)
    percentiles = {f"p{q}_ms": round(float(np.percentile(latencies, q)), 3) for q in (50, 95)}
    return {**percentiles, "cpu_p50_ms": round(float(np.median(used)), 3)}


def recall(found: list[np.ndarray], exact: np.ndarray) -> float:
    return round(float(np.mean([len(set(a.tolist()) & set(b.tolist())) / K for a, b in zip(found, exact)])), 4)


def measure_queries(folder: Path, vectors: StaticVectors, queries: list[str]) -> dict[str, Any]:
    """One whole query: tokenize, embed, search in all channels, fuse. Each third of `queries` is asked once only, since
    the morphemes of a text are kept for a while: one after the other, from several threads, analyzed alone."""
    alone, together, analyzed = (queries[start::3] for start in range(3))
    started = time.perf_counter()
    index = Index.load(folder, vectors)
    loaded_s = round(time.perf_counter() - started, 2)
    whole = timed(lambda query: index.search_faq(query, 5), alone)
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda query: index.search_faq(query, 5), together))
    per_second = round(len(together) / (time.perf_counter() - started), 1)
    return {
        "queries": len(alone),
        "load_s": loaded_s,
        "whole_query": whole,
        "analyze_alone": timed(analyze, analyzed),
        f"per_second_with_{THREADS}_threads": per_second,
    }


def stored_vectors(index: Index) -> np.ndarray:
    """(n, d) float32: the vectors of all questions, as the index keeps them."""
    dense = index.faq.parts[0].segment.questions.dense
    starts = range(0, dense.size, RECONSTRUCTED)
    return np.concatenate([dense.vectors(np.arange(a, min(a + RECONSTRUCTED, dense.size))) for a in starts])


def encoded(vectors: StaticVectors, queries: list[str]) -> np.ndarray:
    keys = [[f"{m.form}/{m.tag}" for m in analyze(query) if m.is_content] for query in queries]
    return np.ascontiguousarray(vectors.sentences.encode(queries, keys, query=True), np.float32)


def exact_answers(stored: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """(n, K) the places that looking through all vectors finds."""
    flat = faiss.IndexFlatIP(stored.shape[1])
    flat.add(stored)
    return flat.search(queries, K)[1]


def measure_vectors(index: Index, stored: np.ndarray, queries: np.ndarray) -> dict[str, Any]:
    """The ten nearest questions: our layer, the FAISS index below it, and looking through all vectors."""
    segment, dense = index.faq.parts[0].segment, index.faq.searcher.questions.dense
    raw, hits = segment.questions.dense.faiss_index, segment.questions.dense.asked_for(K)
    truth, rows = exact_answers(stored, queries), list(queries)
    flat = faiss.IndexFlatIP(stored.shape[1])
    flat.add(stored)
    found = [dense.near(query, K) for query in rows]
    return {
        "ours": {
            **timed(lambda query: dense.near(query, K), rows),
            "engine": segment.questions.dense.engine.value,
            "recall_at_10": recall(found, truth),
        },
        "faiss_same_index": timed(lambda query: raw.search(query[None], hits), rows),
        "faiss_exact": timed(lambda query: flat.search(query[None], K), rows),
        "numpy": timed(lambda query: np.argpartition(-(stored @ query), K)[:K], rows),
    }


def build_hnswlib(stored: np.ndarray, file: Path) -> None:
    import hnswlib

    graph = hnswlib.Index("ip", stored.shape[1])
    graph.init_index(len(stored), ef_construction=HNSWLIB_BUILD, M=HNSWLIB_LINKS)
    graph.add_items(stored, num_threads=1)
    graph.save_index(str(file))


def measure_hnswlib(stored: np.ndarray, file: Path, queries: np.ndarray) -> dict[str, Any]:
    import hnswlib

    graph = hnswlib.Index("ip", stored.shape[1])
    graph.load_index(str(file), max_elements=len(stored))
    graph.set_ef(HNSWLIB_SEARCH)
    graph.set_num_threads(1)
    found = [graph.knn_query(query[None], K)[0][0] for query in queries]
    times = timed(lambda query: graph.knn_query(query[None], K), list(queries))
    return {**times, "recall_at_10": recall(found, exact_answers(stored, queries))}


def measure_qdrant(stored: np.ndarray, queries: np.ndarray) -> dict[str, Any]:
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    client.create_collection("faq", models.VectorParams(size=stored.shape[1], distance=models.Distance.DOT))
    for start in range(0, len(stored), 5_000):
        ids = list(range(start, min(start + 5_000, len(stored))))
        client.upsert("faq", models.Batch(ids=ids, vectors=stored[start : start + 5_000].tolist()))

    def search(query: np.ndarray) -> np.ndarray:
        return np.array([point.id for point in client.query_points("faq", query=query.tolist(), limit=K).points])

    found = [search(query) for query in queries]
    return {**timed(search, list(queries)), "recall_at_10": recall(found, exact_answers(stored, queries))}


def measure_one_more(folder: Path, vectors: StaticVectors, sentences: str) -> dict[str, float]:
    """Seconds from the call that adds an entry until a serving process has found it; it is taken out again."""
    command = [sys.executable, "-c", SERVER, str(folder), sentences, NEW.question]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    editor = IndexEditor(folder, "benchmark", vectors, compact=False)
    try:
        if server.stdout.readline().strip() != "ready":
            raise RuntimeError("the serving process did not start")
        analyze(NEW.question)
        started = time.time()
        editor.add(NEW)
        written = time.time()
        answered = float(server.stdout.readline())
        if not answered:
            raise RuntimeError("the serving process did not find the new entry")
        return {"written_s": round(written - started, 2), "answered_s": round(answered - started, 2)}
    finally:
        server.stdin.close()
        server.wait(60)
        editor.remove([NEW.id])
