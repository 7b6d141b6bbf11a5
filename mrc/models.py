"""Load what can be fine-tuned as a reader: daedap's encoder, or any BERT, ELECTRA or RoBERTa.

Imports torch and transformers when called.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from mrc.hub_tokenizer import HubTokenizer, load_tokenizer
from nlu.features import InputLayout

TWO_SEPARATORS = frozenset({"roberta", "xlm-roberta", "camembert"})


class ReaderModel(NamedTuple):
    """A torch model for question answering with what encodes its input."""

    model: Any
    tokenizer: Any
    layout: InputLayout
    common_ids: tuple[int, ...]


def load_model(name: Path | str) -> ReaderModel:
    """The model of a folder (an encoder or a reader), or of a name of the Hugging Face hub.

    Raises FileNotFoundError for a folder without a model and ValueError where there is no fast tokenizer.
    """
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer

    import nlu.encoder  # noqa: F401  (registers the model type `daedap`)

    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder / 'config.json'} is missing: `daedap train encoder --out {folder}` makes an encoder")
    if not folder.is_dir() and (str(name).count("/") != 1 or str(name).startswith((".", "/"))):
        raise FileNotFoundError(f"{name} is no folder and no hub name: `daedap train encoder` makes an encoder")
    config = AutoConfig.from_pretrained(name)
    model = AutoModelForQuestionAnswering.from_pretrained(name, config=config).float()
    if folder.is_dir() and (folder / "daedap_tokenizer.json").is_file():
        tokenizer = load_tokenizer(folder)
        has_match_type = getattr(config, "type_vocab_size", 0) >= 3
        if len(tokenizer) > config.vocab_size:
            raise ValueError(f"{name}: the tokenizer has {len(tokenizer)} entries, the model {config.vocab_size}")
        common_ids = tuple(getattr(config, "common_ids", ()) or ())
        return ReaderModel(model, tokenizer, InputLayout(has_match_type=has_match_type), common_ids)
    fast = AutoTokenizer.from_pretrained(name, use_fast=True)
    if not getattr(fast, "is_fast", False):
        raise ValueError(f"{name} has no fast tokenizer (tokenizer.json): the reader needs its character offsets")
    layout = InputLayout(
        cls_id=fast.cls_token_id,
        sep_id=fast.sep_token_id,
        pad_id=fast.pad_token_id,
        separators=2 if config.model_type in TWO_SEPARATORS else 1,
        has_match_type=False,
    )
    return ReaderModel(model, HubTokenizer(fast.backend_tokenizer.to_str()), layout, ())


def uses_token_types(model: Any) -> bool:
    """Whether the model tells question and context apart by token types (RoBERTa has one type only)."""
    return getattr(model.config, "type_vocab_size", 1) >= 2


def warm_start(folder: Path | str) -> Path | None:
    """The half-precision weights a shipped reader carries beside its ONNX file, None where it has none."""
    path = Path(folder) / "model.safetensors"
    return path if path.is_file() else None


def describe(model: Any) -> dict[str, Any]:
    """What a card says of a model: type, parameters and sizes."""
    config = json.loads(model.config.to_json_string(use_diff=False))
    names = ("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    return {name: config.get(name) for name in names} | {"parameters": sum(p.numel() for p in model.parameters())}
