"""Whether a text answers a message: both read together by the encoder of messages, with the heads `answers` and `holds`.

The heads were learnt beside those of reviews and kinds of utterance (`nlu.transfer.multitask`): `answers` on questions
with the FAQ entry that answers them and with entries that are merely near, `holds` on questions with the sentence that
holds their answer and with others of its passage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlu.sentence_encoder import SentenceEncoder

MESSAGES = Path(__file__).resolve().parent.parent / "data" / "models" / "messages"
HEADS_FILE = "heads.json"
THREADS = min(2, os.cpu_count() or 1)
TASK, HOLDS, YES, NO = "answers", "holds", "yes", "no"


class PairScores(NamedTuple):
    """`(n,)` float32 log-odds that each text answers the message, and that it holds what is asked for."""

    answers: np.ndarray
    holds: np.ndarray


class PairHead(NamedTuple):
    """Log-odds of yes over vectors of unit length: `vectors @ weights + bias`."""

    weights: np.ndarray
    bias: float

    @classmethod
    def of(cls, document: dict, task: str, file: Path) -> PairHead:
        """The head `task` of a `heads.json`; ValueError where it is not there."""
        head = document["heads"].get(task)
        if head is None or set(head["labels"]) != {YES, NO}:
            raise ValueError(f"{file} has no head {task!r} with the labels {YES} and {NO}")
        yes, no = head["labels"].index(YES), head["labels"].index(NO)
        weights = document["scale"] * (np.array(head["weights"][yes]) - np.array(head["weights"][no]))
        return cls(weights.astype(np.float32), float(document["scale"] * (head["biases"][yes] - head["biases"][no])))

    def scores(self, vectors: np.ndarray) -> np.ndarray:
        return vectors @ self.weights + np.float32(self.bias)


class MessagePairs:
    """Scores pairs by one encoder; safe to share between threads."""

    def __init__(self, encoder: SentenceEncoder, answers: PairHead, holds: PairHead, common_ids: Sequence[int]) -> None:
        self._encoder = encoder
        self._answers, self._holds = answers, holds
        self._common_ids = tuple(common_ids)

    @classmethod
    def load(cls, folder: Path = MESSAGES, threads: int = THREADS) -> MessagePairs:
        """`threads` pairs are read side by side. FileNotFoundError names the command that makes a missing file, ValueError
        a head that is not there."""
        encoder = SentenceEncoder(folder, threads)
        file = folder / HEADS_FILE
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing: `python -m nlu.transfer.multitask` writes it")
        document = json.loads(file.read_text(encoding="utf-8"))
        common_ids = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("common_ids") or ()
        return cls(encoder, PairHead.of(document, TASK, file), PairHead.of(document, HOLDS, file), common_ids)

    def prepare(self, texts: Iterable[str]) -> None:
        """Keep the token ids of texts that messages will be read together with; of more than are kept, the last."""
        for text in texts:
            self._encoder.prepare(text)

    def scores(self, message: str, texts: Sequence[str]) -> PairScores:
        """Both heads over `message` read together with each of `texts`."""
        if not texts:
            return PairScores(np.zeros(0, np.float32), np.zeros(0, np.float32))
        vectors = self._encoder.encode_pairs(message, texts, self._common_ids)
        return PairScores(self._answers.scores(vectors), self._holds.scores(vectors))


@lru_cache(maxsize=1)
def default_pairs() -> MessagePairs:
    """The model that ships."""
    return MessagePairs.load()
