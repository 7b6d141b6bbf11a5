"""Sentiment of a customer's message: angry, negative, neutral or positive.

Two steps. A review model, logistic regression over morphemes and pairs of them, learns from film reviews
(NSMC) what praise and blame sound like. Its score is then one feature among the n-grams of messages in support
language, beside two vectors of the message: the encoder's (`nlu.transfer.multitask`, which has learnt from reviews as
well) and the mean of its morphemes' static ones (`nlu.vectors`). Ridge regression learns the four labels from them:
reviews know neither the neutral question nor anger.

    python -m nlu.sentiment train --reviews nsmc_train.tsv --support data/training/support_sentiment.csv
    python -m nlu.sentiment evaluate --data FILE.csv
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse

from nlu.insults import find_insult
from nlu.near_duplicates import near_duplicate_groups
from nlu.ngrams import Analyzed, NgramFeatures, analyzed
from nlu.ridge import Ridge, fold_of_groups, softmax
from nlu.sentence_encoder import SentenceEncoder
from nlu.vectors import StaticVectors

logger = logging.getLogger(__name__)

LABELS = ("angry", "negative", "neutral", "positive")
REVIEW_FILE, NGRAMS_FILE, RIDGE_FILE, CONFIG_FILE = "reviews.npz", "ngrams.npz", "ridge.npz", "sentiment.json"
FORMAT_VERSION = 1
DEFAULT_FOLDER = Path("data/models/sentiment")
MESSAGE_ENCODER, STATIC_VECTORS = Path("data/models/messages"), Path("data/models/vectors")


class Sentiment(NamedTuple):
    """The likeliest label, its probability, and all probabilities in the order of `LABELS`."""

    name: str
    confidence: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class SentimentConfig:
    """How the two models are learnt; saved beside them."""

    format_version: int = FORMAT_VERSION
    min_review_df: int = 12
    review_weight: float = 0.6
    insult_weight: float = 0.5
    encoder_weight: float = 1.0
    """Of the message's vectors."""
    encoder_dimension: int = 0
    """Of the message's vectors that stand beside the n-grams, all together; 0 for none."""
    alpha: float = 1.0


class ReviewModel:
    """Log-odds that a text is praise, from the morphemes of reviews."""

    def __init__(self, grams: Sequence[str], weights: np.ndarray, intercept: float) -> None:
        self._places = {gram: i for i, gram in enumerate(grams)}
        self.weights = np.asarray(weights, np.float32)
        self.intercept = float(intercept)

    @classmethod
    def fit(cls, messages: Sequence[Analyzed], labels: Sequence[int], min_df: int) -> ReviewModel:
        """Learn from analyzed reviews and labels 0 (blame) and 1 (praise)."""
        from sklearn.linear_model import LogisticRegression

        df = Counter(gram for message in messages for gram in review_grams(message))
        model = cls(sorted(gram for gram, count in df.items() if count >= min_df), np.zeros(0), 0.0)
        regression = LogisticRegression(C=0.3, solver="liblinear", tol=1e-3).fit(model._rows(messages), labels)
        return cls(list(model._places), regression.coef_[0], regression.intercept_[0])

    def scores(self, messages: Sequence[Analyzed]) -> np.ndarray:
        """`(n,)` float32 log-odds of praise."""
        return np.asarray(self._rows(messages) @ self.weights) + self.intercept

    def _rows(self, messages: Sequence[Analyzed]) -> scipy.sparse.csr_matrix:
        rows = [[place for place in map(self._places.get, review_grams(message)) if place is not None] for message in messages]
        ends = np.cumsum([0, *map(len, rows)])
        values = np.concatenate([np.full(len(row), len(row) ** -0.5, np.float32) for row in rows if row] or [np.zeros(0)])
        columns = np.array([place for row in rows for place in row], np.int64)
        return scipy.sparse.csr_matrix((values, columns, ends), shape=(len(rows), len(self._places)))

    def save(self, path: Path) -> None:
        text = "\n".join(self._places).encode("utf-8")
        arrays = {"weights": self.weights.astype(np.float16), "intercept": np.float32(self.intercept)}
        np.savez_compressed(path, grams=np.frombuffer(text, np.uint8), **arrays)

    @classmethod
    def load(cls, path: Path) -> ReviewModel:
        with np.load(path, allow_pickle=False) as arrays:
            grams = arrays["grams"].tobytes().decode("utf-8").split("\n")
            return cls(grams, arrays["weights"], float(arrays["intercept"]))


def review_grams(message: Analyzed) -> set[str]:
    """Morphemes and pairs of neighbours of a review."""
    keys = [f"{form}/{tag}" for form, tag in message.morphemes]
    return {*keys, *(f"{a} {b}" for a, b in zip(keys, keys[1:]))}


class SentimentModel:
    """The four labels for messages in support language; safe to share between threads."""

    def __init__(self, config: SentimentConfig, reviews: ReviewModel, ngrams: NgramFeatures, ridge: Ridge) -> None:
        self.config = config
        self._reviews = reviews
        self._ngrams = ngrams
        self._ridge = ridge

    @classmethod
    def fit(
        cls,
        reviews: ReviewModel,
        texts: Sequence[str],
        labels: Sequence[str],
        config: SentimentConfig | None = None,
        vectors: np.ndarray | None = None,
    ) -> SentimentModel:
        """Adapt `reviews` to support language; `vectors (n, d)` are the messages' where an encoder gives them.

        ValueError for a label that is none of LABELS.
        """
        unknown = set(labels) - set(LABELS)
        if unknown:
            raise ValueError(f"unknown label {', '.join(sorted(unknown))}; known are {', '.join(LABELS)}")
        config = replace(config or SentimentConfig(), encoder_dimension=0 if vectors is None else vectors.shape[1])
        messages = [analyzed(text) for text in texts]
        ngrams = NgramFeatures().fit(messages)
        rows = _features(config, reviews, ngrams, messages, vectors)
        return cls(config, reviews, ngrams, Ridge.fit(rows, labels, near_duplicate_groups(texts), config.alpha))

    def predict(self, messages: Sequence[Analyzed], vectors: np.ndarray | None = None) -> list[Sentiment]:
        """One sentiment a message. ValueError where `vectors (n, d)` are not those it was learnt with."""
        scores = self._ridge.scores(_features(self.config, self._reviews, self._ngrams, messages, vectors))
        found = []
        for row in softmax(scores):
            by_name = dict(zip(self._ridge.labels, row.tolist()))
            best = max(by_name, key=by_name.__getitem__)
            found.append(Sentiment(best, by_name[best], tuple(by_name.get(label, 0.0) for label in LABELS)))
        return found

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._reviews.save(folder / REVIEW_FILE)
        self._ngrams.save(folder / NGRAMS_FILE)
        self._ridge.save(folder / RIDGE_FILE)
        (folder / CONFIG_FILE).write_text(json.dumps(asdict(self.config), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> SentimentModel:
        """What `save` wrote. FileNotFoundError names the command that makes it."""
        if not (folder / CONFIG_FILE).is_file():
            raise FileNotFoundError(f"{folder / CONFIG_FILE} is missing: `python -m nlu.sentiment train --out {folder}` makes it")
        config = SentimentConfig(**json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
        if config.format_version != FORMAT_VERSION:
            raise ValueError(f"{folder} has format {config.format_version}, this version reads {FORMAT_VERSION}")
        reviews = ReviewModel.load(folder / REVIEW_FILE)
        return cls(config, reviews, NgramFeatures.load(folder / NGRAMS_FILE), Ridge.load(folder / RIDGE_FILE))


def _features(
    config: SentimentConfig,
    reviews: ReviewModel,
    ngrams: NgramFeatures,
    messages: Sequence[Analyzed],
    vectors: np.ndarray | None,
) -> scipy.sparse.csr_matrix:
    given = 0 if vectors is None else vectors.shape[1]
    if given != config.encoder_dimension:
        learnt = config.encoder_dimension
        raise ValueError(f"the sentiment model was learnt with vectors of {learnt} dimensions, these have {given}")
    scores = np.tanh(reviews.scores(messages) / 2)
    insults = np.array([float(find_insult(message.text).found) for message in messages])
    dense = [np.stack([config.review_weight * scores, config.insult_weight * insults, _exclamations(messages)], axis=1)]
    if vectors is not None:
        dense.append(config.encoder_weight * vectors)
    blocks = [ngrams.transform(messages), *map(scipy.sparse.csr_matrix, dense)]
    return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)


def _exclamations(messages: Sequence[Analyzed]) -> np.ndarray:
    return np.array([min(message.text.count("!"), 3) / 10 for message in messages])


def read_support(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of a CSV with the columns `label` and `utterance`; ValueError names a bad line."""
    texts, labels = [], []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"label", "utterance"} <= set(reader.fieldnames or ()):
            raise ValueError(f"{path}: it must have the columns label and utterance, it has {reader.fieldnames}")
        for number, row in enumerate(reader, start=2):
            label, text = (row["label"] or "").strip(), (row["utterance"] or "").strip()
            if label not in LABELS or not text:
                raise ValueError(f"{path}, line {number}: {label!r}, {text!r} is not a label of {', '.join(LABELS)} and a text")
            labels.append(label)
            texts.append(text)
    return texts, labels


def read_reviews(path: Path, limit: int | None = None, seed: int = 0) -> tuple[list[str], list[int]]:
    """Reviews and labels 0 or 1 of a tab-separated file `document, label`; `limit` of them at random."""
    lines = path.read_text(encoding="utf-8").split("\n")[1:]
    if limit is not None:
        random.Random(seed).shuffle(lines)
        lines = lines[:limit]
    pairs = [line.rsplit("\t", 1) for line in lines if "\t" in line]
    kept = [(text.strip(), int(label)) for text, label in pairs if text.strip() and label.strip() in ("0", "1")]
    return [text for text, _ in kept], [label for _, label in kept]


def cross_validated(
    reviews: ReviewModel, texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray | None = None, folds: int = 5
) -> list[str]:
    """The predicted label of each text by a model that saw no near-duplicate of it."""
    fold = fold_of_groups(near_duplicate_groups(texts), folds)
    predicted = [""] * len(texts)
    for number in range(folds):
        inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        own = (None, None) if vectors is None else (vectors[inside], vectors[outside])
        model = SentimentModel.fit(reviews, [texts[i] for i in inside], [labels[i] for i in inside], vectors=own[0])
        for i, sentiment in zip(outside, model.predict([analyzed(texts[i]) for i in outside], own[1])):
            predicted[i] = sentiment.name
    return predicted


def accuracy(gold: Iterable[object], predicted: Iterable[object]) -> float:
    """The share of equal pairs."""
    pairs = list(zip(gold, predicted))
    return sum(a == b for a, b in pairs) / max(1, len(pairs))


def train(
    reviews_path: Path, support_path: Path, out: Path, limit: int | None = None, encoder: Path | None = None
) -> dict[str, float | int]:
    """Learn both models, save them into `out`; returns what was measured on held-out parts."""
    config = SentimentConfig()
    texts, labels = read_reviews(reviews_path, limit)
    logger.info("analyzing %d reviews", len(texts))
    messages = [analyzed(text) for text in texts]
    order = random.Random(1).sample(range(len(texts)), len(texts))
    held, rest = order[: len(order) // 20], order[len(order) // 20 :]
    probe = ReviewModel.fit([messages[i] for i in rest], [labels[i] for i in rest], config.min_review_df)
    review_accuracy = accuracy((labels[i] == 1 for i in held), probe.scores([messages[i] for i in held]) > 0)
    reviews = ReviewModel.fit(messages, labels, config.min_review_df)
    measured = {"reviews": len(texts), "reviews_held_out": len(held), "review_accuracy": round(review_accuracy, 4)}
    return measured | adapt(reviews, support_path, out, encoder)


def message_vectors(texts: Sequence[str], encoder: Path, static: Path) -> np.ndarray:
    """`(n, d)`: the encoder's vector of each text beside the static one, as the featurizers of config.yml have them."""
    keys = [[f"{form}/{tag}" for form, tag in analyzed(text).morphemes] for text in texts]
    return np.hstack([SentenceEncoder(encoder).encode(texts), StaticVectors.load(static).encode_morphemes(keys)])


def adapt(reviews: ReviewModel, support_path: Path, out: Path, encoder: Path | None = None) -> dict[str, float | int]:
    """Learn the support language on top of `reviews`, save all into `out`; returns what was measured."""
    support, wanted = read_support(support_path)
    vectors = message_vectors(support, encoder, STATIC_VECTORS) if encoder else None
    polar = [i for i, label in enumerate(wanted) if label != "neutral"]
    blamed = reviews.scores([analyzed(support[i]) for i in polar]) > 0
    alone = accuracy((wanted[i] == "positive" for i in polar), blamed)
    predicted = cross_validated(reviews, support, wanted, vectors)
    SentimentModel.fit(reviews, support, wanted, vectors=vectors).save(out)
    return {
        "support": len(support),
        "reviews_alone_on_support_polarity": round(alone, 4),
        "adapted_accuracy_cv": round(accuracy(wanted, predicted), 4),
        "adapted_polarity_cv": round(
            accuracy((wanted[i] == "positive" for i in polar), (predicted[i] == "positive" for i in polar)), 4
        ),
    }


def evaluate(data: Path, folder: Path, encoder: Path) -> dict[str, float | int]:
    """Accuracy of the model in `folder` on labelled messages, and the share of each label that is found."""
    texts, labels = read_support(data)
    vectors = message_vectors(texts, encoder, STATIC_VECTORS)
    found = [one.name for one in SentimentModel.load(folder).predict([analyzed(text) for text in texts], vectors)]
    of_label = {label: [a == label for a, b in zip(found, labels) if b == label] for label in LABELS}
    recalls = {f"{label}_recall": round(sum(right) / len(right), 4) for label, right in of_label.items() if right}
    return {"n": len(texts), "accuracy": round(accuracy(labels, found), 4)} | recalls


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m nlu.sentiment", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="verb", required=True)
    command = commands.add_parser("train", help="learn from reviews and support messages")
    command.add_argument("--reviews", type=Path, help="document TAB label (0 or 1); without, the review model stays")
    command.add_argument("--support", type=Path, default=Path("data/training/support_sentiment.csv"))
    command.add_argument("--limit", type=int, help="learn from so many reviews only")
    command.add_argument("--out", type=Path, default=DEFAULT_FOLDER)
    scored = commands.add_parser("evaluate", help="score the model on labelled messages")
    scored.add_argument("--data", type=Path, required=True, help="CSV with the columns label and utterance")
    scored.add_argument("--model", type=Path, default=DEFAULT_FOLDER)
    for one in (command, scored):
        one.add_argument("--encoder", type=Path, default=MESSAGE_ENCODER, help="folder of the encoder of messages")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    if options.verb == "evaluate":
        measured = evaluate(options.data, options.model, options.encoder)
    elif options.reviews:
        measured = train(options.reviews, options.support, options.out, options.limit, options.encoder)
    else:
        measured = adapt(ReviewModel.load(options.out / REVIEW_FILE), options.support, options.out, options.encoder)
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
