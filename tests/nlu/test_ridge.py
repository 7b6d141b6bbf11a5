import numpy as np
import pytest
import scipy.sparse

from nlu.near_duplicates import near_duplicate_groups
from nlu.ridge import Ridge, _products, _solve, calibrate, fold_of_groups, softmax

RNG = np.random.default_rng(0)
ROWS = scipy.sparse.csr_matrix(np.where(RNG.random((60, 12)) < 0.3, RNG.random((60, 12)), 0))
LABELS = [("a", "b", "c")[i % 3] for i in range(60)]


def test_the_dual_solution_is_the_primal_one():
    x, targets, alpha = ROWS.toarray(), np.where(np.arange(3) == np.arange(60)[:, None] % 3, 1.0, -1.0), 0.3
    primal = np.linalg.solve(x.T @ x + alpha * np.eye(12), x.T @ (targets - targets.mean(0)))
    duals, bias = _solve(_products(ROWS), targets, alpha)
    assert x.T @ duals == pytest.approx(primal)
    assert bias == pytest.approx(targets.mean(0))


def test_products_of_full_and_rare_columns_are_those_of_plain_algebra():
    rng = np.random.default_rng(3)
    rare = np.where(rng.random((40, 60)) < 0.05, rng.random((40, 60)), 0.0)
    for rows in (np.hstack([rare, rng.random((40, 8))]), rare, rng.random((40, 8))):
        np.testing.assert_allclose(_products(scipy.sparse.csr_matrix(rows)), rows @ rows.T, rtol=1e-12, atol=1e-12)


def test_what_is_separable_is_separated_and_probabilities_add_up():
    rows = scipy.sparse.csr_matrix(np.eye(3)[np.arange(60) % 3])
    model = Ridge.fit(rows, LABELS)
    probabilities = model.probabilities(rows)
    assert [model.labels[i] for i in probabilities.argmax(1)] == LABELS
    assert probabilities.sum(1) == pytest.approx(np.ones(60), abs=1e-5)
    assert probabilities.max(1).min() > 0.9


def test_calibration_finds_the_scale_that_made_the_labels():
    scores = RNG.normal(size=(4000, 3))
    gold = np.array([RNG.choice(3, p=row) for row in softmax(2.5 * scores)])
    scale, offsets = calibrate(scores, gold)
    assert scale == pytest.approx(2.5, abs=0.2)
    assert np.abs(offsets - offsets.mean()).max() < 0.2


def test_saved_and_loaded_predict_the_same(tmp_path):
    model = Ridge.fit(ROWS, LABELS)
    model.save(tmp_path / "r.npz")
    assert Ridge.load(tmp_path / "r.npz").probabilities(ROWS) == pytest.approx(model.probabilities(ROWS), abs=2e-2)


def test_one_label_is_too_few():
    with pytest.raises(ValueError, match="at least 2"):
        Ridge.fit(ROWS, ["a"] * 60)


def test_a_group_stays_in_one_fold():
    groups = np.repeat(np.arange(20), 3)
    fold = fold_of_groups(groups, 4)
    assert [len(set(fold[groups == group])) for group in range(20)] == [1] * 20
    assert set(fold) == {0, 1, 2, 3}


def test_near_duplicates_share_a_group():
    texts = ["배송 언제 와요", "배송 언제 와요?", "배송언제와요!!", "환불해 주세요", "", "😀"]
    groups = near_duplicate_groups(texts).tolist()
    assert groups == [0, 0, 0, 3, 4, 5]
