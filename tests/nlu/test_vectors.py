"""Shipped vectors against Kiwi's own similarities, and the mean of a sentence."""

import numpy as np
import pytest

from nlu.morphemes import analyze, kiwi
from nlu.vectors import StaticVectors, _pack, _unpack, remove_common
from retrieval.index import VECTORS

TOLERANCE = 0.03
"""Four bits a value leave the cosines of the shipped vectors within this of Kiwi's own."""


@pytest.fixture(scope="module")
def vectors() -> StaticVectors:
    return StaticVectors.load(VECTORS)


@pytest.mark.parametrize(
    "a, b",
    [
        ("배송", "택배"),
        ("환불", "반품"),
        ("비밀번호", "비번"),
        ("세탁기", "냉장고"),
        ("사랑", "알고리즘"),
        ("전자레인지", "배송"),
    ],
)
def test_cosines_agree_with_kiwi(vectors, a, b):
    ours = vectors.morpheme_vector(a, "NNG") @ vectors.morpheme_vector(b, "NNG")
    assert ours == pytest.approx(kiwi().morpheme_similarity((a, "NNG"), (b, "NNG")), abs=TOLERANCE)


def test_the_nearest_by_kiwi_is_near_by_ours(vectors):
    for near in kiwi().most_similar_morphemes(("세탁기", "NNG"), top_n=5):
        ours = vectors.morpheme_vector("세탁기", "NNG") @ vectors.morpheme_vector(near.form, near.tag)
        assert ours == pytest.approx(near.score, abs=TOLERANCE)


def test_unknown_morphemes_have_no_vector_and_the_highest_idf(vectors):
    assert vectors.morpheme_vector("셰탁기", "NNG") is None
    assert "셰탁기/NNG" not in vectors and "세탁기/NNG" in vectors
    assert vectors.idf("셰탁기", "NNG") > vectors.idf("세탁기", "NNG") > vectors.idf("사람", "NNG")


def test_encode_is_the_weighted_mean_of_the_morphemes(vectors):
    text = "세탁기 배송은 언제 와요?"
    morphemes = [m for m in analyze(text) if m.is_content]
    rows = np.array([vectors.morpheme_vector(m.form, m.tag) for m in morphemes])
    rows = remove_common(rows, vectors._mean, vectors._directions)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    mean = np.sqrt([vectors.idf(m.form, m.tag) for m in morphemes]) @ rows
    np.testing.assert_allclose(vectors.encode([text])[0], mean / np.linalg.norm(mean), atol=1e-5)


def test_encode_shapes_and_lengths(vectors):
    encoded = vectors.encode(["반품하고 싶어요", "", "ㅋㅋㅋ", "😀", "환불 refund"])
    assert encoded.shape == (5, vectors.dimension) and encoded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(encoded, axis=1)[[0, 4]], 1, atol=1e-5)
    assert not encoded[1].any() and not encoded[3].any()
    assert vectors.encode([]).shape == (0, vectors.dimension)


def test_a_batch_equals_one_by_one(vectors):
    texts = ["배송비는 얼마예요?", "에어컨 필터 청소", "반품"]
    np.testing.assert_array_equal(vectors.encode(texts), np.vstack([vectors.encode([text]) for text in texts]))


def test_save_and_load_give_the_same_vectors(vectors, tmp_path):
    matrix = np.random.default_rng(1).standard_normal((20, 8)).astype(np.float32)
    made = StaticVectors.from_matrix([f"말{i}/NNG" for i in range(20)], matrix, np.linspace(1, 4, 20), removed_directions=2)
    made.save(tmp_path)
    loaded = StaticVectors.load(tmp_path)
    assert loaded.config == made.config
    keys = [["말1/NNG", "말7/NNG", "없는말/NNG"]]
    np.testing.assert_allclose(loaded.encode_morphemes(keys), made.encode_morphemes(keys), atol=2e-3)


def test_packing_is_exact():
    codes = np.arange(-8, 8, dtype=np.int8).reshape(2, 8)
    packed = _pack(codes)
    assert packed.shape == (2, 4) and packed[0].tolist() == [0x01, 0x23, 0x45, 0x67]
    np.testing.assert_array_equal(_unpack(packed), codes)


def test_a_missing_folder_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m nlu.vectors build --out"):
        StaticVectors.load(tmp_path)


def test_the_shipped_file_stays_below_ten_megabytes():
    assert sum(file.stat().st_size for file in VECTORS.iterdir()) < 10_000_000
