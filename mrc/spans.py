"""Best answer spans from start and end logits, over the windows of several passages.

A span's score is `start_logit + end_logit` less the null score, which is the same sum at [CLS] of the
same window (Devlin et al. 2019, section 4.3; Alberti et al. 2019, arXiv:1901.08634), so that scores of
different windows and passages can be compared. Spans begin and end at morphemes, and particles (조사)
at their end are left out: 세종대왕은 → 세종대왕.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nlu.tokenizer import MORPHEME_START, TAGS, Encoding

MAX_ANSWER_LENGTH = 30
_TRIMMED = np.array([tag.startswith("J") or tag in ("VCP", "SF", "SP") for tag in TAGS])
"""What is cut from a span's end: particles, the copula (이다) and closing punctuation."""


class WindowLogits(NamedTuple):
    """What the model said of one window: logits `(window tokens,)` of its context, and at [CLS]."""

    context_index: int
    window: tuple[int, int]
    start_logits: np.ndarray
    end_logits: np.ndarray
    null_score: float


class Span(NamedTuple):
    """Tokens `[start_token, end_token)` of a context, and how far the span stands above no answer."""

    context_index: int
    start_token: int
    end_token: int
    score: float
    log_probability: float


def window_spans(
    logits: WindowLogits,
    context: Encoding,
    *,
    n_best: int = 5,
    max_answer_length: int = MAX_ANSWER_LENGTH,
    borders: np.ndarray | None = None,
) -> list[Span]:
    """The `n_best` valid spans of one window, best first; ties go to the earlier, shorter span.

    `borders (tokens,)` marks tokens of the context that no span holds, such as those between two cells of a row.
    """
    first, last = logits.window
    if first == last:
        return []
    begins = context.flags[first:last] & MORPHEME_START > 0
    ends = np.append(context.flags[first + 1 : last + 1] & MORPHEME_START > 0, [True] * (last == len(context)))
    start_logits = np.where(begins, logits.start_logits, -np.inf)
    end_logits = np.where(ends, logits.end_logits, -np.inf)
    padded = np.append(end_logits, np.full(max_answer_length - 1, -np.inf))
    scores = start_logits[:, None] + sliding_window_view(padded, max_answer_length)
    if borders is not None:
        scores[_crossing(borders[first:last], max_answer_length)] = -np.inf
    scores = scores.ravel()
    best = _largest(scores, n_best)
    partition = _log_sum(logits.start_logits) + _log_sum(logits.end_logits)
    found = []
    for place in best:
        start, length = divmod(int(place), max_answer_length)
        score = float(scores[place])
        start_token = first + start
        end_token = trimmed_end(context, start_token, start_token + length + 1)
        found.append(Span(logits.context_index, start_token, end_token, score - logits.null_score, score - partition))
    return found


def _crossing(borders: np.ndarray, max_answer_length: int) -> np.ndarray:
    """`(tokens, lengths)`, whether the span that begins at a token and is one to `max_answer_length` long holds a border."""
    passed = np.concatenate([[0], np.cumsum(borders)])
    after = np.append(passed[1:], np.full(max_answer_length - 1, passed[-1]))
    return sliding_window_view(after, max_answer_length) > passed[:-1, None]


def trimmed_end(context: Encoding, start_token: int, end_token: int) -> int:
    """The span's end without the particles there; at least one token stays."""
    if _TRIMMED[context.tags[start_token:end_token]].all():
        return end_token
    while end_token > start_token + 1 and _TRIMMED[context.tags[end_token - 1]]:
        end_token -= 1
    return end_token


def best_spans(
    windows: Sequence[WindowLogits],
    contexts: Sequence[Encoding],
    *,
    n_best: int = 5,
    max_answer_length: int = MAX_ANSWER_LENGTH,
    borders: Sequence[np.ndarray | None] = (),
) -> list[Span]:
    """The `n_best` different spans over all windows of all contexts, best first; `borders` as `window_spans` has them.

    A span found twice (in two windows, or with and without its particle) counts once, with its best score.
    """
    best: dict[tuple[int, int, int], Span] = {}
    for logits in windows:
        number = logits.context_index
        of = borders[number] if borders else None
        found = window_spans(logits, contexts[number], n_best=2 * n_best, max_answer_length=max_answer_length, borders=of)
        for span in found:
            key = span[:3]
            if key not in best or span.score > best[key].score:
                best[key] = span
    return sorted(best.values(), key=lambda span: (-span.score, span.context_index, span.start_token, span.end_token))[:n_best]


def spans_within(
    logits: WindowLogits, context: Encoding, ranges: Sequence[tuple[int, int]], *, n_best: int, max_answer_length: int
) -> list[list[Span]]:
    """The `n_best` valid spans inside each token range `[start, end)` of the context, as `window_spans` scores them."""
    first, last = logits.window
    partition = _log_sum(logits.start_logits) + _log_sum(logits.end_logits) if last > first else 0.0
    begins = context.flags & MORPHEME_START > 0
    found: list[list[Span]] = []
    for start, end in ranges:
        a, b = max(start, first), min(end, last)
        if b <= a:
            found.append([])
            continue
        may_end = np.append(begins[a + 1 : b + 1], [True] * (b == len(context)))
        starts = np.where(begins[a:b], logits.start_logits[a - first : b - first], -np.inf)
        ends = np.where(may_end, logits.end_logits[a - first : b - first], -np.inf)
        padded = np.append(ends, np.full(max_answer_length - 1, -np.inf))
        scores = (starts[:, None] + sliding_window_view(padded, max_answer_length)).ravel()
        spans: dict[tuple[int, int], Span] = {}
        for place in _largest(scores, 2 * n_best):
            at, length = divmod(int(place), max_answer_length)
            end_token = trimmed_end(context, a + at, a + at + length + 1)
            score = float(scores[place])
            one = Span(logits.context_index, a + at, end_token, score - logits.null_score, score - partition)
            spans.setdefault((one.start_token, one.end_token), one)
        found.append(list(spans.values())[:n_best])
    return found


def margin(spans: Sequence[Span], none: float = 10.0) -> float:
    """How far the best span stands above the best one that does not overlap it; `none` where there is none."""
    if not spans:
        return 0.0
    top = spans[0]
    for span in spans[1:]:
        if span.context_index != top.context_index or span.end_token <= top.start_token or span.start_token >= top.end_token:
            return min(top.score - span.score, none)
    return none


def _largest(scores: np.ndarray, n: int) -> np.ndarray:
    """Places of the `n` largest finite scores, best first, ties in order."""
    n = min(n, len(scores))
    threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
    places = np.flatnonzero(scores >= max(threshold, np.finfo(scores.dtype).min))
    return places[np.argsort(-scores[places], kind="stable")][:n]


def _log_sum(logits: np.ndarray) -> float:
    top = float(logits.max())
    return top + float(np.log(np.exp(logits - top).sum()))
