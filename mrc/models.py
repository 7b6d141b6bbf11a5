"""Load what can be fine-tuned as a reader: daedap's encoder, or any BERT, ELECTRA or RoBERTa.

Imports torch and transformers when called.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nlu.pretrained import Pretrained as ReaderModel
from nlu.pretrained import load_pretrained, uses_token_types

__all__ = ["ReaderModel", "describe", "load_model", "uses_token_types", "warm_start"]


def load_model(name: Path | str, *, random_start: bool = False) -> ReaderModel:
    """The model of a folder (an encoder or a reader), or of a name of the Hugging Face hub.

    With `random_start` only its configuration is taken and the weights are drawn anew. Raises
    FileNotFoundError for a folder without a model and ValueError where there is no fast tokenizer.
    """
    from transformers import AutoModelForQuestionAnswering

    return load_pretrained(name, AutoModelForQuestionAnswering, random_start=random_start)


def warm_start(folder: Path | str) -> Path | None:
    """The half-precision weights a shipped reader carries beside its ONNX file, None where it has none."""
    path = Path(folder) / "model.safetensors"
    return path if path.is_file() else None


def describe(model: Any) -> dict[str, Any]:
    """What a card says of a model: type, parameters and sizes."""
    config = json.loads(model.config.to_json_string(use_diff=False))
    names = ("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    return {name: config.get(name) for name in names} | {"parameters": sum(p.numel() for p in model.parameters())}
