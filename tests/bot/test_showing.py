from types import SimpleNamespace

import pytest

from bot.evidence import Span
from bot.showing import MAX_EVIDENCE_CHARACTERS, show
from nlu.sentences import units

STEPS = "1. 전원을 끕니다.\n2. 필터를 뺍니다.\n3. 물로 씻습니다."


def shown(text: str, number: int, span: str, *, section: str = "", words=(), **wants: bool):
    found = units(text)
    unit = found[number]
    at = text.index(span, unit.start)
    candidate = SimpleNamespace(
        reading=SimpleNamespace(text=text, units=found, passage=SimpleNamespace(section=section)),
        unit=unit,
        span=Span(at, at + len(span), 1.0),
    )
    asked = {f"wants_{what}": wants.get(what, what == "value") for what in ("value", "steps", "list", "explanation")}
    result = show(SimpleNamespace(words=words, **asked), candidate)
    return text[result.start : result.end], result.evidence


def test_a_fact_is_shown_in_its_sentence():
    assert shown("받은 날부터 7일 안에 신청합니다. 설치한 제품은 다릅니다.", 0, "7일") == (
        "7일",
        "받은 날부터 7일 안에 신청합니다.",
    )


def test_another_question_gets_the_sentence():
    sentence = "물에 젖으면 섬유가 뭉칩니다."
    assert shown(sentence, 0, "섬유", value=False) == (sentence, sentence)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_question_for_steps_gets_all_of_them(number):
    assert shown(STEPS, number, "." if number else "전원", value=False, steps=True) == (STEPS, STEPS)


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


def test_steps_under_the_heading_asked_for():
    text = f"{STEPS}\n필터는 다섯 번까지 씻을 수 있습니다."
    asked = {"value": False, "steps": True, "section": "청소 > 필터 청소하기"}
    assert shown(text, 3, "필터", words=("필터/NNG", "청소/NNG", "세탁기/NNG"), **asked)[0] == STEPS
    assert shown(text, 3, "필터", words=("필터/NNG",), **asked)[0] == "필터는 다섯 번까지 씻을 수 있습니다."


def test_why_and_how_get_the_sentences_around_the_one_found():
    paragraph = "세탁 중에 정전되면 문이 잠깁니다. 급하면 비상 손잡이를 당겨 문을 여십시오. 물을 먼저 빼십시오."
    text = f"세탁기를 씁니다.\n{paragraph}\n다음 문단이에요."
    for number in (1, 2, 3):
        assert shown(text, number, "문" if number < 3 else "물", value=False, explanation=True)[1] == paragraph
    assert shown(text, 1, "문", value=False)[1] == "세탁 중에 정전되면 문이 잠깁니다."
    long = "가" * 200 + "입니다. " + "나" * 100 + "입니다. " + "다" * 30 + "입니다."
    assert shown(long, 1, "나", value=False, explanation=True)[1] == long[long.index("나") :]


def test_one_thing_of_a_list_is_shown_in_its_sentence():
    sentence = "상자에는 본체, 급수 호스, 배수 호스, 스패너, 설명서가 들어 있습니다."
    assert shown(sentence, 0, "설명서", list=True)[0] == sentence
    assert shown(sentence, 0, "설명서")[0] == "설명서"
    assert shown(sentence, 0, "본체, 급수 호스, 배수 호스, 스패너", list=True)[0] == "본체, 급수 호스, 배수 호스, 스패너"
