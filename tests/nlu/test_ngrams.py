import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.ngrams import (
    SMALL,
    Analyzed,
    NgramFeatures,
    analyzed,
    character_grams,
    grammar_grams,
    jamo_grams,
    morpheme_grams,
    squeezed,
)

TEXTS = ["배송 언제 와요", "배송비 얼마예요?", "안녕하세요", "ㅎㅇ", "환불 언제 와요"]


def test_a_block_is_scikit_learns_tfidf():
    messages = [analyzed(text) for text in TEXTS]
    found = NgramFeatures({"characters": 2.0}, min_df=1).fit(messages).transform(messages)
    reference = TfidfVectorizer(analyzer=lambda m: list(character_grams(m)), sublinear_tf=True).fit_transform(messages)
    assert found.toarray() == pytest.approx(2.0 * reference.toarray(), abs=1e-5)


def test_grams_by_hand():
    message = Analyzed("A  b", (("가", "VV"), ("요", "EF")))
    assert list(character_grams(message))[:5] == ["^", "a", " ", "b", "$"]
    assert list(morpheme_grams(message)) == ["가/VV", "요/EF", "^\x1f가/VV", "가/VV\x1f요/EF", "요/EF\x1f$"]
    noun = Analyzed("", (("배송", "NNG"), ("은", "JX")))
    assert [g.replace("\x1f", " ") for g in grammar_grams(noun)] == [
        "^ NNG", "NNG 은/JX", "은/JX $", "^ NNG 은/JX", "NNG 은/JX $", "^ NNG 은/JX $",
    ]  # fmt: skip


def test_a_slip_of_one_jamo_leaves_most_jamo_grams():
    a, b = (set(jamo_grams(Analyzed(text, ()))) for text in ("안녕하세요", "안뇽하세요"))
    assert len(a & b) / len(a) > 0.5


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "\x00\x07", "ㅋ" * 10_000, "가나 ABC 漢字", "ㅠㅠ"])
def test_any_text_has_a_row(text):
    made = NgramFeatures(min_df=1).fit([analyzed(t) for t in TEXTS])
    row = made.transform([analyzed(text)])
    assert row.shape == (1, made.dimension)
    assert np.isfinite(row.data).all()


def test_nfd_is_the_same_text():
    import unicodedata

    made = NgramFeatures(min_df=1).fit([analyzed(t) for t in TEXTS])
    rows = made.transform([analyzed(TEXTS[0]), analyzed(unicodedata.normalize("NFD", TEXTS[0]))])
    assert rows[0].toarray() == pytest.approx(rows[1].toarray())


def test_saved_and_loaded_give_the_same(tmp_path):
    messages = [analyzed(text) for text in TEXTS]
    made = NgramFeatures(min_df=1).fit(messages)
    made.save(tmp_path / "n.npz")
    again = NgramFeatures.load(tmp_path / "n.npz")
    assert again.transform(messages).toarray() == pytest.approx(made.transform(messages).toarray(), abs=2e-3)


def test_rare_grams_are_left_out_and_unknown_blocks_refused():
    many = [analyzed(t) for t in TEXTS] + [analyzed("네")] * SMALL
    assert NgramFeatures({"characters": 1.0}, min_df=50).fit(many).dimension == len("^네$") * 3 - 3  # 1 to 3 characters of ^네$
    assert NgramFeatures({"characters": 1.0}, min_df=50).fit(many[:5]).dimension > 50
    with pytest.raises(ValueError, match="words"):
        NgramFeatures({"words": 1.0})


def test_squeezed():
    assert squeezed(" 안녕, ＡＢＣ! ") == "안녕abc"
