import pytest

from mrc.table_rows import tables_as_rows
from retrieval.ingest.blocks import table

TABLE = "항목 | E-17 | E-20\n무게 | 18.5kg | 21kg\n접이식 |  | 예"


def test_a_table_reads_as_the_rows_of_a_manual():
    assert tables_as_rows(TABLE).text.split("\n") == ["항목: 무게 / E-17: 18.5kg / E-20: 21kg", "항목: 접이식 / E-20: 예"]


def test_rows_are_those_that_ingest_writes():
    cells = [line.split(" | ") for line in TABLE.split("\n")]
    assert tables_as_rows(TABLE).text.split("\n") == [block.text for block in table(cells)]


@pytest.mark.parametrize("text", ["", "ㅋ", "표가 아니에요.\n\n그냥 | 한 줄", "앞 줄\n가 | 나\n뒷줄", "a|b\nc|d"])
def test_what_is_no_table_stays(text):
    found = tables_as_rows(text)
    last_line = text.rfind("\n") + 1
    assert found.text == text and found.place(last_line, len(text)) == last_line


@pytest.mark.parametrize("word", ["제원표", "18.5kg", "21kg", "무게", "예", "끝이에요"])
def test_each_piece_is_found_again(word):
    text = f"제원표\n{TABLE}\n끝이에요."
    found = tables_as_rows(text)
    start = text.index(word)
    place = found.place(start, start + len(word))
    assert found.text[place : place + len(word)] == word


def test_a_span_over_two_cells_or_in_a_heading_has_no_place():
    start = TABLE.index("18.5kg")
    assert tables_as_rows(TABLE).place(start, start + len("18.5kg | 21kg")) is None
    assert tables_as_rows(TABLE).place(TABLE.index("E-17"), TABLE.index("E-17") + 4) is None
