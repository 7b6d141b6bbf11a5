"""An encoder with a head over its pooled tokens, saved as a folder from which training can go on.

    config.json, model.safetensors, tokenizer files   the encoder, as `AutoModel.from_pretrained` loads it
    head.safetensors, transfer.json                   the head, and what it predicts
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nlu.pretrained import Pretrained, load_pretrained, save_special_tokens, uses_token_types
from nlu.transfer.config import Pooling, Task, TransferConfig
from nlu.transfer.inputs import InputFormat
from nlu.transfer.layers import count_layers, set_dropout, truncate
from nlu.whole_file import write_json, write_whole

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Head:
    """What is predicted: one of `labels`, or (regression) a number between `low` and `high`."""

    task: Task
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    pooling: Pooling = Pooling.MEAN_MAX
    max_length: int = 128
    format_version: int = field(default=FORMAT_VERSION)

    def __post_init__(self) -> None:
        object.__setattr__(self, "task", Task(self.task))
        object.__setattr__(self, "pooling", Pooling(self.pooling))
        object.__setattr__(self, "labels", tuple(self.labels))
        if self.format_version != FORMAT_VERSION:
            raise ValueError(f"the model's head has format {self.format_version}, this daedap reads {FORMAT_VERSION}")

    @property
    def outputs(self) -> int:
        return len(self.labels) if self.task is Task.CLASSIFICATION else 1


class SequenceModel(nn.Module):
    """Token ids to `logits (batch, outputs)` float32; a number to predict is scaled to [0, 1] (a logit of it)."""

    def __init__(self, pretrained: Pretrained, head: Head):
        super().__init__()
        self.encoder = pretrained.model
        self.head = head
        width = self.encoder.config.hidden_size * (2 if head.pooling is Pooling.MEAN_MAX else 1)
        self.dropout = nn.Dropout(0.0)
        self.classifier = nn.Linear(width, head.outputs)
        nn.init.zeros_(self.classifier.bias)
        nn.init.normal_(self.classifier.weight, std=0.02)
        self.typed = uses_token_types(self.encoder)

    @property
    def config(self) -> Any:
        return self.encoder.config

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        types = {"token_type_ids": token_type_ids} if self.typed else {}
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        return self.classifier(self.dropout(pooled(hidden, attention_mask, self.head.pooling))).float()


def pooled(hidden: Tensor, attention_mask: Tensor, pooling: Pooling) -> Tensor:
    """One vector a row of `hidden (batch, length, width)`; padding counts for nothing."""
    if pooling is Pooling.CLS:
        return hidden[:, 0]
    mask = attention_mask[..., None].to(hidden.dtype)
    mean = (hidden * mask).sum(1) / mask.sum(1)
    if pooling is Pooling.MEAN:
        return mean
    return torch.cat((mean, hidden.masked_fill(mask == 0, -1e4).amax(1)), -1)


@dataclass(frozen=True)
class SequencePredictor:
    """A model with what encodes its input."""

    model: SequenceModel
    pretrained: Pretrained
    form: InputFormat

    def save(self, folder: Path) -> None:
        """Write the folder; weights are float32, each file whole or the old one."""
        from safetensors.torch import save

        folder.mkdir(parents=True, exist_ok=True)
        encoder = self.model.encoder
        encoder.config.save_pretrained(folder)
        state = {name: value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}
        write_whole(folder / "model.safetensors", lambda file: file.write(save(state, {"format": "pt"})))
        head = {name: value.detach().cpu().contiguous() for name, value in self.model.classifier.state_dict().items()}
        write_whole(folder / "head.safetensors", lambda file: file.write(save(head)))
        self.pretrained.tokenizer.save(folder)
        save_special_tokens(self.pretrained, folder)
        write_json(folder / "transfer.json", {**vars(self.model.head)})


def build(encoder: Path | str, head: Head, config: TransferConfig) -> SequencePredictor:
    """The encoder (all of it, its lowest layers, or its shape with random weights) under a new head."""
    from transformers import AutoModel

    sizes = {"hidden_size": config.hidden_size} if config.hidden_size is not None else {}
    pretrained = load_pretrained(encoder, AutoModel, random_start=config.random_start, **sizes)
    if config.layers is not None:
        truncate(pretrained.model, config.layers)
    count_layers(pretrained.model)
    predictor = assemble(pretrained, head)
    set_dropout(predictor.model, config.dropout)
    return predictor


def assemble(pretrained: Pretrained, head: Head) -> SequencePredictor:
    form = InputFormat(pretrained.tokenizer, pretrained.layout, pretrained.common_ids, head.max_length)
    return SequencePredictor(SequenceModel(pretrained, head), pretrained, form)


def load(folder: Path | str) -> SequencePredictor:
    """A saved model; raises FileNotFoundError where the folder holds none."""
    from safetensors.torch import load_file
    from transformers import AutoModel

    folder = Path(folder)
    if not (folder / "transfer.json").is_file():
        raise FileNotFoundError(f"{folder / 'transfer.json'} is missing: `daedap train classifier` writes it with the model")
    head = Head(**json.loads((folder / "transfer.json").read_text(encoding="utf-8")))
    predictor = assemble(load_pretrained(folder, AutoModel), head)
    predictor.model.classifier.load_state_dict(load_file(folder / "head.safetensors"))
    predictor.model.eval()
    return predictor
