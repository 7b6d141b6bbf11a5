"""Documents of four formats to text, sections, pages and passages."""

from pathlib import Path

import docx
import pypdfium2
import pytest

from retrieval.ingest import UnreadableFileError, read_manual, read_manuals

ROOT = Path(__file__).resolve().parents[3]
MARKDOWN = """# 설명서

소개합니다.

## 청소

### 필터

필터는 한 달에 한 번 청소합니다.
물로 씻습니다.

| 부품 | 값 |
|---|---|
| 필터 | 12,000원 |
| 솔 | |

1. 끕니다.
2. 뺍니다.
"""


def texts(document, passages):
    return [(p.section, p.page, document.text[p.start : p.end]) for p in passages]


def test_markdown_sections_tables_and_lists(tmp_path):
    (tmp_path / "청소.md").write_text(MARKDOWN, encoding="utf-8")
    document, passages, problems = read_manual(tmp_path / "청소.md")
    assert (document.id, document.title, document.file_name, document.page_starts, problems) == (
        "청소",
        "설명서",
        "청소.md",
        None,
        [],
    )
    assert texts(document, passages) == [
        ("", None, "소개합니다."),
        (
            "청소 > 필터",
            None,
            "필터는 한 달에 한 번 청소합니다. 물로 씻습니다.\n\n부품: 필터 / 값: 12,000원\n부품: 솔\n1. 끕니다.\n2. 뺍니다.",
        ),
    ]
    assert [p.id for p in passages] == ["청소#1", "청소#2"]


def test_front_matter_gives_title_and_product(tmp_path):
    (tmp_path / "a.md").write_text("---\n제목: 긴 이름\n제품: 오븐\n---\n\n본문입니다.\n", encoding="cp949")
    document, passages, _ = read_manual(tmp_path / "a.md")
    assert (document.title, document.product, passages[0].product) == ("긴 이름", "오븐", "오븐")


def test_articles_of_a_statute_become_sections(tmp_path):
    text = "<p>제1장 총칙</p><p>제1조(목적) 이 법은 소비자를 보호한다.</p><p>제2조의2(정의) 뜻은 다음과 같다.</p>"
    (tmp_path / "법.html").write_text(f"<html><body>{text}</body></html>", encoding="utf-8")
    document, passages, _ = read_manual(tmp_path / "법.html")
    assert texts(document, passages) == [
        ("제1장 총칙 > 제1조(목적)", None, "이 법은 소비자를 보호한다."),
        ("제1장 총칙 > 제2조의2(정의)", None, "뜻은 다음과 같다."),
    ]


def test_html_leaves_menus_out_and_reads_spanning_cells(tmp_path):
    (tmp_path / "a.html").write_bytes(
        """<html><head><meta charset="euc-kr"><title>표</title><script>x()</script></head><body><nav>차례</nav>
        <h1>표</h1><table><tr><th>코드</th><th>뜻</th></tr><tr><td rowspan="2">E1</td><td>막힘</td></tr>
        <tr><td>넘침</td></tr></table>
        <dl><dt>보증</dt><dd>2년</dd></dl><footer>끝</footer></body></html>""".encode("cp949")
    )
    document, passages, _ = read_manual(tmp_path / "a.html")
    assert document.text == "표\n\n코드: E1 / 뜻: 막힘\n코드: E1 / 뜻: 넘침\n보증: 2년"


def test_word_headings_numbers_and_tables(tmp_path):
    document = docx.Document()
    document.add_heading("오븐", 0)
    document.add_heading("사용", 1)
    document.add_paragraph("켭니다.", style="List Number")
    document.add_paragraph("굽습니다.", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["빵", "온도", "식빵", "180도"]):
        cell.text = text
    document.sections[0].footer.paragraphs[0].text = "바닥글"
    document.save(tmp_path / "오븐.docx")
    read, passages, _ = read_manual(tmp_path / "오븐.docx")
    assert texts(read, passages) == [("사용", None, "1. 켭니다.\n2. 굽습니다.\n빵: 식빵 / 온도: 180도")]


def test_the_pdf_manual_keeps_pages_sections_and_rows():
    document, passages, _ = read_manual(ROOT / "data/manuals/로봇청소기-사용설명서.pdf")
    row = "코드: E05 / 뜻: 낭떠러지 센서 오염 / 조치: 바닥의 센서 4곳을 닦습니다."
    passage = next(p for p in passages if row in document.text[p.start : p.end])
    assert (passage.section, passage.page) == ("에러 코드", 6)
    assert document.page_at(document.text.index(row)) == 6
    assert len(document.page_starts) == 8
    assert "사용설명서 6 쪽" not in document.text
    assert "카펫에 올라가지 않게" in document.text  # a paragraph over a page's end


def test_every_passage_of_the_demo_lies_in_its_document():
    documents, passages, problems = read_manuals([ROOT / "data/manuals"])
    assert problems == []
    by_id = {document.id: document for document in documents}
    assert len({p.id for p in passages}) == len(passages)
    for passage in passages:
        text = by_id[passage.document_id].text[passage.start : passage.end]
        assert text and text == text.strip()
        assert len(text) <= 900
        assert passage.page == by_id[passage.document_id].page_at(passage.start)


def test_a_long_table_is_cut_between_rows_only(tmp_path):
    rows = "".join(f"| 부품 {i} | {'설명 ' * 20}{i}번 |\n" for i in range(30))
    (tmp_path / "표.md").write_text(f"| 이름 | 뜻 |\n|---|---|\n{rows}", encoding="utf-8")
    document, passages, _ = read_manual(tmp_path / "표.md")
    assert len(passages) > 3
    for p in passages:
        for line in document.text[p.start : p.end].split("\n"):
            assert line.startswith("이름: 부품 ") and line.endswith("번")


def test_unreadable_files_are_named_and_the_rest_is_read(tmp_path):
    (tmp_path / "깨짐.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "깨짐.docx").write_bytes(b"PK nothing")
    (tmp_path / "문서.hwp").write_bytes(b"x")
    (tmp_path / "빈.md").write_text(" \n", encoding="utf-8")
    (tmp_path / "그림.png").write_bytes(b"x")
    (tmp_path / "좋음.md").write_text("좋은 글이에요.", encoding="utf-8")
    scanned = pypdfium2.PdfDocument.new()
    scanned.new_page(200, 200)
    scanned.save(tmp_path / "스캔.pdf")
    documents, passages, problems = read_manuals([tmp_path])
    assert [d.id for d in documents] == ["좋음"]
    reasons = {problem.file: problem.reason for problem in problems}
    assert set(reasons) == {"깨짐.pdf", "깨짐.docx", "문서.hwp", "빈.md", "스캔.pdf"}
    assert "스캔한 그림" in reasons["스캔.pdf"]
    assert "깨진" in reasons["깨짐.pdf"]
    assert "hwp 형식이 아니에요" in reasons["문서.hwp"]


def test_files_of_one_name_keep_their_suffix(tmp_path):
    (tmp_path / "a.html").write_text("<p>하나</p>", encoding="utf-8")
    (tmp_path / "a.md").write_text("둘", encoding="utf-8")
    assert [d.id for d in read_manuals([tmp_path])[0]] == ["a", "a.md"]


def test_an_unknown_format_raises(tmp_path):
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(UnreadableFileError, match="읽을 수 없는 형식"):
        read_manual(tmp_path / "a.xyz")
