import json

import numpy as np
import pytest

from bot.faq_judge import FEATURES, FaqFit, FaqJudge, default_fit, log_odds, said
from bot.question import Question
from nlu.message_pairs import PairScores
from nlu.sentence_vectors import load_vectors
from retrieval.documents import FaqEntry
from retrieval.index import Index

FILTER = FaqEntry(
    "F1", "사용법", "세탁기", "세탁기 필터는 어떻게 청소해요?", ("DW-F21 필터 씻기",), "한 달에 한 번 물로 씻어 주세요."
)
COOLER = FaqEntry("F2", "사용법", "에어컨", "에어컨 필터는 어떻게 청소해요?", (), "2주에 한 번 먼지를 털어 주세요.")
PRODUCTS = ("세탁기/NNG", "에어컨/NNG")


class ByHand:
    """Scores as given, and what was read together."""

    def __init__(self, *scores):
        self.given = scores
        self.read = []

    def scores(self, message, texts):
        self.read += [(message, text) for text in texts]
        given = np.array(self.given[: len(texts)], np.float32)
        return PairScores(given, given / 2)


@pytest.fixture(scope="module")
def index():
    return Index.build((FILTER, COOLER), (), (), load_vectors(None))


def weights(**given):
    return {**dict.fromkeys(("bias", *FEATURES), 0.0), **given}


def looked_at(index, question, *scores):
    hits = sorted(index.search_faq(question, k=2), key=lambda hit: hit.entry.id)
    judge = FaqJudge(index, PRODUCTS, FaqFit(weights()), ByHand(*scores))
    rows = judge.features(Question.of(question, index.vectors), hits)
    return [dict(zip(FEATURES, row)) for row in rows], hits


def test_what_an_entry_lacks_or_holds(index):
    (washer, cooler), _ = looked_at(index, "에어컨 필터 값은 얼마예요?", 1.0, -0.5)
    assert (washer["quantity_missing"], washer["quantity_found"]) == (1.0, 0.0)
    assert (washer["product_other"], cooler["product_other"]) == (1.0, 0.0)
    assert (washer["answers"], washer["holds"], cooler["answers"], cooler["holds"]) == (1.0, 0.5, -0.5, -0.25)
    assert (washer["later"], cooler["later"]) == (0.0, 1.0)
    (washer, cooler), _ = looked_at(index, "세탁기 DW-F21 필터는 몇 번 씻어요?", 0.0, 0.0)
    assert (washer["code_found"], cooler["code_found"], cooler["code_missing"]) == (1.0, 0.0, 1.0)
    assert (washer["quantity_found"], washer["quantity_missing"]) == (1.0, 0.0)


def test_a_code_that_several_hits_have_singles_none_out():
    asked = ("RV-7 Pro 무게는 얼마예요?", "RV-7 Pro 값은 얼마예요?")
    entries = tuple(FaqEntry(f"F{i}", "사양", "로봇청소기", question, (), "사양표에 있어요.") for i, question in enumerate(asked))
    rows, _ = looked_at(Index.build((*entries, COOLER), (), (), load_vectors(None)), "RV-7 Pro 충전 시간은 얼마예요?", 0.0, 0.0)
    assert [row["code_found"] for row in rows] == [0.5, 0.5]


def test_search_s_confidence_and_the_nouns(index):
    (washer, _), hits = looked_at(index, "세탁기 필터 청소", 0.0, 0.0)
    assert washer["confidence"] == pytest.approx(log_odds(hits[0].confidence))
    assert washer["nouns_absent"] == 0.0
    (washer, *_), _ = looked_at(index, "세탁기 냉면 주문", 0.0, 0.0)
    assert washer["nouns_absent"] > 0.3


def test_the_probability_is_that_of_the_weights(index):
    pairs = ByHand(0.5, -1.0)
    judge = FaqJudge(index, PRODUCTS, FaqFit(weights(answers=2.0, bias=-1.0)), pairs)
    question = "세탁기 필터 청소비"
    judged = judge.look(Question.of(question, index.vectors), index.search_faq(question, k=2))
    odds = np.exp([0.0, -3.0])
    assert judged.probabilities == pytest.approx(odds / (1 + odds.sum()))
    assert judged.features.shape == (2, len(FEATURES)) and judged.at_least.tolist() == [0.0, 0.0]
    assert pairs.read[0] == (question, said(FILTER))
    nothing = judge.look(Question.of("", index.vectors), [])
    assert [part.shape for part in nothing] == [(0, len(FEATURES)), (0,), (0,)]
    assert [part.shape for part in judged.none()] == [(0, len(FEATURES)), (0,), (0,)]


def test_a_question_in_the_words_of_a_phrasing_is_as_sure_as_search_is(index):
    never = FaqFit(weights(bias=-9.0))
    judge = FaqJudge(index, PRODUCTS, never, ByHand(0.0, 0.0))
    hits = index.search_faq("세탁기 필터 청소 어떻게 하나요", k=2)
    same, other = judge.look(Question.of("세탁기 필터 청소 어떻게 하나요", index.vectors), hits).probabilities
    assert same == pytest.approx(hits[0].confidence) and other < 0.001
    assert judge.look(Question.of("세탁기 필터 청소 비용", index.vectors), hits).probabilities.max() < 0.001


def test_what_of_an_entry_is_read():
    long = FaqEntry("F3", "", None, "물음", ("다른 말", "또 다른 말"), "답" * 500)
    assert said(long) == "물음 / 다른 말 — " + "답" * 160


def test_weights_of_another_version_or_for_other_features_are_refused(tmp_path):
    with pytest.raises(ValueError, match="answers"):
        FaqFit({name: 0.0 for name in ("bias", *FEATURES) if name != "answers"})
    (tmp_path / "old.json").write_text(json.dumps({"format_version": 99}))
    with pytest.raises(ValueError, match="format 99"):
        FaqFit.load(tmp_path / "old.json")


def test_the_weights_that_ship_speak_for_what_answers_and_against_what_lacks():
    weights = default_fit().weights
    assert weights["answers"] > 0 and weights["confidence"] > 0
    assert weights["quantity_missing"] <= 0 and weights["code_missing"] <= 0 and weights["product_other"] <= 0


@pytest.mark.parametrize(("probability", "expected"), [(0.5, 0.0), (0.0, -9.0), (1.0, 9.0), (0.75, np.log(3))])
def test_log_odds(probability, expected):
    assert log_odds(probability) == pytest.approx(expected)
