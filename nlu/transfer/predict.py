"""Serve a fine-tuned model: texts in, labels with their probabilities (or numbers) out. ONNX Runtime, no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlu.features import InputLayout
from nlu.hub_tokenizer import load_tokenizer
from nlu.onnx_session import open_session
from nlu.transfer.inputs import InputFormat, TokenRow, encode_row, padded, prediction_batches, row_inputs

FILE = "model.onnx"


class Prediction(NamedTuple):
    """The likeliest label with its probability and the ranking, likeliest first; for a number `value` alone."""

    label: str | None
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    value: float | None = None


class SequenceClassifier:
    """A model in ONNX with what encodes its input; safe to share between threads."""

    def __init__(
        self, path: Path, labels: Sequence[str], bounds: tuple[float, float], form: InputFormat, threads: int = 1
    ):
        self._session = open_session(path, threads)
        self._inputs = {given.name for given in self._session.get_inputs()}
        self.labels, self._bounds, self._form = tuple(labels), bounds, form

    @classmethod
    def load(cls, folder: Path | str, threads: int = 1) -> SequenceClassifier:
        """The model `daedap train classifier` left in `folder`; raises FileNotFoundError where a file is missing."""
        folder = Path(folder)
        for name in (FILE, "transfer.json", "config.json"):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder / name} is missing: `daedap train classifier` writes it")
        head = json.loads((folder / "transfer.json").read_text(encoding="utf-8"))
        form = InputFormat(load_tokenizer(folder), *_layout(folder), head["max_length"])
        return cls(folder / FILE, head["labels"], (head["low"], head["high"]), form, threads)

    def predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> list[Prediction]:
        """One prediction a text, in order; `pairs` are the second texts of a model that takes two."""
        seconds: Sequence[str | None] = pairs if pairs is not None else [None] * len(texts)
        rows = [encode_row(text, pair, self._form.tokenizer) for text, pair in zip(texts, seconds)]
        return [self._prediction(row) for row in self.logits(rows)]

    def logits(self, rows: Sequence[TokenRow]) -> np.ndarray:
        """(rows, outputs) float32."""
        inputs = [row_inputs(row, self._form) for row in rows]
        found: list[Any] = [None] * len(rows)
        for numbers in prediction_batches([len(one.input_ids) for one in inputs]):
            arrays = padded([inputs[i] for i in numbers], self._form)
            logits = self._session.run(["logits"], {name: arrays[name] for name in self._inputs})[0]
            for number, row in zip(numbers, logits):
                found[number] = row
        return np.array(found, np.float32).reshape(len(rows), -1)

    def _prediction(self, logits: np.ndarray) -> Prediction:
        if not self.labels:
            low, high = self._bounds
            share = 1 / (1 + float(np.exp(-logits[0])))
            return Prediction(None, 1.0, (), low + (high - low) * share)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        ranking = tuple((self.labels[i], float(shares[i])) for i in np.argsort(-shares, kind="stable"))
        return Prediction(*ranking[0], ranking)


def _layout(folder: Path) -> tuple[InputLayout, tuple[int, ...]]:
    """How the model writes its input, from the files of its folder alone."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if (folder / "daedap_tokenizer.json").is_file():
        return InputLayout(has_match_type=config.get("type_vocab_size", 0) >= 3), tuple(config.get("common_ids") or ())
    names = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer = load_tokenizer(folder)
    ids = [tokenizer.vocabulary[names[name]] for name in ("cls_token", "sep_token", "pad_token")]
    return InputLayout(*ids, separators=tokenizer.separators(config["model_type"]), has_match_type=False), ()
