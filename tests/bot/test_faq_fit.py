from types import SimpleNamespace

import pytest

from bot.faq_fit import LACKS_CODE, LACKS_QUANTITY, OTHER_PRODUCT, fitness
from bot.question import Question
from retrieval.documents import FaqEntry

SPACE = SimpleNamespace(products=frozenset({"세탁기/NNG", "에어컨/NNG"}))
ENTRY = FaqEntry("F1", "사용법", "세탁기", "세탁기 필터는 어떻게 청소해요?", ("DW-F21 필터",), "한 달에 한 번 물로 씻어 주세요.")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("필터 청소는 어떻게 해요?", 1.0),
        ("세탁기 DW-F21 필터 청소", 1.0),
        ("필터는 몇 번 씻어요?", 1.0),
        ("필터 값은 얼마예요?", LACKS_QUANTITY),
        ("필터 등급이 H13인가요?", LACKS_CODE),
        ("에어컨 필터 청소는 어떻게 해요?", OTHER_PRODUCT),
        ("에어컨 H13 필터 값은 얼마예요?", LACKS_QUANTITY * LACKS_CODE * OTHER_PRODUCT),
        ("", 1.0),
    ],
)
def test_what_an_entry_lacks_takes_confidence(question, expected, stand_in_vectors):
    assert fitness(Question.of(question, stand_in_vectors()), ENTRY, SPACE) == pytest.approx(expected)
