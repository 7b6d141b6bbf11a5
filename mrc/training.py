"""Fine-tune an encoder to read: AdamW, warm-up and linear decay, bf16 where the processor has it.

Takes daedap's encoder or any BERT, ELECTRA or RoBERTa (`mrc.models`). Beside the usual recipe
(Devlin et al. 2019): windows without an answer, length-bucketed batches, layer-wise learning rates
(Clark et al. 2020, arXiv:2003.10555), a running average of the weights, early stopping on the F1 of
articles held out. A run that was stopped goes on from its checkpoint.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
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
from nlu.encoder import has_bfloat16

logger = logging.getLogger(__name__)

NO_LOGIT = -1e4
AVERAGE_EVERY = 4
"""The running average of the weights takes them in at every fourth step, which costs a quarter."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a reader is trained. The defaults are for daedap's small encoder on two cores."""

    epochs: float = 4.0
    max_minutes: float | None = None
    """Stop after so long; the learning rate then falls with whichever is further, steps or minutes."""
    batch_size: int = 24
    learning_rate: float = 5e-4
    layer_decay: float = 1.0
    """Each layer below the top learns at this times the rate of the one above."""
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
        if self.compute not in ("auto", "bfloat16", "autocast", "float32"):
            raise ValueError(f"compute is {self.compute!r}, it must be auto, bfloat16, autocast or float32")
        if not 0 < self.layer_decay <= 1:
            raise ValueError(f"layer_decay is {self.layer_decay}, it must lie in (0, 1]")

    @classmethod
    def load(cls, path: Path | str, **changes: Any) -> TrainingConfig:
        """From a JSON file; unknown keys are refused, `changes` that are not None win."""
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown keys {sorted(unknown)}; known are {[f.name for f in fields(cls)]}")
        return cls(**{**values, **{name: value for name, value in changes.items() if value is not None}})


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
) -> TrainingResult:
    """Fine-tune `encoder` on the questions of `data`; the run's files go to `out`.

    Writes `log.jsonl`, `learning_curve.png`, `checkpoint.pt` and `best/` (weights, tokenizer). Raises
    ValueError for unusable data, and where `out` holds a run with other settings.
    """
    torch.manual_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    loaded = load_model(encoder)
    training, validation = load_data(data, config)
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
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, config), betas=(0.9, 0.98), eps=1e-6, fused=True)
        self.steps_per_epoch = sampler.batches_per_epoch
        self.total_steps = max(1, round(config.epochs * self.steps_per_epoch))
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
        plot_learning_curve(self.out / "log.jsonl", self.out / "learning_curve.png")
        best = load_model(self.out / "best")
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
        temporary = self.out / "checkpoint.part"
        torch.save(state, temporary)
        temporary.replace(self.out / "checkpoint.pt")

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
    if compute == "bfloat16":  # the optimizer keeps float32 weights, the network sees them rounded
        rounded = {name: p.to(torch.bfloat16) for name, p in model.named_parameters()}
        found = torch.func.functional_call(model, rounded, (), given)
    else:
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=compute == "autocast" and has_bfloat16(device)):
            found = model(**given)
    return found.start_logits, found.end_logits


def default_compute(model: Any, device: str) -> str:
    """What `compute="auto"` means for this model on this device."""
    if not has_bfloat16(device):
        return "float32"
    return "bfloat16" if model.config.model_type == "daedap" else "autocast"


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


def schedule(progress: float, warmup_share: float) -> float:
    """The learning rate's factor at `progress` in [0, 1]: up to 1 over the warm-up, then linearly to 0.

    >>> [round(schedule(p, 0.2), 2) for p in (0.1, 0.2, 0.6, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if progress < warmup_share:
        return max(progress / warmup_share, 0.01)
    return max(0.0, (1 - progress) / (1 - warmup_share))


def set_dropout(model: torch.nn.Module, share: float) -> None:
    """Drop this share in all of the model's dropout layers, whatever its own configuration says."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share


_LAYER = re.compile(r"\blayers?\.(\d+)\.")


def parameter_groups(model: Any, config: TrainingConfig) -> list[dict[str, Any]]:
    """Optimizer groups by layer and by whether weights decay (matrices only)."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    numbers = [int(match.group(1)) for name, _ in named if (match := _LAYER.search(name))]
    layers = max(numbers, default=-1) + 1
    groups: dict[tuple[float, float], list] = {}
    for name, p in named:
        rate = config.learning_rate * config.layer_decay ** (layers - _depth(name, layers))
        decay = config.weight_decay if p.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(p)
    return [{"params": params, "lr": rate, "base_lr": rate, "weight_decay": decay} for (rate, decay), params in groups.items()]


def _depth(name: str, layers: int) -> int:
    """0 for embeddings, 1 … `layers` for the layers, `layers` for what stands above them."""
    match = _LAYER.search(name)
    if match:
        return int(match.group(1)) + 1
    return 0 if "embedding" in name else layers


@torch.no_grad()
def update_average(average: dict[str, torch.Tensor], model: Any, decay: float) -> None:
    """average ← decay · average + (1 − decay) · weights."""
    state = model.state_dict()
    names = [name for name, value in average.items() if value.is_floating_point()]
    torch._foreach_lerp_([average[name] for name in names], [state[name] for name in names], 1 - decay)


def save_model(loaded: ReaderModel, folder: Path) -> None:
    """Weights, configuration and tokenizer in the form `mrc.models.load_model` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    loaded.model.save_pretrained(folder)
    loaded.tokenizer.save(folder)
    _save_special_tokens(loaded, folder)


def _save_special_tokens(loaded: ReaderModel, folder: Path) -> None:
    """`tokenizer_config.json`, so that AutoTokenizer finds the special tokens of a hub model again."""
    if (folder / "daedap_tokenizer.json").is_file():
        return
    tokens = {i: token for token, i in loaded.tokenizer.vocabulary.items()}
    names = {"cls_token": loaded.layout.cls_id, "sep_token": loaded.layout.sep_id, "pad_token": loaded.layout.pad_id}
    document = {"tokenizer_class": "PreTrainedTokenizerFast", **{name: tokens[i] for name, i in names.items()}}
    (folder / "tokenizer_config.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def plot_learning_curve(log: Path, out: Path) -> None:
    """Draw loss and validation scores of a JSON-lines log over the steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure, left = plt.subplots(figsize=(7, 4))
    right = left.twinx()
    for axis, name, style in (
        (left, "loss", "tab:gray"),
        (right, "validation_f1", "tab:blue"),
        (right, "validation_exact_match", "tab:orange"),
    ):
        points = [(line["step"], line[name]) for line in lines if name in line]
        if points:
            axis.plot(*zip(*points), color=style, label=name.replace("_", " "))
    left.set_xlabel("step")
    left.set_ylabel("loss")
    right.set_ylabel("percent")
    figure.legend(loc="upper center", ncol=3, frameon=False)
    figure.savefig(out, dpi=110, bbox_inches="tight")
    plt.close(figure)
