"""Texts and pairs of texts as arrays, in batches of like length; training and prediction share it. No torch.

A text is `[CLS] text [SEP]`; a pair `[CLS] text [SEP] pair [SEP]` with the token types of `nlu.features`,
so that words both texts hold are marked. daedap's encoder saw running text as type 1, questions as 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nlu.features import CONTEXT_TYPE, InputLayout, ReaderInputs, pad_inputs, reader_inputs

BUCKET_BATCHES = 50
"""Rows are sorted by length within so many batches: little padding, and still another order in each epoch."""


class InputFormat(NamedTuple):
    """What turns texts into a model's input."""

    tokenizer: Any
    layout: InputLayout
    common_ids: tuple[int, ...]
    max_length: int


class TokenRow(NamedTuple):
    """Token ids of a text and of its pair (None for a single text)."""

    text: np.ndarray
    pair: np.ndarray | None


def encode_row(text: str, pair: str | None, tokenizer: Any) -> TokenRow:
    return TokenRow(tokenizer.encode(text).ids, tokenizer.encode(pair).ids if pair is not None else None)


def row_inputs(row: TokenRow, form: InputFormat) -> ReaderInputs:
    """The model's input, cut to `max_length`: the end of a single text, or of a pair's second text."""
    if row.pair is not None:
        room = form.max_length - 2 - form.layout.separators
        text = row.text[: max(1, min(len(row.text), room - min(len(row.pair), room // 2)))]
        pair = row.pair[: room - min(len(text), 64)]
        return reader_inputs(text, pair, common_ids=form.common_ids, layout=form.layout)
    ids = row.text[: form.max_length - 2]
    input_ids = np.concatenate(([form.layout.cls_id], ids, [form.layout.sep_id])).astype(np.int64)
    token_type_ids = np.zeros(len(input_ids), np.int64)
    if form.layout.has_match_type:
        token_type_ids[1:-1] = CONTEXT_TYPE
    return ReaderInputs(input_ids, token_type_ids, 1, (0, len(ids)))


def training_batches(lengths: Sequence[int], batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Row numbers of an epoch's batches, each row once, rows of like length together, batches in random order."""
    order = rng.permutation(len(lengths))
    lengths = np.asarray(lengths)
    batches: list[np.ndarray] = []
    for at in range(0, len(order), batch_size * BUCKET_BATCHES):
        bucket = order[at : at + batch_size * BUCKET_BATCHES]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        batches += [bucket[i : i + batch_size] for i in range(0, len(bucket), batch_size)]
    for number in rng.permutation(len(batches)):
        yield batches[number]


def prediction_batches(lengths: Sequence[int], batch_tokens: int = 8_192) -> Iterator[np.ndarray]:
    """Row numbers sorted by length, so many to a batch that it holds about `batch_tokens` tokens."""
    order = np.argsort(np.asarray(lengths), kind="stable")
    at = 0
    while at < len(order):
        size = max(1, batch_tokens // max(1, int(lengths[order[min(at + 255, len(order) - 1)]])))
        yield order[at : at + min(size, 256)]
        at += min(size, 256)


def padded(inputs: list[ReaderInputs], form: InputFormat) -> dict[str, np.ndarray]:
    """`input_ids`, `attention_mask`, `token_type_ids`, each (batch, length) int64."""
    return dict(zip(("input_ids", "attention_mask", "token_type_ids"), pad_inputs(inputs, form.layout.pad_id)))
