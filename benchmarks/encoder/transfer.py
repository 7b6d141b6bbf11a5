"""The table's columns of the encoder, the devices one by one, and what fine-tuning makes it forget."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.encoder.setup import Rows, Setup, general_texts, sentiment, unlabelled
from nlu.transfer.adaptation import AdaptationConfig, adapt, load_masked_lm, measure_masked_lm, windows_of
from nlu.transfer.augmentation import Augmentation, change_spacing, slip_fingers
from nlu.transfer.config import TransferConfig
from nlu.transfer.examples import TextExample
from nlu.transfer.model import SequencePredictor
from nlu.transfer.training import TransferResult, evaluate, finetune

TYPOS = Augmentation(rows=0.5, neighbours=0.0, deletion=0.0, swap=0.0)
ALL_NOISE = Augmentation(rows=0.5)
DEVICES: dict[str, dict[str, Any]] = {
    "all as shipped": {},
    "no dropout": {"dropout": 0.0},
    "no running average": {"average_decay": 0.0},
    "no early stopping": {"patience": 0},
    "embeddings and 3 layers frozen": {"frozen_layers": 3},
    "encoder frozen": {"frozen_layers": -1, "learning_rate": 3e-3},
    "gradual unfreezing": {"gradual_unfreezing": 0.5},
    "rates falling by 0.8 a layer": {"layer_decay": 0.8},
    "lowest 3 layers": {"layers": 3},
    "tokens dropped": {"token_dropout": 0.1},
    "typos and spacing": {"augmentation": TYPOS},
    "all noise": {"augmentation": ALL_NOISE},
    "random start": {"random_start": True},
    "random start, half as wide": {"random_start": True, "hidden_size": 128},
}
"""What is changed of the task's configuration."""


def run(rows: Rows, setup: Setup, name: str, encoder: Path | None = None, **changes: Any) -> TransferResult:
    """Fine-tune on a task's rows; the run's folder lies among the working files."""
    folder = setup.work / "runs" / name
    shutil.rmtree(folder, ignore_errors=True)
    config: TransferConfig = replace(rows.config, **changes)
    return finetune(
        rows.training, rows.validation, encoder or setup.encoder, folder, config, test=rows.test, task_name=name.split("-")[0]
    )


def column(rows: Rows, setup: Setup, name: str, *, is_remembered: bool = False, **changes: Any) -> dict[str, float]:
    """Test metrics, with the steps taken and where overfitting began; what is left of masked language modelling."""
    result = run(rows, setup, name, **changes)
    tested = {key.removeprefix("test_"): value for key, value in result.metrics.items() if key.startswith("test_")}
    left = {"masked_lm_after": remembered(result.predictor, setup)} if is_remembered else {}
    return {**tested, "steps": result.steps, "overfitting_step": result.overfitting_step, **left}


def device(setup: Setup, name: str) -> dict[str, float]:
    """Accuracy on test as it is and with typing noise, mean over seeds; what is left of masked language modelling."""
    rows = sentiment(setup, setup.sizes.device_rows)
    noisy = [noisy_copy(example, i) for i, example in enumerate(rows.test)]
    found = []
    for seed in range(setup.sizes.device_seeds):
        result = run(rows, setup, f"device-{'-'.join(name.replace(',', '').split())}-{seed}", seed=seed, **DEVICES[name])
        row = {"accuracy": result.metrics["test_accuracy"], "noisy_accuracy": evaluate(result.predictor, noisy)["accuracy"]}
        if not {"layers", "random_start"} & set(DEVICES[name]):
            row["masked_lm_after"] = remembered(result.predictor, setup)
        found.append(row)
    return {key: round(float(np.mean([row[key] for row in found])), 4 if "lm" in key else 2) for key in found[0]}


def noisy_copy(example: TextExample, number: int) -> TextExample:
    """The row as hurried fingers type it: a slip in every twelfth syllable, a third of the spaces gone."""
    rng = np.random.default_rng((5, number))
    return replace(example, text=change_spacing(slip_fingers(example.text, 0.08, rng), 0.3, rng))


def remembered(predictor: SequencePredictor, setup: Setup) -> float:
    """Masked-LM loss on general text of the encoder as fine-tuning left it, under the head it was pre-trained with."""
    pretrained = load_masked_lm(setup.encoder)
    pretrained.model.encoder.load_state_dict(predictor.model.encoder.state_dict())
    return measure_masked_lm(pretrained, windows_of(general_texts(setup), pretrained))


def before(setup: Setup) -> dict[str, float]:
    """Masked-LM loss on general text before any fine-tuning."""
    pretrained = load_masked_lm(setup.encoder)
    return {"masked_lm_before": measure_masked_lm(pretrained, windows_of(general_texts(setup), pretrained))}


def task_adapted(setup: Setup, rows_to_train: int, epochs: float) -> dict[str, float]:
    """The encoder column after continued pre-training on the training part's reviews, labels unseen."""
    version = sha256((setup.encoder / "model.safetensors").read_bytes()).hexdigest()[:8]
    folder = setup.work / f"adapted-{epochs:g}-{version}"
    if not (folder / "config.json").is_file():
        texts = unlabelled(setup)
        adapt(setup.encoder, texts, folder, AdaptationConfig(epochs=epochs, learning_rate=1e-3, max_length=96))
    return column(sentiment(setup, rows_to_train), setup, f"sentiment-{rows_to_train}-adapted", encoder=folder)
