"""Load what can be fine-tuned: daedap's encoder, or any BERT, ELECTRA or RoBERTa of a folder or the hub.

Imports torch and transformers when called.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from nlu.features import InputLayout
from nlu.hub_tokenizer import HubTokenizer, load_tokenizer


class Pretrained(NamedTuple):
    """A torch model with what encodes its input."""

    model: Any
    tokenizer: Any
    layout: InputLayout
    common_ids: tuple[int, ...]


def load_pretrained(name: Path | str, auto_class: Any, *, random_start: bool = False, **sizes: int) -> Pretrained:
    """The model of a folder or of a hub name, in float32, as `auto_class` (an `AutoModel…`) makes it.

    With `random_start` its configuration alone is taken (with `sizes` changed) and the weights are
    drawn anew. Raises FileNotFoundError for a folder without a model, ValueError where there is no fast
    tokenizer or sizes are changed on trained weights.
    """
    from transformers import AutoConfig

    import nlu.encoder  # noqa: F401  (registers the model type `daedap`)

    if sizes and not random_start:
        raise ValueError(f"{sorted(sizes)} can be changed from a random start only: trained weights have their size")
    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder / 'config.json'} is missing: `daedap train encoder export --out {folder}` writes one")
    if not folder.is_dir() and (str(name).count("/") != 1 or str(name).startswith((".", "/"))):
        raise FileNotFoundError(f"{name} is no folder and no hub name: `daedap train encoder` makes an encoder")
    config = AutoConfig.from_pretrained(name)
    if random_start:
        model = auto_class.from_config(resized(config, **sizes)).float()
    else:
        model = auto_class.from_pretrained(name, config=config).float()
    return Pretrained(model, *_input_of(name, config))


def resized(config: Any, **sizes: int) -> Any:
    """The configuration with other sizes; the feed-forward width keeps its ratio to the hidden width, heads their width."""
    values = config.to_dict()
    if "hidden_size" in sizes:
        old, new = values["hidden_size"], sizes["hidden_size"]
        head = old // values["num_attention_heads"]
        if new % head:
            raise ValueError(f"hidden_size {new} is no multiple of the width of a head, {head}")
        sizes = {"intermediate_size": values["intermediate_size"] * new // old, "num_attention_heads": new // head, **sizes}
    return type(config).from_dict({**values, **sizes})


def _input_of(name: Path | str, config: Any) -> tuple[Any, InputLayout, tuple[int, ...]]:
    """The tokenizer, how pairs are written and which tokens are common."""
    from transformers import AutoTokenizer

    folder = Path(name)
    if folder.is_dir() and (folder / "daedap_tokenizer.json").is_file():
        tokenizer = load_tokenizer(folder)
        if len(tokenizer) > config.vocab_size:
            raise ValueError(f"{name}: the tokenizer has {len(tokenizer)} entries, the model {config.vocab_size}")
        common_ids = tuple(getattr(config, "common_ids", ()) or ())
        return tokenizer, InputLayout(has_match_type=getattr(config, "type_vocab_size", 0) >= 3), common_ids
    fast = AutoTokenizer.from_pretrained(name, use_fast=True)
    if not getattr(fast, "is_fast", False):
        raise ValueError(f"{name} has no fast tokenizer (tokenizer.json): character offsets are needed")
    tokenizer = HubTokenizer(fast.backend_tokenizer.to_str())
    layout = InputLayout(
        cls_id=fast.cls_token_id,
        sep_id=fast.sep_token_id,
        pad_id=fast.pad_token_id,
        separators=tokenizer.separators(config.model_type),
        has_match_type=False,
    )
    return tokenizer, layout, ()


def uses_token_types(model: Any) -> bool:
    """Whether the model tells first and second text apart by token types (RoBERTa has one type only)."""
    return getattr(model.config, "type_vocab_size", 1) >= 2


def save_special_tokens(pretrained: Pretrained, folder: Path) -> None:
    """Write `tokenizer_config.json`, so that AutoTokenizer finds the special tokens of a hub model again."""
    if (folder / "daedap_tokenizer.json").is_file():
        return
    tokens = {i: token for token, i in pretrained.tokenizer.vocabulary.items()}
    layout = pretrained.layout
    names = {"cls_token": layout.cls_id, "sep_token": layout.sep_id, "pad_token": layout.pad_id}
    document = {"tokenizer_class": "PreTrainedTokenizerFast", **{name: tokens[i] for name, i in names.items()}}
    (folder / "tokenizer_config.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
