"""FAQ tables: encodings, headings, rows that are left out."""

import openpyxl
import pytest

from retrieval.ingest import Problem, read_faq

TEXT = "id,category,product,question,phrasings,answer,link\na1,배송,,언제 와요?,언제 도착|며칠 걸려요,이틀 걸려요.,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings_give_the_same_entries(tmp_path, encoding):
    file = tmp_path / "faq.csv"
    file.write_bytes(TEXT.encode(encoding))
    entries, problems = read_faq([file])
    assert problems == []
    assert [(e.id, e.category, e.product, e.question, e.phrasings, e.answer, e.link) for e in entries] == [
        ("a1", "배송", None, "언제 와요?", ("언제 도착", "며칠 걸려요"), "이틀 걸려요.", None)
    ]


def test_rows_that_are_left_out_are_named_by_number(tmp_path):
    file = tmp_path / "faq.csv"
    file.write_text(
        'id,question,answer\na,질문 하나,"답\n두 줄"\nb,,답만\nc,질문만,\n,,\na,또 하나,또 답\n,아이디 없음,답\n',
        encoding="utf-8",
    )
    entries, problems = read_faq([file])
    assert [e.question for e in entries] == ["질문 하나", "아이디 없음"]
    assert entries[0].answer == "답\n두 줄"
    assert problems == [
        Problem("faq.csv", 3, "질문이 비어 있어서 이 행은 넣지 않았어요."),
        Problem("faq.csv", 4, "답변이 비어 있어서 이 행은 넣지 않았어요."),
        Problem("faq.csv", 6, "id 'a'이(가) faq.csv 2행과 겹쳐서 이 행은 넣지 않았어요."),
    ]
    assert str(problems[0]).startswith("faq.csv 3행: ")


def test_made_ids_stay_the_same(tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("question,answer\n언제 와요,곧\n왜요,그냥\n", encoding="utf-8")
    two.write_text("question,answer\n왜요,다른 답\n", encoding="utf-8")
    assert read_faq([one])[0][1].id == read_faq([two])[0][0].id


def test_xlsx_with_korean_headings_and_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["번호", "질문", "답변", "유사질문"], [7, "얼마예요?", 3000, "값이 얼마|가격"], [None, None, None, None]):
        book.active.append(row)
    book.save(tmp_path / "faq.xlsx")
    entries, problems = read_faq([tmp_path / "faq.xlsx"])
    assert problems == []
    assert [(e.id, e.question, e.answer, e.phrasings) for e in entries] == [("7", "얼마예요?", "3000", ("값이 얼마", "가격"))]


@pytest.mark.parametrize(
    "name, data, reason",
    [
        ("faq.csv", b"", "빈 파일"),
        ("faq.csv", "이름,설명\n가,나\n".encode(), "question, answer 열이 없어요. 지금 있는 열: 이름, 설명"),
        ("faq.csv", b"\x81\x00\xff\xff", "인코딩"),
        ("faq.xlsx", b"not a workbook", "엑셀 파일을 읽을 수 없어요"),
        ("faq.hwp", b"", "FAQ로 읽을 수 없는 형식"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    entries, problems = read_faq([tmp_path / name])
    assert entries == []
    assert [(p.file, p.row) for p in problems] == [(name, None)]
    assert reason in problems[0].reason


def test_decomposed_hangul_is_composed(tmp_path):
    import unicodedata

    (tmp_path / "faq.csv").write_text(unicodedata.normalize("NFD", TEXT), encoding="utf-8")
    assert read_faq([tmp_path / "faq.csv"])[0][0].question == "언제 와요?"
