import pytest

from retrieval.slips import Lexicon, sounds


@pytest.mark.parametrize(
    "text, meant",
    [
        ("반뿜 어케 함", ["반품/NNG"]),
        ("셰탁기가 안 돼요", ["세탁기/NNG"]),
        ("세탁기 반품", []),
        ("개시 언제", []),
        ("", []),
        ("ㅋㅋㅋ 😀 a", []),
    ],
)
def test_words_that_sound_like_a_noun(vectors, text, meant):
    terms = ["반품/NNG", "세탁기/NNG", "게시/NNG", "품/NNG", "하/VV", "code/ue"]
    for parts in ([terms], [terms[:1], terms[1:]], [["파손/NNG"], terms]):
        live = set(terms)
        assert Lexicon([sounds(part) for part in parts], vectors, live.__contains__).meant(text) == meant


def test_a_noun_that_no_text_has_any_more_is_not_meant(vectors):
    assert Lexicon([sounds(["반품/NNG"])], vectors, lambda term: False).meant("반뿜 어케 함") == []


@pytest.mark.parametrize(
    "text, mended",
    [
        ("셰탁기 반뿜 되나여?", "세탁기 반품 되나요?"),
        ("셰탁기는 언제 오나염", "세탁기는 언제 오나요"),
        ("세탁기 반품 되나요?", "세탁기 반품 되나요?"),
        ("가용 수량에 대하여", "가용 수량에 대하여"),
        ("로봇청소기 필타 물로 씨서도 되나여", "로봇청소기 필터 물로 씻어도 되나요"),
        ("필타를 물로 씨섰는데", "필터를 물로 씻었는데"),
        ("풀타 있어요", "풀타 있어요"),  # another vowel
        ("필타이머 있어요", "필타이머 있어요"),  # no particle after it
        ("창에 글자가 떠요", "창에 글자가 떠요"),  # sounds like 장애, but is a noun with its particle
        ("몇 평까지 돼요", "몇 평까지 돼요"),
        ("", ""),
    ],
)
def test_a_text_is_mended_where_its_words_sound_like_a_noun(vectors, text, mended):
    nouns = ["반품/NNG", "세탁기/NNG", "필터/NNG", "장애/NNG", "평가/NNG"]
    lexicon = Lexicon([sounds(nouns)], vectors, {*nouns, "씻/VV"}.__contains__)
    assert lexicon.mended(text) == mended


@pytest.mark.parametrize(
    "text, mended",
    [
        ("에어콘에서 물이 떨어져요", "에어컨에서 물이 떨어져요"),
        ("컴퓨타로 주문돼요?", "컴퓨터로 주문돼요?"),
        ("총서기가 누구예요", "총서기가 누구예요"),  # but for its vowels 청소기, and another word
        ("에어컨 켜는 법", "에어컨 켜는 법"),
    ],
)
def test_a_known_word_spelt_otherwise_is_the_index_s_noun(vectors, text, mended):
    nouns = ["에어컨/NNG", "컴퓨터/NNG", "청소기/NNG"]
    assert Lexicon([sounds(nouns)], vectors, set(nouns).__contains__).mended(text) == mended
    both = [*nouns, "에어콘/NNG"]
    assert Lexicon([sounds(both)], vectors, set(both).__contains__).mended("에어콘이 있어요") == "에어콘이 있어요"
