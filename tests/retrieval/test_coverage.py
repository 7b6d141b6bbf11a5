import pytest

from retrieval.calibration import Coverage
from retrieval.coverage import CoverageOf, content_keys, folded

TEXT = "배송비는 얼마예요? 3만 원부터 무료로 보내 드려요."


@pytest.fixture(scope="module")
def coverage_of(vectors):
    return CoverageOf(vectors)


def test_the_same_words_are_covered(coverage_of):
    found = coverage_of(content_keys("배송비 얼마"), TEXT)
    assert (found.covered, found.near, found.words) == (pytest.approx(1.0), pytest.approx(1.0), 2)
    assert found.unlike == pytest.approx(0.0, abs=1e-6)


def test_a_near_word_is_near_and_not_covered(coverage_of, vectors):
    found = coverage_of(["택배/NNG"], "배송을 물어봐요")
    nearest = max(float(vectors.morpheme_vector("택배", "NNG") @ vectors.morpheme_vector(*word)) for word in (("배송", "NNG"),))
    assert (
        found.covered == 0.0
        and found.near == pytest.approx(nearest, abs=1e-5)
        and found.unlike == pytest.approx(1 - nearest, abs=1e-5)
    )


def test_words_count_by_their_rarity(coverage_of, vectors):
    found = coverage_of(["배송비/NNG", "비트코인/NNG"], TEXT)
    idf = [vectors.idf(word, "NNG") for word in ("배송비", "비트코인")]
    assert found.covered == pytest.approx(idf[0] / sum(idf), abs=1e-5)


@pytest.mark.parametrize("keys", [[], ["하/VV", "어떻게/MAG"]])
def test_nothing_said_is_nothing_covered(coverage_of, keys):
    assert coverage_of(keys, TEXT) == Coverage(0.0, 0.0, 0.0, 0)


@pytest.mark.parametrize("text", ["", "😀", "ㅋㅋ"])
def test_texts_without_words_cover_nothing(coverage_of, text):
    assert coverage_of(["배송비/NNG"], text) == Coverage(0.0, 0.0, 1.0, 1)


def test_nouns_that_stand_nowhere_in_the_faq(coverage_of, vectors):
    keys = ["배송비/NNG", "비트코인/NNG", "사/VV"]
    found = coverage_of(keys, TEXT, {"배송비/NNG"}.__contains__)
    idf = [vectors.idf(*key.split("/")) for key in keys]
    assert found.absent == pytest.approx(idf[1] / sum(idf), abs=1e-5)
    assert found.rarest == pytest.approx(min(idf[1], 10) / 10, abs=1e-5)
    assert coverage_of(keys, TEXT).absent == 0


def test_words_are_folded_as_lexical_search_has_them():
    assert [folded(key) for key in ("KTX/SL", "듣/VV-I", "배송/NNG")] == ["ktx/SL", "듣/VV", "배송/NNG"]
