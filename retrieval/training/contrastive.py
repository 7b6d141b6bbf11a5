"""Contrastive training of the morphemes' vectors, so that their sum says what a sentence means.

Starts from Kiwi's vectors and learns, by InfoNCE over the batch (van den Oord et al. 2018,
arXiv:1807.03748; both directions, as in CLIP, arXiv:2103.00020), a change of each morpheme's vector, its
weight, and one linear map that all share and that carries over to morphemes the training texts lack.
The shared map is folded into the table at the end: what serves is a table. A batch holds each group once,
so that texts of one group never count as each other's negatives; beside the batch's other groups stands, for each, a
text of a group that the vectors of the moment confuse with it (`retrieval.training.negatives`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nlu.morphemes import analyze
from nlu.vectors import StaticVectors
from retrieval.training.groups import Group
from retrieval.training.negatives import drawn, mine

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ContrastiveConfig:
    """How the vectors are trained."""

    steps: int = 600
    batch: int = 512
    learning_rate: float = 2e-3
    map_learning_rate: float = 1e-3
    weight_learning_rate: float = 6e-3
    temperature: float = 0.05
    stay_near: float = 1.0
    """Weight of the squared change of the vectors in a batch."""
    drop: float = 0.2
    """Share of the morphemes dropped from one side."""
    validate_every: int = 100
    mined: int = 8
    """Of so many mined negatives each step draws one for a group; 0 for the batch's other groups alone."""
    mine_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.validate_every, self.mine_every) < 1 or self.mined < 0:
            raise ValueError(f"steps, batch, validate_every and mine_every must be 1 or more, mined 0 or more: {self}")
        if not 0 <= self.drop < 1 or self.temperature <= 0:
            raise ValueError(f"drop must lie in [0, 1) and temperature above 0: {self}")


class Rows(NamedTuple):
    """A group's texts as rows of the table; texts without a known morpheme are left out."""

    texts: tuple[np.ndarray, ...]


class Trained(NamedTuple):
    """`history` holds (step, recall at 1 on the validation groups), step 0 being the start."""

    vectors: StaticVectors
    history: tuple[tuple[int, float], ...]


def rows_of(text: str, vectors: StaticVectors) -> np.ndarray:
    """(m,) int64 rows of the text's content morphemes."""
    return vectors.rows(_keys(text))


@lru_cache(maxsize=300_000)
def _keys(text: str) -> tuple[str, ...]:
    return tuple(f"{m.form}/{m.tag}" for m in analyze(text) if m.is_content)


def group_rows(groups: Sequence[Group], vectors: StaticVectors, vary: Callable[[str], str] | None = None) -> list[Rows]:
    """The groups as rows, with a variant of each text more where `vary` is given; groups of one text are left out."""
    found = []
    for group in groups:
        texts = [*group.texts, *(map(vary, group.texts) if vary else ())]
        known = [rows for rows in (rows_of(text, vectors) for text in texts) if len(rows)]
        if len(known) > 1:
            found.append(Rows(tuple(known)))
    return found


def recall_at_1(vectors: StaticVectors | np.ndarray, groups: Sequence[Rows]) -> float:
    """Share of the texts that lie nearest to their own group's first text, the first texts left out."""
    table = vectors.weighted() if isinstance(vectors, StaticVectors) else vectors
    firsts = _sums(table, [group.texts[0] for group in groups])
    right = total = 0
    for place, group in enumerate(groups):
        near = (_sums(table, group.texts[1:]) @ firsts.T).argmax(1)
        right, total = right + int((near == place).sum()), total + len(near)
    return right / total if total else 0.0


def train(
    start: StaticVectors,
    sources: Mapping[str, Sequence[Rows]],
    shares: Mapping[str, float],
    validation: Sequence[Rows],
    config: ContrastiveConfig = ContrastiveConfig(),
    *,
    keep_best: bool = True,
    source: str = "",
) -> Trained:
    """Vectors trained on `sources`, of which each step takes one, by its share.

    The state with the best recall on `validation` is kept, or the last one. ValueError where there is nothing
    to train on.
    """
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    names = [name for name in sources if len(sources[name]) > 1 and shares.get(name, 0) > 0]
    if not names:
        raise ValueError(f"no source has two groups and a share above 0; sources are {sorted(sources)}")
    rng = np.random.default_rng(config.seed)
    weights = np.array([shares[name] for name in names]) / sum(shares[name] for name in names)
    network = _Network(start.weighted())
    logger.info("training on %s, %d steps", {name: len(sources[name]) for name in names}, config.steps)
    history = [(0, recall_at_1(network.table(), validation))]
    best = history[0][1], network.table()
    began = time.perf_counter()
    mined: dict[str, list[np.ndarray]] = {}
    for step in range(1, config.steps + 1):
        warm = min(1.0, step / (1 + config.steps / 20)) * max(0.05, 1 - step / config.steps)
        if config.mined and (step - 1) % config.mine_every == 0:
            table = network.table()
            mined = {name: _mined(sources[name], table, config.mined, rng) for name in names}
        name = names[rng.choice(len(names), p=weights)]
        batch = _batch(sources[name], mined.get(name), config, rng)
        loss = network.step(batch, config, warm)
        if step % config.validate_every == 0 or step == config.steps:
            history.append((step, recall_at_1(network.table(), validation)))
            logger.info("step %d: loss %.3f, recall@1 %.3f, %.0f s", step, loss, history[-1][1], time.perf_counter() - began)
            if history[-1][1] >= best[0] or not keep_best:
                best = history[-1][1], network.table()
    return Trained(StaticVectors.from_trained(start, best[1], source=source), tuple(history))


class _Batch(NamedTuple):
    """Two texts of each group, and what other texts stand against them."""

    queries: list[np.ndarray]
    passages: list[np.ndarray]
    negatives: list[np.ndarray]


def _mined(groups: Sequence[Rows], table: np.ndarray, k: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Hard negatives of each group, by two of its texts drawn at random."""
    pairs = [rng.choice(len(group.texts), 2, replace=False) for group in groups]
    sides = [_sums(table, [group.texts[pair[side]] for group, pair in zip(groups, pairs)]) for side in range(2)]
    return mine(sides[0], sides[1], k)


def _batch(
    groups: Sequence[Rows], mined: Sequence[np.ndarray] | None, config: ContrastiveConfig, rng: np.random.Generator
) -> _Batch:
    queries, passages, negatives = [], [], []
    for place in rng.choice(len(groups), min(config.batch, len(groups)), replace=False):
        texts = groups[place].texts
        first, second = rng.choice(len(texts), 2, replace=False)
        kept = texts[first][rng.random(len(texts[first])) >= config.drop]
        queries.append(kept if len(kept) else texts[first])
        passages.append(texts[second])
        other = drawn(mined, place, rng) if mined else None
        if other is not None:
            negatives.append(groups[other].texts[int(rng.integers(len(groups[other].texts)))])
    return _Batch(queries, passages, negatives)


class _Network:
    """The table under training: (start + change) · weight · map."""

    def __init__(self, table: np.ndarray) -> None:
        import torch

        n, d = table.shape
        scale = float(np.linalg.norm(table, axis=1).mean())
        self.start = torch.from_numpy(table / scale)
        self.change = torch.nn.Embedding(n, d, sparse=True)
        self.weight = torch.nn.Embedding(n, 1, sparse=True)
        self.map = torch.nn.Parameter(torch.eye(d))
        for embedding in (self.change, self.weight):
            torch.nn.init.zeros_(embedding.weight)
        self.optimisers = (
            torch.optim.SparseAdam([self.change.weight]),
            torch.optim.SparseAdam([self.weight.weight]),
            torch.optim.Adam([self.map]),
        )

    def encode(self, texts: Sequence[np.ndarray]):
        """(n, d) unit vectors of the texts."""
        import torch

        ids = torch.from_numpy(np.concatenate(texts))
        owners = torch.from_numpy(np.repeat(np.arange(len(texts)), [len(text) for text in texts]))
        each = (self.start[ids] + self.change(ids)) * torch.exp(self.weight(ids))
        sums = torch.zeros(len(texts), each.shape[1]).index_add(0, owners, each)
        return torch.nn.functional.normalize(sums @ self.map, dim=-1, eps=1e-6)

    def step(self, batch: _Batch, config: ContrastiveConfig, warm: float) -> float:
        """One step of all three optimisers, at `warm` of their learning rates; returns the loss."""
        import torch
        from torch.nn import functional as F

        rates = config.learning_rate, config.weight_learning_rate, config.map_learning_rate
        for optimiser, rate in zip(self.optimisers, rates):
            optimiser.zero_grad()
            for group in optimiser.param_groups:
                group["lr"] = rate * warm
        n = len(batch.queries)
        cosines = self.encode(batch.queries) @ self.encode([*batch.passages, *batch.negatives]).T / config.temperature
        right = torch.arange(n)
        loss = (F.cross_entropy(cosines, right) + F.cross_entropy(cosines[:, :n].T, right)) / 2
        if config.stay_near:
            used = torch.from_numpy(np.unique(np.concatenate([*batch.queries, *batch.passages, *batch.negatives])))
            moved = self.change(used).pow(2).sum(1).mean() + 0.1 * self.weight(used).pow(2).mean()
            loss = loss + config.stay_near * moved
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        return loss.item()

    def table(self) -> np.ndarray:
        """(n, d) float32: what each morpheme adds to a sentence's sum."""
        import torch

        with torch.no_grad():
            return (((self.start + self.change.weight) * torch.exp(self.weight.weight)) @ self.map).numpy()


def _sums(table: np.ndarray, texts: Sequence[np.ndarray]) -> np.ndarray:
    found = np.array([table[text].sum(0) for text in texts], np.float32)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
