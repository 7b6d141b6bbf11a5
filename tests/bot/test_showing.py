from types import SimpleNamespace

import pytest

from bot.evidence import Span
from bot.showing import MAX_EVIDENCE_CHARACTERS, show
from nlu.sentences import units

STEPS = "1. 전원을 끕니다.\n2. 필터를 뺍니다.\n3. 물로 씻습니다."


def shown(text: str, number: int, span: str, *, fact: bool = True, steps: bool = False):
    found = units(text)
    unit = found[number]
    at = text.index(span, unit.start)
    candidate = SimpleNamespace(
        reading=SimpleNamespace(text=text, units=found), unit=unit, span=Span(at, at + len(span), 1.0)
    )
    result = show(SimpleNamespace(wants_fact=fact, wants_steps=steps), candidate)
    return text[result.start : result.end], result.evidence


def test_a_fact_is_shown_in_its_sentence():
    assert shown("받은 날부터 7일 안에 신청합니다. 설치한 제품은 다릅니다.", 0, "7일") == ("7일", "받은 날부터 7일 안에 신청합니다.")


def test_another_question_gets_the_sentence():
    sentence = "물에 젖으면 섬유가 뭉칩니다."
    assert shown(sentence, 0, "섬유", fact=False) == (sentence, sentence)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_question_for_steps_gets_all_of_them(number):
    assert shown(STEPS, number, "." if number else "전원", fact=False, steps=True) == (STEPS, STEPS)


def test_an_item_is_shown_with_what_announces_it_and_without_amendments():
    text = "소비자는 다음 각 호의 기간 이내에 철회할 수 있다. <개정 2016.3.29>\n1. 서면을 받은 날부터 7일"
    answer, evidence = shown(text, 1, "7일")
    assert answer == "7일"
    assert evidence == "소비자는 다음 각 호의 기간 이내에 철회할 수 있다. 1. 서면을 받은 날부터 7일"


def test_a_very_long_sentence_is_cut_around_the_span():
    text = "가나 " * 200 + "7일" + " 다라" * 200 + "."
    number = next(i for i, unit in enumerate(units(text)) if unit.start <= text.index("7일") < unit.end)
    answer, evidence = shown(text, number, "7일")
    assert answer == "7일" and "7일" in evidence and len(evidence) <= MAX_EVIDENCE_CHARACTERS
