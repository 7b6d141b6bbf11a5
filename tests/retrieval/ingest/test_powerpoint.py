"""PowerPoint files: slides as sections with pages."""

import pptx
from pptx.util import Inches

from retrieval.ingest import read_manual

TITLE, TITLE_AND_TEXT, BLANK = 0, 1, 6


def read(tmp_path, presentation):
    presentation.save(tmp_path / "발표.pptx")
    document, passages, problems = read_manual(tmp_path / "발표.pptx")
    for p in passages:
        assert document.page_at(p.start) == p.page
    found = [(p.section, p.page, line) for p in passages for line in document.text[p.start : p.end].split("\n") if line]
    return document, found, problems


def slide(presentation, layout, title=None, body=None):
    made = presentation.slides.add_slide(presentation.slide_layouts[layout])
    if title:
        made.shapes.title.text = title
    if body:
        made.placeholders[1].text = body
    return made


def box(made, text, top=3.0, left=1.0):
    shape = made.shapes.add_textbox(Inches(left), Inches(top), Inches(4), Inches(0.5))
    shape.text_frame.text = text
    return shape


def test_titles_texts_tables_and_notes(tmp_path):
    presentation = pptx.Presentation()
    slide(presentation, TITLE, "사용 교육", "고객 지원팀")
    second = slide(presentation, TITLE_AND_TEXT, "청소", "필터를 뺍니다.\n물로 씻습니다.")
    second.notes_slide.notes_text_frame.text = "세제는 쓰지 않는다고 말합니다."
    third = slide(presentation, TITLE_AND_TEXT, "오류")
    table = third.shapes.add_table(4, 3, Inches(1), Inches(2), Inches(6), Inches(2)).table
    for r, row in enumerate((("코드", "뜻", "조치"), ("E1", "막힘", "청소"), ("", "넘침", "점검"), ("E2", "열림", ""))):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document, found, problems = read(tmp_path, presentation)
    assert (document.title, len(document.page_starts), problems) == ("사용 교육", 3, [])
    assert found == [
        ("", 1, "고객 지원팀"),
        ("청소", 2, "필터를 뺍니다."),
        ("청소", 2, "물로 씻습니다."),
        ("청소", 2, "세제는 쓰지 않는다고 말합니다."),
        ("오류", 3, "코드: E1 / 뜻: 막힘 / 조치: 청소"),
        ("오류", 3, "코드: E1 / 뜻: 넘침 / 조치: 점검"),
        ("오류", 3, "코드: E2 / 뜻: 열림"),
    ]


def test_shapes_come_from_the_top_down_and_groups_are_read(tmp_path):
    presentation = pptx.Presentation()
    made = slide(presentation, BLANK)
    box(made, "셋째 글입니다.", 5)
    group = made.shapes.add_group_shape([box(made, "둘째 글입니다.", 3)])
    assert group.shapes[0].text_frame.text
    box(made, "첫째 글입니다.", 1)
    assert read(tmp_path, presentation)[1] == [
        ("슬라이드 1", 1, "첫째 글입니다."),
        ("슬라이드 1", 1, "둘째 글입니다."),
        ("슬라이드 1", 1, "셋째 글입니다."),
    ]


def test_what_comes_on_every_slide_is_left_out(tmp_path):
    presentation = pptx.Presentation()
    for n in range(1, 5):
        made = slide(presentation, TITLE_AND_TEXT, f"{n}강", f"{n}번째 내용입니다.")
        box(made, "한빛상사 대외비", 7.0)
        box(made, f"{n} / 4", 7.0, 8)
        box(made, "30", 4)
    hidden = slide(presentation, TITLE_AND_TEXT, "숨김", "보이지 않습니다.")
    hidden._element.set("show", "0")
    document, found, problems = read(tmp_path, presentation)
    assert [line for _, _, line in found] == [f"{n}번째 내용입니다." for n in range(1, 5)]
    assert [problem.reason for problem in problems] == ["숨긴 슬라이드는 넣지 않았어요(5쪽)."]
    assert [problem.was_read for problem in problems] == [True]
