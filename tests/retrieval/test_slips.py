import pytest

from retrieval.slips import Lexicon


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
    assert Lexicon(terms, vectors).meant(text) == meant
