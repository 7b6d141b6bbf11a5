"""The scripts that learn and judge the cascade, on hand-made evidence."""

import importlib.util
import sys

import numpy as np
import pytest

from bot.answer import Answer, Kind, Source
from bot.evidence import FEATURES, NULL_FEATURES
from bot.settings import ROOT


def script(name: str):
    spec = importlib.util.spec_from_file_location(f"cascade_{name}", ROOT / "benchmarks" / "cascade" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


learn, choice, measure = script("learn"), script("learn_choice"), script("measure")


def examples(n: int) -> list:
    """Questions whose right candidate has the higher reader score; every third has none."""
    rng, made = np.random.default_rng(0), []
    for i in range(n):
        features = np.zeros((3, len(FEATURES)))
        features[:, FEATURES.index("reader")] = rng.normal(size=3) - 2
        is_right = np.zeros(3, bool)
        if i % 3:
            features[1, FEATURES.index("reader")] = 2 + rng.normal()
            is_right[1] = True
        null = np.array([1.0 if name == "bias" else 0.0 for name in NULL_FEATURES])
        made.append(learn.Example(f"q{i}", "training", f"g{i}", bool(i % 3), features, null, is_right))
    return made


def test_what_tells_right_from_wrong_is_learnt_and_is_cross_validated():
    made = examples(90)
    weights, null_weights = learn.fit(made)
    assert weights[FEATURES.index("reader")] > 1
    probabilities, right, report = learn.cross_validated(made)
    threshold = learn.threshold_for_wrong(probabilities, right, 0.05)
    assert right[probabilities >= threshold].mean() > 0.9
    assert report("training", 2.0) == "n 90, answerable 60 (held 60), right 0, wrong 0, silent 90"


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.9), (0.25, 0.6), (1.0, 0.2)])
def test_the_threshold_that_keeps_the_share_of_wrong_answers(share, expected):
    probabilities, right = np.array([0.9, 0.8, 0.6, 0.2]), np.array([True, False, True, False])
    assert learn.threshold_for_wrong(probabilities, right, share) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer("q", Kind.MANUAL, "7일", 0.9, "7일 안에 신청합니다.", Source("규정", "규정")), "manual_right"),
        (Answer("q", Kind.MANUAL, "3일", 0.9, "3일 안에 신청합니다.", Source("규정", "규정")), "manual_wrong"),
        (Answer("q", Kind.MANUAL, "7일", 0.9, "7일 안에 신청합니다.", Source("다른 규정", "규정")), "manual_wrong"),
        (Answer("q", Kind.FAQ, "7일 안에 하시면 돼요.", 0.9, source=Source("F1", "FAQ")), "faq_right"),
        (Answer("q", Kind.FAQ, "이틀 걸려요.", 0.9, source=Source("F1", "FAQ")), "faq_wrong"),
        (Answer("q", Kind.CLARIFY, "참고", 0.3, "7일 안에 신청합니다.", Source("규정", "규정")), "related_right"),
        (Answer("q", Kind.NONE, "몰라요", 0.1), "silent"),
    ],
)
def test_how_an_answer_is_judged(answer, expected):
    assert measure.outcome_of(answer, {"document": "규정", "answers": ["7일 안"]}) == expected


def test_an_answer_to_a_question_without_one_is_wrong():
    rows = [{"question": "a", "document": None, "answers": []}, {"question": "b", "document": "규정", "answers": ["7일"]}]
    told = Answer("q", Kind.MANUAL, "7일", 0.9, "7일 안에.", Source("규정", "규정"))
    results = measure.judge_manuals(lambda question: told, rows)
    assert (results["answered_rightly_of_answerable"], results["answered_wrongly_of_all"]) == (1.0, 0.5)
    assert "100.0%" in measure.table(results)


def test_evidence_is_judged_by_another_encoder_s_scores():
    from nlu.message_pairs import PairScores

    class Always:
        def scores(self, message, texts):
            return PairScores(np.full(len(texts), 3.0), np.full(len(texts), -2.0))

    faq = np.zeros((2, len(choice.FEATURES)))
    manual = np.ones((3, len(choice.MANUAL_FEATURES)))
    given = choice.Example(
        "q", "c", "faq", faq, manual, np.array([True, False]), np.zeros(3, bool), ("a", "b", "c"), np.zeros(2),
        message="q", entries=("x", "y"), sentences=("a", "b", "c"),
    )  # fmt: skip
    found = choice.rescored(given, Always())
    answers, holds = (choice.FEATURES.index(name) for name in ("answers", "holds"))
    assert found.faq[:, [answers, holds]].tolist() == [[3.0, -2.0]] * 2
    assert found.manual[:, choice.MANUAL_FEATURES.index("holds")].tolist() == [-2.0] * 3
    changed = np.argwhere(found.manual != manual)[:, 1]
    assert set(changed) == {choice.MANUAL_FEATURES.index("holds")} and not given.faq.any()
