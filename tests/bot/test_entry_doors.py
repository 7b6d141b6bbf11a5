import pytest

from bot.entry_doors import fields, new_id

GIVEN = {"question": " 반품은? ", "answer": "7일", "category": "반품", "phrasings": ["환불은?", " ", "환불은?"]}


def test_fields_of_an_entry():
    assert fields(GIVEN) == {"question": "반품은?", "answer": "7일", "category": "반품", "phrasings": ("환불은?",)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": " "},
        {"answer": ""},
        {"answer": "가" * 5001},
        {"question": 7},
        {"phrasings": "x"},
        {"phrasings": [7]},
        {"phrasings": ["x"] * 51},
    ],
)
def test_wrong_fields_are_refused(wrong):
    with pytest.raises(ValueError):
        fields(GIVEN | wrong)


def test_the_same_question_gets_the_same_id():
    assert new_id("반품은?") == new_id("반품은?") != new_id("환불은?")
