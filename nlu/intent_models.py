"""The intent classifiers that are compared, each behind `fit` and `probabilities` (`nlu.cross_validation`).

`ridge` is what the shipped pipeline does. The others are the usual ways: TF-IDF with logistic regression;
word vectors learnt from the messages (CBOW and skip-gram, Mikolov et al. 2013, with negative sampling)
and an LSTM over them; the frozen encoder's features with logistic regression; the encoder fine-tuned.
The last four need torch (dependency group `train`); nothing of it is imported before `fit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.sparse

from nlu.cross_validation import IntentModel
from nlu.near_duplicates import near_duplicate_groups
from nlu.ngrams import DEFAULT_WEIGHTS, Analyzed, NgramFeatures, analyzed
from nlu.ridge import Ridge, softmax
from nlu.transfer.augmentation import Augmentation, augment

ENCODER, MESSAGES = Path("data/models/encoder"), Path("data/models/messages")
VECTORS = Path("data/models/vectors")
UNKNOWN = "[UNK]"
NOISE = Augmentation(rows=1.0, neighbours=0.0)


@lru_cache(maxsize=20_000)
def _analyzed(text: str) -> Analyzed:
    return analyzed(text)


@lru_cache(maxsize=2)
def _sentence_encoder(folder: Path):
    from nlu.sentence_encoder import SentenceEncoder

    return SentenceEncoder(folder)


@lru_cache(maxsize=20_000)
def _encoded(text: str, folder: Path) -> np.ndarray:
    return _sentence_encoder(folder).encode([text])[0]


@lru_cache(maxsize=2)
def _static_vectors(folder: Path):
    from nlu.vectors import StaticVectors

    return StaticVectors.load(folder)


class RidgeModel:
    """N-grams, static vectors and encoder features with ridge regression: as `RidgeClassifier` in config.yml."""

    def __init__(
        self,
        encoder: Path | None = MESSAGES,
        vectors: Path | None = VECTORS,
        weights: dict[str, float] | None = None,
        dense_weight: float = 1.1,
        alpha: float = 0.4,
    ) -> None:
        self._encoder, self._vectors = encoder, vectors
        self._dense_weight, self._alpha = dense_weight, alpha
        self._ngrams = NgramFeatures(dict(weights or DEFAULT_WEIGHTS))
        self.labels: list[str] = []

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._ngrams.fit([_analyzed(text) for text in texts])
        self._ridge = Ridge.fit(self._features(texts), labels, near_duplicate_groups(texts), self._alpha)
        self.labels = self._ridge.labels

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        return self._ridge.probabilities(self._features(texts))

    def _features(self, texts: Sequence[str]) -> scipy.sparse.csr_matrix:
        messages = [_analyzed(text) for text in texts]
        parts = [self._ngrams.transform(messages)]
        if self._encoder:
            parts.append(self._dense_weight * np.stack([_encoded(text, self._encoder) for text in texts]))
        if self._vectors:
            keys = [[f"{form}/{tag}" for form, tag in message.morphemes] for message in messages]
            parts.append(self._dense_weight * _static_vectors(self._vectors).encode_morphemes(keys))
        return scipy.sparse.hstack([scipy.sparse.csr_matrix(part) for part in parts], format="csr", dtype=np.float32)


class Augmented:
    """`model` learnt from the messages and noisy copies of some of them (`nlu.transfer.augmentation`).

    `copies` is their share; each has slips of the finger, other spacing, words left out or swapped.
    """

    def __init__(self, model: IntentModel, copies: float = 0.3, noise: Augmentation = NOISE, seed: int = 0) -> None:
        self._model, self.copies, self.noise, self.seed = model, copies, noise, seed

    @property
    def labels(self) -> list[str]:
        return self._model.labels

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        rng = np.random.default_rng(self.seed)
        chosen = rng.choice(len(texts), int(self.copies * len(texts)), replace=False).tolist()
        noisy = [augment(texts[i], self.noise, rng) for i in chosen]
        self._model.fit([*texts, *noisy], [*labels, *(labels[i] for i in chosen)])

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        return self._model.probabilities(texts)


class _Regression:
    """Multinomial logistic regression by scikit-learn over `_features`."""

    C = 10.0

    def __init__(self) -> None:
        self.labels: list[str] = []

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        from sklearn.linear_model import LogisticRegression

        self._learn(texts)
        self._regression = LogisticRegression(C=self.C, max_iter=60, tol=1e-3).fit(self._features(texts), labels)
        self.labels = self._regression.classes_.tolist()

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        return self._regression.predict_proba(self._features(texts))

    def _learn(self, texts: Sequence[str]) -> None:
        """Learn what the features need."""


class TfidfRegression(_Regression):
    """TF-IDF of morphemes and characters."""

    def _learn(self, texts: Sequence[str]) -> None:
        self._ngrams = NgramFeatures({"morphemes": 1.0, "characters": 1.0}).fit([_analyzed(text) for text in texts])

    def _features(self, texts: Sequence[str]) -> scipy.sparse.csr_matrix:
        return self._ngrams.transform([_analyzed(text) for text in texts])


class EncoderRegression(_Regression):
    """The frozen encoder's sentence vectors, each dimension standardized."""

    C = 1.0

    def __init__(self, encoder: Path = ENCODER) -> None:
        super().__init__()
        self._encoder = encoder

    def _learn(self, texts: Sequence[str]) -> None:
        rows = np.stack([_encoded(text, self._encoder) for text in texts])
        self._mean, self._spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6

    def _features(self, texts: Sequence[str]) -> np.ndarray:
        return (np.stack([_encoded(text, self._encoder) for text in texts]) - self._mean) / self._spread


class VectorsLstm:
    """Word vectors learnt from the messages' morphemes, and a bidirectional LSTM with max pooling over them."""

    def __init__(self, kind: str = "skip-gram", dimension: int = 100, epochs: int = 12, vector_epochs: int = 5, seed: int = 0):
        if kind not in ("skip-gram", "cbow"):
            raise ValueError(f"kind is {kind!r}; it must be skip-gram or cbow")
        self.kind, self.dimension, self.epochs, self.vector_epochs, self.seed = kind, dimension, epochs, vector_epochs, seed
        self.labels: list[str] = []

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        counts = Counter(key for text in texts for key in self._keys(text))
        self._places = {UNKNOWN: 1} | {key: i for i, (key, n) in enumerate(counts.most_common(), start=2) if n > 1}
        self.labels = sorted(set(labels))
        rows = [self._row(text) for text in texts]
        vectors = word_vectors(rows, len(self._places) + 1, self.dimension, self.kind, self.vector_epochs, self.seed)
        self._network = _lstm(torch.from_numpy(vectors), len(self.labels))
        gold = torch.tensor([self.labels.index(label) for label in labels])
        _learn_batches(self._network, rows, gold, self.epochs, 2e-3, self.seed)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        return _predict(self._network, [self._row(text) for text in texts])

    def _keys(self, text: str) -> list[str]:
        return [f"{form}/{tag}" for form, tag in _analyzed(text).morphemes]

    def _row(self, text: str) -> list[int]:
        return [self._places.get(key, self._places[UNKNOWN]) for key in self._keys(text)][:60] or [self._places[UNKNOWN]]


class FineTunedEncoder:
    """The encoder of `encoder` trained on with a linear head on the mean of its hidden states."""

    def __init__(self, encoder: Path = ENCODER, epochs: int = 6, learning_rate: float = 5e-4, seed: int = 0) -> None:
        self._folder, self.epochs, self.learning_rate, self.seed = encoder, epochs, learning_rate, seed
        self.labels: list[str] = []

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        import torch
        from transformers import AutoModel

        import nlu.encoder  # noqa: F401  (registers the model type)
        from nlu.tokenizer import Tokenizer

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        self._tokenizer = Tokenizer.load(self._folder)
        self.labels = sorted(set(labels))

        class Network(torch.nn.Module):
            def __init__(self, encoder, width, k):
                super().__init__()
                self.encoder, self.head, self.dropout = encoder, torch.nn.Linear(width, k), torch.nn.Dropout(0.2)

            def forward(self, ids):
                mask = ids != 0
                hidden = self.encoder(ids, mask, torch.zeros_like(ids)).last_hidden_state
                mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
                return self.head(self.dropout(mean))

        encoder = AutoModel.from_pretrained(self._folder).float()
        self._network = Network(encoder, encoder.config.hidden_size, len(self.labels))
        gold = torch.tensor([self.labels.index(label) for label in labels])
        _learn_batches(self._network, [self._row(text) for text in texts], gold, self.epochs, self.learning_rate, self.seed)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        return _predict(self._network, [self._row(text) for text in texts])

    def _row(self, text: str) -> list[int]:
        from nlu.sentence_encoder import MAX_TOKENS, with_borders

        return with_borders(self._tokenizer.encode(text).ids[: MAX_TOKENS - 2]).tolist()


def word_vectors(
    rows: Sequence[Sequence[int]], size: int, dimension: int, kind: str, epochs: int, seed: int, window: int = 3
) -> np.ndarray:
    """`(size, dimension)` float32 learnt from token rows by skip-gram or CBOW with 5 negative samples; row 0 is padding."""
    import torch

    rng = np.random.default_rng(seed)
    inputs = torch.nn.Embedding(size, dimension, padding_idx=0)
    torch.nn.init.uniform_(inputs.weight, -0.5 / dimension, 0.5 / dimension)
    outputs = torch.nn.Embedding(size, dimension)
    torch.nn.init.zeros_(outputs.weight)
    optimizer = torch.optim.Adam([*inputs.parameters(), *outputs.parameters()], lr=5e-3)
    frequencies = np.bincount([i for row in rows for i in row], minlength=size) ** 0.75
    frequencies /= frequencies.sum()
    contexts, centres = _windows(rows, window)
    if kind == "skip-gram":
        at, side = np.nonzero(contexts)
        contexts, centres = centres[at][:, None], contexts[at, side]
    for _ in range(epochs):
        for part in np.array_split(rng.permutation(len(centres)), max(1, len(centres) // 1024)):
            given = torch.from_numpy(contexts[part])
            hidden = inputs(given).sum(1) / (given != 0).sum(1, keepdim=True).clamp(min=1)
            wanted = np.concatenate([centres[part][:, None], rng.choice(size, (len(part), 5), p=frequencies)], axis=1)
            scores = torch.einsum("bd,bkd->bk", hidden, outputs(torch.from_numpy(wanted)))
            target = torch.zeros_like(scores)
            target[:, 0] = 1
            loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, target, reduction="sum") / len(part)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return inputs.weight.detach().numpy().copy()


def _windows(rows: Sequence[Sequence[int]], window: int) -> tuple[np.ndarray, np.ndarray]:
    """Contexts `(n, 2 * window)`, 0 where there is none, and the tokens between them `(n,)`."""
    contexts, centres = [], []
    for row in rows:
        padded = [0] * window + list(row) + [0] * window
        for i, centre in enumerate(row):
            contexts.append(padded[i : i + window] + padded[i + window + 1 : i + 2 * window + 1])
            centres.append(centre)
    return np.array(contexts, np.int64), np.array(centres, np.int64)


def _lstm(vectors, k: int):
    import torch

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=0)
            self.lstm = torch.nn.LSTM(vectors.shape[1], 96, batch_first=True, bidirectional=True)
            self.dropout = torch.nn.Dropout(0.3)
            self.head = torch.nn.Linear(192, k)

        def forward(self, ids):
            hidden, _ = self.lstm(self.dropout(self.embedding(ids)))
            hidden = hidden.masked_fill((ids == 0)[..., None], -1e4)
            return self.head(self.dropout(hidden.amax(1)))

    return Network()


def _learn_batches(network, rows: Sequence[Sequence[int]], gold, epochs: int, learning_rate: float, seed: int, batch: int = 64):
    import torch

    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=0.01)
    steps = epochs * -(-len(rows) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps, pct_start=0.1)
    network.train()
    for _ in range(epochs):
        order = rng.permutation(len(rows))
        for at in range(0, len(rows), batch):
            part = sorted(order[at : at + batch], key=lambda i: len(rows[i]))
            loss = torch.nn.functional.cross_entropy(network(_padded([rows[i] for i in part])), gold[part], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    network.eval()


def _padded(rows: Sequence[Sequence[int]]):
    import torch

    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    return ids


def _predict(network, rows: Sequence[Sequence[int]], batch: int = 128) -> np.ndarray:
    import torch

    found = np.zeros((len(rows), network.head.out_features))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    with torch.inference_mode():
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            found[part] = network(_padded([rows[i] for i in part])).double().numpy()
    return softmax(found)
