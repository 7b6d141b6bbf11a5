import pytest

from bot.quantity import expected_quantity, whole_quantity


@pytest.mark.parametrize(
    ("question", "answers", "others"),
    [
        ("며칠 안에 신청해요?", ["받은 날부터 7일 안에", "이틀이 걸려요"], ["제17조제1항", "신청서"]),
        ("몇 일 걸려요", ["3일"], ["30분"]),
        ("물은 몇 도까지 돼요?", ["40℃ 이하", "30도"], ["40분", "찬물"]),
        ("필터는 몇 달마다 갈아요?", ["6개월", "두 달"], ["6일"]),
        ("몇 번 눌러요?", ["3회", "세 번"], ["3초"]),
        ("몇시간 충전해요", ["4시간"], ["4시에"]),
        ("얼마나 자주 닦아요?", ["월 1회", "2주"], ["물걸레"]),
        ("배송비는 얼마예요?", ["3,000원", "무료"], ["3일", "3,000mAh"]),
        ("무게가 몇 kg이에요?", ["2.5kg"], ["2.5cm"]),
        ("비용은 누가 내요?", ["그 비용은 고객이 부담합니다", "판매자가 낸다"], ["주식회사의 세 모델", "자동 비움"]),
        ("가로세로 크기가 어떻게 돼요?", ["360×1,850mm"], ["최대 15m"]),
        ("렌탈하면 한 달에 얼마예요?", ["19,000원"], ["보증 기간은 2년"]),
        ("벽에서 얼마나 떼야 해요?", ["20cm 이상"], ["20분"]),
        ("언제 설치되나요?", ["새벽 3시에서 5시", "발송한 날부터"], ["통신판매업자"]),
        ("몇 군데까지 돼요?", ["10개까지", "3곳"], ["12분"]),
    ],
)
def test_the_question_word_tells_the_quantity(question, answers, others):
    pattern = expected_quantity(question)
    assert [text for text in answers if not pattern.search(text)] == []
    assert [text for text in others if pattern.search(text)] == []


@pytest.mark.parametrize("question", ["", "UE가 뭐예요?", "어디에 버려요?", "ㅋㅋㅋ", "반품하고 싶어요", "How many?"])
def test_other_questions_expect_nothing(question):
    assert expected_quantity(question) is None


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("걸리는 시간: 1시간 5분 / 빨래", "1시간", "1시간 5분"),
        ("소음 / RV-5: 65dB", "5: 65dB", "RV-5: 65dB"),
        ("보증 기간은 2년 3개월입니다", "2년", "2년 3개월"),
        ("받은 날부터 7일 안에", "7일", "7일"),
        ("물 40L를 씁니다", "40L", "40L"),
        ("가격은 2만원", "만원", "만원"),
    ],
)
def test_a_quantity_is_shown_whole(text: str, span: str, expected: str):
    at = text.index(span)
    start, end = whole_quantity(text, at, at + len(span))
    assert text[start:end] == expected
