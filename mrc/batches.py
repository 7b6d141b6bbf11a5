"""Which windows an epoch trains on, and in which batches; everything follows from the seed.

A question gives one window around its answer, at a random place and sometimes cut short. A share of
windows without the answer stands beside them: another part of the same context, the passages of other
articles that share most words with the question, and any other passage. Windows of like length share
a batch, so that little is padded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from mrc.packing import PackedQuestions
from nlu.features import DAEDAP_LAYOUT, MAX_QUESTION_TOKENS, InputLayout, ReaderInputs, pad_inputs, reader_inputs
from nlu.tokenizer import SPECIAL_TOKENS

SHORTEST_CROP = 64
BATCHES_PER_POOL = 40
MAX_POSTINGS_SHARE = 0.05
"""Tokens that stand in more of the contexts than this say nothing about which passage is near."""
NEGATIVE_KINDS = (0.35, 0.40, 0.25)
"""Shares of negatives: the same context beside the answer, near passages of other articles, any passage."""


@dataclass(frozen=True)
class Source:
    """One kind of training data and how often an epoch draws each of its questions (0.5: every second one)."""

    questions: PackedQuestions
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"weight is {self.weight}, it must not be negative")


class Window(NamedTuple):
    """Tokens `[start, end)` of a context for a question; `answer` in context tokens, None for no answer."""

    source: int
    question: int
    context: int
    start: int
    end: int
    answer: tuple[int, int] | None


class Batch(NamedTuple):
    """Arrays `(batch, length)`, and the answers' first and last token `(batch,)`; 0, [CLS], for no answer."""

    input_ids: np.ndarray
    attention_mask: np.ndarray
    token_type_ids: np.ndarray
    start_positions: np.ndarray
    end_positions: np.ndarray


class Sampler:
    """Draws the windows of each epoch from several sources."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        max_length: int,
        negative_share: float,
        crop_share: float,
        batch_size: int,
        common_ids: Sequence[int] = (),
        layout: InputLayout = DAEDAP_LAYOUT,
        length_step: int = 16,
        question_dropout: float = 0.0,
        seed: int = 0,
    ):
        if not 0 <= negative_share < 1:
            raise ValueError(f"negative_share is {negative_share}, it must lie in [0, 1)")
        self.sources = list(sources)
        self.max_length = max_length
        self.negative_share = negative_share
        self.crop_share = crop_share
        self.batch_size = batch_size
        self.common_ids = frozenset(common_ids)
        self.layout = layout
        self.length_step = length_step
        self.question_dropout = question_dropout
        self.seed = seed
        self._near = [_NearPassages(source.questions) for source in self.sources]
        self.drawn_per_epoch = sum(round(source.weight * len(source.questions)) for source in self.sources)
        if not self.drawn_per_epoch:
            raise ValueError("there is nothing to train on: no question has its answer in its context")

    @cached_property
    def batches_per_epoch(self) -> int:
        """As many as epoch 0 has; another may have a few more or less."""
        return len(self._batches(self._windows(0), np.random.default_rng(0)))

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of epoch `number`, but for the first `skip`; the same for the same seed."""
        batches = self._batches(self._windows(number), np.random.default_rng([self.seed, number]))
        for place in range(skip, len(batches)):
            yield self.batch(batches[place], np.random.default_rng([self.seed, number, 2, place]))

    def _windows(self, number: int) -> list[Window]:
        rng = np.random.default_rng([self.seed, number, 1])
        windows: list[Window] = []
        for index, source in enumerate(self.sources):
            drawn = _draw(len(source.questions), round(source.weight * len(source.questions)), rng)
            windows += [self._window(index, int(q), rng) for q in drawn]
            negatives = round(len(drawn) * self.negative_share / (1 - self.negative_share))
            for q in rng.choice(drawn, negatives, replace=negatives > len(drawn)) if len(drawn) else ():
                window = self._negative(index, int(q), rng)
                if window is not None:
                    windows.append(window)
        return windows

    def _room(self, index: int, question: int) -> int:
        offsets = self.sources[index].questions.question_offsets
        asked = min(int(offsets[question + 1] - offsets[question]), MAX_QUESTION_TOKENS)
        return self.max_length - asked - self.layout.separators - 2

    def _window(self, index: int, question: int, rng: np.random.Generator) -> Window:
        """A window around the answer, or any of the context where there is none."""
        questions = self.sources[index].questions
        context = int(questions.contexts[question])
        length = int(questions.context_lengths[context])
        first, last = int(questions.start_tokens[question]), int(questions.end_tokens[question])
        room = self._room(index, question)
        if rng.random() < self.crop_share:
            room = int(rng.integers(min(room, SHORTEST_CROP), room + 1))
        if first < 0:
            return self._any_part(index, question, context, room, rng)
        last = min(last, first + room)
        lowest, highest = max(0, last - room), max(0, min(first, length - room))
        start = int(rng.integers(min(lowest, highest), highest + 1))
        return Window(index, question, context, start, min(start + room, length), (first, last))

    def _any_part(self, index: int, question: int, context: int, room: int, rng: np.random.Generator) -> Window:
        length = int(self.sources[index].questions.context_lengths[context])
        start = int(rng.integers(0, max(0, length - room) + 1))
        return Window(index, question, context, start, min(start + room, length), None)

    def _negative(self, index: int, question: int, rng: np.random.Generator) -> Window | None:
        questions = self.sources[index].questions
        room = self._room(index, question)
        context = int(questions.contexts[question])
        kind = int(rng.choice(3, p=NEGATIVE_KINDS))
        if kind == 0 and questions.start_tokens[question] >= 0:
            first, last = int(questions.start_tokens[question]), int(questions.end_tokens[question])
            sides = [(0, first), (last, int(questions.context_lengths[context]))]
            sides = [
                side for side in sides if side[1] - side[0] >= SHORTEST_CROP and not _holds(questions, context, side, first, last)
            ]
            if sides:
                start, end = sides[int(rng.integers(len(sides)))]
                at = int(rng.integers(start, max(start, end - room) + 1))
                return Window(index, question, context, at, min(at + room, end), None)
        others = self._near[index].near(question) if kind < 2 else ()
        other = int(others[int(rng.integers(len(others)))]) if len(others) else self._near[index].other(question, rng)
        return None if other is None else self._any_part(index, question, other, room, rng)

    def _batches(self, windows: list[Window], rng: np.random.Generator) -> list[list[Window]]:
        order = rng.permutation(len(windows))
        pool = self.batch_size * BATCHES_PER_POOL
        batches = []
        for at in range(0, len(order), pool):
            part = sorted(order[at : at + pool], key=lambda i: windows[i].end - windows[i].start)
            batches += [[windows[i] for i in part[b : b + self.batch_size]] for b in range(0, len(part), self.batch_size)]
        return [batches[i] for i in rng.permutation(len(batches))]

    def batch(self, windows: Sequence[Window], rng: np.random.Generator) -> Batch:
        """The arrays of `windows`."""
        inputs = [self._inputs(window, rng) for window in windows]
        starts, ends = np.zeros(len(windows), np.int64), np.zeros(len(windows), np.int64)
        for row, (window, one) in enumerate(zip(windows, inputs)):
            if window.answer is not None:
                starts[row] = one.context_at + window.answer[0] - window.start
                ends[row] = one.context_at + window.answer[1] - 1 - window.start
        return Batch(*pad_inputs(inputs, self.layout.pad_id, self.length_step), starts, ends)

    def _inputs(self, window: Window, rng: np.random.Generator) -> ReaderInputs:
        questions = self.sources[window.source].questions
        asked = questions.question(window.question)
        if self.question_dropout and len(asked) > 4:
            asked = asked[rng.random(len(asked)) >= self.question_dropout]
        return reader_inputs(
            asked, questions.context(window.context), (window.start, window.end), common_ids=self.common_ids, layout=self.layout
        )


def _draw(n: int, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """`wanted` of `n` questions in random order, each as often as any other but for one."""
    rounds = [rng.permutation(n) for _ in range(-(-wanted // n))] if n else []
    return np.concatenate(rounds)[:wanted] if rounds else np.zeros(0, np.int64)


def _holds(questions: PackedQuestions, context: int, side: tuple[int, int], first: int, last: int) -> bool:
    """Whether tokens `[side)` of the context hold the answer's tokens `[first, last)` once more."""
    ids = questions.context(context)
    return contains_ids(ids[side[0] : side[1]], ids[first:last])


def contains_ids(ids: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether the run `wanted` stands in `ids`."""
    if len(wanted) == 0 or len(wanted) > len(ids):
        return False
    for at in np.flatnonzero(ids[: len(ids) - len(wanted) + 1] == wanted[0]):
        if np.array_equal(ids[at : at + len(wanted)], wanted):
            return True
    return False


class _NearPassages:
    """Contexts of other articles that share rare tokens with a question and do not hold its answer."""

    def __init__(self, questions: PackedQuestions, k: int = 5):
        self._questions = questions
        self._k = k
        self._titles = questions.context_titles
        self._found: dict[int, np.ndarray] = {}
        contexts = len(self._titles)
        numbers = np.repeat(np.arange(contexts), questions.context_lengths)
        pairs = np.unique(questions.context_ids.astype(np.int64) * max(contexts, 1) + numbers)
        self._tokens, self._contexts = pairs // max(contexts, 1), pairs % max(contexts, 1)

    def near(self, question: int) -> np.ndarray:
        """At most `k` contexts, best first; found once and kept."""
        if question not in self._found:
            self._found[question] = self._search(question)
        return self._found[question]

    def _search(self, question: int) -> np.ndarray:
        questions, n = self._questions, len(self._titles)
        scores: dict[int, float] = {}
        for token in np.unique(questions.question(question)):
            if token < len(SPECIAL_TOKENS):
                continue
            a, b = np.searchsorted(self._tokens, (token, token + 1))
            if 0 < b - a <= max(2, MAX_POSTINGS_SHARE * n):
                weight = np.log(n / (b - a))
                for context in self._contexts[a : b if b - a < 500 else a + 500].tolist():
                    scores[context] = scores.get(context, 0.0) + weight
        best = sorted(scores, key=lambda context: (-scores[context], context))[: 4 * self._k]
        return np.array([c for c in best if self._is_other(question, c)][: self._k], np.int64)

    def _is_other(self, question: int, context: int) -> bool:
        questions = self._questions
        if self._titles[context] == questions.titles[question]:
            return False
        first, last = int(questions.start_tokens[question]), int(questions.end_tokens[question])
        if first < 0:
            return True
        answer = questions.context(int(questions.contexts[question]))[first:last]
        return not contains_ids(questions.context(context), answer)

    def other(self, question: int, rng: np.random.Generator) -> int | None:
        """Any context of another article without the answer, None where eight draws find none."""
        for context in rng.integers(0, len(self._titles), 8):
            if self._is_other(question, int(context)):
                return int(context)
        return None
