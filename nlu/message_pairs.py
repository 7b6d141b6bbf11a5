"""Whether a text answers a message: both read together by the encoder of messages, with the head `answers`.

The head was learnt beside those of reviews and kinds of utterance (`nlu.transfer.multitask`), on questions with the
FAQ entry that answers them, and with entries that are merely near.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from nlu.sentence_encoder import SentenceEncoder

MESSAGES = Path(__file__).resolve().parent.parent / "data" / "models" / "messages"
HEADS_FILE = "heads.json"
THREADS = min(2, os.cpu_count() or 1)
TASK, YES, NO = "answers", "yes", "no"


class MessagePairs:
    """Scores pairs by one encoder; safe to share between threads."""

    def __init__(self, encoder: SentenceEncoder, weights: np.ndarray, bias: float, common_ids: Sequence[int]) -> None:
        self._encoder = encoder
        self._weights = np.asarray(weights, np.float32)
        self._bias = float(bias)
        self._common_ids = tuple(common_ids)

    @classmethod
    def load(cls, folder: Path = MESSAGES, threads: int = THREADS) -> MessagePairs:
        """`threads` pairs are read side by side. FileNotFoundError names the command that makes a missing file, ValueError a head that is not there."""
        encoder = SentenceEncoder(folder, threads)
        if not (folder / HEADS_FILE).is_file():
            raise FileNotFoundError(f"{folder / HEADS_FILE} is missing: `python -m nlu.transfer.multitask` writes it")
        document = json.loads((folder / HEADS_FILE).read_text(encoding="utf-8"))
        head = document["heads"].get(TASK)
        if head is None or set(head["labels"]) != {YES, NO}:
            raise ValueError(f"{folder / HEADS_FILE} has no head {TASK!r} with the labels {YES} and {NO}")
        yes, no = head["labels"].index(YES), head["labels"].index(NO)
        weights = document["scale"] * (np.array(head["weights"][yes]) - np.array(head["weights"][no]))
        common_ids = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("common_ids") or ()
        bias = document["scale"] * (head["biases"][yes] - head["biases"][no])
        return cls(encoder, weights, bias, common_ids)

    def scores(self, message: str, texts: Sequence[str]) -> np.ndarray:
        """`(n,)` float32 log-odds that each of `texts` answers `message`."""
        if not texts:
            return np.zeros(0, np.float32)
        return self._encoder.encode_pairs(message, texts, self._common_ids) @ self._weights + self._bias


@lru_cache(maxsize=1)
def default_pairs() -> MessagePairs:
    """The model that ships."""
    return MessagePairs.load()
