import pytest

from bot.document_names import DocumentNames, abbreviates
from retrieval.documents import Passage

TITLES = {
    "전자상거래법": "전자상거래 등에서의 소비자보호에 관한 법률",
    "개인정보": "개인정보 보호법",
    "보증": "제품보증 규정",
    "세탁기-사용설명서": "한빛 세탁기 사용설명서",
    "에어컨-사용설명서": "바람결 에어컨 사용설명서",
}


@pytest.fixture(scope="module")
def names():
    passages = [Passage(id, id, title, "", None, None, 0, 1) for id, title in TITLES.items()]
    return DocumentNames(type("I", (), {"passages": passages})())


@pytest.mark.parametrize(
    ("question", "document", "rest"),
    [
        ("전자상거래법에서 청약철회는 며칠이야?", "전자상거래법", "청약철회는 며칠이야?"),
        ("전자상거래법에 따르면 며칠 안에 물러요", "전자상거래법", "며칠 안에 물러요"),
        ("전상법상 물건을 무르려면", "전자상거래법", "물건을 무르려면"),
        ("개보법에 따르면 며칠 안에 알려야 해요", "개인정보", "며칠 안에 알려야 해요"),
        ("개인정보보호법에서는 며칠 안에 알려요", "개인정보", "며칠 안에 알려요"),
        ("세탁기 설명서에 수압이 얼마래요", "세탁기-사용설명서", "수압이 얼마래요"),
        ("제품 보증 규정에는 중고가 어떻게 돼요", "보증", "중고가 어떻게 돼요"),
    ],
)
def test_a_document_is_named_in_full_in_part_or_abbreviated(names, question, document, rest):
    found = names.find(question)
    assert (found.document_id, found.rest) == (document, rest)


@pytest.mark.parametrize("question", ["설명서 주세요", "세탁기 배송 며칠 걸려요", "전자레인지 쓰는 방법", "", "전자상거래법", "방법"])
def test_other_questions_name_none(names, question):
    assert names.find(question) == (None, question, question)


def test_a_name_spelt_out_stays_in_the_question_and_an_abbreviation_does_not(names):
    assert names.find("전자상거래법에서 며칠 안에 물러요").question == "전자상거래법에서 며칠 안에 물러요"
    assert names.find("전상법상 며칠 안에 물러요").question == "며칠 안에 물러요"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("전상법", True), ("전자상거래법", True), ("전소보법", True), ("상전법", False), ("소비자법", False), ("법", False), ("전자", False)],
)
def test_what_abbreviates_a_name(word, expected):
    assert abbreviates(word, ("전자", "상거래", "소비자", "보호", "법률")) is expected
