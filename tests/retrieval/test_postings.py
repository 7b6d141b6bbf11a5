"""Postings: what stands where, joining with texts dropped, keeping on disk."""

import numpy as np
import pytest

from retrieval import postings
from retrieval.arrays import load_arrays, save_arrays
from retrieval.lexical import LexicalIndex
from retrieval.postings import Postings

WORDS = [f"말{i}" for i in range(40)]


def texts_of(n, seed):
    rng = np.random.default_rng(seed)
    return [[WORDS[i] for i in rng.zipf(1.5, rng.integers(0, 12)) % 40] for _ in range(n)]


def table(built):
    """`{term: {text: count}}` read off the postings."""
    found = {}
    for term, number in built.vocabulary.items():
        span = slice(built.starts[number], built.starts[number + 1])
        found[term] = dict(zip(built.texts[span].tolist(), built.counts[span].tolist()))
    return found


def expected_table(texts):
    found = {}
    for place, text in enumerate(texts):
        for term in text:
            found.setdefault(term, {}).setdefault(place, 0)
            found[term][place] += 1
    return found


def test_every_term_knows_its_texts_and_how_often():
    texts = texts_of(50, 0)
    built = Postings.build(texts)
    assert table(built) == expected_table(texts)
    assert built.lengths.tolist() == [len(text) for text in texts]
    words = {number: term for term, number in built.vocabulary.items()}
    for place, text in enumerate(texts):
        assert {words[n] for n in built.terms_of(np.array([place])).tolist()} == set(text)


def test_blocks_give_what_one_block_gives(monkeypatch):
    texts = texts_of(50, 1)
    monkeypatch.setattr(postings, "BLOCK", 7)
    assert table(Postings.build(texts)) == expected_table(texts)


@pytest.mark.parametrize("seed", range(3))
def test_joining_equals_building_of_what_is_kept(seed):
    rng = np.random.default_rng(seed)
    lists = [texts_of(n, seed + n) for n in (30, 0, 1, 17)]
    kept = [rng.random(len(one)) < 0.6 if number != 3 else None for number, one in enumerate(lists)]
    joined = Postings.join([Postings.build(one) for one in lists], kept)
    left = [t for one, keep in zip(lists, kept) for i, t in enumerate(one) if keep is None or keep[i]]
    assert table(joined) == expected_table(left)
    assert joined.lengths.tolist() == [len(text) for text in left]
    query = WORDS[:9]
    np.testing.assert_allclose(LexicalIndex([joined]).scores(query), LexicalIndex.build(left).scores(query), rtol=1e-6)


@pytest.mark.parametrize("texts", [[], [[]], [["가"]], [["가\n나", "다"], ["🙂", "다", "다"]]])
def test_save_and_load_give_the_same(tmp_path, texts):
    built = Postings.build(texts)
    built.save(tmp_path / "말.arrays")
    loaded = Postings.load(tmp_path / "말.arrays")
    assert (table(loaded), loaded.size) == (table(built), len(texts))
    assert "가\n나" not in loaded.vocabulary


def test_a_term_counts_255_times_at_most():
    assert table(Postings.build([["가"] * 300])) == {"가": {0: 255}}


def test_arrays_come_back_with_dtype_and_shape(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.int16).reshape(2, 3), "b": np.zeros((0, 4), np.float32), "c": np.array([True])}
    save_arrays(tmp_path / "x", arrays)
    for name, found in load_arrays(tmp_path / "x").items():
        assert (found.dtype, found.tolist()) == (arrays[name].dtype, arrays[name].tolist())
    (tmp_path / "x").write_bytes(b"something else altogether")
    with pytest.raises(ValueError, match="no file of arrays"):
        load_arrays(tmp_path / "x")
