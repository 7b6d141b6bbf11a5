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


@pytest.mark.parametrize(
    "question", ["설명서 주세요", "세탁기 배송 며칠 걸려요", "전자레인지 쓰는 방법", "", "전자상거래법", "방법"]
)
def test_other_questions_name_none(names, question):
    assert names.find(question) == (None, question, question)


def test_a_name_spelt_out_stays_in_the_question_and_an_abbreviation_does_not(names):
    assert names.find("전자상거래법에서 며칠 안에 물러요").question == "전자상거래법에서 며칠 안에 물러요"
    assert names.find("전상법상 며칠 안에 물러요").question == "며칠 안에 물러요"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("전상법", True),
        ("전자상거래법", True),
        ("전소보법", True),
        ("상전법", False),
        ("소비자법", False),
        ("법", False),
        ("전자", False),
    ],
)
def test_what_abbreviates_a_name(word, expected):
    assert abbreviates(word, ("전자", "상거래", "소비자", "보호", "법률")) is expected


ONE_LAW = {id: TITLES[id] for id in ("전자상거래법", "보증", "세탁기-사용설명서")}


def names_of(titles):
    passages = [Passage(id, id, title, "", None, None, 0, 1) for id, title in titles.items()]
    return DocumentNames(type("I", (), {"passages": passages})())


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("법적으로 언제부터 인정되나요", "언제부터 인정되나요"),
        ("판매자가 법으로 며칠 안에 보내야 해요", "판매자가 며칠 안에 보내야 해요"),
        ("상자만 뜯었는데 반품이 안 된대요 법이 그래?", "상자만 뜯었는데 반품이 안 된대요 그래?"),
        ("법률상 이자를 줘야 해요?", "이자를 줘야 해요?"),
    ],
)
def test_the_law_is_the_only_statute_there_is(question, rest):
    found = names_of(ONE_LAW).find(question)
    assert (found.document_id, " ".join(found.rest.split())) == ("전자상거래법", rest)
    assert names_of(TITLES).find(question).document_id is None  # which of two laws?
    assert names_of({"보증": TITLES["보증"]}).find(question).document_id is None


@pytest.mark.parametrize(
    "question",
    [
        "필터 끼우는 법이 뭐예요",
        "기사님이 쓰는 법만 알려 주고 가셨어요",
        "끄는법좀",
        "사용법 알려 주세요",
        "어느 법원으로 가요",
        "법",
    ],
)
def test_a_way_to_do_something_is_no_law(question):
    assert names_of(ONE_LAW).find(question).document_id is None
