import pytest

from retrieval.dictionary import Dictionary, DictionaryWord, learn
from retrieval.slips import Lexicon

WORDS = Dictionary(
    [DictionaryWord("통돌이", "세탁기"), DictionaryWord("새봄청소기", "새봄청소기"), DictionaryWord("무배", "무료 배송")]
)


@pytest.mark.parametrize(
    "text, meant",
    [
        ("통돌이 얼마예요", ["세탁기/NNG"]),
        ("통 돌이요", ["세탁기/NNG"]),
        ("통돌이 세탁기", []),
        ("새봄 청소기", []),
        ("무배 되나요", ["무료/NNG", "배송/NNG"]),
        ("청소기", []),
        ("", []),
        ("😀 ㅋ", []),
    ],
)
def test_what_words_mean(text, meant):
    assert WORDS.meant(text) == meant


def test_long_words_are_known_by_their_sound():
    assert WORDS.meant("섀봄청쏘기 필터") == Dictionary([DictionaryWord("하나", "새봄청소기")]).meant("하나")
    assert WORDS.meant("무뻬") == []


def test_save_and_load(tmp_path):
    WORDS.save(tmp_path / "dictionary.tsv")
    assert Dictionary.load(tmp_path / "dictionary.tsv").words == WORDS.words
    assert Dictionary.load(tmp_path / "none.tsv").words == ()


def test_a_wrong_line_is_named(tmp_path):
    (tmp_path / "d.tsv").write_text("# 말\n통돌이 세탁기\n", encoding="utf-8")
    with pytest.raises(ValueError, match="d.tsv 2행"):
        Dictionary.load(tmp_path / "d.tsv")


def test_what_was_written_by_hand_wins_over_what_is_learnt():
    by_hand = Dictionary([DictionaryWord("통돌이", "세탁기"), DictionaryWord("RV-7", "-")])
    merged = by_hand.with_learnt(["RV-7", "통 돌이", "새봄이"])
    assert [(word.word, word.means) for word in merged.words] == [("통돌이", "세탁기"), ("RV-7", "-"), ("새봄이", "새봄이")]
    assert merged.meant("rv7 살래요") == []


def test_products_codes_and_unknown_words_are_learnt():
    texts = [f"달빛포인트는 {i}일 뒤에 써요. 달빛포인트를 쌓아요. RV-7{i} 모델이에요." for i in range(6)]
    found = learn(texts, ["오븐 프로"])
    assert found[0] == "오븐 프로" and found[1:7] == [f"RV-7{i}" for i in range(6)]
    assert learn([]) == []


def test_a_lexicon_asks_the_dictionary(vectors):
    lexicon = Lexicon([], vectors, lambda term: False, WORDS)
    assert lexicon.meant("통돌이 얼마") == ["세탁기/NNG"]
