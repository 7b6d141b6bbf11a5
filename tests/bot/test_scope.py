"""Whether the FAQ speaks of a question: what is looked at, and what a weight does to it."""

import json
import math

import numpy as np
import pytest

from bot.faq_decision import FaqDecider
from bot.faq_judge import FEATURES as HIT_FEATURES
from bot.faq_judge import Judged
from bot.question import Question
from bot.scope import FEATURES, Scope, ScopeFit, default_scope
from bot.settings import Settings
from nlu.sentence_vectors import load_vectors
from retrieval.calibration import Decision
from retrieval.documents import FaqEntry
from retrieval.index import Index

ENTRIES = (
    FaqEntry("a", "배송", None, "배송비는 얼마예요?", ("택배비 알려 주세요",), "3만원부터 무료예요."),
    FaqEntry("b", "사용", "통돌이 세탁기", "세탁기 필터는 어떻게 청소하나요?", ("먼지 거름망 청소",), "물로 씻어 주세요."),
    FaqEntry("c", "반품", None, "반품하고 싶어요.", ("환불 방법",), "7일 안에 신청해 주세요."),
)
NOTHING = dict.fromkeys(FEATURES, 0.0)


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(ENTRIES, (), (), load_vectors(None))


def judged(**features: tuple[float, ...]) -> Judged:
    """What the judge saw, 0 where nothing is said."""
    n = len(next(iter(features.values())))
    matrix = np.array([features.get(name, (0.0,) * n) for name in HIT_FEATURES]).T
    return Judged(matrix, np.zeros(n), np.zeros(n))


def test_what_is_looked_at(index):
    scope = Scope(index, {"세탁기/NNG"}, ScopeFit(NOTHING, 0.0))
    question = Question.of("식기세척기도 팔아요?", index.vectors)
    hits = index.search_faq("세탁기 필터", 2)
    seen = judged(answers=(-2.0, 1.5), holds=(0.25, -3.0), nouns_absent=(0.4, 0.4), product_other=(1.0, 0.0))
    values = dict(zip(FEATURES, scope.features(question, hits, seen)))
    together = sum(hit.confidence for hit in hits)
    assert values["search"] == pytest.approx(math.log(together / (1 - together)), abs=1e-6)
    assert (values["answers"], values["holds"], values["absent"], values["other_product"]) == (1.5, 0.25, 0.4, 1.0)
    assert values["words"] == pytest.approx(math.log1p(len(question.words)))


@pytest.mark.parametrize(
    "text, names_sibling",
    [("냉장고 문이 안 닫혀요", 1.0), ("세탁기 문이 안 닫혀요", 0.0), ("세탁기 옆에 냉장고 놓기", 0.0), ("반품할래요", 0.0)],
)
def test_another_kind_of_product(index, text, names_sibling):
    scope = Scope(index, {"세탁기/NNG"}, ScopeFit(NOTHING, 0.0))
    hits = index.search_faq("세탁기", 1)
    assert scope.features(Question.of(text, index.vectors), hits, judged(answers=(0.0,)))[5] == names_sibling


def test_the_probability_by_hand(index):
    fit = ScopeFit(NOTHING | {"answers": 0.5, "absent": -2.0}, 1.0)
    hits = index.search_faq("배송비", 1)
    question = Question.of("배송비", index.vectors)
    found = Scope(index, (), fit).probability(question, hits, judged(answers=(3.0,), nouns_absent=(0.25,)))
    assert found == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert Scope(index, (), fit).probability(question, [], judged(answers=())) == 0.0


def test_the_confidence_in_the_first_hit_by_hand(index):
    hits = [hit._replace(confidence=confidence) for hit, confidence in zip(index.search_faq("배송비", 3), (0.6, 0.15))]
    assert Scope.confidence(0.5, hits) == pytest.approx(0.88 * 0.8)
    assert Scope.confidence(0.25, hits) == pytest.approx(0.8 * (0.88 / 0.12 / 3) / (1 + 0.88 / 0.12 / 3))
    assert Scope.confidence(0.9, []) == 0.0


def test_weights_are_read_and_checked(tmp_path):
    fit = ScopeFit(NOTHING | {"search": 0.5}, -0.25)
    (tmp_path / "scope.json").write_text(json.dumps(fit.to_json()), encoding="utf-8")
    assert ScopeFit.load(tmp_path / "scope.json") == fit
    with pytest.raises(ValueError, match="they must be of search"):
        ScopeFit({"search": 1.0}, 0.0)
    (tmp_path / "scope.json").write_text('{"format_version": 9}', encoding="utf-8")
    with pytest.raises(ValueError, match="format 9, this version reads 1"):
        ScopeFit.load(tmp_path / "scope.json")


def test_what_ships_believes_no_less_where_more_speaks_for_it():
    weights = default_scope().weights
    assert all(weights[name] >= 0 for name in ("search", "answers", "holds"))
    assert all(weights[name] <= 0 for name in ("absent", "other_product", "sibling"))


@pytest.mark.parametrize(
    "text, decision",
    [
        ("배송비는 얼마예요?", Decision.ANSWER),
        ("택배비요", Decision.OFFER),
        ("내일 서울에 비 오나요?", Decision.NOT_HERE),
        ("ㅋㅋㅋ", Decision.NOT_HERE),
        ("😀", Decision.NOT_HERE),
        ("", Decision.NOT_HERE),
    ],
)
def test_three_decisions(index, text, decision):
    settings = Settings(faq_sure=0.999, faq_answer=0.9 if decision is not Decision.OFFER else 0.999, faq_offer=0.3)
    found = FaqDecider(index, settings).decide(text, index.search_faq(text, 5) if text else [])
    assert found.decision is decision, found


def test_thresholds_are_those_of_the_settings(index):
    hits = index.search_faq("택배비요", 5)
    low, high = (FaqDecider(index, Settings(faq_sure=1.0, faq_answer=1.0, faq_offer=offer)) for offer in (0.0, 1.0))
    assert low.decide("택배비요", hits).decision is Decision.OFFER
    assert high.decide("택배비요", hits).decision is Decision.NOT_HERE
