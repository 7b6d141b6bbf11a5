"""Windows drawn from contexts whose tokens are their own places, so that every answer can be checked."""

import numpy as np
import pytest

from mrc.batches import Sampler, Source, contains_ids
from mrc.packing import PackedQuestions


def questions(n=30, length=300):
    """`n` contexts of distinct tokens; the answer of question i is tokens 200..203 of context i; two a title."""
    ids = np.concatenate([np.arange(length) + 1_000 * (i + 1) for i in range(n)]).astype(np.int32)
    asked = np.array([[1_000 * (i + 1) + 100, 900, 901] for i in range(n)], np.int32)
    every = np.arange(n)
    return PackedQuestions(
        ids, np.arange(n + 1) * length, asked.ravel(), np.arange(n + 1) * 3, every, every // 2, np.full(n, 200), np.full(n, 203)
    )


def sampler(**changes):
    options = {"max_length": 160, "negative_share": 0.0, "crop_share": 0.5, "batch_size": 4, "seed": 3, **changes}
    return Sampler([Source(questions())], **options)


def test_positions_point_at_the_answer():
    for batch in sampler().epoch(0):
        rows = np.arange(len(batch.input_ids))
        assert (batch.input_ids[rows, batch.start_positions] % 1_000).tolist() == [200] * len(rows)
        assert (batch.input_ids[rows, batch.end_positions] % 1_000).tolist() == [202] * len(rows)
        assert batch.attention_mask.sum(1).max() <= 160


def test_windows_lie_at_different_places():
    places = {int(p) for batch in sampler(crop_share=0.0).epoch(0) for p in batch.start_positions}
    assert len(places) > 15


def test_every_question_is_drawn_once_an_epoch():
    drawn = sorted(int(ids[1]) for batch in sampler().epoch(0) for ids in batch.input_ids)
    assert drawn == [1_000 * (i + 1) + 100 for i in range(30)]


def test_a_share_of_windows_lacks_the_answer():
    batches = list(sampler(negative_share=0.25).epoch(0))
    rows = [(ids, start) for batch in batches for ids, start in zip(batch.input_ids, batch.start_positions)]
    negatives = [ids for ids, start in rows if start == 0]
    assert (len(rows), len(negatives)) == (40, 10)
    for ids in negatives:
        own = ids[1] // 1_000
        assert not any(token % 1_000 == 200 and token // 1_000 == own for token in ids)


def test_the_seed_and_the_epoch_decide():
    def drawn(seed, epoch):
        return [batch.input_ids.tolist() for batch in sampler(seed=seed).epoch(epoch)]

    first = drawn(3, 0)
    assert drawn(3, 0) == first
    assert drawn(4, 0) != first and drawn(3, 1) != first


def test_skipping_gives_the_rest_of_the_epoch():
    options = {"negative_share": 0.3, "question_dropout": 0.3}
    whole, rest = list(sampler(**options).epoch(2)), list(sampler(**options).epoch(2, skip=4))
    assert len(rest) == len(whole) - 4
    for a, b in zip(whole[4:], rest):
        np.testing.assert_array_equal(a.input_ids, b.input_ids)


def test_weights_mix_sources():
    mixed = Sampler(
        [Source(questions(), 0.5), Source(questions(), 2.0)], max_length=160, negative_share=0, crop_share=0, batch_size=8
    )
    assert mixed.drawn_per_epoch == 75
    assert sum(len(batch.input_ids) for batch in mixed.epoch(0)) == 75


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="nothing to train on"):
        Sampler([Source(questions(), 0.0)], max_length=160, negative_share=0, crop_share=0, batch_size=8)


def test_runs_of_ids():
    ids = np.array([1, 2, 1, 2, 3])
    assert contains_ids(ids, np.array([1, 2, 3])) and not contains_ids(ids, np.array([2, 2])) and not contains_ids(ids, ids[:0])
