"""A question and a window of a context as the arrays a reader takes; training and serving share it.

    [CLS] question [SEP] window of the context [SEP]

Token types: 0 = question and special tokens, 1 = context token, 2 = context token whose id also stands
in the question. The commonest tokens (particles, endings, full stops) are left out of the last: they
stand everywhere. This is DrQA's exact-match feature (Chen et al. 2017, arXiv:1704.00051) as a token type.
Windows follow the `stride` of the transformers library: `doc_stride` is how many tokens two
neighbouring windows share.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nlu.tokenizer import CLS, PAD, SEP, SPECIAL_TOKENS, Encoding

MAX_QUESTION_TOKENS = 64
COMMON_TOKENS = 150
"""So many of the commonest tokens never count as standing in the question."""
QUESTION_TYPE, CONTEXT_TYPE, MATCH_TYPE = 0, 1, 2


@dataclass(frozen=True)
class InputLayout:
    """How a family of models writes a pair; the default is daedap's own encoder."""

    cls_id: int = CLS
    sep_id: int = SEP
    pad_id: int = PAD
    separators: int = 1
    """How often [SEP] stands between question and context (RoBERTa: twice)."""
    has_match_type: bool = True
    """Whether token type 2 exists; else context tokens are all 1."""


DAEDAP_LAYOUT = InputLayout()


class ReaderInputs(NamedTuple):
    """One window: `input_ids`, `token_type_ids` `(tokens,)` int64, and where its context stands.

    Token `context_at + i` of the input is token `window[0] + i` of the context.
    """

    input_ids: np.ndarray
    token_type_ids: np.ndarray
    context_at: int
    window: tuple[int, int]


def reader_inputs(
    question: Encoding | np.ndarray,
    context: Encoding | np.ndarray,
    window: tuple[int, int] | None = None,
    *,
    common_ids: Collection[int] = (),
    layout: InputLayout = DAEDAP_LAYOUT,
) -> ReaderInputs:
    """The input for tokens `[window[0], window[1])` of `context` (all of it where None).

    `question` and `context` are encodings or their ids; the question is cut to its first 64 tokens.
    """
    question_ids = _ids(question)[:MAX_QUESTION_TOKENS]
    start, end = window or (0, len(context))
    context_ids = _ids(context)[start:end]
    context_at = 1 + len(question_ids) + layout.separators
    input_ids = np.empty(context_at + len(context_ids) + 1, np.int64)
    input_ids[0] = layout.cls_id
    input_ids[1 : 1 + len(question_ids)] = question_ids
    input_ids[1 + len(question_ids) : context_at] = layout.sep_id
    input_ids[context_at:-1] = context_ids
    input_ids[-1] = layout.sep_id
    token_type_ids = np.zeros(len(input_ids), np.int64)
    token_type_ids[context_at:-1] = CONTEXT_TYPE
    if layout.has_match_type:
        token_type_ids[context_at:-1][stands_in_question(question_ids, context_ids, common_ids)] = MATCH_TYPE
    return ReaderInputs(input_ids, token_type_ids, context_at, (start, start + len(context_ids)))


def stands_in_question(question_ids: np.ndarray, context_ids: np.ndarray, common_ids: Collection[int]) -> np.ndarray:
    """Which context tokens also stand in the question, special and common ones apart; `(context,)` bool."""
    wanted = {int(i) for i in question_ids if i >= len(SPECIAL_TOKENS)}.difference(common_ids)
    return np.isin(context_ids, np.fromiter(wanted, np.int64, len(wanted)))


def context_windows(
    question_tokens: int, context_tokens: int, max_length: int, doc_stride: int, separators: int = 1
) -> list[tuple[int, int]]:
    """`[start, end)` of the windows that cover a context; none for an empty one.

    Every run of `doc_stride` context tokens lies whole in some window. Raises ValueError where
    `max_length` leaves no room.
    """
    room = max_length - min(question_tokens, MAX_QUESTION_TOKENS) - separators - 2
    if room < 1:
        raise ValueError(f"max_length is {max_length}, a question of {question_tokens} tokens leaves no room for a context")
    step = max(1, room - min(doc_stride, room // 2))
    windows: list[tuple[int, int]] = []
    start = 0
    while context_tokens and (not windows or windows[-1][1] < context_tokens):
        windows.append((start, min(start + room, context_tokens)))
        start += step
    return windows


def pad_inputs(inputs: list[ReaderInputs], pad_id: int = PAD, multiple: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`input_ids`, `attention_mask`, `token_type_ids`, each `(batch, length)` int64, length a multiple of `multiple`."""
    length = max(len(one.input_ids) for one in inputs)
    length = -(-length // multiple) * multiple
    input_ids = np.full((len(inputs), length), pad_id, np.int64)
    attention_mask = np.zeros((len(inputs), length), np.int64)
    token_type_ids = np.zeros((len(inputs), length), np.int64)
    for row, one in enumerate(inputs):
        n = len(one.input_ids)
        input_ids[row, :n] = one.input_ids
        attention_mask[row, :n] = 1
        token_type_ids[row, :n] = one.token_type_ids
    return input_ids, attention_mask, token_type_ids


def commonest_ids(id_arrays: Iterable[np.ndarray], n: int = COMMON_TOKENS) -> list[int]:
    """The `n` commonest token ids of a corpus, special tokens apart, ascending."""
    counts = np.zeros(0, np.int64)
    for ids in id_arrays:
        found = np.bincount(ids)
        if len(found) > len(counts):
            counts = np.pad(counts, (0, len(found) - len(counts)))
        counts[: len(found)] += found
    counts[: len(SPECIAL_TOKENS)] = 0
    order = np.argsort(-counts, kind="stable")[:n]
    return sorted(int(i) for i in order if counts[i])


def _ids(tokens: Encoding | np.ndarray) -> np.ndarray:
    return tokens.ids if isinstance(tokens, Encoding) else tokens
