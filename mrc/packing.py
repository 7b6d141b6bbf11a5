"""Questions and contexts as packed token arrays, so that Kiwi runs once and no epoch runs it again.

The arrays are cached in a folder under a name made of the examples, the tokenizer and the format: a
second run on the same data starts at once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from mrc.examples import QuestionExample, answer_tokens
from nlu.tokenizer import Encoding, Tokenizer

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
CHUNK = 64


@dataclass(frozen=True)
class PackedQuestions:
    """Token ids of `q` questions over `c` different contexts.

    Context `i` is `context_ids[context_offsets[i]:context_offsets[i + 1]]`, questions likewise.
    `contexts (q,)` and `titles (q,)` number each question's context and article; `start_tokens` and
    `end_tokens (q,)` are its answer `[start, end)` in the context, both -1 where there is none.
    """

    context_ids: np.ndarray
    context_offsets: np.ndarray
    question_ids: np.ndarray
    question_offsets: np.ndarray
    contexts: np.ndarray
    titles: np.ndarray
    start_tokens: np.ndarray
    end_tokens: np.ndarray

    def __len__(self) -> int:
        return len(self.contexts)

    def context(self, i: int) -> np.ndarray:
        return self.context_ids[self.context_offsets[i] : self.context_offsets[i + 1]]

    def question(self, i: int) -> np.ndarray:
        return self.question_ids[self.question_offsets[i] : self.question_offsets[i + 1]]

    @property
    def context_lengths(self) -> np.ndarray:
        return np.diff(self.context_offsets)

    @property
    def context_titles(self) -> np.ndarray:
        """The article of each context `(c,)`."""
        titles = np.zeros(len(self.context_offsets) - 1, np.int64)
        titles[self.contexts] = self.titles
        return titles


def pack(examples: Sequence[QuestionExample], tokenizer, *, cache: Path | None = None, processes: int = 2) -> PackedQuestions:
    """Encode `examples` (answers whose tokens cannot be found are left out), or take them from `cache`."""
    path = cache / f"{_key(examples, tokenizer)}.npz" if cache else None
    if path and path.is_file():
        with np.load(path) as arrays:
            return PackedQuestions(**{f.name: arrays[f.name] for f in fields(PackedQuestions)})
    started = time.monotonic()
    packed = _pack(examples, tokenizer, processes)
    logger.info("encoded %d questions (%d tokens) in %.0f s", len(packed), len(packed.context_ids), time.monotonic() - started)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        with temporary.open("wb") as file:
            np.savez(file, **{f.name: getattr(packed, f.name) for f in fields(PackedQuestions)})
        temporary.replace(path)
    return packed


def _key(examples: Sequence[QuestionExample], tokenizer) -> str:
    digest = hashlib.sha256(f"{FORMAT_VERSION} {type(tokenizer).__name__}".encode())
    digest.update(json.dumps(sorted(tokenizer.vocabulary.items())).encode())
    for example in examples:
        digest.update(repr((example.title, example.question, example.context, example.answers)).encode("utf-8", "replace"))
    return digest.hexdigest()[:24]


def _pack(examples: Sequence[QuestionExample], tokenizer, processes: int) -> PackedQuestions:
    context_number: dict[str, int] = {}
    for example in examples:
        context_number.setdefault(example.context, len(context_number))
    texts = [*context_number, *(example.question for example in examples)]
    encodings = list(encode_all(texts, tokenizer, processes))
    contexts, questions = encodings[: len(context_number)], encodings[len(context_number) :]
    title_number: dict[str, int] = {}
    rows = []
    kept = []
    for example, question in zip(examples, questions):
        number = context_number[example.context]
        start_token, end_token = -1, -1
        if example.answers:
            answer = example.answers[0]
            found = answer_tokens(contexts[number], answer.start, answer.start + len(answer.text))
            if found is None:
                continue
            start_token, end_token = found
        if not len(question) or not len(contexts[number]):
            continue
        title = title_number.setdefault(example.title or example.context, len(title_number))
        rows.append((number, title, start_token, end_token))
        kept.append(question)
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    return PackedQuestions(*_packed(contexts), *_packed(kept), *columns)


def _packed(encodings: Sequence[Encoding]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.concatenate([encoding.ids for encoding in encodings]) if encodings else np.zeros(0, np.int32)
    return ids.astype(np.int32), np.cumsum([0, *map(len, encodings)]).astype(np.int64)


def encode_all(texts: Sequence[str], tokenizer, processes: int) -> Iterator[Encoding]:
    """The encoding of each text, in order; daedap's tokenizer runs in several processes where there is much to do."""
    if processes < 2 or len(texts) < 20 * CHUNK or not isinstance(tokenizer, Tokenizer):
        yield from map(tokenizer.encode, texts)
        return
    with multiprocessing.get_context("spawn").Pool(processes, _start_worker, (tokenizer.vocabulary,)) as pool:
        yield from pool.imap(_encode, texts, chunksize=CHUNK)


_worker_tokenizer: Tokenizer | None = None


def _start_worker(vocabulary: dict[str, int]) -> None:
    global _worker_tokenizer
    _worker_tokenizer = Tokenizer(vocabulary)


def _encode(text: str) -> Encoding:
    if _worker_tokenizer is None:
        raise RuntimeError("the worker was not started with a vocabulary")
    return _worker_tokenizer.encode(text)
