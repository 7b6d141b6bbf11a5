"""How well search finds, how well it knows that there is nothing, and how true its confidence is.

    python benchmarks/search/quality.py development
    python benchmarks/search/quality.py parakqc --shared ../shared/data
    python benchmarks/search/quality.py heldout        # the untouched questions: run once, at the end
    python benchmarks/search/quality.py korquad --file KorQuAD_v1.0_dev.json

Each writes its part of quality.json; development and heldout also draw a reliability diagram.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.faq_decision import FaqDecider, FaqDecision
from bot.settings import Settings
from nlu.sentence_vectors import load_vectors
from nlu.vectors import StaticVectors
from retrieval.calibration import CHANNELS, FAQ_CHANNELS, Decision
from retrieval.collection import Collection, Query
from retrieval.coverage import content_keys
from retrieval.documents import FaqEntry
from retrieval.evaluation import expected_calibration_error, mrr, recall_at_k
from retrieval.faq_search import whole_text
from retrieval.fusion import best, default_ranking
from retrieval.index import Index
from retrieval.ingest import read_faq
from retrieval.training.groups import read_parakqc
from retrieval.training.sources import is_parakqc_test

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
DATA = ROOT / "tests" / "data"


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def summary(ranks: Sequence[int]) -> dict[str, float]:
    return {f"recall_at_{k}": round(recall_at_k(ranks, k), 4) for k in (1, 4, 5, 10)} | {"mrr": round(mrr(ranks), 4)}


def rank_of(right: Any, ids: Iterable[Any]) -> int:
    ids = list(dict.fromkeys(ids))[:10]
    return ids.index(right) + 1 if right in ids else 0


def measure_faq(index: Index, rows: Sequence[tuple[str, str]], vectors: StaticVectors) -> dict[str, Any]:
    """Ranks of ours and of each channel alone (`entry_lexical` is BM25 over all text of an entry), and latency."""
    ranks: dict[str, list[int]] = {name: [] for name in ("ours", *FAQ_CHANNELS)}
    latencies, said, search_said, true, scope, search_scope, decisions = [], [], [], [], [], [], []
    decider = FaqDecider(index, Settings())
    for question, _ in rows[:5]:
        index.search_faq(question, 10)
    for question, right in rows:
        started = time.perf_counter()
        hits = index.search_faq(question, 10)
        latencies.append((time.perf_counter() - started) * 1000)
        ranks["ours"].append(rank_of(right, [hit.entry.id for hit in hits]))
        confidences = np.array([hit.confidence for hit in hits])
        search_said.append(confidences[0] if hits else 0.0)
        true.append(bool(hits) and hits[0].entry.id == right)
        decided = decider.decide(question, hits)
        scope.append(decided.in_scope)
        said.append(decided.confidence)
        search_scope.append(float(confidences.sum()))
        decisions.append(decided.decision)
        scores = index.faq.searcher.score(Query.of(question, vectors))
        for channel, name in enumerate(FAQ_CHANNELS):
            ordered = scores.places[best(scores.channels[:, channel], 10)]
            ranks[name].append(rank_of(right, [index.faq.entry(place).id for place in ordered]))
    answered = [i for i, decision in enumerate(decisions) if decision is Decision.ANSWER]
    return {
        "n": len(rows),
        **{name: summary(found) for name, found in ranks.items()},
        "decisions": _counts(decisions),
        "right_of_answered": round(float(np.mean([true[i] for i in answered])), 4) if answered else None,
        "latency_ms": {f"p{q}": round(float(np.percentile(latencies, q)), 2) for q in (50, 95)},
        "_said": said,
        "_search_said": search_said,
        "_true": true,
        "_scope": scope,
        "_search_scope": search_scope,
    }


def measure_outside(index: Index, questions: Sequence[str]) -> dict[str, Any]:
    decider = FaqDecider(index, Settings())
    found = [index.search_faq(question, 10) for question in questions]
    decided: list[FaqDecision] = [decider.decide(question, hits) for question, hits in zip(questions, found)]
    return {
        "n": len(questions),
        "decisions": _counts([one.decision for one in decided]),
        "_said": [one.confidence for one in decided],
        "_search_said": [float(hits[0].confidence) if hits else 0.0 for hits in found],
        "_scope": [one.in_scope for one in decided],
        "_search_scope": [float(sum(hit.confidence for hit in hits)) for hits in found],
    }


def confidence_of(inside: dict[str, Any], outside: dict[str, Any], picture: Path, title: str) -> dict[str, Any]:
    """Calibration over both kinds, what refusing 5 % of the answerable ones refuses of the others, and the diagram."""
    said, true = np.array(inside["_said"]), np.array(inside["_true"], float)
    both, truth = np.append(said, outside["_said"]), np.append(true, np.zeros(len(outside["_said"])))
    refusing = {name: _refusing(inside[f"_{name}"], outside[f"_{name}"]) for name in ("scope", "search_scope")}
    draw(said, true, both, truth, picture, title)
    return {
        "ece_in_scope": round(expected_calibration_error(said, true), 4),
        "ece_with_out_of_scope": round(expected_calibration_error(both, truth), 4),
        "search_alone": {
            "ece_in_scope": round(expected_calibration_error(np.array(inside["_search_said"]), true), 4),
            "ece_with_out_of_scope": round(
                expected_calibration_error(np.append(inside["_search_said"], outside["_search_said"]), truth), 4
            ),
        },
        "refused_at_thresholds": {
            "in_scope": round(inside["decisions"]["not_here"] / inside["n"], 4),
            "out_of_scope": round(outside["decisions"]["not_here"] / outside["n"], 4),
        },
        "bound_refusing_at_most_5_percent": refusing["scope"][0],
        "out_of_scope_refused_there": refusing["scope"][1],
        "by_searchs_confidences_alone": refusing["search_scope"][1],
    }


def _refusing(inside: Sequence[float], outside: Sequence[float]) -> tuple[float, float]:
    """The bound under which 5 % of `inside` lie, and the share of `outside` under it."""
    bound = float(np.quantile(inside, 0.05, method="lower"))
    return round(bound, 4), round(float(np.mean(np.array(outside) < bound)), 4)


def draw(said: np.ndarray, true: np.ndarray, both: np.ndarray, truth: np.ndarray, file: Path, title: str) -> None:
    """A reliability diagram: how often the first hit was right, by what was said of it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, figsize=(5, 6), gridspec_kw={"height_ratios": (3, 1)}, sharex=True)
    above.plot([0, 1], [0, 1], color="#999999", linewidth=1)
    for label, p, y in (("questions of the FAQ", said, true), ("with those out of scope", both, truth)):
        at = np.minimum((p * 10).astype(int), 9)
        bins = [b for b in range(10) if (at == b).any()]
        above.plot([p[at == b].mean() for b in bins], [y[at == b].mean() for b in bins], marker="o", label=label)
        below.hist(p, np.linspace(0, 1, 11), histtype="step")
    above.set(ylabel="first hit right", title=title, xlim=(0, 1), ylim=(0, 1))
    above.legend(loc="upper left")
    below.set(xlabel="confidence", ylabel="questions")
    figure.tight_layout()
    figure.savefig(file, dpi=110)


def jaccard(rows: Sequence[tuple[str, str]], entries: dict[str, FaqEntry]) -> dict[str, float]:
    """Median share of content morphemes that a question has in common with its entry: all text, and the nearest question."""
    words = {id: set(content_keys(whole_text(entry))) for id, entry in entries.items()}
    questions = {id: [set(content_keys(q)) for q in entry.questions] for id, entry in entries.items()}
    whole, nearest = [], []
    for question, id in rows:
        own = set(content_keys(question))
        whole.append(len(own & words[id]) / max(len(own | words[id]), 1))
        nearest.append(max(len(own & other) / max(len(own | other), 1) for other in questions[id]))
    return {"all_text": round(float(np.median(whole)), 3), "nearest_question": round(float(np.median(nearest)), 3)}


def faq_part(name: str, queries: Path, outside: Path, faq: Path, sentences: str | None) -> dict[str, Any]:
    vectors = load_vectors(sentences)
    entries, _ = read_faq([faq])
    index = Index.build(entries, [], [], vectors)
    rows = [(row["question"], row["id"]) for row in rows_of(queries)]
    inside = measure_faq(index, rows, vectors)
    beyond = measure_outside(index, [row["question"] for row in rows_of(outside)])
    confidence = confidence_of(inside, beyond, HERE / f"reliability_{name}.png", f"{name}: {len(rows)} + {beyond['n']} questions")
    return {
        "entries": len(entries),
        "faq": _public(inside),
        "out_of_scope": _public(beyond),
        "confidence": confidence,
        "median_jaccard": jaccard(rows, {entry.id: entry for entry in entries}),
    }


def parakqc_part(shared: Path, sentences: str | None) -> dict[str, Any]:
    """The first sentence of each test group as the entry, its others asked."""
    vectors = load_vectors(sentences)
    groups = [g for g in read_parakqc(shared / "similarity/parakqc_even_groups.tsv") if is_parakqc_test(g)]
    index = Index.build([FaqEntry(g.name, "", None, g.texts[0], (), "") for g in groups], [], [], vectors)
    rows = [(text, group.name) for group in groups for text in group.texts[1:]]
    return {"groups": len(groups), **_public(measure_faq(index, rows, vectors))}


def korquad_part(file: Path, sentences: str | None) -> dict[str, Any]:
    """All paragraphs as passages, with their titles; every question asked."""
    vectors = load_vectors(sentences)
    texts, asked = [], []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            asked += [(qa["question"], len(texts)) for qa in paragraph["qas"]]
            texts.append(f"{article['title']}\n{paragraph['context']}")
    collection, ranking = Collection.build(texts, vectors), default_ranking()
    ranks: dict[str, list[int]] = {name: [] for name in ("ours", *CHANNELS)}
    for question, right in asked:
        scored = collection.score(Query.of(question, vectors))
        places = scored.candidates()
        scores = scored.at(places)
        for name, column in (("ours", ranking.passage_parts(scores).sum(axis=1)), *zip(CHANNELS, scores.T)):
            ranks[name].append(rank_of(right, places[best(column, 10)].tolist()))
    return {"passages": len(texts), "n": len(asked), **{name: summary(found) for name, found in ranks.items()}}


def _counts(decisions: Sequence[Decision]) -> dict[str, int]:
    return {decision.value: sum(found is decision for found in decisions) for decision in Decision}


def _public(measured: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in measured.items() if not name.startswith("_")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=("development", "parakqc", "heldout", "korquad"))
    parser.add_argument("--faq", type=Path, default=ROOT / "data/faq/daedap.csv")
    parser.add_argument("--vectors", help="sentence vectors by folder or hub name; those that ship")
    parser.add_argument("--shared", type=Path, help="folder of published sets, for parakqc")
    parser.add_argument("--file", type=Path, help="KorQuAD 1.0 dev, for korquad")
    parser.add_argument("--out", type=Path, default=HERE / "quality.json")
    options = parser.parse_args()
    if options.part == "parakqc":
        found = parakqc_part(options.shared, options.vectors)
    elif options.part == "korquad":
        found = korquad_part(options.file, options.vectors)
    else:
        prefix = "heldout_" if options.part == "heldout" else ""
        files = DATA / f"{prefix}faq_queries.csv", DATA / f"{prefix}out_of_scope.csv"
        found = faq_part(options.part, *files, options.faq, options.vectors)
    document = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    document[options.part] = {"machine": machine, **found}
    options.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
