import pytest

from retrieval.linked_sounds import unlinked

LIVE = {"씻/VV", "입/VV", "받/VV"}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("씨서도", "씻어도"),
        ("씨섰는데요?", "씻었는데요?"),
        ("이버도", "입어도"),
        ("머거도", None),  # 먹다 stands in no text of the index
        ("씻어도", None),
        ("바다", "받아"),  # whether the word makes sense as it stands, whoever calls tells
        ("씨", None),
        ("", None),
        ("ㅋㅋㅋ", None),
        ("ABC", None),
        ("😀", None),
    ],
)
def test_a_verb_gets_its_consonant_back(word, expected):
    assert unlinked(word, LIVE.__contains__) == expected
