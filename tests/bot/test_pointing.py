import numpy as np
import pytest

from bot.pointing import NOWHERE, point
from bot.question import Question
from mrc.reader import UnitSpan
from nlu.sentences import units

ROW = "항목: 소음(표준 모드) / RV-5: 65dB / RV-7 Pro: 62dB"


class NoVectors:
    dimension = 2

    def morpheme_vector(self, form, tag):
        return None

    def idf(self, form, tag):
        return 5.0


def pointed(question: str, text: str, *words: str) -> str:
    """What is pointed at where the reader's best spans are `words`."""
    spans = [UnitSpan(text.index(word), text.index(word) + len(word), -i, 0.0) for i, word in enumerate(words)]
    found = point(Question.of(question, NoVectors()), text, units(text)[0], spans)
    return text[found.start : found.end]


@pytest.mark.parametrize(
    ("question", "words", "expected"),
    [
        ("RV-7 Pro 소음이 몇 데시벨이에요?", ("65dB", "62dB"), "62dB"),
        ("RV-5 소음", ("62dB", "65dB"), "65dB"),
        ("rv7 프로 소음은 몇이야", ("65dB",), "62dB"),
        ("소음이 얼마예요?", ("65dB", "62dB"), "65dB"),
        ("어떤 모드의 소음이야", ("표준 모드",), "표준 모드"),
    ],
)
def test_the_column_that_the_question_names_is_read(question, words, expected):
    assert pointed(question, ROW, *words) == expected


MODES = "모드: 조용 / 흡입력(RV-5): 800Pa / 사용 시간(RV-5 / RV-7 Pro): 120분 / 190분 / 알맞은 곳: 밤"
LAMPS = "표시등: 보라색 켜짐 / 뜻: 소프트웨어를 설치하고 있습니다."


@pytest.mark.parametrize(
    ("question", "row", "words", "expected"),
    [
        ("RV-5 조용 모드로 몇 분 써요?", MODES, ("800Pa", "190분"), "120분"),
        ("RV-7 Pro는 조용 모드로 몇 분 써요?", MODES, ("120분",), "190분"),
        ("조용 모드로 몇 분 써요?", MODES, ("800Pa", "190분"), "190분"),
        ("RV-5 조용 모드로 몇 분 써요?", MODES, ("800Pa",), "120분"),
        ("조용 모드로 몇 분 써요?", MODES, ("800Pa",), "120분"),
        ("RV-5 물통은 몇 mL예요?", "항목: 물통 / RV-5: 없음 / RV-7 Pro: 250mL", ("250mL", "없음"), "없음"),
        ("보라색인데 무슨 뜻이에요?", LAMPS, ("보라색 켜짐 / 뜻", "소프트웨어"), "소프트웨어"),
        ("보라색이에요", LAMPS, ("켜짐 / 뜻: 소프트웨어를",), "소프트웨어를"),
        ("보라색이에요", LAMPS, (" / 뜻: ",), "보라색 켜짐"),
        ("보라색이에요", LAMPS, ("뜻",), "뜻"),
        ("보라색이 무슨 뜻이에요?", LAMPS, ("뜻", "소프트웨어를"), "소프트웨어를"),
        ("보라색이 무슨 뜻이에요?", LAMPS, ("보라색 켜짐",), "소프트웨어를 설치하고 있습니다."),
    ],
)
def test_a_span_of_a_row_lies_in_one_cell(question, row, words, expected):
    assert pointed(question, row, *words) == expected


def test_the_quantity_asked_for_goes_before_a_better_span_without_it():
    text = "받은 날부터 7일 안에 고객센터로 신청합니다."
    assert pointed("며칠 안에 신청해요?", text, "고객센터", "7일") == "7일"
    assert pointed("며칠 안에 신청해요?", text, "고객센터") == "7일"
    assert pointed("어디로 신청해요?", text, "고객센터", "7일") == "고객센터"


def test_a_unit_that_was_not_read_is_pointed_at_whole():
    text = "한 달에 한 번 청소합니다."
    found = point(Question.of("청소", NoVectors()), text, units(text)[0], [])
    assert (found.start, found.end, found.score) == (0, len(text), NOWHERE)
    assert np.isfinite(found.score)
