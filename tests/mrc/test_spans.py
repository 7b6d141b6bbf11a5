"""Logits by hand, one rule a test; a brute-force search as the reference."""

import numpy as np
import pytest

from mrc.spans import Span, WindowLogits, best_spans, margin, spans_within, trimmed_end, window_spans
from nlu.tokenizer import MORPHEME_START, TAG_INDEX, Encoding


def context(tags: str) -> Encoding:
    """A context of one-character tokens with these tags; a tag with ## continues the morpheme before."""
    parts = tags.split()
    flags = np.array([0 if part.startswith("##") else MORPHEME_START for part in parts], np.uint8)
    n = len(parts)
    starts = np.arange(n, dtype=np.int32)
    indices = np.array([TAG_INDEX[part.removeprefix("##")] for part in parts], np.uint8)
    return Encoding(np.arange(n, dtype=np.int32) + 5, starts, starts + 1, indices, flags)


def logits(starts, ends, *, index=0, at=0, null=0.0) -> WindowLogits:
    return WindowLogits(index, (at, at + len(starts)), np.array(starts, float), np.array(ends, float), null)


def test_the_score_is_the_best_sum_less_the_null_score():
    (span,) = window_spans(logits([0, 3, 0], [0, 1, 2], null=1.5), context("NNG NNG NNG"), n_best=1)
    assert span[:4] == (0, 1, 3, 3.5)


def test_no_span_holds_a_border():
    borders = np.array([False, False, True, False])
    whole, four = context("NNG NNG NNG NNG"), logits([5, 0, 9, 0], [0, 1, 9, 4])
    assert window_spans(four, whole, n_best=1)[0][1:3] == (2, 3)
    found = window_spans(four, whole, n_best=10, borders=borders)
    assert [(span.start_token, span.end_token) for span in found] == [(0, 2), (0, 1), (3, 4), (1, 2)]
    (first, *_) = best_spans([four], [whole], n_best=1, borders=[borders])
    assert (first.start_token, first.end_token, first.score) == (0, 2, 6.0)
    assert best_spans([four], [whole], n_best=1, borders=[None])[0].start_token == 2


def test_an_end_before_its_start_is_no_span():
    (span,) = window_spans(logits([0, 0, 9], [9, 0, 0]), context("NNG NNG NNG"), n_best=1)
    assert (span.start_token, span.end_token) in ((0, 1), (2, 3)) and span.score == 9


def test_spans_are_at_most_as_long_as_allowed():
    spans = window_spans(logits([5, 0, 0, 0], [0, 0, 0, 5]), context("NNG NNG NNG NNG"), n_best=10, max_answer_length=3)
    assert max(span.end_token - span.start_token for span in spans) == 3


def test_particles_at_the_end_are_left_out():
    (span,) = window_spans(logits([5, 0, 0], [0, 0, 5]), context("NNP JKB JX"), n_best=1)
    assert (span.start_token, span.end_token) == (0, 1)
    assert trimmed_end(context("JKS JX"), 0, 2) == 2  # nothing but particles stays as it is


def test_spans_begin_and_end_at_morphemes():
    (span,) = window_spans(logits([1, 9, 0], [0, 9, 1]), context("NNG ##NNG ##NNG"), n_best=1)
    assert (span.start_token, span.end_token, span.score) == (0, 3, 2.0)


def test_a_morpheme_cut_by_the_window_does_not_end_there():
    whole = context("NNG NNG ##NNG")
    spans = window_spans(logits([0, 5], [0, 5]), whole, n_best=5)
    assert [(span.start_token, span.end_token) for span in spans] == [(0, 1)]


def test_the_same_span_of_two_windows_counts_once_with_its_better_score():
    whole = context("NNG NNG NNG")
    windows = [logits([0, 4], [0, 4], null=3), logits([6, 0], [6, 0], at=1, null=2)]
    spans = best_spans(windows, [whole], n_best=3)
    assert spans[0][:4] == (0, 1, 2, 10.0)
    assert len({span[:3] for span in spans}) == len(spans)


def test_passages_are_compared_by_their_own_null_score():
    contexts = [context("NNG NNG"), context("NNG NNG")]
    windows = [logits([9, 0], [9, 0], null=17), logits([4, 0], [4, 0], index=1, null=2)]
    spans = best_spans(windows, contexts, n_best=2)
    assert [(span.context_index, span.score) for span in spans[:1]] == [(1, 6.0)]


def test_the_margin_ignores_overlapping_spans():
    spans = [Span(0, 0, 2, 5.0, 0), Span(0, 1, 2, 4.5, 0), Span(1, 0, 2, 3.0, 0)]
    assert margin(spans) == 2.0
    assert (margin(spans[:2]), margin([])) == (10.0, 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_a_search_over_all_spans(seed):
    rng = np.random.default_rng(seed)
    n, longest = 40, 7
    whole = context(" ".join(["NNG"] * n))
    starts, ends = rng.normal(size=n), rng.normal(size=n)
    expected = sorted(
        ((starts[i] + ends[j], i, j + 1) for i in range(n) for j in range(i, min(n, i + longest))), key=lambda span: -span[0]
    )[:6]
    found = window_spans(logits(starts, ends), whole, n_best=6, max_answer_length=longest)
    assert [(span.start_token, span.end_token) for span in found] == [span[1:] for span in expected]
    np.testing.assert_allclose([span.score for span in found], [span[0] for span in expected])


def test_log_probability_of_the_only_token_is_zero():
    (span,) = window_spans(logits([3.0], [1.0]), context("NNG"), n_best=4)
    assert span.log_probability == pytest.approx(0.0)


def test_an_empty_window_has_no_spans():
    assert window_spans(logits([], []), context("NNG"), n_best=3) == []


@pytest.mark.parametrize("seed", range(3))
def test_spans_within_units_are_the_best_of_a_search_inside_them(seed):
    rng = np.random.default_rng(seed)
    n, longest = 30, 5
    whole = context(" ".join(["NNG"] * n))
    starts, ends = rng.normal(size=n), rng.normal(size=n)
    ranges = [(0, 7), (7, 8), (8, 30), (30, 30)]
    found = spans_within(logits(starts, ends, null=0.5), whole, ranges, n_best=2, max_answer_length=longest)
    for (a, b), spans in zip(ranges, found):
        every = [(starts[i] + ends[j] - 0.5, i, j + 1) for i in range(a, b) for j in range(i, min(b, i + longest))]
        expected = sorted(every, reverse=True)[:2]
        assert [(span.start_token, span.end_token) for span in spans] == [span[1:] for span in expected]
        np.testing.assert_allclose([span.score for span in spans], [span[0] for span in expected])


def test_a_unit_outside_the_window_has_no_spans_and_a_particle_is_left_out():
    whole = context("NNG JKB NNG NNG")
    found = spans_within(logits([3, 0], [0, 3]), whole, [(0, 2), (2, 4)], n_best=3, max_answer_length=4)
    assert [(span.start_token, span.end_token) for span in found[0]][0] == (0, 1)
    assert found[1] == []
