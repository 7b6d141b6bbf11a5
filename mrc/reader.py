"""The served reader: a question and some passages in, answer spans with a confidence out. No torch.

A folder holds `model.onnx`, the tokenizer and `reader.json` (format version, window, common ids,
calibration, threshold). Windows of all passages go through the model sorted by length; the tokens of
passages are cached. The same class runs any other backend, such as a torch model on CUDA.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from mrc.backends import Backend, OnnxBackend
from mrc.confidence import UNCALIBRATED, Calibration
from mrc.spans import Span, WindowLogits, best_spans, margin, spans_within
from mrc.table_rows import cell_borders
from nlu.features import (
    DAEDAP_LAYOUT,
    MAX_QUESTION_TOKENS,
    InputLayout,
    ReaderInputs,
    context_windows,
    pad_inputs,
    reader_inputs,
    stands_in_question,
)
from nlu.hub_tokenizer import load_tokenizer
from nlu.sentences import unit_around
from nlu.tokenizer import SPECIAL_TOKENS, Encoding, Tokenizer

FORMAT_VERSION = 1
MAX_QUESTION_CHARACTERS = 2_000
MAX_CACHED_TOKENS = 3_000_000
SENTENCE_REACH = 1_500
"""Characters to each side of a span in which its sentence is looked for."""


class EncodesText(Protocol):
    def encode(self, text: str) -> Encoding: ...


class ReaderAnswer(NamedTuple):
    """`contexts[context_index][start:end] == text`; `score` above no answer; `confidence` in (0, 1)."""

    context_index: int
    start: int
    end: int
    text: str
    score: float
    confidence: float


class UnitSpan(NamedTuple):
    """`[start, end)` in characters of a context; `score` above no answer, `log_probability` within its window."""

    start: int
    end: int
    score: float
    log_probability: float


@dataclass(frozen=True)
class ReaderConfig:
    """What a reader needs to know beside its weights; saved as `reader.json`."""

    max_length: int = 384
    doc_stride: int = 128
    max_answer_length: int = 30
    max_windows: int = 64
    """A longer context is read only where it shares most with the question."""
    batch_tokens: int = 4_096
    length_step: int = 32
    """Inputs are padded to multiples of this, so that few shapes occur."""
    threshold: float = 0.5
    """Confidence from which on `daedap read` gives an answer."""
    model_file: str = "model.onnx"
    precision: str = "float32"
    common_ids: tuple[int, ...] = ()
    layout: InputLayout = DAEDAP_LAYOUT
    calibration: Calibration = UNCALIBRATED
    measured: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_length < MAX_QUESTION_TOKENS + 16:
            raise ValueError(f"max_length is {self.max_length}, it must be at least {MAX_QUESTION_TOKENS + 16}")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold}, it must lie in [0, 1]")

    def save(self, folder: Path | str) -> None:
        document = {"format_version": FORMAT_VERSION, **asdict(self), "calibration": self.calibration.to_json()}
        (Path(folder) / "reader.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | str) -> ReaderConfig:
        """Raises FileNotFoundError or ValueError naming what is off and the command that mends it."""
        path = Path(folder) / "reader.json"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: `daedap train reader --data FILE --out {folder}` makes it")
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            version = document.pop("format_version", None)
            if version != FORMAT_VERSION:
                raise ValueError(f"format version {version}, this daedap reads {FORMAT_VERSION}")
            unknown = set(document) - {f.name for f in fields(cls)}
            if unknown:
                raise ValueError(f"unknown keys {sorted(unknown)}")
            document["common_ids"] = tuple(document["common_ids"])
            document["layout"] = InputLayout(**document["layout"])
            document["calibration"] = Calibration.from_json(document["calibration"])
            return cls(**document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} cannot be used ({error}): `daedap train reader` makes it anew") from error


class Reader:
    """Reads passages for an answer. Make it with `Reader.load`, or from any tokenizer and backend."""

    def __init__(self, tokenizer: EncodesText, backend: Backend, config: ReaderConfig = ReaderConfig()):
        self.tokenizer = tokenizer
        self.backend = backend
        self.config = config
        self._cache = _TokenCache(MAX_CACHED_TOKENS)

    @classmethod
    def load(cls, folder: Path | str, *, threads: int | None = None) -> Reader:
        """The reader of a model folder, on ONNX Runtime with `threads` threads (default: at most four).

        Raises FileNotFoundError or ValueError naming the file and the command that makes it.
        """
        config = ReaderConfig.load(folder)
        return cls(load_tokenizer(folder), OnnxBackend(Path(folder) / config.model_file, threads), config)

    def warm_up(self) -> None:
        """Load what the first question would wait for: the morpheme analyzer and the network's buffers."""
        self.read("무엇인가요?", ["이것은 첫 질문을 빠르게 하려고 미리 읽는 글이에요."], 1)

    def read(self, question: str, contexts: Sequence[str], n_best: int = 3) -> list[ReaderAnswer]:
        """At most `n_best` different spans over all contexts, best first; none for an empty question or contexts."""
        return self.read_many([(question, contexts)], n_best)[0]

    def answer(self, question: str, contexts: Sequence[str]) -> ReaderAnswer | None:
        """The best answer if its confidence reaches the configured threshold, else None."""
        found = self.read(question, contexts, 1)
        return found[0] if found and found[0].confidence >= self.config.threshold else None

    def read_many(self, pairs: Sequence[tuple[str, Sequence[str]]], n_best: int = 3) -> list[list[ReaderAnswer]]:
        """`read` for several questions with their contexts, batched together."""
        return [[answer for answer, _ in answers] for answers in self.read_with_features(pairs, n_best)]

    def read_with_features(
        self, pairs: Sequence[tuple[str, Sequence[str]]], n_best: int = 3
    ) -> list[list[tuple[ReaderAnswer, tuple[float, ...]]]]:
        """As `read_many`, each answer with the features its confidence was computed from."""
        questions, encoded, inputs, owners = [], [], [], []
        for number, (question, contexts) in enumerate(pairs):
            questions.append(self.tokenizer.encode(question[:MAX_QUESTION_CHARACTERS]))
            encoded.append([self.encode_context(text) for text in contexts])
            for index, context in enumerate(encoded[-1]):
                windows = self._windows(questions[-1], context)
                inputs += [self._inputs(questions[-1], context, window) for window in windows]
                owners += [(number, index)] * len(windows)
        start_logits, end_logits = predict_windows(self.backend, inputs, self.config)
        logits: list[list[WindowLogits]] = [[] for _ in pairs]
        matches: list[list[float]] = [[] for _ in pairs]
        for (number, index), one, start, end in zip(owners, inputs, start_logits, end_logits):
            logits[number].append(window_logits(index, one, start, end))
            matches[number].append(match_share(questions[number].ids, one, self.config.common_ids))
        return [
            self._answers(pairs[number][1], encoded[number], logits[number], matches[number], n_best)
            for number in range(len(pairs))
        ]

    def read_units(
        self,
        question: str,
        contexts: Sequence[str],
        units: Sequence[Sequence[tuple[int, int]]],
        n_best: int = 4,
        *,
        cuts: Sequence[np.ndarray] | None = None,
    ) -> list[list[list[UnitSpan]]]:
        """For each context and each of its units (`[start, end)` in characters) the best spans inside, best first.

        `cuts` are the contexts' pieces (`Tokenizer.encode`), where they are known.
        """
        asked = self.tokenizer.encode(question[:MAX_QUESTION_CHARACTERS])
        known = cuts if cuts is not None else [None] * len(contexts)
        encoded = [self.encode_context(text, cut) for text, cut in zip(contexts, known)]
        windows = [(index, window) for index, context in enumerate(encoded) for window in self._windows(asked, context)]
        inputs = [self._inputs(asked, encoded[index], window) for index, window in windows]
        found: list[list[list[UnitSpan]]] = [[[] for _ in of] for of in units]
        for (index, _), one, start, end in zip(windows, inputs, *predict_windows(self.backend, inputs, self.config)):
            context, logits = encoded[index], window_logits(index, one, start, end)
            ranges = [token_range(context, *unit) for unit in units[index]]
            spans = spans_within(logits, context, ranges, n_best=n_best, max_answer_length=self.config.max_answer_length)
            for number, of_unit in enumerate(spans):
                found[index][number] += [_unit_span(span, context) for span in of_unit]
        return [[_different(spans)[:n_best] for spans in of] for of in found]

    def encode_context(self, text: str, cut: np.ndarray | None = None) -> Encoding:
        """The tokens of a passage, from the cache where it was read lately; `cut` spares its analysis else."""
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self._cache.get(key)
        if found is None:
            can_be_spelt = cut is not None and isinstance(self.tokenizer, Tokenizer)
            found = self.tokenizer.encode(text, cut.tolist()) if can_be_spelt else self.tokenizer.encode(text)
            self._cache.put(key, found)
        return found

    def _windows(self, question: Encoding, context: Encoding) -> list[tuple[int, int]]:
        if not len(question):
            return []
        config = self.config
        windows = context_windows(len(question), len(context), config.max_length, config.doc_stride, config.layout.separators)
        if len(windows) > config.max_windows:
            windows = likely_windows(question.ids, context.ids, windows, config.max_windows, config.common_ids)
        return windows

    def _inputs(self, question: Encoding, context: Encoding, window: tuple[int, int]) -> ReaderInputs:
        return reader_inputs(question, context, window, common_ids=self.config.common_ids, layout=self.config.layout)

    def _answers(
        self, texts: Sequence[str], contexts: list[Encoding], logits: list[WindowLogits], matches: list[float], n_best: int
    ) -> list[tuple[ReaderAnswer, tuple[float, ...]]]:
        borders = [cell_borders(text, context) for text, context in zip(texts, contexts)]
        spans = best_spans(
            logits, contexts, n_best=max(n_best, 5), max_answer_length=self.config.max_answer_length, borders=borders
        )
        shares = [_share_around(span, logits, matches) for span in spans]
        answers = []
        for place, (span, share) in enumerate(zip(spans[:n_best], shares)):
            context = contexts[span.context_index]
            start, end = int(context.starts[span.start_token]), int(context.ends[span.end_token - 1])
            distance = margin(spans) if place == 0 else span.score - spans[0].score
            features = (span.score, distance, span.log_probability, share, float(span.end_token - span.start_token))
            confidence = self.config.calibration.confidence(features)
            text = texts[span.context_index][start:end]
            answers.append((ReaderAnswer(span.context_index, start, end, text, span.score, confidence), features))
        return answers


def token_range(context: Encoding, start: int, end: int) -> tuple[int, int]:
    """The tokens that lie in `[start, end)` characters."""
    return int(np.searchsorted(context.starts, start)), int(np.searchsorted(context.ends, end, side="right"))


def _unit_span(span: Span, context: Encoding) -> UnitSpan:
    start, end = int(context.starts[span.start_token]), int(context.ends[span.end_token - 1])
    return UnitSpan(start, end, span.score, span.log_probability)


def _different(spans: list[UnitSpan]) -> list[UnitSpan]:
    """The spans best first; one found in two windows counts once."""
    best: dict[tuple[int, int], UnitSpan] = {}
    for span in sorted(spans, key=lambda span: -span.score):
        best.setdefault((span.start, span.end), span)
    return list(best.values())


def predict_windows(
    backend: Backend, inputs: Sequence[ReaderInputs], config: ReaderConfig
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Start and end logits `(tokens,)` of each window, in order; batches hold windows of like length."""
    start_logits: list[np.ndarray] = [np.empty(0)] * len(inputs)
    end_logits = list(start_logits)
    batch_tokens = getattr(backend, "batch_tokens", config.batch_tokens)
    length_step = getattr(backend, "length_step", config.length_step)
    batches = _batches(inputs, batch_tokens, length_step)
    padded = [pad_inputs([inputs[i] for i in batch], config.layout.pad_id, length_step) for batch in batches]
    many = getattr(backend, "many", None)
    found = many(padded) if many else [backend(*arrays) for arrays in padded]
    for batch, (starts, ends) in zip(batches, found):
        for row, i in enumerate(batch):
            n = len(inputs[i].input_ids)
            start_logits[i], end_logits[i] = starts[row, :n], ends[row, :n]
    return start_logits, end_logits


def _batches(inputs: Sequence[ReaderInputs], batch_tokens: int, length_step: int) -> list[list[int]]:
    """Places of the windows, the longest first; those of a batch share a padded length and fit into `batch_tokens`."""
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i].input_ids))
    batches = []
    while order:
        length = -(-len(inputs[order[-1]].input_ids) // length_step) * length_step
        at_most = max(1, batch_tokens // length)
        shortest = length - max(length_step, length // 8)
        batch = [order.pop()]
        while order and len(batch) < at_most and len(inputs[order[-1]].input_ids) > shortest:
            batch.append(order.pop())
        batches.append(batch)
    return batches


def window_logits(context_index: int, inputs: ReaderInputs, start_logits: np.ndarray, end_logits: np.ndarray) -> WindowLogits:
    """The context's part of a window's logits, and its null score."""
    at = slice(inputs.context_at, inputs.context_at + inputs.window[1] - inputs.window[0])
    null_score = float(start_logits[0]) + float(end_logits[0])
    starts, ends = start_logits[at].astype(np.float64), end_logits[at].astype(np.float64)
    return WindowLogits(context_index, inputs.window, starts, ends, null_score)


def match_share(question_ids: np.ndarray, inputs: ReaderInputs, common_ids: Sequence[int]) -> float:
    """The share of the question's different content tokens that stand in the window."""
    wanted = {int(i) for i in question_ids[:MAX_QUESTION_TOKENS] if i >= len(SPECIAL_TOKENS)}.difference(common_ids)
    if not wanted:
        return 0.0
    return len(wanted.intersection(inputs.input_ids[inputs.context_at :].tolist())) / len(wanted)


def _share_around(span: Span, logits: list[WindowLogits], matches: list[float]) -> float:
    return max(
        share
        for one, share in zip(logits, matches)
        if one.context_index == span.context_index and one.window[0] <= span.start_token < one.window[1]
    )


def likely_windows(
    question_ids: np.ndarray, context_ids: np.ndarray, windows: list[tuple[int, int]], n: int, common_ids: Sequence[int]
) -> list[tuple[int, int]]:
    """The `n` windows that hold most of the question's words, rare words counting more, in their order."""
    places = np.flatnonzero(stands_in_question(question_ids[:MAX_QUESTION_TOKENS], context_ids, common_ids))
    ids = context_ids[places]
    values, counts = np.unique(ids, return_counts=True)
    weight = dict(zip(values.tolist(), (1.0 / np.log1p(counts)).tolist()))
    totals = []
    for start, end in windows:
        a, b = np.searchsorted(places, (start, end))
        totals.append(sum(weight[i] for i in set(ids[a:b].tolist())))
    best = np.argsort(-np.array(totals), kind="stable")[:n]
    return [windows[i] for i in sorted(best)]


class _TokenCache:
    """Least recently used encodings, bounded by their tokens together; safe between threads."""

    def __init__(self, max_tokens: int):
        self._items: OrderedDict[bytes, Encoding] = OrderedDict()
        self._max_tokens = max_tokens
        self._tokens = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Encoding | None:
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
            return found

    def put(self, key: bytes, encoding: Encoding) -> None:
        with self._lock:
            if key in self._items or len(encoding) > self._max_tokens // 4:
                return
            self._items[key] = encoding
            self._tokens += len(encoding) + 16
            while self._tokens > self._max_tokens:
                self._tokens -= len(self._items.popitem(last=False)[1]) + 16


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """`[start, end)` of the sentence, row or list item of `text` that holds the span, of the span itself where none does."""
    first = max(0, start - SENTENCE_REACH)
    a, b = unit_around(text[first : end + SENTENCE_REACH], start - first, end - first)
    return a + first, b + first


def with_calibration(config: ReaderConfig, calibration: Calibration, threshold: float) -> ReaderConfig:
    return replace(config, calibration=calibration, threshold=threshold)
