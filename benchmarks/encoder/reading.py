"""Reading: F1 on held-out articles after the same short fine-tuning, and what linear models reach on candidate spans."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.encoder.baselines import morphemes
from benchmarks.encoder.setup import Setup, some
from mrc.answer_candidates import candidates
from mrc.evaluation import score
from mrc.examples import QuestionExample
from mrc.metrics import f1
from mrc.training import DataFile, TrainingConfig, load_data, train
from nlu.morphemes import analyze
from nlu.vectors import StaticVectors

ASKED = ("언제", "어디", "누구", "몇", "얼마", "무엇", "어느", "어떤", "무슨", "왜", "어떻게")
NEAR = 40
"""So many characters to each side of a candidate are compared with the question."""


def files(setup: Setup) -> list[DataFile]:
    folder = setup.data
    return [
        DataFile(folder / "korquad" / "korquad_v2.1_dev_windows.jsonl"),
        DataFile(folder / "tydiqa" / "tydiqa_goldp_ko_train.json"),
    ]


def config(setup: Setup, steps: int, **changes: Any) -> TrainingConfig:
    return TrainingConfig(
        max_steps=steps, evaluate_every=steps, validation_limit=setup.sizes.reading_validation, threads=1, processes=1,
        learning_rate=1e-3, **changes,
    )  # fmt: skip


def fine_tuned(
    setup: Setup, name: str, *, encoder: Path | None = None, steps: int | None = None, **changes: Any
) -> dict[str, float]:
    """Exact match and F1 after `steps` steps from this encoder."""
    folder = setup.work / "runs" / name
    shutil.rmtree(folder, ignore_errors=True)
    settings = config(setup, steps or setup.sizes.reading_steps, **changes)
    result = train(files(setup), encoder or setup.encoder, folder, settings, cache=setup.work / "reader-cache")
    return {"f1": result.f1, "exact_match": result.exact_match, "steps": result.steps}


class Span(NamedTuple):
    """A candidate answer with the sentence it stands in."""

    text: str
    near: str
    sentence: str
    kind: str


def linear(setup: Setup, kind: str) -> dict[str, float]:
    """Exact match and F1 of logistic regression over candidate spans; `kind` is "tfidf" or "static"."""
    training, validation = load_data(files(setup), config(setup, 1))
    asked = some([example for examples, _ in training for example in examples if example.answers], setup.sizes.reading_linear)
    similarity = _tfidf(asked) if kind == "tfidf" else _static(StaticVectors.load(setup.vectors))
    features, right = [], []
    for example in asked:
        spans = spans_of(example.context)
        features += _features(example.question, spans, similarity)
        right += [f1(span.text, [answer.text for answer in example.answers]) >= 0.8 for span in spans]
    table = DictVectorizer()
    model = LogisticRegression(max_iter=500).fit(table.fit_transform(features), right)
    predictions = []
    for example in validation:
        spans = spans_of(example.context)
        found = model.decision_function(table.transform(_features(example.question, spans, similarity))) if spans else []
        predictions.append(spans[int(np.argmax(found))].text if spans else "")
    exact_match, found_f1 = score(validation, predictions)
    return {"f1": found_f1, "exact_match": exact_match, "steps": 0}


def spans_of(context: str) -> list[Span]:
    """The candidate answers of a context, by `mrc.answer_candidates`."""
    by_sentence: dict[int, list] = {}
    for morpheme in analyze(context):
        by_sentence.setdefault(morpheme.sentence, []).append(morpheme)
    found = []
    for members in by_sentence.values():
        sentence = context[members[0].start : members[-1].end]
        for one in candidates(members, context):
            start, end = members[one.first].start, members[one.last - 1].end
            near = context[max(0, start - NEAR) : start] + " " + context[end : end + NEAR]
            found.append(Span(context[start:end], near, sentence, one.kind.value))
    return found


def _features(question: str, spans: Sequence[Span], similarity) -> list[dict[str, float]]:
    if not spans:
        return []
    asked = next((word for word in ASKED if word in question), "else")
    sentences, near = similarity(question, [s.sentence for s in spans]), similarity(question, [s.near for s in spans])
    return [
        {
            "sentence": float(sentences[i]),
            "sentence, of the best": float(sentences[i] / max(float(sentences.max()), 1e-6)),
            "near": float(near[i]),
            "near, of the best": float(near[i] / max(float(near.max()), 1e-6)),
            "in the question": float(span.text in question),
            "characters": min(len(span.text), 20) / 10,
            f"{asked} {span.kind}": 1.0,
        }
        for i, span in enumerate(spans)
    ]


def _tfidf(examples: Sequence[QuestionExample]):
    cut: dict[str, list[str]] = {}

    def keys(text: str) -> list[str]:
        if text not in cut:
            cut[text] = morphemes([text])[0]
        return cut[text]

    vectorizer = TfidfVectorizer(analyzer=keys, sublinear_tf=True).fit([example.context for example in examples])

    def similarity(question: str, texts: list[str]) -> np.ndarray:
        return (vectorizer.transform(texts) @ vectorizer.transform([question]).T).toarray().ravel()

    return similarity


def _static(vectors: StaticVectors):
    known: dict[str, np.ndarray] = {}

    def similarity(question: str, texts: list[str]) -> np.ndarray:
        for text in {question, *texts} - set(known):
            known[text] = vectors.encode([text])[0]
        return np.stack([known[text] for text in texts]) @ known[question]

    return similarity
