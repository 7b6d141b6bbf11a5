"""BM25 against the formula written out, and letter trigrams."""

import math

import bm25s
import numpy as np
import pytest

from nlu.morphemes import analyze
from retrieval.lexical import K1, MASS_POWER, TYPICAL_MASS, B, LexicalIndex, highest
from retrieval.ngrams import code_terms, jamo, jamo_trigrams, morpheme_terms
from retrieval.postings import Postings

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
def test_an_index_without_terms(texts):
    assert LexicalIndex.build(texts).scores(["가"]).tolist() == [0] * len(texts)


def random_texts(n, seed):
    rng = np.random.default_rng(seed)
    return [[f"말{i}" for i in rng.zipf(1.4, rng.integers(1, 20)) % 60] for _ in range(n)]


QUERY = ["말1", "말2", "말7", "말40", "말59", "없음"]


def test_scores_equal_bm25s():
    texts = random_texts(200, 0)
    reference = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
    reference.index(texts, show_progress=False)
    weighted = LexicalIndex.build(texts).weigh(QUERY[:-1])
    mass = sum(idf(sum(term in text for text in texts), len(texts)) for term in QUERY[:-1] if any(term in t for t in texts))
    divisor = mass**MASS_POWER * TYPICAL_MASS ** (1 - MASS_POWER)
    known = [term for term in QUERY[:-1] if any(term in text for text in texts)]
    expected = reference.get_scores(known) / divisor
    np.testing.assert_allclose(LexicalIndex.build(texts).scores(weighted), expected, rtol=1e-5, atol=1e-6)


def test_segments_with_removed_texts_score_as_what_is_left_built_whole():
    texts = random_texts(90, 1)
    dead = np.array([3, 29, 30, 31, 88])
    parts = [Postings.build(texts[a:b]) for a, b in ((0, 30), (30, 31), (31, 31), (31, 90))]
    segmented = LexicalIndex(parts, dead)
    left = [i for i in range(90) if i not in dead]
    whole = LexicalIndex.build([texts[i] for i in left])
    np.testing.assert_allclose(segmented.scores(QUERY)[left], whole.scores(QUERY), rtol=1e-6)
    assert segmented.scores(QUERY)[dead].tolist() == [0] * 5
    assert [segmented.frequency(term) for term in QUERY] == [whole.frequency(term) for term in QUERY]


@pytest.mark.parametrize("places", [[0], [5, 30, 31, 89], list(range(90))])
def test_scores_of_some_places_are_those_of_all(places):
    texts = random_texts(90, 2)
    index = LexicalIndex([Postings.build(texts[:30]), Postings.build(texts[30:])], np.array([5]))
    weighted = index.weigh(QUERY)
    np.testing.assert_allclose(index.scores_at(weighted, np.array(places)), index.scores(QUERY)[places], rtol=1e-6)
    np.testing.assert_allclose(index._scores_of(1, weighted, np.arange(60)), index.scores(QUERY)[30:], rtol=1e-6)


def test_the_best_are_those_of_a_sort():
    texts = random_texts(90, 3)
    index = LexicalIndex([Postings.build(texts[:60]), Postings.build(texts[60:])], np.array([7]))
    weighted, scores = index.weigh(QUERY), index.scores(QUERY)
    hidden = np.zeros(90, bool)
    hidden[np.argsort(-scores)[:2]] = True
    for mask in (None, hidden):
        allowed = np.where(mask, 0, scores) if mask is not None else scores
        found = index.best(weighted, 10, mask)
        assert (np.diff(found) > 0).all() and len(found) == 10
        assert sorted(allowed[found].tolist()) == sorted(np.sort(allowed)[-10:].tolist())


def test_common_terms_bring_in_no_candidates_where_a_query_has_too_many(monkeypatch):
    monkeypatch.setattr("retrieval.lexical.MAX_POSTINGS", 3)
    index = LexicalIndex.build([["흔한"], ["흔한", "드문"], ["흔한"], ["드문"]])
    weighted = index.weigh(["흔한", "드문"])
    assert index.best(weighted, 4).tolist() == [1, 3]
    assert index.scores_at(weighted, np.array([1, 3]))[0] > index.scores_at(weighted, np.array([1, 3]))[1]


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


@pytest.mark.parametrize("size, found, k", [(0, 0, 5), (100, 40, 100), (5_000, 3, 10), (5_000, 4_000, 10), (60_000, 50_000, 100)])
def test_the_highest_scores_are_those_that_sorting_all_finds(size, found, k):
    rng = np.random.default_rng(size)
    scores = np.zeros(size, np.float32)
    scores[rng.permutation(size)[:found]] = rng.permutation(found) + 1
    assert highest(scores, k).tolist() == sorted(np.argsort(-scores)[: min(k, found)].tolist())
