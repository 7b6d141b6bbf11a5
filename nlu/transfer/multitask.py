"""One small encoder for short messages, fine-tuned on several tasks at once: what a bot's classifiers look at.

The features of masked language modelling alone say little about what a message is for. Fine-tuned on
supplementary tasks first (STILTs, Phang et al. 2018, arXiv:1811.01088; several heads over one shared
encoder, MT-DNN, Liu et al. 2019, arXiv:1901.11504) the same network carries sentiment and the kind of utterance in its
mean vector, and a linear classifier over it needs few examples of one's own. Here: the lowest `layers`
blocks of the encoder, the mean over the message's tokens, of unit length as it is served
(`nlu.sentence_encoder`), a linear head a task; every batch is of one task, tasks drawn by the root of their size.

    python -m nlu.transfer.multitask --task reviews=nsmc_train.tsv:document:label --task kinds=3i4k.tsv:1:0 --out FOLDER

leaves out the rows of each task's test and validation parts (`nlu.transfer.splits`) and says how good it is on validation.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from nlu.message_pairs import HEADS_FILE
from nlu.sentence_encoder import message_inputs, pair_inputs
from nlu.transfer.augmentation import Augmentation, augment
from nlu.transfer.examples import Columns, TextExample, labels_of, read_examples
from nlu.transfer.inputs import training_batches
from nlu.transfer.splits import load_or_make
from nlu.whole_file import write_json

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
"""In the folder of a run that was stopped; gone once it is finished."""

SCALE = 12.0
"""Of a head's logits over a vector of unit length."""


@dataclass(frozen=True)
class MultitaskConfig:
    """One run; `epochs` counts passes over all tasks' rows together."""

    layers: int = 4
    epochs: float = 2.0
    steps: int | None = None
    """In place of `epochs`."""
    batch_size: int = 64
    learning_rate: float = 5e-4
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    dropout: float = 0.1
    max_tokens: int = 64
    max_pair_tokens: int = 128
    max_batch_tokens: int = 4_096
    """A batch of long rows is made smaller."""
    average_decay: float = 0.995
    max_minutes: float | None = None
    checkpoint_minutes: float = 3.0
    seed: int = 0
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(rows=0.25, neighbours=0.0))

    def __post_init__(self) -> None:
        for name in ("layers", "epochs", "batch_size", "learning_rate", "max_tokens", "checkpoint_minutes"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be above 0")


@dataclass(frozen=True)
class TaskRows:
    """One task: its labels, the rows to learn from, and those that say how good it is."""

    name: str
    training: tuple[TextExample, ...]
    validation: tuple[TextExample, ...]
    share: float | None = None
    """How often a batch is of this task, beside the others' shares; by the root of its rows where it is None."""

    @property
    def labels(self) -> tuple[str, ...]:
        return labels_of(self.training)


def read_task(name: str, path: Path, columns: Columns, split_file: Path, limit: int = 2_000) -> TaskRows:
    """The training part of a file and up to `limit` rows of its validation part; the test part is left alone."""
    examples = read_examples(path, columns)
    groups = [example.group for example in examples]
    split = load_or_make(split_file, groups, [example.label for example in examples], groups)
    return TaskRows(name, tuple(examples[i] for i in split.training), tuple(examples[i] for i in split.validation[:limit]))


def train(encoder: Path, tasks: Sequence[TaskRows], out: Path, config: MultitaskConfig = MultitaskConfig()) -> dict[str, float]:
    """Fine-tune on all `tasks`, save the shared encoder into `out`; returns validation accuracy by task.

    A run that was stopped goes on from the checkpoint in `out`, its batches drawn anew; raises ValueError where
    that checkpoint is of other tasks or of another configuration.
    """
    trainer = _Trainer(encoder, tasks, config, out)
    trainer.run()
    found = trainer.accuracies()
    trainer.save(out)
    write_json(out / "multitask.json", {"config": asdict(config), "validation_accuracy": found})
    (out / CHECKPOINT).unlink(missing_ok=True)
    return found


class _Trainer:
    def __init__(self, encoder: Path, tasks: Sequence[TaskRows], config: MultitaskConfig, out: Path):
        import torch
        from transformers import AutoModel

        from nlu.pretrained import load_pretrained
        from nlu.transfer.layers import set_dropout, truncate

        torch.manual_seed(config.seed)
        self.config, self.tasks, self.out = config, list(tasks), out
        self.pretrained = load_pretrained(encoder, AutoModel)
        truncate(self.pretrained.model, config.layers)
        self.pretrained.model.final_norm = torch.nn.Identity()
        set_dropout(self.pretrained.model, config.dropout)
        width = self.pretrained.model.config.hidden_size
        self.heads = torch.nn.ModuleList(torch.nn.Linear(width, len(task.labels)) for task in self.tasks)
        self._take_heads(encoder / HEADS_FILE)
        self.model = torch.nn.ModuleDict({"encoder": self.pretrained.model, "heads": self.heads})
        decayed = [p for p in self.model.parameters() if p.ndim > 1]
        plain = [p for p in self.model.parameters() if p.ndim < 2]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=config.learning_rate, betas=(0.9, 0.98),
        )  # fmt: skip
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.step, self.seconds = 0, 0.0
        self._resume()

    def _take_heads(self, file: Path) -> None:
        """Begin with the heads of an encoder that was fine-tuned so before, where it has them."""
        import torch

        known = json.loads(file.read_text(encoding="utf-8"))["heads"] if file.is_file() else {}
        for task, head in zip(self.tasks, self.heads):
            if task.name in known and tuple(known[task.name]["labels"]) == task.labels:
                with torch.no_grad():
                    head.weight.copy_(torch.tensor(known[task.name]["weights"]))
                    head.bias.copy_(torch.tensor(known[task.name]["biases"]))

    def run(self) -> None:
        import torch
        from torch.nn import functional as F

        from nlu.transfer.layers import schedule, update_average

        config = self.config
        total = config.steps or int(config.epochs * sum(len(task.training) for task in self.tasks) / config.batch_size) + 1
        logger.info("%d steps over %s", total, ", ".join(f"{task.name} ({len(task.training)})" for task in self.tasks))
        started, losses = time.monotonic() - self.seconds, []
        saved = time.monotonic()
        self.model.train()
        for step, (number, rows, gold) in zip(range(self.step, total), self._batches()):
            for group in self.optimizer.param_groups:
                group["lr"] = config.learning_rate * schedule(self._progress(step, total, started), config.warmup_share)
            logits = SCALE * self.heads[number](self.vectors(rows))
            loss = F.cross_entropy(logits, torch.from_numpy(gold))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            update_average(self.average, self.model, min(config.average_decay, (1 + step) / (10 + step)))
            losses.append(loss.item())
            if (time.monotonic() - saved) / 60 > config.checkpoint_minutes:
                self.save_checkpoint(step + 1, time.monotonic() - started)
                saved = time.monotonic()
            if config.max_minutes and (time.monotonic() - started) / 60 > config.max_minutes:
                break
            if (step + 1) % 100 == 0:
                logger.info(
                    "step %d of %d: loss %.3f, %.0f s", step + 1, total, np.mean(losses[-100:]), time.monotonic() - started
                )
        self.model.load_state_dict(self.average)

    def save_checkpoint(self, step: int, seconds: float) -> None:
        """Write what a run of `step` steps and `seconds` needs to go on."""
        import torch

        from nlu.whole_file import write_whole

        state = {"run": self._run(), "model": self.model.state_dict(), "average": self.average,
                 "optimizer": self.optimizer.state_dict(), "step": step, "seconds": seconds}  # fmt: skip
        self.out.mkdir(parents=True, exist_ok=True)
        write_whole(self.out / CHECKPOINT, lambda file: torch.save(state, file))

    def _resume(self) -> None:
        import torch

        path = self.out / CHECKPOINT
        if not path.is_file():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["run"] != self._run():
            raise ValueError(f"{path} is of other tasks or another configuration: remove it, or choose another folder")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average, self.step, self.seconds = state["average"], state["step"], state["seconds"]
        logger.info("going on from step %d", self.step)

    def _run(self) -> str:
        """What a checkpoint must agree with: all but how long the run may take."""
        config = replace(self.config, max_minutes=None, checkpoint_minutes=MultitaskConfig.checkpoint_minutes)
        return json.dumps([asdict(config), [[task.name, len(task.training), *task.labels] for task in self.tasks]])

    def _progress(self, step: int, total: int, started: float) -> float:
        """By steps or minutes, whichever is further."""
        minutes = (time.monotonic() - started) / 60
        return max((step + 1) / total, minutes / self.config.max_minutes if self.config.max_minutes else 0.0)

    def _batches(self) -> Iterator[tuple[int, list[TextExample], np.ndarray]]:
        """Batches without end: the task's number, its rows, the places of their labels."""
        rng = np.random.default_rng([self.config.seed, self.step])
        shares = np.array([task.share or len(task.training) ** 0.5 for task in self.tasks])
        sources = [self._of_task(task, rng) for task in self.tasks]
        places = [{label: i for i, label in enumerate(task.labels)} for task in self.tasks]
        noise = self.config.augmentation
        while True:
            number = int(rng.choice(len(shares), p=shares / shares.sum()))
            chosen = next(sources[number])
            if noise.rows:
                chosen = [replace(row, text=augment(row.text, noise, rng)) for row in chosen]
            yield number, chosen, np.array([places[number][str(row.label)] for row in chosen])

    def _of_task(self, task: TaskRows, rng: np.random.Generator) -> Iterator[list[TextExample]]:
        """The rows in an order drawn anew for each epoch, those of like length together in a batch (little padding)."""
        lengths = [len(row.text) + len(row.pair or "") for row in task.training]
        size = self.config.batch_size
        if task.training[0].pair is not None:
            size = max(1, min(size, self.config.max_batch_tokens // self.config.max_pair_tokens))
        while True:
            for numbers in training_batches(lengths, size, rng):
                yield [task.training[i] for i in numbers]

    def vectors(self, rows: Sequence[TextExample]) -> Any:
        """`(n, width)` of unit length, as `nlu.sentence_encoder` serves them."""
        import torch
        from torch.nn import functional as F

        from nlu.encoder import has_bfloat16

        tokenizer = self.pretrained.tokenizer
        cut = [message_inputs(tokenizer, row.text, self.config.max_tokens) if row.pair is None
               else pair_inputs(tokenizer, row.text, row.pair, self.pretrained.common_ids, self.config.max_pair_tokens)
               for row in rows]  # fmt: skip
        ids, types, mask, inner = np.zeros((4, len(cut), max(len(one[0]) for one in cut)), np.int64)
        for i, (own, own_types) in enumerate(cut):
            ids[i, : len(own)], types[i, : len(own)], mask[i, : len(own)] = own, own_types, 1
            inner[i, 1 : len(own) - 1] = 1
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16("cpu")):
            given = (torch.from_numpy(array) for array in (ids, mask, types))
            hidden = self.pretrained.model(*given).last_hidden_state
        weights = torch.from_numpy(inner)[..., None].float()
        return F.normalize((hidden.float() * weights).sum(1) / weights.sum(1), dim=-1)

    def accuracies(self) -> dict[str, float]:
        """Share of each task's validation rows that its head gets right."""
        import torch

        found = {}
        self.model.eval()
        with torch.inference_mode():
            for head, task in zip(self.heads, self.tasks):
                predicted = []
                for at in range(0, len(task.validation), 128):
                    predicted += head(self.vectors(task.validation[at : at + 128])).argmax(-1).tolist()
                right = [task.labels[i] == str(row.label) for i, row in zip(predicted, task.validation)]
                found[task.name] = round(100 * float(np.mean(right)), 2)
        return found

    def save(self, out: Path) -> None:
        from safetensors.torch import save

        from nlu.whole_file import write_whole

        out.mkdir(parents=True, exist_ok=True)
        self.pretrained.model.config.save_pretrained(out)
        state = {
            name: value.half().contiguous()
            for name, value in self.pretrained.model.state_dict().items()
            if "final_norm" not in name
        }
        write_whole(out / "model.safetensors", lambda file: file.write(save(state, {"format": "pt"})))
        self.pretrained.tokenizer.save(out)
        heads = {
            task.name: {"labels": task.labels, "weights": head.weight.tolist(), "biases": head.bias.tolist()}
            for task, head in zip(self.tasks, self.heads)
        }
        write_json(out / HEADS_FILE, {"scale": SCALE, "heads": heads})


def _task(text: str, splits: Path) -> TaskRows:
    name, _, rest = text.partition("=")
    parts = rest.rsplit(":", 2)
    if not name or len(parts) != 3:
        raise ValueError(f"--task {text}: write NAME=FILE:TEXT_COLUMN:LABEL_COLUMN")
    return read_task(name, Path(parts[0]), Columns(parts[1], parts[2]), splits / f"{Path(parts[0]).stem}.json")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m nlu.transfer.multitask", description=__doc__.split("\n")[0])
    parser.add_argument("--encoder", type=Path, default=Path("data/models/encoder"))
    parser.add_argument("--task", action="append", required=True, help="NAME=FILE:TEXT_COLUMN:LABEL_COLUMN")
    parser.add_argument("--splits", type=Path, default=Path(".daedap/splits"), help="where splits are kept")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=MultitaskConfig.epochs)
    parser.add_argument("--layers", type=int, default=MultitaskConfig.layers)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    tasks = [_task(text, options.splits) for text in options.task]
    print(json.dumps(train(options.encoder, tasks, options.out, MultitaskConfig(epochs=options.epochs, layers=options.layers))))


if __name__ == "__main__":
    main()
