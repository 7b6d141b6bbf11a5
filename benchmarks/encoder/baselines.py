"""What needs no encoder: TF-IDF and static Kiwi vectors, each under a linear model chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

from nlu.morphemes import analyze
from nlu.transfer.examples import TextExample
from nlu.transfer.metrics import classification_metrics, regression_metrics
from nlu.vectors import StaticVectors

STRENGTHS = (0.3, 1.0, 3.0, 10.0)
"""Inverse strengths of the L2 regularization tried."""


def morphemes(texts: Sequence[str]) -> list[list[str]]:
    return [[f"{m.form}/{m.tag}" for m in analyze(text)] for text in texts]


def tfidf(parts: Sequence[Sequence[TextExample]]) -> dict[str, float]:
    """Metrics on test of TF-IDF over morphemes (one and two) and syllable n-grams (one to three)."""
    cut = {}
    for part in parts:
        for text in texts_of(part):
            cut.setdefault(text, None)
    for text, found in zip(cut, morphemes(list(cut))):
        cut[text] = found
    words = TfidfVectorizer(analyzer=lambda text: _ngrams(cut[text]), sublinear_tf=True, min_df=2)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    known = texts_of(parts[0])
    words.fit(known)
    letters.fit(known)

    def vectors(texts: Sequence[str]):
        return scipy.sparse.hstack([words.transform(texts), letters.transform(texts)]).tocsr()

    return _linear(parts, [_features(part, vectors) for part in parts])


def static(parts: Sequence[Sequence[TextExample]], folder) -> dict[str, float]:
    """Metrics on test of the static sentence vectors that ship."""
    vectors = StaticVectors.load(folder)
    return _linear(parts, [_features(part, lambda texts: 4 * vectors.encode(texts)) for part in parts])


def texts_of(examples: Sequence[TextExample]) -> list[str]:
    return [text for example in examples for text in (example.text, example.pair) if text is not None]


def _ngrams(keys: list[str]) -> list[str]:
    return keys + [f"{a} {b}" for a, b in zip(keys, keys[1:])]


def _features(examples: Sequence[TextExample], vectors):
    """Vectors of single texts; of pairs |u − v|, u ∘ v and the cosine."""
    if examples[0].pair is None:
        return vectors([example.text for example in examples])
    u, v = vectors([example.text for example in examples]), vectors([str(example.pair) for example in examples])
    if scipy.sparse.issparse(u):
        norms = np.sqrt(u.multiply(u).sum(1).A1 * v.multiply(v).sum(1).A1)
        cosine = np.divide(u.multiply(v).sum(1).A1, norms, out=np.zeros(len(norms)), where=norms > 0)
        return scipy.sparse.hstack([abs(u - v), u.multiply(v), scipy.sparse.csr_matrix(3 * cosine[:, None])]).tocsr()
    norms = np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1)
    cosine = np.divide((u * v).sum(1), norms, out=np.zeros(len(norms)), where=norms > 0)
    return np.hstack([np.abs(u - v), u * v, 3 * cosine[:, None]])


def _linear(parts: Sequence[Sequence[TextExample]], features) -> dict[str, float]:
    """Metrics on test of the linear model whose regularization is best on validation; of pairs also the plain cosine's."""
    gold = [[example.label for example in part] for part in parts]
    if isinstance(gold[0][0], float):
        models = [Ridge(alpha=1 / strength).fit(features[0], gold[0]) for strength in STRENGTHS]
        score = lambda model, i: regression_metrics(gold[i], model.predict(features[i]))  # noqa: E731
        best = max(models, key=lambda model: score(model, 1)["spearman"])
        cosine = [np.asarray(part[:, -1].todense()).ravel() if scipy.sparse.issparse(part) else part[:, -1] for part in features]
        if regression_metrics(gold[1], cosine[1])["spearman"] > score(best, 1)["spearman"]:
            return regression_metrics(gold[2], cosine[2])
        return score(best, 2)
    models = [LogisticRegression(C=strength, max_iter=300).fit(features[0], gold[0]) for strength in STRENGTHS]
    score = lambda model, i: classification_metrics(gold[i], model.predict(features[i]).tolist())  # noqa: E731
    return score(max(models, key=lambda model: score(model, 1)["accuracy"]), 2)
