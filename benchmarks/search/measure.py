"""Measures FAQ search on held-out customer questions and questions out of scope: ours, and each channel alone.

    python benchmarks/search/measure.py --faq data/faq/daedap.csv --queries tests/data/faq_queries.csv \
        --out-of-scope tests/data/out_of_scope.csv --manual-questions tests/data/manual_questions.jsonl
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from nlu.vectors import StaticVectors
from retrieval.collection import Query
from retrieval.evaluation import mrr, recall_at_k
from retrieval.fusion import FAQ_CHANNELS, best
from retrieval.index import VECTORS, Index
from retrieval.ingest import read_faq, read_manuals

ROOT = Path(__file__).resolve().parents[2]
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


def summary(ranks: list[int]) -> dict[str, float]:
    return {f"recall_at_{k}": round(recall_at_k(ranks, k), 3) for k in (1, 4, 5, 10)} | {"mrr": round(mrr(ranks), 3)}


def rank_of(right: str, ids: list[str]) -> int:
    ids = list(dict.fromkeys(ids))[:10]
    return ids.index(right) + 1 if right in ids else 0


def expected_calibration_error(said: np.ndarray, true: np.ndarray) -> float:
    """Ten bins of equal width (Naeini et al. 2015)."""
    bins = np.minimum((said * 10).astype(int), 9)
    return round(float(sum(abs((said - true)[bins == b].sum()) for b in range(10)) / len(said)), 3)


def measure_faq(index: Index, rows: list[dict[str, str]], vectors: StaticVectors) -> dict[str, object]:
    places = {entry.id: place for place, entry in enumerate(index.entries)}
    ranks: dict[str, list[int]] = {name: [] for name in ("ours", *FAQ_CHANNELS)}
    said, true, latencies = [], [], []
    index.search_faq("준비")
    for row in rows:
        started = time.perf_counter()
        hits = index.search_faq(row["question"], 10)
        latencies.append((time.perf_counter() - started) * 1000)
        ranks["ours"].append(rank_of(row["id"], [hit.entry.id for hit in hits]))
        said.append(hits[0].confidence if hits else 0.0)
        true.append(bool(hits) and hits[0].entry.id == row["id"])
        scores = index._faq.score(Query.of(row["question"], vectors))
        for channel, name in enumerate(FAQ_CHANNELS):
            ordered = scores.places[best(scores.channels[:, channel], 10)].tolist()
            place = places[row["id"]]
            ranks[name].append(ordered.index(place) + 1 if place in ordered else 0)
    p, y = np.array(said), np.array(true)
    return {
        "n": len(rows),
        **{name: summary(found) for name, found in ranks.items()},
        "ece": expected_calibration_error(p, y),
        "first_hit_at": {
            str(t): {"answered": round(float((p >= t).mean()), 3), "right_of_answered": round(float(y[p >= t].mean()), 3)}
            for t in THRESHOLDS
        },
        "latency_ms": {f"p{q}": round(float(np.percentile(latencies, q)), 2) for q in (50, 95)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--faq", type=Path, default=ROOT / "data/faq/daedap.csv")
    parser.add_argument("--manuals", type=Path, default=ROOT / "data/manuals")
    parser.add_argument("--queries", type=Path, default=ROOT / "tests/data/faq_queries.csv")
    parser.add_argument("--out-of-scope", type=Path, default=ROOT / "tests/data/out_of_scope.csv")
    parser.add_argument("--manual-questions", type=Path, default=ROOT / "tests/data/manual_questions.jsonl")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.json"))
    options = parser.parse_args()
    vectors = StaticVectors.load(VECTORS)
    entries, _ = read_faq([options.faq])
    documents, passages, _ = read_manuals([options.manuals])
    index = Index.build(entries, documents, passages, vectors)

    faq = measure_faq(index, list(csv.DictReader(options.queries.open(encoding="utf-8-sig"))), vectors)
    outside = [row["question"] for row in csv.DictReader(options.out_of_scope.open(encoding="utf-8-sig"))]
    said = np.array([max([hit.confidence for hit in index.search_faq(question, 1)], default=0.0) for question in outside])
    questions = [json.loads(line) for line in options.manual_questions.open(encoding="utf-8")]
    questions = [question for question in questions if question["answers"]]  # the others have no answer in the manuals
    document_ranks, answer_ranks = [], []
    for question in questions:
        hits = index.search_passages(question["question"], 10)
        document_ranks.append(rank_of(question["document"], [hit.passage.document_id for hit in hits]))
        holding = [
            i
            for i, hit in enumerate(hits, 1)
            if any(answer in hit.text for answer in question["answers"]) and hit.passage.document_id == question["document"]
        ]
        answer_ranks.append(holding[0] if holding else 0)
    results = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "faq": faq,
        "out_of_scope": {"n": len(outside), "answered_at": {str(t): round(float((said >= t).mean()), 3) for t in THRESHOLDS}},
        "manual_questions": {
            "n": len(questions),
            "right_document": summary(document_ranks),
            "passage_with_the_answer": summary(answer_ranks),
        },
    }
    options.out.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
