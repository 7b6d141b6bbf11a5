"""Fits on cases made by hand."""

import numpy as np
import pytest

from retrieval.calibration import Coverage
from retrieval.documents import FaqEntry
from retrieval.training.cases import Case, FirstHit, cases_of, pseudo_faq, taken_out
from retrieval.training.groups import Group
from retrieval.training.ranking import fit_logistic, fit_weights, recalls

ENTRIES = [
    FaqEntry("a", "", None, "배송비는 얼마예요?", ("택배비 얼마", "무료 배송 기준"), "삼천 원이에요."),
    FaqEntry("b", "", None, "언제 쉬어요?", ("휴무일",), "일요일에 쉬어요."),
]


def case(right: int, *rows: tuple[float, ...]) -> Case:
    return Case(np.array(rows, np.float32), right)


def test_the_channel_that_tells_gets_the_weight():
    cases = [case(0, (1.0, 0.2), (0.0, 0.9)), case(1, (0.1, 0.8), (0.9, 0.1))] * 10
    weights = fit_weights([cases])
    assert weights[0] > 2 and weights[1] == 0
    assert recalls(cases, weights) == {"n": 20, "recall_at_1": 1.0, "recall_at_4": 1.0}


def test_no_weight_falls_below_the_lowest():
    assert fit_weights([[case(0, (1.0, 0.0), (0.0, 1.0))]], lowest=0.5)[1] == 0.5


def test_cases_without_a_right_one_do_not_count():
    assert recalls([case(-1, (1.0, 0.0)), case(0, (1.0, 0.0))], np.ones(2))["n"] == 1


def test_logistic_regression_against_scipy_free_truth():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4000, 2))
    y = (rng.random(4000) < 1 / (1 + np.exp(-(1.5 * x[:, 0] - 0.5)))).astype(float)
    found = fit_logistic(x, y, np.ones(4000), ("fused", "length"))
    assert found.coefficients[0] == pytest.approx(1.5, abs=0.2) and found.coefficients[1] == pytest.approx(0, abs=0.15)
    assert found.intercept == pytest.approx(-0.5, abs=0.15)


def test_a_score_never_makes_less_sure_but_length_may():
    x = np.linspace(0, 1, 200)[:, None].repeat(3, 1)
    found = fit_logistic(x, 1 - (x[:, 0] > 0.5), np.ones(200), ("fused", "length", "absent"))
    assert found.coefficients[0] == 0 and found.coefficients[1] < -1 and found.coefficients[2] < 0
    found = fit_logistic(x, (x[:, 0] > 0.5).astype(float), np.ones(200), ("fused", "length", "absent"))
    assert found.coefficients[0] > 1 and found.coefficients[2] == 0


def test_a_phrasing_taken_out_is_asked(vectors):
    faq = taken_out("faq", ENTRIES, 0)
    assert faq.asked == (("택배비 얼마", 0), ("휴무일", 1))
    assert [entry.phrasings for entry in faq.entries] == [("무료 배송 기준",), ()]
    assert taken_out("faq", ENTRIES, 1).asked == (("무료 배송 기준", 0),)
    found = cases_of(faq, vectors)
    assert [c.right for c in found] == [0, 1] and found[0].channels.shape == (2, 9)
    assert "배송비/NNG" not in found[0].keys and len(found[0].texts) == 2


def test_groups_as_an_faq():
    groups = [Group("g1", "bank", ("하나", "둘", "셋")), Group("g2", "bank", ("넷", "다섯"))]
    faq = pseudo_faq("bank", groups, ["여섯"])
    assert [(e.question, e.phrasings) for e in faq.entries] == [("하나", ("둘",)), ("넷", ("다섯",))]
    assert faq.asked == (("셋", 0), ("여섯", -1))


def test_a_case_without_its_entry():
    left = Case(np.array([[1.0], [2.0], [3.0]]), 1, ("k",), ("가", "나", "다"), frozenset({"k"})).without_right()
    assert left.channels.tolist() == [[1.0], [3.0]] and (left.right, left.texts, left.live) == (-1, ("가", "다"), {"k"})


def test_the_confidence_follows_what_was_so():
    from retrieval.calibration import FEATURES
    from retrieval.training.ranking import fit_calibration, reliability

    rng = np.random.default_rng(1)
    hits = []
    for _ in range(3000):
        share = rng.random()
        features = dict.fromkeys(FEATURES, 0.0) | {"share": share, "covered": rng.random()}
        has = rng.random() < features["covered"]
        is_right = bool(has and rng.random() < share)
        fused = np.log(np.array([share, 1 - share + 1e-9])) if share > 0.5 else np.array([0.0, -0.1])
        hits.append(FirstHit(features, bool(has), is_right, fused, np.zeros((2, 9)), Coverage(features["covered"], 0.0, 0.0, 0)))
    calibration = fit_calibration({"all": hits}, {"all": 1.0})
    said = np.array([calibration.scope.probability(h.features) * calibration.first.probability(h.features) for h in hits])
    true = np.array([h.is_right for h in hits], float)
    assert abs(said.mean() - true.mean()) < 0.02
    assert np.corrcoef(said, true)[0, 1] > 0.4
    assert reliability(hits, calibration)["n"] == 3000
