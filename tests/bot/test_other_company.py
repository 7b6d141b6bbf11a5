"""The bot does as well on another company's files: a bakery's FAQ and manuals, with the models that ship."""

import pytest

from bot.answer import Kind
from bot.cascade import Cascade
from bot.settings import ROOT, Settings
from retrieval.building import build_index

BAKERY = ROOT / "tests" / "data" / "bakery"


@pytest.fixture(scope="module")
def cascade(tmp_path_factory):
    index = tmp_path_factory.mktemp("bakery") / "index"
    summary = build_index([BAKERY / "faq.csv"], [BAKERY / "manuals"], index)
    assert (summary.files, summary.entries, summary.problems) == (3, 6, ())
    return Cascade.load(Settings.load(index=index), journal=False)


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("생일 케이크는 며칠 전까지 주문하면 되나요?", "bread-01"),
        ("휴무일", "bread-04"),
        ("월요일에 문 열어요?", "bread-04"),
        ("남은 빵을 냉동해도 돼요?", "bread-05"),
        ("회사 간식으로 대량 주문하고 싶어요", "bread-02"),
    ],
)
def test_its_faq_is_answered(cascade, question, entry):
    answer = cascade.answer(question)
    assert (answer.kind, answer.source.document) == (Kind.FAQ, entry)
    assert answer.answer == next(one.answer for one in cascade.index.entries if one.id == entry)


@pytest.mark.parametrize(
    ("question", "document", "evidence"),
    [
        ("오븐 예열은 몇 분 해요?", "오븐-사용법", "식빵을 굽기 전에 오븐을 200도로 15분 동안 예열합니다."),
        ("위생 장갑은 몇 시간마다 바꿔요?", "위생-규정", "위생 장갑은 2시간마다 바꿉니다."),
    ],
)
def test_its_manuals_are_read_and_cited(cascade, question, document, evidence):
    answer = cascade.answer(question)
    assert answer.kind in (Kind.MANUAL, Kind.CLARIFY)  # as related where the reader is unsure
    assert (answer.source.document, answer.evidence) == (document, evidence)
    text = cascade.index.document(document).text
    assert text[answer.source.start : answer.source.end] in evidence


@pytest.mark.parametrize(
    "question", ["반품하려면 며칠 안에 신청해야 해요?", "세탁기에서 UE 에러가 떠요", "내일 서울 날씨 알려줘"]
)
def test_it_knows_nothing_of_the_demo_company(cascade, question):
    answer = cascade.answer(question)
    assert answer.kind in (Kind.NONE, Kind.CLARIFY)
    assert answer.source is None
