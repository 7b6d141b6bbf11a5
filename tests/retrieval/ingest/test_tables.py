"""Cells to rows with their headings."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.ingest.blocks import BlockKind, paragraph
from retrieval.ingest.tables import Cell, table_blocks, text_table


def lines(cells):
    return [block.text for block in table_blocks(cells)]


def cell(row, column, text, rows=1, columns=1, marked=False):
    return Cell(row, column, paragraph(text), rows, columns, marked)


def test_the_first_row_is_the_headings_and_empty_cells_are_left_out():
    blocks = text_table([["코드", "뜻", "조치"], ["E1", "막힘", ""], ["", "", ""], ["E2", "", "점검"]])
    assert [block.text for block in blocks] == ["코드: E1 / 뜻: 막힘", "코드: E2 / 조치: 점검"]
    assert {block.kind for block in blocks} == {BlockKind.ROW}


def test_a_title_over_all_columns_and_rows_between_parts():
    table = [
        cell(0, 0, "요금표", columns=2), cell(1, 0, "구분"), cell(1, 1, "요금"), cell(2, 0, "국내", columns=2),
        cell(3, 0, "제주"), cell(3, 1, "3천 원"),
    ]  # fmt: skip
    assert lines(table) == ["요금표", "국내", "구분: 제주 / 요금: 3천 원"]


def test_marked_cells_on_both_sides():
    table = [cell(0, c, text, marked=True) for c, text in enumerate(("", "평일", "주말"))]
    table += [cell(1, 0, "성인", marked=True), cell(1, 1, "1만 원"), cell(1, 2, "2만 원")]
    assert lines(table) == ["성인 / 평일: 1만 원 / 주말: 2만 원"]


def test_labels_over_several_rows():
    table = [
        cell(0, 0, "신청인", rows=2, marked=True), cell(0, 1, "이름", marked=True), cell(0, 2, "홍길동"),
        cell(1, 1, "전화", marked=True), cell(1, 2, "02-123-4567"),
    ]  # fmt: skip
    assert lines(table) == ["신청인 이름: 홍길동", "신청인 전화: 02-123-4567"]


def test_frames_give_what_stands_in_them():
    assert lines([cell(0, 0, "제1조(목적) 이 규정은 반품에 쓴다.")]) == ["제1조(목적)", "이 규정은 반품에 쓴다."]
    assert lines([cell(0, 0, "하나"), cell(1, 0, "둘")]) == ["하나", "둘"]
    assert lines([]) == []


def test_a_huge_span_costs_nothing():
    assert (
        lines([cell(0, 0, "코드"), cell(0, 1, "뜻"), cell(1, 0, "E1", 10**9, 1), cell(1, 1, "막힘", 1, 10**9)])[0]
        == "코드: E1 / 뜻: 막힘"
    )


@given(st.lists(st.lists(st.text("가나1 ", max_size=4), min_size=2, max_size=5), min_size=2, max_size=6))
def test_no_word_below_the_headings_is_lost(rows):
    width = min(map(len, rows))
    filled = [[f"{text}행{r}열{c}" for c, text in enumerate(line[:width])] for r, line in enumerate(rows)]
    found = "\n".join(block.text for block in text_table(filled))
    assert all(f"행{r}열{c}" in found for r in range(1, len(rows)) for c in range(width))
