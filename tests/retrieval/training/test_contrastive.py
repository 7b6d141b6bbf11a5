"""What training does to vectors, on a table of twelve made-up morphemes."""

import numpy as np
import pytest

from nlu.vectors import StaticVectors
from retrieval.training.contrastive import ContrastiveConfig, Rows, recall_at_1, train

pytestmark = pytest.mark.train
KEYS = [f"말{i}/NNG" for i in range(12)]


@pytest.fixture(scope="module")
def start() -> StaticVectors:
    matrix = np.random.default_rng(0).standard_normal((12, 16)).astype(np.float32)
    return StaticVectors.from_matrix(KEYS, matrix, np.linspace(1, 3, 12), removed_directions=0)


@pytest.fixture(scope="module")
def groups() -> list[Rows]:
    """Each two morphemes next to one another mean the same."""
    return [Rows((np.array([i]), np.array([i + 1]))) for i in range(0, 12, 2)]


def test_recall_by_hand():
    table = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.8, 0.2]], np.float32)
    groups = [Rows((np.array([0]), np.array([1]))), Rows((np.array([2]), np.array([3])))]
    assert recall_at_1(table, groups) == 0.5


def test_words_of_one_group_draw_near(start, groups):
    config = ContrastiveConfig(steps=60, batch=6, learning_rate=0.05, stay_near=0.0, drop=0.0, validate_every=30)
    trained = train(start, {"words": groups}, {"words": 1.0}, groups, config)
    assert [step for step, _ in trained.history] == [0, 30, 60]
    assert trained.history[-1][1] == 1.0 > trained.history[0][1]
    before, after = (vectors.encode_morphemes([[KEYS[0]], [KEYS[1]]]) for vectors in (start, trained.vectors))
    assert after[0] @ after[1] > before[0] @ before[1] + 0.3


def test_training_is_the_same_twice(start, groups):
    config = ContrastiveConfig(steps=5, batch=4)
    tables = [train(start, {"words": groups}, {"words": 1.0}, groups, config).vectors.weighted() for _ in range(2)]
    np.testing.assert_array_equal(*tables)


def test_trained_vectors_come_back_from_disk(start, groups, tmp_path):
    trained = train(start, {"words": groups}, {"words": 1.0}, groups, ContrastiveConfig(steps=3), source="시험").vectors
    trained.save(tmp_path)
    loaded = StaticVectors.load(tmp_path)
    assert loaded.config == trained.config and loaded.config.weighting == "own" and loaded.config.source == "시험"
    np.testing.assert_allclose(loaded.encode_morphemes([KEYS[:3]]), trained.encode_morphemes([KEYS[:3]]), atol=1e-6)
    assert loaded.idf("말0", "NNG") == pytest.approx(start.idf("말0", "NNG"), abs=1e-3)


def test_the_sum_is_that_of_the_table_within_four_bits(start):
    table = np.random.default_rng(1).standard_normal((12, 16)).astype(np.float32) * np.arange(1, 13, dtype=np.float32)[:, None]
    vectors = StaticVectors.from_trained(start, table, source="")
    expected = table[:4].sum(0) / np.linalg.norm(table[:4].sum(0))
    assert vectors.encode_morphemes([KEYS[:4]])[0] @ _rotated(expected) > 0.97


def _rotated(vector):
    from nlu.vectors import _rotation

    return vector @ _rotation(len(vector))


def test_nothing_to_train_on_is_refused(start, groups):
    with pytest.raises(ValueError, match="no source has two groups"):
        train(start, {"words": groups[:1]}, {"words": 1.0}, groups)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"drop": 1.0}, {"temperature": 0.0}])
def test_wrong_configurations_are_refused(wrong):
    with pytest.raises(ValueError):
        ContrastiveConfig(**wrong)
