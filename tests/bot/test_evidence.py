"""The evidence of hand-made passages; what a feature says is told by comparing two candidates."""

import numpy as np
import pytest

from bot.evidence import FEATURES, NULL_FEATURES
from bot.manual_reading import ManualReading


@pytest.fixture
def gathered(stand_in_index, stand_in_reader):
    def gather(question: str, span: str = ""):
        return ManualReading(stand_in_index({}), stand_in_reader(span)).gather(question)

    return gather


def by_text(gathered) -> dict:
    return {candidate.text: candidate for candidate in gathered.candidates}


def test_every_sentence_of_the_passages_is_a_candidate(gathered):
    found = gathered("보증 기간은 몇 년이에요?")
    assert sorted(by_text(found)) == [
        "1장 반품",
        "2장 보증",
        "보증 기간은 2년입니다.",
        "상품을 받은 날부터 7일 안에 반품을 신청할 수 있습니다.",
        "설치한 제품은 다릅니다.",
    ]
    assert found.features.shape == (5, len(FEATURES))
    assert np.isfinite(found.features).all() and found.null_features.shape == (len(NULL_FEATURES),)


def test_words_and_quantity_speak_for_a_sentence(gathered):
    found = by_text(gathered("보증 기간은 몇 년이에요?"))
    right, wrong = found["보증 기간은 2년입니다."], found["설치한 제품은 다릅니다."]
    assert (right.feature("exact_unit"), wrong.feature("exact_unit")) == (1.0, 0.0)
    assert (right.feature("quantity_found"), wrong.feature("quantity_missing")) == (1.0, 1.0)
    assert right.feature("nouns_missing") < wrong.feature("nouns_missing")


def test_what_the_reader_points_at_speaks_for_its_sentence(gathered):
    found = by_text(gathered("보증 기간은 몇 년이에요?", "2년"))
    right, wrong = found["보증 기간은 2년입니다."], found["설치한 제품은 다릅니다."]
    assert right.feature("reader") > wrong.feature("reader")
    assert (right.feature("reader_lead"), right.reading.text[right.span.start : right.span.end]) == (0.0, "2년")


def test_near_words_count_less_than_the_same_word(stand_in_index, stand_in_reader, stand_in_vectors):
    index = stand_in_index({}, vectors=stand_in_vectors(환불=(1, 0.2, 0), 반품=(1, 0, 0), 보증=(0, 0, 1)))
    found = by_text(ManualReading(index, stand_in_reader()).gather("환불"))
    sentence = found["상품을 받은 날부터 7일 안에 반품을 신청할 수 있습니다."]
    assert sentence.feature("exact_unit") == 0.0
    assert 0.5 < sentence.feature("soft_unit") < 1.0
    assert found["보증 기간은 2년입니다."].feature("soft_unit") == 0.0


def test_an_unknown_noun_speaks_against_any_answer(gathered):
    names = dict(zip(NULL_FEATURES, gathered("김치 보증").null_features))
    assert names["index_missing"] == 0.5
    assert dict(zip(NULL_FEATURES, gathered("보증 기간").null_features))["index_missing"] == 0.0


@pytest.mark.parametrize("question", ["ㅋㅋ", "?", "😀", "SELECT", "가" * 900])
def test_odd_questions_have_evidence_too(gathered, question):
    assert np.isfinite(gathered(question).features).all()


def test_an_index_without_passages_has_no_candidates(stand_in_index, stand_in_reader):
    found = ManualReading(stand_in_index({}, False), stand_in_reader()).gather("보증")
    assert found.candidates == [] and found.features.shape == (0, len(FEATURES))
