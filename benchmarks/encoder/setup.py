"""What the parts of the benchmark share: where things lie, how large a run is, the tasks' rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from nlu.pretraining.prepare import clean, is_validation, read_articles
from nlu.transfer.config import TransferConfig
from nlu.transfer.examples import Columns, TextExample, read_examples
from nlu.transfer.splits import load_or_make

ROOT = Path(__file__).resolve().parent.parent.parent
SEED = 1
"""Of the draws of rows; the same for every column of a row of the table."""
VALIDATION_SHARE = 100
"""As in `nlu.pretraining.prepare`: the articles that no pre-training run has seen."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything a run of the benchmark takes."""

    validation: int = 500
    test: int = 2_000
    intents: int = 3_000
    similarity: int = 2_500
    epochs: float = 1.0
    """Times the epochs of each task."""
    sentiment: tuple[int, ...] = (1_000, 20_000)
    device_rows: int = 1_000
    device_seeds: int = 1
    reading_steps: int = 80
    reading_validation: int = 150
    reading_linear: int = 600
    general_articles: int = 40
    adaptation_epochs: float = 4.0
    """Over the manuals."""
    review_epochs: float = 1.0
    """Over the training part's reviews, without their labels."""
    objective_seconds: float = 40.0
    """Processor seconds of pre-training a variant."""
    objective_reading_steps: int = 40


QUICK = Sizes(
    validation=300,
    test=600,
    intents=600,
    similarity=600,
    epochs=0.5,
    sentiment=(400, 1_500),
    device_rows=300,
    device_seeds=1,
    reading_steps=12,
    reading_validation=40,
    reading_linear=150,
    general_articles=15,
    adaptation_epochs=0.5,
    review_epochs=0.02,
    objective_seconds=8.0,
    objective_reading_steps=6,
)


@dataclass(frozen=True)
class Setup:
    """Where data, models and working files lie."""

    data: Path
    encoder: Path
    vectors: Path
    corpus: Path
    work: Path
    sizes: Sizes


@dataclass(frozen=True)
class Rows:
    """A task's rows, and how the encoder is fine-tuned on them."""

    training: list[TextExample]
    validation: list[TextExample]
    test: list[TextExample]
    config: TransferConfig

    @property
    def parts(self) -> tuple[list[TextExample], list[TextExample], list[TextExample]]:
        return self.training, self.validation, self.test


SENTIMENT = Columns("document", "label")
INTENTS = Columns("1", "0")
SIMILARITY = Columns("sentence1", "score", "sentence2", is_number=True)
FEW = TransferConfig(epochs=6, learning_rate=5e-4, evaluate_every=32, patience=4, max_length=96)
MANY = TransferConfig(epochs=2, learning_rate=6e-4, evaluate_every=200, patience=4, max_length=96)
PAIRS = TransferConfig(epochs=3, learning_rate=5e-4, evaluate_every=80, patience=4, max_length=96)


def sentiment(setup: Setup, rows: int) -> Rows:
    """Reviews, good or bad, `rows` of them to train on. The file names no film: equal texts are kept together."""
    config = FEW if rows < 5_000 else MANY
    return _split_file(setup, setup.data / "sentiment" / "nsmc_train.tsv", SENTIMENT, rows, config)


def intents(setup: Setup) -> Rows:
    """3i4K: seven kinds of utterance."""
    return _split_file(setup, setup.data / "intents" / "3i4k_train_val.txt", INTENTS, setup.sizes.intents, FEW)


def similarity(setup: Setup) -> Rows:
    """KorSTS: two sentences and how alike they are, 0 to 5; a tenth of train validates, dev tests."""
    examples = read_examples(setup.data / "similarity" / "sts-train.tsv", SIMILARITY)
    groups = [example.group for example in examples]
    labels = [example.label for example in examples]
    split = load_or_make(setup.work / "splits" / "sts-train.json", groups, labels, groups, ratios=(9, 1, 0))
    test = read_examples(setup.data / "similarity" / "sts-dev.tsv", SIMILARITY)
    training = some([examples[i] for i in split.training], setup.sizes.similarity)
    validation = some([examples[i] for i in split.validation], setup.sizes.validation)
    return Rows(training, validation, test, _scaled(PAIRS, setup))


def _split_file(setup: Setup, path: Path, columns: Columns, rows: int, config: TransferConfig) -> Rows:
    examples = read_examples(path, columns)
    groups = [example.group for example in examples]
    split = load_or_make(setup.work / "splits" / f"{path.stem}.json", groups, [e.label for e in examples], groups)
    sizes = (rows, setup.sizes.validation, setup.sizes.test)
    parts = (split.training, split.validation, split.test)
    return Rows(*(some([examples[i] for i in part], size) for part, size in zip(parts, sizes)), _scaled(config, setup))


def unlabelled(setup: Setup) -> list[str]:
    """The reviews of the training part without their labels."""
    return [example.text for example in sentiment(setup, 10**9).training]


def _scaled(config: TransferConfig, setup: Setup) -> TransferConfig:
    return replace(config, epochs=config.epochs * setup.sizes.epochs, threads=1)


def some(items: Sequence, count: int) -> list:
    """A random sample, the same every time; a smaller one is the beginning of a larger one."""
    return [items[i] for i in np.random.default_rng(SEED).permutation(len(items))[:count]]


def general_texts(setup: Setup) -> list[str]:
    """The beginnings of Wikipedia articles that pre-training holds out."""
    path = setup.data / "corpus" / "kowiki-1.txt.xz"
    held_out = (text for title, text in read_articles(path) if is_validation(title, VALIDATION_SHARE))
    return [clean(text)[:1_500] for text in islice(held_out, setup.sizes.general_articles)]
