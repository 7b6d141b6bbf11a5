"""Fine-tune an encoder on rows of texts: prepare, train with early stopping, keep the best weights, say how good.

The devices are those of `nlu.transfer.config`. Leaves out restarting in the middle: on daedap's encoder a
run takes minutes. (`mrc.training`, whose runs are longer, restarts.)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from nlu.tokenizer import MASK, SPECIAL_TOKENS, Tokenizer
from nlu.transfer.augmentation import augment
from nlu.transfer.compute import default_compute, run_network
from nlu.transfer.config import Task, TransferConfig
from nlu.transfer.curve import draw_learning_curve
from nlu.transfer.examples import TextExample, labels_of
from nlu.transfer.inputs import TokenRow, encode_row, padded, prediction_batches, row_inputs, training_batches
from nlu.transfer.layers import count_layers, freeze_below, lowest_trained_depth, parameter_groups, schedule, update_average
from nlu.transfer.metrics import classification_metrics, regression_metrics
from nlu.transfer.model import Head, SequencePredictor, build
from nlu.transfer.runs import CURVE_FILE, MODEL_FOLDER, Run, read_log

logger = logging.getLogger(__name__)

SCORES = {Task.CLASSIFICATION: "accuracy", Task.REGRESSION: "spearman"}
"""The metric that chooses the best weights."""
DEFAULT = TransferConfig()
AVERAGE_EVERY = 4
"""The running average takes the weights in at every fourth step, which costs a quarter."""


@dataclass(frozen=True)
class TransferResult:
    """The best weights, their metrics on validation (and test, prefixed `test_`), and where the run lies."""

    predictor: SequencePredictor
    metrics: dict[str, float]
    steps: int
    overfitting_step: int | None
    folder: Path


def finetune(
    training: Sequence[TextExample],
    validation: Sequence[TextExample],
    encoder: Path | str,
    folder: Path,
    config: TransferConfig = DEFAULT,
    *,
    test: Sequence[TextExample] = (),
    task_name: str = "classifier",
    data: dict[str, Any] | None = None,
    device: str | None = None,
) -> TransferResult:
    """Train on `training`, choose by `validation`, report `test` too; everything is left in `folder`.

    Numbers as labels make it a regression. Raises ValueError for a validation label that training
    lacks, and for anything the configuration or the encoder refuses.
    """
    if not training or not validation:
        raise ValueError(f"there are {len(training)} training and {len(validation)} validation rows, both must have some")
    torch.manual_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    predictor = build(encoder, head_for(training, config), config)
    sizes = {"training": len(training), "validation": len(validation), "test": len(test)}
    run = Run.start(folder, task_name, config, {"encoder": str(encoder), "rows": sizes, **(data or {})})
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    trainer = _Trainer(predictor, training, validation, run, config, device)
    metrics = trainer.train()
    predictor.save(folder / MODEL_FOLDER)
    if test:
        metrics |= {f"test_{name}": value for name, value in evaluate(predictor, test, device=device).items() if name != "loss"}
    turned = draw_learning_curve(read_log(folder), folder / CURVE_FILE, score=SCORES[predictor.model.head.task])
    run.finish(metrics, steps=trainer.step, overfitting_step=turned)
    logger.info("%s: %s; %s", folder.name, metrics, folder)
    return TransferResult(predictor, metrics, trainer.step, turned, folder)


def head_for(examples: Sequence[TextExample], config: TransferConfig) -> Head:
    """What is to be predicted, by the labels of the training rows."""
    if isinstance(examples[0].label, float):
        numbers = [float(example.label) for example in examples]
        if min(numbers) == max(numbers):
            raise ValueError(f"every training row has the number {numbers[0]}: there is nothing to learn")
        return Head(Task.REGRESSION, (), min(numbers), max(numbers), config.pooling, config.max_length)
    return Head(Task.CLASSIFICATION, labels_of(examples), pooling=config.pooling, max_length=config.max_length)


def targets_of(examples: Sequence[TextExample], head: Head) -> np.ndarray:
    """Numbers of the labels, int64, or numbers scaled to [0, 1], float32; raises ValueError for an unknown label."""
    if head.task is Task.REGRESSION:
        return np.array([(float(e.label) - head.low) / (head.high - head.low) for e in examples], np.float32)
    number = {label: i for i, label in enumerate(head.labels)}
    unknown = sorted({str(e.label) for e in examples} - set(number))
    if unknown:
        raise ValueError(f"the labels {', '.join(unknown)} stand in no training row; known are {', '.join(head.labels)}")
    return np.array([number[str(e.label)] for e in examples], np.int64)


def encode_examples(examples: Sequence[TextExample], tokenizer: Any) -> list[TokenRow]:
    return [encode_row(example.text, example.pair, tokenizer) for example in examples]


class _Trainer:
    """One run and what it keeps between steps."""

    def __init__(
        self,
        predictor: SequencePredictor,
        training: Sequence[TextExample],
        validation: Sequence[TextExample],
        run: Run,
        config: TransferConfig,
        device: str,
    ):
        self.predictor, self.training, self.validation, self.run = predictor, training, validation, run
        self.config, self.device, self.form = config, device, predictor.form
        self.model = predictor.model.to(device)
        self.compute = config.compute if config.compute != "auto" else default_compute(self.model, device)
        self.rows = encode_examples(training, predictor.form.tokenizer)
        self.validation_rows = encode_examples(validation, predictor.form.tokenizer)
        self.targets = targets_of(training, self.model.head)
        self.layers = count_layers(self.model)
        groups = parameter_groups(
            self.model, learning_rate=config.learning_rate, layer_decay=config.layer_decay, weight_decay=config.weight_decay
        )
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)
        self.total_steps = max(1, round(config.epochs * -(-len(training) // config.batch_size)))
        self.average = self._weights() if config.average_decay else None
        self.best_weights: dict[str, torch.Tensor] = {}
        self.best: dict[str, float] = {}
        self.step = self.bad = 0
        self.depth = -1
        self.started = time.monotonic()

    def train(self) -> dict[str, float]:
        """Metrics of the weights that are kept, which the model then holds."""
        config = self.config
        logger.info(
            "training on %d rows, %d validation rows, at most %d steps of %d rows, on %s (%s)",
            len(self.training), len(self.validation), self.total_steps, config.batch_size, self.device, self.compute,
        )  # fmt: skip
        losses: list[float] = []
        self.model.train()
        for rows in self._batches():
            progress = self._progress()
            if progress >= 1 or (config.patience and self.bad >= config.patience):
                break
            self._unfreeze(progress)
            losses.append(self._train_step(rows, progress))
            self.step += 1
            if self.step % config.evaluate_every == 0:
                self._validate(losses)
                losses = []
        if self.step % config.evaluate_every or not self.best:
            self._validate(losses)
        if config.patience:
            self.model.load_state_dict(self.best_weights)
        elif self.average is not None:
            self.model.load_state_dict(self.average)
        freeze_below(self.model, 0)
        self.model.eval()
        return self.best

    def _batches(self):
        epoch = 0
        while True:
            rng = np.random.default_rng((self.config.seed, epoch))
            rows = self._noisy_rows(rng)
            lengths = [len(row.text) + (0 if row.pair is None else len(row.pair)) for row in rows]
            for numbers in training_batches(lengths, self.config.batch_size, rng):
                yield [rows[i] for i in numbers], self.targets[numbers], rng
            epoch += 1

    def _noisy_rows(self, rng: np.random.Generator) -> list[TokenRow]:
        noise = self.config.augmentation
        if not noise.rows:
            return self.rows
        rows = list(self.rows)
        for i, example in enumerate(self.training):
            text = augment(example.text, noise, rng)
            pair = None if example.pair is None else augment(example.pair, noise, rng)
            if (text, pair) != (example.text, example.pair):
                rows[i] = encode_row(text, pair, self.form.tokenizer)
        return rows

    def _progress(self) -> float:
        minutes = (time.monotonic() - self.started) / 60
        by_time = minutes / self.config.max_minutes if self.config.max_minutes else 0.0
        return max(self.step / self.total_steps, by_time)

    def _unfreeze(self, progress: float) -> None:
        depth = lowest_trained_depth(progress, self.layers, self.config.frozen_layers, self.config.gradual_unfreezing)
        if depth != self.depth:
            self.depth = depth
            logger.info("step %d: %d parameters learn, from depth %d up", self.step, freeze_below(self.model, depth), depth)

    def _train_step(self, batch: tuple[list[TokenRow], np.ndarray, np.random.Generator], progress: float) -> float:
        rows, targets, rng = batch
        arrays = padded([row_inputs(row, self.form) for row in rows], self.form)
        if self.config.token_dropout and isinstance(self.form.tokenizer, Tokenizer):
            ids = arrays["input_ids"]
            ids[(rng.random(ids.shape) < self.config.token_dropout) & (ids >= len(SPECIAL_TOKENS))] = MASK
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * schedule(progress, self.config.warmup_share)
        logits = run_network(self.model, _tensors(arrays, self.device), self.device, self.compute)
        loss = loss_of(logits, torch.from_numpy(targets).to(self.device), self.model.head, self.config.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.grad is not None], self.config.clip_norm)
        self.optimizer.step()
        if self.average is not None and self.step % AVERAGE_EVERY == 0:
            decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
            update_average(self.average, self.model, decay**AVERAGE_EVERY)
        return float(loss.detach())

    def _validate(self, losses: list[float]) -> None:
        kept = self._weights() if self.average is not None else None
        if self.average is not None:
            self.model.load_state_dict(self.average)
        found = evaluate(
            self.predictor, self.validation, rows=self.validation_rows, device=self.device, compute=self.compute
        )
        self.run.log(
            step=self.step,
            loss=round(float(np.mean(losses)), 4) if losses else None,
            minutes=round((time.monotonic() - self.started) / 60, 2),
            **{f"validation_{name}": value for name, value in found.items()},
        )
        score = SCORES[self.model.head.task]
        if not self.config.patience or not self.best or found[score] > self.best[score]:
            self.best, self.bad = found, 0
            self.best_weights = self._weights()
        else:
            self.bad += 1
        if kept is not None:
            self.model.load_state_dict(kept)
        self.model.train()

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: value.detach().clone() for name, value in self.model.state_dict().items()}


def loss_of(logits: torch.Tensor, targets: torch.Tensor, head: Head, label_smoothing: float = 0.0) -> torch.Tensor:
    """Cross-entropy over the labels; of a number, binary cross-entropy with it as the share of "yes"."""
    if head.task is Task.REGRESSION:
        return F.binary_cross_entropy_with_logits(logits[:, 0], targets)
    return F.cross_entropy(logits, targets, label_smoothing=label_smoothing)


def predict_logits(
    predictor: SequencePredictor, rows: Sequence[TokenRow], *, device: str = "cpu", compute: str = "autocast"
) -> np.ndarray:
    """Logits (rows, outputs) float32, in the order of `rows`."""
    model = predictor.model.to(device)
    was_training = model.training
    model.eval()
    inputs = [row_inputs(row, predictor.form) for row in rows]
    logits = np.zeros((len(rows), model.head.outputs), np.float32)
    with torch.inference_mode():
        for numbers in prediction_batches([len(one.input_ids) for one in inputs]):
            arrays = padded([inputs[i] for i in numbers], predictor.form)
            logits[numbers] = run_network(model, _tensors(arrays, device), device, compute).float().cpu().numpy()
    model.train(was_training)
    return logits


def evaluate(
    predictor: SequencePredictor,
    examples: Sequence[TextExample],
    *,
    rows: Sequence[TokenRow] | None = None,
    device: str = "cpu",
    compute: str = "autocast",
) -> dict[str, float]:
    """`loss` and the task's metrics on `examples`."""
    head = predictor.model.head
    rows = rows if rows is not None else encode_examples(examples, predictor.form.tokenizer)
    logits = predict_logits(predictor, rows, device=device, compute=compute)
    loss = loss_of(torch.from_numpy(logits), torch.from_numpy(targets_of(examples, head)), head)
    if head.task is Task.REGRESSION:
        found = regression_metrics([float(e.label) for e in examples], logits[:, 0].tolist())
    else:
        found = classification_metrics([str(e.label) for e in examples], [head.labels[i] for i in logits.argmax(1)])
    return {"loss": round(float(loss), 4), **found}


def _tensors(arrays: dict[str, np.ndarray], device: str) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
