"""What runs the reader's network: ONNX Runtime on the CPU, a window at a time, several side by side.

Windows that go through one by one need no padding and, each in a thread of its own, keep every core busy
from the first to the last; a batch split inside ONNX Runtime waits at each layer for its slowest part, and its
threads spin while they wait, which takes the time of other customers' questions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from nlu.onnx_session import open_session

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
"""`input_ids, attention_mask, token_type_ids`, each `(batch, length)` int64."""
Logits = tuple[np.ndarray, np.ndarray]
"""Start and end logits, each `(batch, length)`."""
Backend = Callable[[np.ndarray, np.ndarray, np.ndarray], Logits]


class OnnxBackend:
    """A model file on ONNX Runtime; safe to share between threads, which then share its threads."""

    batch_tokens = 1
    """Windows go one by one, whatever the reader's configuration says of batches."""
    length_step = 8

    def __init__(self, path: Path, threads: int | None = None) -> None:
        """FileNotFoundError or ValueError names the command that makes the file."""
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: `daedap train reader --data FILE --out {path.parent}` makes it")
        try:
            self._session = open_session(path)
        except Exception as error:  # onnxruntime raises its own classes, which share no base of use
            raise ValueError(f"{path} cannot be loaded ({error}): `daedap train reader` makes it anew") from error
        self._names = [one.name for one in self._session.get_inputs()]
        self._pool = ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1), thread_name_prefix="read")

    def __call__(self, input_ids: np.ndarray, attention_mask: np.ndarray, token_type_ids: np.ndarray) -> Logits:
        given = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        start_logits, end_logits = self._session.run(["start_logits", "end_logits"], {name: given[name] for name in self._names})
        return start_logits, end_logits

    def many(self, batches: Sequence[Arrays]) -> list[Logits]:
        """The logits of each batch, in order; `threads` batches at a time."""
        if len(batches) < 2:
            return [self(*batch) for batch in batches]
        return list(self._pool.map(lambda batch: self(*batch), batches))
