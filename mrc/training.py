"""Fine-tune an encoder to read: AdamW, warm-up and linear decay, bf16 where the processor has it.

Takes daedap's encoder or any BERT, ELECTRA or RoBERTa (`mrc.models`). Beside the usual recipe
(Devlin et al. 2019): windows without an answer, length-bucketed batches, layer-wise learning rates
(Clark et al. 2020, arXiv:2003.10555), a running average of the weights, early stopping on the F1 of
articles held out. A run that was stopped goes on from its checkpoint.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from mrc.batches import Batch, Sampler, Source
from mrc.evaluation import quick_score
from mrc.examples import QuestionExample, read_examples, split_by_title
from mrc.models import ReaderModel, load_model, uses_token_types
from mrc.packing import pack
from mrc.reader import Backend, Reader, ReaderConfig
from nlu.configuration import load_configuration
from nlu.pretrained import save_special_tokens
from nlu.transfer.compute import default_compute, run_network
from nlu.transfer.config import check_devices
from nlu.transfer.curve import draw_learning_curve
from nlu.transfer.layers import (
    count_layers,
    freeze_below,
    lowest_trained_depth,
    parameter_groups,
    schedule,
    set_dropout,
    update_average,
)
from nlu.transfer.runs import CURVE_FILE, Run, read_log
from nlu.whole_file import write_whole

logger = logging.getLogger(__name__)

CONFIGURATIONS = Path(__file__).parent / "configurations"
"""Settings for models of the hub, a file each; what they follow stands in their README."""
NO_LOGIT = -1e4
AVERAGE_EVERY = 4
"""The running average of the weights takes them in at every fourth step, which costs a quarter."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a reader is trained. The defaults are for daedap's small encoder on two cores."""

    epochs: float = 4.0
    max_minutes: float | None = None
    """Stop after so long; the learning rate then falls with whichever is further, steps or minutes."""
    max_steps: int | None = None
    """Stop after so many steps, whatever `epochs` says: the same work for runs on different data."""
    batch_size: int = 24
    learning_rate: float = 5e-4
    layer_decay: float = 1.0
    """Each layer below the top learns at this times the rate of the one above (`nlu.transfer.config`, as the next two)."""
    frozen_layers: int = 0
    """The embeddings and so many of the lowest layers keep their weights; -1: all but the head."""
    gradual_unfreezing: float = 0.0
    """The head learns alone at first, then layer after layer joins in over this share of the training."""
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    dropout: float = 0.1
    average_decay: float = 0.99
    """Of the running average of the weights that is evaluated and kept; 0 keeps the last weights."""
    max_length: int = 320
    doc_stride: int = 128
    negative_share: float = 0.25
    crop_share: float = 0.3
    """So often the window around an answer is cut to a random, shorter length."""
    question_dropout: float = 0.05
    validation_share: float = 0.1
    validation_limit: int = 600
    evaluate_every: int = 150
    patience: int = 6
    """Evaluations without a better F1 after which training stops."""
    checkpoint_minutes: float = 5.0
    compute: str = "auto"
    """bfloat16 (activations too: a third faster on two cores), autocast, float32; auto takes the first
    for daedap's encoder and the second for others, where the processor has bfloat16."""
    random_start: bool = False
    """Draw the encoder's weights anew: what the same network learns without pre-training."""
    match_type: bool = True
    """Mark context tokens that also stand in the question (`nlu.features`), where the encoder has the token type."""
    processes: int = 2
    threads: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate", "evaluate_every", "patience"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be above 0")
        for name in ("warmup_share", "validation_share", "dropout", "average_decay", "crop_share", "question_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, it must lie in [0, 1)")
        if self.max_steps is not None and self.max_steps <= 0:
            raise ValueError(f"max_steps is {self.max_steps}, it must be above 0")
        check_devices(self)

    @classmethod
    def load(cls, path: Path | str, **changes: Any) -> TrainingConfig:
        """From a JSON file; unknown keys are refused, `changes` that are not None win."""
        return load_configuration(cls, path, **changes)


class DataFile(NamedTuple):
    """A file of questions, how often an epoch draws each, and whether part of it may validate."""

    path: Path
    weight: float = 1.0
    validates: bool = True


class TrainingResult(NamedTuple):
    """The trained model, how it did on `validation`, and where the log and the best weights lie."""

    model: ReaderModel
    validation: list[QuestionExample]
    exact_match: float
    f1: float
    steps: int
    folder: Path


def train(
    data: Sequence[DataFile],
    encoder: Path | str,
    out: Path,
    config: TrainingConfig = TrainingConfig(),
    *,
    cache: Path | None = None,
    resume: bool = True,
    device: str | None = None,
    validation: Sequence[QuestionExample] | None = None,
) -> TrainingResult:
    """Fine-tune `encoder` on the questions of `data`; the run's files go to `out`.

    With `validation` all of `data` is trained on and those questions choose the weights; without, part of `data` does.
    Writes `log.jsonl`, `learning_curve.png`, `checkpoint.pt` and `best/` (weights, tokenizer). Raises
    ValueError for unusable data, and where `out` holds a run with other settings.
    """
    torch.manual_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    loaded = load_model(encoder, random_start=config.random_start)
    if not config.match_type:
        loaded = loaded._replace(layout=replace(loaded.layout, has_match_type=False))
    if validation is None:
        training, validation = load_data(data, config)
    else:
        training, validation = [(read_examples(file.path).examples, file.weight) for file in data], list(validation)
    sources = [
        Source(pack(examples, loaded.tokenizer, cache=cache, processes=config.processes), weight) for examples, weight in training
    ]
    sampler = Sampler(
        sources,
        max_length=config.max_length,
        negative_share=config.negative_share,
        crop_share=config.crop_share,
        batch_size=config.batch_size,
        common_ids=loaded.common_ids,
        layout=loaded.layout,
        question_dropout=config.question_dropout,
        seed=config.seed,
    )
    run = _Run(loaded, sampler, validation, out, config, device or ("cuda" if torch.cuda.is_available() else "cpu"), str(encoder))
    if resume:
        run.resume()
    return run.train()


def load_data(
    data: Sequence[DataFile], config: TrainingConfig
) -> tuple[list[tuple[list[QuestionExample], float]], list[QuestionExample]]:
    """`(examples, weight)` of each file without the validation articles, and at most `validation_limit` of those.

    An article held out of one file is held out of all. Where no file may validate, part of the first does.
    """
    if not data:
        raise ValueError("no data files were given: pass at least one with --data")
    read = [read_examples(file.path).examples for file in data]
    validating = [file.validates for file in data] if any(file.validates for file in data) else [True] + [False] * (len(data) - 1)
    validation: list[QuestionExample] = []
    for examples, validates in zip(read, validating):
        if validates:
            validation += [e for e in split_by_title(examples, config.validation_share, config.seed)[1] if e.is_answerable]
    held_out = {example.title or example.context for example in validation}
    contexts = {example.context for example in validation}
    training = [
        ([e for e in examples if (e.title or e.context) not in held_out and e.context not in contexts], file.weight)
        for examples, file in zip(read, data)
    ]
    if len(validation) > config.validation_limit:
        chosen = np.random.default_rng(config.seed).permutation(len(validation))[: config.validation_limit]
        validation = [validation[i] for i in sorted(chosen)]
    return training, validation


class _Run:
    """One training run and what it keeps between steps."""

    def __init__(
        self,
        loaded: ReaderModel,
        sampler: Sampler,
        validation: list[QuestionExample],
        out: Path,
        config: TrainingConfig,
        device: str,
        encoder: str,
    ):
        self.loaded, self.sampler, self.validation = loaded, sampler, validation
        self.out, self.config, self.device = out, config, device
        self.model = loaded.model.to(device)
        self.compute = config.compute if config.compute != "auto" else default_compute(self.model, device)
        set_dropout(self.model, config.dropout)
        groups = parameter_groups(
            self.model, learning_rate=config.learning_rate, layer_decay=config.layer_decay, weight_decay=config.weight_decay
        )
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)
        self.layers, self.lowest_depth = count_layers(self.model), 0
        self.steps_per_epoch = sampler.batches_per_epoch
        self.total_steps = config.max_steps or max(1, round(config.epochs * self.steps_per_epoch))
        self.average = {name: p.detach().clone() for name, p in self.model.state_dict().items()} if config.average_decay else None
        self.step, self.elapsed, self.best, self.bad = 0, 0.0, (-1.0, -1.0), 0
        self.identity = {"config": asdict(config), "encoder": encoder, "questions": sampler.drawn_per_epoch}
        reader_config = ReaderConfig(
            max_length=max(config.max_length, 256),
            doc_stride=config.doc_stride,
            common_ids=loaded.common_ids,
            layout=loaded.layout,
        )
        self.reader = Reader(loaded.tokenizer, torch_backend(self.model, device), reader_config)
        out.mkdir(parents=True, exist_ok=True)

    def train(self) -> TrainingResult:
        config = self.config
        rows = {"questions": self.sampler.drawn_per_epoch, "validation": len(self.validation)}
        run = Run.start(self.out, "reader", config, {"encoder": self.identity["encoder"], **rows}, reopen=True)
        logger.info(
            "training on %d questions an epoch, %d validation questions, %d steps of %d windows, on %s (%s)",
            self.sampler.drawn_per_epoch, len(self.validation), self.total_steps, config.batch_size, self.device,
            self.compute,
        )  # fmt: skip
        self.model.train()
        started = checked = marked = time.monotonic() - 0.0
        started -= self.elapsed
        tokens, losses = 0, []
        for batch in self._batches():
            self.elapsed = time.monotonic() - started
            progress = self._progress()
            if progress >= 1 or self.bad >= config.patience:
                break
            losses.append(self._train_step(batch, progress))
            tokens += batch.input_ids.size
            self.step += 1
            if self.step % 20 == 0:
                seconds = time.monotonic() - marked
                values = {
                    "loss": round(float(np.mean(losses)), 4),
                    "tokens_per_s": round(tokens / seconds),
                    "minutes": round(self.elapsed / 60, 2),
                }
                self._log(values)
                tokens, losses, marked = 0, [], time.monotonic()
            if self.step % config.evaluate_every == 0:
                self._evaluate()
                marked, tokens, losses = time.monotonic(), 0, []
            if time.monotonic() - checked > 60 * config.checkpoint_minutes:
                self.save_checkpoint()
                checked = time.monotonic()
        if self.step % config.evaluate_every or self.best[1] < 0:
            self._evaluate()
        self.save_checkpoint()
        turned = draw_learning_curve(read_log(self.out), self.out / CURVE_FILE, score="f1")
        scores = {"exact_match": self.best[0], "f1": self.best[1]}
        run.finish(scores, steps=self.step, overfitting_step=turned, seconds=round(self.elapsed, 1))
        best = load_model(self.out / "best")._replace(layout=self.loaded.layout)
        logger.info("best validation: exact match %.2f, F1 %.2f; weights in %s", *self.best, self.out / "best")
        return TrainingResult(best, self.validation, *self.best, self.step, self.out)

    def _batches(self):
        first = self.step // self.steps_per_epoch
        for epoch in range(first, 1_000_000):
            yield from self.sampler.epoch(epoch, skip=self.step - epoch * self.steps_per_epoch if epoch == first else 0)

    def _progress(self) -> float:
        by_time = self.elapsed / (60 * self.config.max_minutes) if self.config.max_minutes else 0.0
        return max(self.step / self.total_steps, by_time)

    def _train_step(self, batch: Batch, progress: float) -> float:
        rate = schedule(progress, self.config.warmup_share)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * rate
        depth = lowest_trained_depth(progress, self.layers, self.config.frozen_layers, self.config.gradual_unfreezing)
        if depth != self.lowest_depth:
            self.lowest_depth = depth
            logger.info("step %d: %d parameters learn", self.step, freeze_below(self.model, depth))
        loss = span_loss(self.model, batch, self.device, self.compute)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimizer.step()
        if self.average is not None and self.step % AVERAGE_EVERY == 0:
            decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
            update_average(self.average, self.model, decay**AVERAGE_EVERY)
        return float(loss.detach())

    def _evaluate(self) -> None:
        kept = None
        if self.average is not None:
            kept = {name: value.clone() for name, value in self.model.state_dict().items()}
            self.model.load_state_dict(self.average)
        self.model.eval()
        found = quick_score(self.reader, self.validation) if self.validation else (0.0, 0.0)
        self._log({"validation_exact_match": found[0], "validation_f1": found[1], "minutes": round(self.elapsed / 60, 2)})
        if found[1] > self.best[1] or not self.validation:
            self.best, self.bad = found, 0
            save_model(self.loaded._replace(model=self.model), self.out / "best")
        else:
            self.bad += 1
        if kept is not None:
            self.model.load_state_dict(kept)
        self.model.train()

    def _log(self, values: dict[str, float]) -> None:
        line = {"step": self.step, **values}
        logger.info("%s", " ".join(f"{name} {value}" for name, value in line.items()))
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def save_checkpoint(self) -> None:
        state = {
            "identity": self.identity,
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            **{name: getattr(self, name) for name in ("step", "elapsed", "best", "bad")},
        }
        write_whole(self.out / "checkpoint.pt", lambda file: torch.save(state, file))

    def resume(self) -> None:
        """Go on from the checkpoint in `out`, if there is one; raises ValueError where it is of another run."""
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device, weights_only=False)
        if state["identity"] != self.identity:
            raise ValueError(f"{path} belongs to a run with other settings or data: choose another --out, or pass --fresh")
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"].cpu())
        self.step, self.elapsed, self.best, self.bad = state["step"], state["elapsed"], tuple(state["best"]), state["bad"]
        logger.info("going on at step %d of %s", self.step, path)


def span_loss(model: Any, batch: Batch, device: str, compute: str = "autocast") -> torch.Tensor:
    """Mean cross-entropy of first and last answer token over [CLS] and the context tokens."""
    allowed = torch.from_numpy(batch.token_type_ids > 0).to(device)
    allowed[:, 0] = True
    starts, ends = _logits(model, batch.input_ids, batch.attention_mask, batch.token_type_ids, device, compute)
    losses = [
        F.cross_entropy(logits.float().masked_fill(~allowed, NO_LOGIT), torch.from_numpy(gold).to(device))
        for logits, gold in ((starts, batch.start_positions), (ends, batch.end_positions))
    ]
    return (losses[0] + losses[1]) / 2


def _logits(
    model: Any,
    input_ids: np.ndarray,
    attention_mask: np.ndarray,
    token_type_ids: np.ndarray,
    device: str,
    compute: str = "autocast",
):
    given = {"input_ids": torch.from_numpy(input_ids).to(device)}
    if not attention_mask.all():  # without a mask attention takes its faster path
        given["attention_mask"] = torch.from_numpy(attention_mask).to(device)
    if uses_token_types(model):
        given["token_type_ids"] = torch.from_numpy(token_type_ids).to(device)
    found = run_network(model, given, device, compute)
    return found.start_logits, found.end_logits


def torch_backend(model: Any, device: str = "cpu", compute: str = "autocast") -> Backend:
    """The model as a backend of `mrc.reader.Reader`; puts it into evaluation while it runs."""

    def run(input_ids: np.ndarray, attention_mask: np.ndarray, token_type_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        was_training = model.training
        model.eval()
        with torch.inference_mode():
            starts, ends = _logits(model, input_ids, attention_mask, token_type_ids, device, compute)
        model.train(was_training)
        return starts.float().cpu().numpy(), ends.float().cpu().numpy()

    return run


def save_model(loaded: ReaderModel, folder: Path) -> None:
    """Weights, configuration and tokenizer in the form `mrc.models.load_model` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    loaded.model.save_pretrained(folder)
    loaded.tokenizer.save(folder)
    save_special_tokens(loaded, folder)
