import pytest

from nlu.sentences import UnitKind, cells, depth, is_row, steps_around, unit_around, units

LIST = "다음 경우에는 유상으로 수리합니다.\n1. 물에 빠뜨린 경우\n2. 다른 사람이 고친 경우\n반품은 받지 않습니다."
STATUTE = (
    "② 판매자는 다음 각 호의 어느 하나에 해당하는 날부터 3영업일 이내에 환급하여야 한다. 이 경우 지연하면 이자를 준다.\n"
    "1. 재화를 반환받은 날\n2. 다음 각 목의 날\n가. 철회한 날\n③ 판매자는 청구를 정지하여야 한다."
)


def said(text):
    return [(text[unit.start : unit.end], [text[a:b] for a, b in unit.leads]) for unit in units(text)]


def test_an_item_is_led_by_what_announces_its_list():
    lead = "다음 경우에는 유상으로 수리합니다."
    assert said(LIST) == [
        (lead, []),
        ("1. 물에 빠뜨린 경우", [lead]),
        ("2. 다른 사람이 고친 경우", [lead]),
        ("반품은 받지 않습니다.", []),
    ]


def test_items_of_items_are_led_by_both_and_a_new_paragraph_by_none():
    first = "② 판매자는 다음 각 호의 어느 하나에 해당하는 날부터 3영업일 이내에 환급하여야 한다."
    assert said(STATUTE) == [
        (first, []),
        ("이 경우 지연하면 이자를 준다.", [first]),
        ("1. 재화를 반환받은 날", [first]),
        ("2. 다음 각 목의 날", [first]),
        ("가. 철회한 날", [first, "2. 다음 각 목의 날"]),
        ("③ 판매자는 청구를 정지하여야 한다.", []),
    ]


def test_afterwards_is_no_announcement():
    assert said("물걸레를 꼭 짠 다음 받침에 붙입니다.\n1. 켭니다.")[1] == ("1. 켭니다.", [])
    assert said("결제한 다음 날 해피콜을 합니다.\n1. 켭니다.")[1] == ("1. 켭니다.", [])


def test_a_bracket_ends_no_sentence():
    text = "소비자는 다음 각 호의 기간(거래당사자가 더 긴 기간으로 약정한 경우에는 그 기간을 말한다) 이내에 철회할 수 있다."
    assert said(text) == [(text, [])]


@pytest.mark.parametrize("text", ["", "\n \n", "ㅋ", "😀", "가" * 2_000, "① ", "1. \n2. "])
def test_odd_texts_keep_their_offsets(text):
    found = units(text)
    assert all(0 <= unit.start < unit.end <= len(text) for unit in found)
    assert [unit.start for unit in found] == sorted(unit.start for unit in found)


@pytest.mark.parametrize(
    ("line", "expected"), [("① 이", 1), ("1. 켠다", 2), ("1의2. 켠다", 2), ("가. 나", 3), ("• 점", 4), ("3.5kg", 0), ("가나다", 0), ("", 0)]
)
def test_how_deep_an_item_stands(line, expected):
    assert depth(line) == expected


def test_a_row_is_one_unit_and_its_cells_know_their_headings():
    row = "모드: 조용 / 흡입력(RV-7 Pro): 1,200Pa / 사용 시간(RV-5 / RV-7 Pro): 120분 / 190분"
    assert is_row(row)
    assert [(row[c.start : c.heading_end], row[c.value : c.end]) for c in cells(row)] == [
        ("모드", "조용"),
        ("흡입력(RV-7 Pro)", "1,200Pa"),
        ("사용 시간(RV-5 / RV-7 Pro)", "120분 / 190분"),
    ]
    assert [unit.kind for unit in units(f"설명입니다.\n{row}")] == [UnitKind.SENTENCE, UnitKind.ROW]


@pytest.mark.parametrize("line", ["부품: 솔", "켜거나 / 끕니다", "", "와이파이는 5GHz / 2.4GHz"])
def test_what_is_no_row(line):
    assert not is_row(line)


def test_the_steps_of_a_list():
    text = "1. 끕니다.\n2. 뺍니다.\n3. 씻습니다.\n끝났습니다."
    found = units(text)
    assert text[slice(*steps_around(text, found, found[1]))] == "1. 끕니다.\n2. 뺍니다.\n3. 씻습니다."
    assert steps_around(text, found, found[3]) is None
    cases = units(LIST)
    assert steps_around(LIST, cases, cases[1]) is None  # cases are no steps


def test_the_unit_around_a_span():
    at = LIST.index("빠뜨린")
    start, end = unit_around(LIST, at, at + 3)
    assert LIST[start:end] == "1. 물에 빠뜨린 경우"
    assert unit_around("", 0, 0) == (0, 0)
