"""BM25 against the formula written out, and letter trigrams."""

import math

import numpy as np
import pytest

from nlu.morphemes import analyze
from retrieval.lexical import K1, MASS_POWER, TYPICAL_MASS, B, LexicalIndex
from retrieval.ngrams import code_terms, jamo, jamo_trigrams, morpheme_terms

TEXTS = [["가", "나"], ["나", "다", "라", "나"], [], ["라"]]


def lucene_bm25(terms, text, texts):
    """Kamphuis et al. 2020, "Which BM25 do you mean?", the accurate Lucene variant."""
    average = sum(map(len, texts)) / len(texts)
    total = 0.0
    for term in dict.fromkeys(terms):
        df = sum(term in other for other in texts)
        tf = text.count(term)
        total += idf(df, len(texts)) * tf / (tf + K1 * (1 - B + B * len(text) / average)) if tf else 0
    return total


def idf(df, n):
    return math.log(1 + (n - df + 0.5) / (df + 0.5))


@pytest.mark.parametrize("terms", [["나"], ["나", "라"], ["나", "없음", "나"], ["가", "나", "다", "라"]])
def test_scores_equal_the_formula(terms):
    index = LexicalIndex.build(TEXTS)
    mass = sum(idf(sum(term in text for text in TEXTS), len(TEXTS)) for term in dict.fromkeys(terms))
    divisor = mass**MASS_POWER * TYPICAL_MASS ** (1 - MASS_POWER)
    expected = [lucene_bm25(terms, text, TEXTS) / divisor for text in TEXTS]
    np.testing.assert_allclose(index.scores(terms), expected, rtol=1e-5)


@pytest.mark.parametrize("terms", [[], ["없음"]])
def test_unknown_terms_score_nothing(terms):
    assert LexicalIndex.build(TEXTS).scores(terms).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("texts", [[], [[], []]])
def test_an_index_without_terms(texts, tmp_path):
    index = LexicalIndex.build(texts)
    assert index.scores(["가"]).tolist() == [0] * len(texts)
    index.save(tmp_path)
    assert LexicalIndex.load(tmp_path, len(texts)).scores(["가"]).tolist() == [0] * len(texts)


def test_save_and_load_give_the_same_scores(tmp_path):
    index = LexicalIndex.build(TEXTS)
    index.save(tmp_path)
    np.testing.assert_array_equal(LexicalIndex.load(tmp_path, 4).scores(["나", "라"]), index.scores(["나", "라"]))


def test_jamo():
    assert jamo("닭 A가") == "ㄷㅏㄺ Aㄱㅏ"


def test_slips_that_sound_alike_give_the_same_trigrams():
    assert jamo_trigrams("셰탁기") == jamo_trigrams("세탁기") == ["ㅅㅔㄷ", "ㅔㄷㅏ", "ㄷㅏㄱ", "ㅏㄱㄱ", "ㄱㄱㅣ"]
    assert jamo_trigrams("반뿜") == jamo_trigrams("반 품!")


@pytest.mark.parametrize("text", ["", "ㅋ", "😀", "?!"])
def test_short_texts_have_no_trigrams(text):
    assert jamo_trigrams(text) == []


def test_codes_stay_in_one_piece():
    assert code_terms("RV-7 Pro에서 e05가 떠요, UE도") == ["code/rv7", "code/pro", "code/e05", "code/ue"]


def test_morpheme_terms_leave_out_asking():
    assert morpheme_terms(analyze("배송이 언제 되는지 알려 주세요")) == ["배송/NNG", "언제/MAG"]
    assert morpheme_terms(analyze("어떻게 해요?")) == ["어떻/VA", "하/VV"]
