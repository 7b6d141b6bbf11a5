import numpy as np
import pytest

from nlu.pretraining.questions import QuestionConfig, QuestionMaker, Shard, collate
from nlu.tokenizer import CLS, MASK, SEP, Tokenizer


@pytest.fixture(scope="module")
def tokenizer(corpus) -> Tokenizer:
    return Tokenizer.load(corpus)


@pytest.fixture(scope="module")
def shard(corpus) -> Shard:
    return Shard.load(corpus, "train", 0)


def maker(tokenizer, **changes) -> QuestionMaker:
    return QuestionMaker(tokenizer, np.arange(5, 25), config=QuestionConfig(**changes))


def drawn(tokenizer, shard, count: int = 200, length: int = 64, **changes):
    rng = np.random.default_rng(0)
    made = maker(tokenizer, **changes)
    return [made.window(shard, rng, length) for _ in range(count)]


def test_a_window_is_question_and_text_between_special_tokens(tokenizer, shard):
    for window in drawn(tokenizer, shard):
        assert window.ids[0] == CLS and window.ids[-1] == SEP and len(window.ids) == 64
        middle = int(np.flatnonzero(window.ids == SEP)[0])
        assert (window.token_types[: middle + 1] == 0).all() and (window.token_types[middle + 1 : -1] > 0).all()


def test_the_answer_stands_in_the_text_unmasked_and_its_tokens_not_in_the_question(tokenizer, shard):
    for window in drawn(tokenizer, shard, unanswerable_share=0.0, recurring_share=0.0, clause_share=0.0, neighbour_share=0.0):
        middle = int(np.flatnonzero(window.ids == SEP)[0])
        assert middle < window.start <= window.end < 63
        assert MASK not in window.ids[window.start : window.end + 1]
        assert not np.isin(np.arange(window.start, window.end + 1), window.masked_places).any()


def test_masked_places_say_what_stood_there(tokenizer, shard):
    text = np.asarray(shard.ids).astype(np.int64)
    for window in drawn(tokenizer, shard, count=50):
        ids = window.ids.copy()
        ids[window.masked_places] = window.masked_ids
        middle = int(np.flatnonzero(ids == SEP)[0])
        context = ids[middle + 1 : -1]
        assert any(np.array_equal(text[i : i + len(context)], context) for i in np.flatnonzero(text == context[0]))


def test_unanswerable_windows_point_at_cls(tokenizer, shard):
    share = np.mean([window.start == 0 for window in drawn(tokenizer, shard, 400, unanswerable_share=0.5)])
    assert 0.3 < share < 0.6  # some draws near the answer are given up
    assert not any(window.start == 0 for window in drawn(tokenizer, shard, 200, unanswerable_share=0.0))


def test_words_of_the_question_are_marked_in_the_text_but_not_the_commonest(tokenizer, shard):
    window = drawn(tokenizer, shard, count=1, unanswerable_share=0.0, recurring_share=0.0)[0]
    middle = int(np.flatnonzero(window.ids == SEP)[0])
    question = set(window.ids[1:middle].tolist()) - set(range(25))
    expected = [2 if token in question else 1 for token in window.ids[middle + 1 : -1].tolist()]
    assert window.token_types[middle + 1 : -1].tolist() == expected


def test_the_same_seed_draws_the_same_windows(tokenizer, shard):
    for one, other in zip(drawn(tokenizer, shard, 20), drawn(tokenizer, shard, 20)):
        assert np.array_equal(one.ids, other.ids) and (one.start, one.end) == (other.start, other.end)


def test_a_batch_has_a_fixed_number_of_masked_places(tokenizer, shard):
    windows = drawn(tokenizer, shard, 8)
    batch = collate(windows, 0.25)
    assert batch.ids.shape == (8, 64) and batch.masked_places.shape == batch.masked_ids.shape == (128,)
    real = batch.masked_ids >= 0
    assert real.sum() == sum(len(window.masked_places) for window in windows)
    second = windows[1]
    assert (batch.masked_places[len(windows[0].masked_places) :][: len(second.masked_places)] == second.masked_places + 64).all()


def test_a_window_of_text_alone_has_no_question(tokenizer, shard):
    made = maker(tokenizer)
    rng = np.random.default_rng(0)
    for window in [made.text_window(shard, rng, 64) for _ in range(20)]:
        assert window.ids[:2].tolist() == [CLS, SEP] and window.ids[-1] == SEP and len(window.ids) == 64
        assert (window.start, window.end) == (0, 0) and set(window.token_types[2:-1].tolist()) == {1}


def test_morphemes_are_masked_whole_or_token_by_token(tokenizer, shard):
    flags = np.asarray(shard.flags[:4_000])
    starts = np.flatnonzero(flags & 2)
    later = np.setdiff1d(np.arange(starts[0] + 1, len(flags)), starts)
    whole = maker(tokenizer)._masked(np.random.default_rng(0), flags)
    alone = maker(tokenizer, whole_morphemes=False)._masked(np.random.default_rng(0), flags)
    assert len(later) > 50 and (whole[later] == whole[later - 1]).all()
    assert (alone[later] != alone[later - 1]).any() and 0.1 < alone.mean() < 0.2
