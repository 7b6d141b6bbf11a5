"""Which groups are mined as hard negatives, by hand in two dimensions."""

import numpy as np
import pytest

from retrieval.training.negatives import drawn, mine


def at(*degrees: float) -> np.ndarray:
    return np.array([[np.cos(np.radians(d)), np.sin(np.radians(d))] for d in degrees], np.float32)


def test_the_nearest_other_groups_come_first():
    mined = mine(at(0, 90, 170), at(10, 80, 160), 2)
    assert [places.tolist() for places in mined] == [[1, 2], [2, 0], [1, 0]]


def test_what_is_as_near_as_the_groups_own_text_is_no_negative():
    mined = mine(at(0, 2, 90), at(10, 9, 80), 3)
    assert mined[0].tolist() == [2] and mined[1].tolist() == [2]
    assert mined[2].tolist() == [0, 1]


def test_more_than_there_are_and_none():
    assert [len(places) for places in mine(at(0, 90), at(10, 80), 50)] == [1, 1]
    assert mine(at(0), at(5), 3)[0].tolist() == [] and mine(at(0, 90), at(10, 80), 0)[0].tolist() == []
    assert mine(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), 4) == []


def test_drawn_is_one_of_them():
    mined = [np.array([3, 5]), np.array([], np.int64)]
    rng = np.random.default_rng(0)
    assert {drawn(mined, 0, rng) for _ in range(20)} == {3, 5}
    assert drawn(mined, 1, rng) is None


@pytest.mark.train
def test_a_confused_pair_is_told_apart_by_mining():
    """Two groups share a word; the batch holds one group only, so that nothing but mining sets them apart."""
    from nlu.vectors import StaticVectors
    from retrieval.training.contrastive import ContrastiveConfig, Rows, train

    keys = [f"말{i}/NNG" for i in range(7)]
    matrix = np.random.default_rng(0).standard_normal((7, 16)).astype(np.float32)
    start = StaticVectors.from_matrix(keys, matrix, np.ones(7), removed_directions=0)
    groups = [Rows((np.array([0, 1, 2]), np.array([0, 1, 3]))), Rows((np.array([0, 4, 5]), np.array([0, 4, 6])))]

    def confusion(mined: int) -> float:
        config = ContrastiveConfig(steps=40, batch=1, learning_rate=0.05, stay_near=0.0, drop=0.0, mined=mined, mine_every=5)
        vectors = train(start, {"words": groups}, {"words": 1.0}, groups, config, keep_best=False).vectors
        found = vectors.encode_morphemes([[keys[0], keys[1]], [keys[0], keys[4]]])
        return float(found[0] @ found[1])

    assert confusion(4) < confusion(0) - 0.1
