"""Continued pre-training on a company's or a task's own text, before fine-tuning.

Masked language modelling goes on from the shipped weights on unlabelled text of the domain (manuals) or
the task (reviews without their labels): Gururangan et al. 2020, "Don't stop pretraining",
arXiv:2004.10964. Whole morphemes are masked together. Also the measure of what an encoder forgets:
the loss of masked morphemes on text it should still know.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from nlu.features import ReaderInputs
from nlu.pretrained import Pretrained, load_pretrained, save_special_tokens
from nlu.tokenizer import MORPHEME_START, SPECIAL_TOKENS
from nlu.transfer.compute import default_compute, run_network
from nlu.transfer.inputs import InputFormat, TokenRow, padded, prediction_batches, row_inputs, training_batches
from nlu.transfer.layers import parameter_groups, schedule, set_dropout

logger = logging.getLogger(__name__)

MASK_NAMES = ("[MASK]", "<mask>")


@dataclass(frozen=True)
class AdaptationConfig:
    """How an encoder goes on learning from text alone."""

    epochs: float = 5.0
    max_minutes: float | None = None
    batch_tokens: int = 2_048
    learning_rate: float = 5e-4
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    mask_share: float = 0.15
    dropout: float = 0.1
    max_length: int = 128
    compute: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_tokens", "learning_rate"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be above 0")
        if not 0 < self.mask_share < 1:
            raise ValueError(f"mask_share is {self.mask_share}, it must lie between 0 and 1")


DEFAULT = AdaptationConfig()


@dataclass(frozen=True)
class Texts:
    """Windows of some texts: inputs, and for each of their tokens the number of its morpheme (-1: special)."""

    inputs: list[ReaderInputs]
    morphemes: list[np.ndarray]
    form: InputFormat

    @property
    def tokens(self) -> int:
        return sum(len(one.input_ids) for one in self.inputs)


def load_masked_lm(encoder: Path | str) -> Pretrained:
    """The encoder with its head of masked tokens."""
    from transformers import AutoModelForMaskedLM

    return load_pretrained(encoder, AutoModelForMaskedLM)


def windows_of(texts: Sequence[str], pretrained: Pretrained, max_length: int = DEFAULT.max_length) -> Texts:
    """Texts cut into windows of at most `max_length` tokens, shorter ones than eight left out; ValueError where none is left."""
    form = InputFormat(pretrained.tokenizer, pretrained.layout, pretrained.common_ids, max_length)
    inputs, morphemes = [], []
    for text in texts:
        encoding = pretrained.tokenizer.encode(text)
        numbers = np.cumsum((encoding.flags & MORPHEME_START) > 0)
        for at in range(0, len(encoding), max_length - 2):
            ids = encoding.ids[at : at + max_length - 2]
            if len(ids) >= 8:
                inputs.append(row_inputs(TokenRow(ids, None), form))
                morphemes.append(np.concatenate(([-1], numbers[at : at + max_length - 2], [-1])))
    if not inputs:
        raise ValueError("the texts hold no eight tokens in a row: there is nothing to learn from")
    return Texts(inputs, morphemes, form)


def adapt(encoder: Path | str, texts: Sequence[str], out: Path, config: AdaptationConfig = DEFAULT) -> Pretrained:
    """Continue masked language modelling on `texts` and write the model folder `out`; returns the model."""
    torch.manual_seed(config.seed)
    pretrained = load_masked_lm(encoder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = pretrained.model.to(device)
    windows = windows_of(texts, pretrained, config.max_length)
    set_dropout(model, config.dropout)
    groups = parameter_groups(model, learning_rate=config.learning_rate, weight_decay=config.weight_decay)
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)
    lengths = [len(one.input_ids) for one in windows.inputs]
    batch_size = max(1, round(config.batch_tokens / float(np.mean(lengths))))
    total = max(1, round(config.epochs * -(-len(lengths) // batch_size)))
    logger.info("continued pre-training on %d windows, %d tokens, %d steps, on %s", len(lengths), windows.tokens, total, device)
    compute = config.compute if config.compute != "auto" else default_compute(model, device)
    started, losses = time.monotonic(), []
    model.train()
    for step, (numbers, rng) in enumerate(_batches(lengths, batch_size, config.seed)):
        minutes = (time.monotonic() - started) / 60
        progress = max(step / total, minutes / config.max_minutes if config.max_minutes else 0.0)
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * schedule(progress, config.warmup_share)
        loss, places = masked_lm_loss(model, windows, numbers, rng, config.mask_share, compute, device)
        if not places:
            continue
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if len(losses) % 50 == 0:
            logger.info("step %d of %d: masked-LM loss %.3f", step + 1, total, float(np.mean(losses[-50:])))
    model.eval()
    set_dropout(model, 0.0)
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    pretrained.tokenizer.save(out)
    save_special_tokens(pretrained, out)
    return pretrained


def measure_masked_lm(pretrained: Pretrained, windows: Texts, *, mask_share: float = 0.15, seed: int = 7) -> float:
    """The loss of masked morphemes, mean over the masked tokens; the same ones every time for a seed."""
    model = pretrained.model
    device = str(next(model.parameters()).device)
    model.eval()
    total = places = 0.0
    with torch.inference_mode():
        for numbers in prediction_batches([len(one.input_ids) for one in windows.inputs], 4_096):
            rng = np.random.default_rng((seed, int(numbers[0])))
            loss, count = masked_lm_loss(model, windows, numbers, rng, mask_share, default_compute(model, device), device)
            total += float(loss) * count
            places += count
    return round(total / max(places, 1), 4)


def masked_lm_loss(
    model: Any, windows: Texts, numbers: np.ndarray, rng: np.random.Generator, mask_share: float, compute: str, device: str
) -> tuple[torch.Tensor, int]:
    """Mean loss at the masked places of these windows, and how many places those are."""
    arrays = padded([windows.inputs[i] for i in numbers], windows.form)
    labels = np.full(arrays["input_ids"].shape, -100, np.int64)
    for row, number in enumerate(numbers):
        morphemes = windows.morphemes[number]
        drawn = rng.random(int(morphemes.max()) + 1) < mask_share
        chosen = np.flatnonzero((morphemes >= 0) & drawn[np.maximum(morphemes, 0)])
        labels[row, chosen] = arrays["input_ids"][row, chosen]
    _hide(arrays["input_ids"], labels >= 0, windows.form, model.config.vocab_size, rng)
    given = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
    places = torch.from_numpy(np.flatnonzero(labels >= 0)).to(device)
    gold = torch.from_numpy(labels[labels >= 0]).to(device)
    logits = run_network(_AtPlaces(model), {"places": places, **given}, device, compute)
    return F.cross_entropy(logits.float(), gold) if len(gold) else logits.sum() * 0.0, len(gold)


class _AtPlaces(torch.nn.Module):
    """Token scores at some places of the flattened batch alone, where the model allows that."""

    def __init__(self, model: Any):
        super().__init__()
        self.model = model

    @property
    def config(self) -> Any:
        return self.model.config

    def forward(self, places: torch.Tensor, input_ids: torch.Tensor, **given: torch.Tensor) -> torch.Tensor:
        if getattr(self.model.config, "type_vocab_size", 1) < 2:
            given.pop("token_type_ids", None)
        if hasattr(self.model, "token_logits"):
            hidden = self.model.encoder(input_ids, **given).last_hidden_state
            return self.model.token_logits(hidden.reshape(-1, hidden.shape[-1]).index_select(0, places))
        logits = self.model(input_ids, **given).logits
        return logits.reshape(-1, logits.shape[-1]).index_select(0, places)


def _hide(ids: np.ndarray, masked: np.ndarray, form: InputFormat, vocabulary_size: int, rng: np.random.Generator) -> None:
    """Of the masked tokens 80 % become [MASK], 10 % any token, 10 % stay (Devlin et al. 2019)."""
    mask_id = next(form.tokenizer.vocabulary[name] for name in MASK_NAMES if name in form.tokenizer.vocabulary)
    draw = rng.random(ids.shape)
    ids[masked & (draw < 0.8)] = mask_id
    random = masked & (draw >= 0.9)
    ids[random] = rng.integers(len(SPECIAL_TOKENS), vocabulary_size, int(random.sum()))


def _batches(lengths: Sequence[int], batch_size: int, seed: int) -> Iterator[tuple[np.ndarray, np.random.Generator]]:
    epoch = 0
    while True:
        rng = np.random.default_rng((seed, epoch))
        for numbers in training_batches(lengths, batch_size, rng):
            yield numbers, rng
        epoch += 1
