"""Word files: what python-docx's own walk does not reach."""

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from retrieval.ingest import read_manual

SPACES = nsdecls("w", "wp", "a") + (
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"'
)


def lines(tmp_path, document):
    document.save(tmp_path / "a.docx")
    read, passages, _ = read_manual(tmp_path / "a.docx")
    return [(p.section, line) for p in passages for line in read.text[p.start : p.end].split("\n") if line]


def add(document, xml):
    """Adds a block of WordprocessingML at the end of the body."""
    document.element.body.insert_element_before(parse_xml(xml), "w:sectPr")


def element(inner, tag="p"):
    return f"<w:{tag} {SPACES}>{inner}</w:{tag}>"


def t(words):
    return f"<w:r><w:t>{words}</w:t></w:r>"


def test_text_boxes_come_once_and_after_their_paragraph(tmp_path):
    document = docx.Document()
    box = f"<w:txbxContent><w:p>{t('상자 안의 글입니다.')}</w:p></w:txbxContent>"
    drawn = (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    add(document, element(t("앞의 글입니다.") + drawn))
    add(document, element(f"<w:r><w:pict><v:textbox>{box.replace('상자', '옛 상자')}</v:textbox></w:pict></w:r>"))
    assert [line for _, line in lines(tmp_path, document)] == ["앞의 글입니다.", "상자 안의 글입니다.", "옛 상자 안의 글입니다."]


def test_content_controls_and_changes(tmp_path):
    document = docx.Document()
    add(document, element(f"<w:sdtContent><w:p>{t('양식에 쓴 글입니다.')}</w:p></w:sdtContent>", "sdt"))
    deleted = '<w:del w:id="1" w:author="x"><w:r><w:delText>이레</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2" w:author="x">{t("열흘")}</w:ins>'
    add(document, element(t("반품은 ") + deleted + inserted + t(" 안에 합니다.")))
    assert [line for _, line in lines(tmp_path, document)] == ["양식에 쓴 글입니다.", "반품은 열흘 안에 합니다."]


def test_merged_cells_and_two_rows_of_headings(tmp_path):
    document = docx.Document()
    table = document.add_table(4, 3)
    for (r, c), text in {(0, 0): "구분", (0, 1): "요금", (1, 1): "성인", (1, 2): "어린이", (2, 0): "주간", (2, 1): "1만 원",
                         (2, 2): "5천 원", (3, 1): "2만 원", (3, 2): "무료"}.items():  # fmt: skip
        table.cell(r, c).text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(3, 0))
    assert [line for _, line in lines(tmp_path, document)] == [
        "구분: 주간 / 요금 성인: 1만 원 / 요금 어린이: 5천 원",
        "구분: 주간 / 요금 성인: 2만 원 / 요금 어린이: 무료",
    ]


def test_shaded_labels_left_of_their_values(tmp_path):
    document = docx.Document()
    table = document.add_table(2, 2)
    for r, (label, value) in enumerate((("모델", "DW-1"), ("무게", "70kg"))):
        table.cell(r, 0).text, table.cell(r, 1).text = label, value
        table.cell(r, 0)._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="D9D9D9"/>'))
    assert [line for _, line in lines(tmp_path, document)] == ["모델: DW-1", "무게: 70kg"]


def test_a_table_in_a_cell_comes_after_its_row(tmp_path):
    document = docx.Document()
    table = document.add_table(2, 2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["구분", "내용", "오류", "표를 보십시오."]):
        cell.text = text
    inner = table.cell(1, 1).add_table(2, 2)
    for cell, text in zip([c for row in inner.rows for c in row.cells], ["코드", "뜻", "E1", "막힘"]):
        cell.text = text
    assert [line for _, line in lines(tmp_path, document)] == ["구분: 오류 / 내용: 표를 보십시오.", "코드: E1 / 뜻: 막힘"]


def test_automatic_numbers_of_several_levels(tmp_path):
    document = docx.Document()
    numbering = document.part.numbering_part.element
    forms = (("decimal", "제%1조"), ("ganada", "%2."), ("decimalEnclosedCircle", "%3"))
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (form, text) in enumerate(forms)
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level, words in (
        (0, "갑은 돈을 냅니다."),
        (1, "현금"),
        (1, "카드"),
        (2, "신용"),
        (2, "체크"),
        (0, "을은 물건을 줍니다."),
        (1, "배송"),
    ):
        paragraph = document.add_paragraph(words)
        paragraph._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )
    assert [line for _, line in lines(tmp_path, document)] == [
        "제1조 갑은 돈을 냅니다.", "가. 현금", "나. 카드", "① 신용", "② 체크", "제2조 을은 물건을 줍니다.", "가. 배송",
    ]  # fmt: skip


def test_tables_of_contents_are_left_out(tmp_path):
    document = docx.Document()
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    add(document, element(f"{gallery}<w:sdtContent><w:p>{t('설치 3')}</w:p></w:sdtContent>", "sdt"))
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \\o "1-3" </w:instrText></w:r>'
    add(document, element(begin + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + t("설치 3")))
    add(document, element(t("청소 9")))
    add(document, element('<w:r><w:fldChar w:fldCharType="end"/></w:r>'))
    document.add_paragraph("차 례")
    for n, name in enumerate(("설치", "청소", "보관"), 1):
        document.add_paragraph(f"{name}\t{n * 3}")
    document.add_paragraph("본문입니다.")
    assert lines(tmp_path, document) == [("", "본문입니다.")]


def test_a_field_of_contents_without_an_end_hides_no_text(tmp_path):
    document = docx.Document()
    add(document, element('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r>' + t("설치 3")))
    add(document, element(t("청소 9")))
    document.add_heading("설치", 1)
    document.add_paragraph("벽에서 띄웁니다.")
    assert lines(tmp_path, document) == [("설치", "벽에서 띄웁니다.")]


def test_headings_by_outline_and_by_letters(tmp_path):
    document = docx.Document()
    style = document.styles.add_style("장", 1)
    style.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="0"/>'))
    document.add_paragraph("설치하기", style="장")
    document.add_paragraph("벽에서 띄웁니다.")
    assert lines(tmp_path, document) == [("설치하기", "벽에서 띄웁니다.")]

    document = docx.Document()
    for name, words in (("안내문", ""), ("배송", "이틀 안에 보냅니다."), ("반품", "이레 안에 신청합니다.")):
        run = document.add_paragraph().add_run(name)
        run.bold, run.font.size = True, docx.shared.Pt(20 if not words else 14)
        document.add_paragraph(words)
    assert lines(tmp_path, document) == [("배송", "이틀 안에 보냅니다."), ("반품", "이레 안에 신청합니다.")]


def test_footnotes_follow_their_paragraph(tmp_path):
    from docx.opc.constants import CONTENT_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    document = docx.Document()
    xml = f'<w:footnotes {SPACES}><w:footnote w:id="2"><w:p>{t("공휴일은 뺍니다.")}</w:p></w:footnote></w:footnotes>'
    part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, xml.encode(), document.part.package)
    document.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")
    add(document, element(t("이틀 걸립니다.") + '<w:r><w:footnoteReference w:id="2"/></w:r>'))
    document.add_paragraph("제주는 더 걸립니다.")
    found = [line for _, line in lines(tmp_path, document)]
    assert found == ["이틀 걸립니다.", "공휴일은 뺍니다.", "제주는 더 걸립니다."]


@pytest.mark.parametrize("words", ["머리말입니다", "3"])
def test_headers_and_footers_are_left_out(tmp_path, words):
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = words
    document.sections[0].footer.paragraphs[0].text = words
    document.add_paragraph("본문입니다.")
    assert document.sections[0].header._element.find(f".//{qn('w:t')}").text == words
    assert lines(tmp_path, document) == [("", "본문입니다.")]
