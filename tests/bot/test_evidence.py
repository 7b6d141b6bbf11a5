"""The evidence of hand-made passages; what a feature says is told by comparing two candidates."""

import numpy as np
import pytest

from bot.evidence import FEATURES, NULL_FEATURES
from bot.manual_reading import ManualReading
from nlu.sentence_vectors import load_vectors
from retrieval.index import Index
from retrieval.ingest.blocks import Converted, heading, table
from retrieval.ingest.passages import assemble


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


@pytest.fixture(scope="module")
def table_index():
    rows = [["항목", "값"], ["본체 무게", "3.9kg"], ["본체 크기", "35cm"], ["받침대 크기", "42cm"], ["소음", "62dB"]]
    document, passages = assemble("제원", "제원", Converted([heading("제원", 1), *table(rows)]))
    return Index.build([], [document], passages, load_vectors())


@pytest.mark.parametrize(
    ("question", "of_other"),
    [
        ("받침대 무게가 몇 kg이에요?", {"본체 무게", "본체 크기", "받침대 크기", "소음"}),
        ("본체 무게가 몇 kg이에요?", {"본체 크기", "받침대 크기", "소음"}),
        ("뚜껑 무게가 몇 kg이에요?", {"본체 크기", "받침대 크기", "소음"}),  # no row is called by 뚜껑
        ("조용한가요?", set()),
    ],
)
def test_a_row_called_by_another_noun_is_of_something_else(table_index, stand_in_reader, question, of_other):
    found = ManualReading(table_index, stand_in_reader()).gather(question)
    rows = [one for one in found.candidates if one.feature("row")]
    assert {one.text.split(":")[1].split("/")[0].strip() for one in rows if one.feature("row_of_other")} == of_other
