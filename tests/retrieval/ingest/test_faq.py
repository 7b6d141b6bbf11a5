"""FAQ tables: encodings, headings, rows that are left out."""

from datetime import date, datetime

import openpyxl
import pytest

from retrieval.documents import Audience
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
        'id,question,answer\na,질문 하나,"답\n두 줄"\nb,,답만\nc,질문만,\n,,\n,아이디 없음,답\nd,🙂🙂 ?!,답\n',
        encoding="utf-8",
    )
    entries, problems = read_faq([file])
    assert [e.question for e in entries] == ["질문 하나", "아이디 없음"]
    assert entries[0].answer == "답\n두 줄"
    assert problems == [
        Problem("faq.csv", 3, "질문이 비어 있어요. 그래서 이 행은 넣지 않았어요."),
        Problem("faq.csv", 4, "답변이 비어 있어요. 그래서 이 행은 넣지 않았어요."),
        Problem("faq.csv", 7, "질문 '🙂🙂 ?!'에 글자가 없어서 찾을 수 없어요. 그래서 이 행은 넣지 않았어요."),
    ]
    assert str(problems[0]).startswith("faq.csv 3행: ")


def test_the_same_id_or_question_with_another_answer_is_kept_and_named(tmp_path):
    file = tmp_path / "faq.csv"
    rows = [
        "a,언제 와요?,곧",
        "a,왜요?,그냥",
        "b,언제 와요?,내일",
        ",얼마예요?,천 원",
        ",얼마예요?,이천 원",
        ",얼마예요?,이천 원",
        "a,언제 와요?,곧",
    ]
    file.write_text("id,question,answer\n" + "\n".join(rows) + "\n", encoding="utf-8")
    entries, problems = read_faq([file])
    found = [(e.id, e.question, e.answer) for e in entries]
    first, second = found[3][0], found[4][0]
    assert found == [
        ("a", "언제 와요?", "곧"),
        ("a-2", "왜요?", "그냥"),
        ("b", "언제 와요?", "내일"),
        (first, "얼마예요?", "천 원"),
        (second, "얼마예요?", "이천 원"),
    ]
    assert first != second and read_faq([file])[0] == entries
    assert problems == [
        Problem("faq.csv", 3, "id 'a'이(가) faq.csv 2행과 같은데 내용이 달라요. 둘 다 넣고 이 행의 id는 'a-2'(으)로 했어요."),
        Problem("faq.csv", 4, "질문이 faq.csv 2행과 같은데 답변이 달라요. 둘 다 넣었어요(id 'a', 'b')."),
        Problem("faq.csv", 6, f"질문이(가) faq.csv 5행과 같은데 내용이 달라요. 둘 다 넣고 이 행의 id는 '{second}'(으)로 했어요."),
        Problem("faq.csv", 7, "faq.csv 6행과 질문도 답변도 같아서 이 행은 넣지 않았어요."),
        Problem("faq.csv", 8, "faq.csv 2행과 질문도 답변도 같아서 이 행은 넣지 않았어요."),
    ]


def test_validity_and_audience(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["질문", "답변", "시작일", "종료일", "대상"])
    book.active.append(["하나", "답", datetime(2026, 3, 1), "2026.04.01", "내부"])
    book.active.append(["둘", "답", None, "20261231", None])
    book.active.append(["셋", "답", "내일부터", None, None])
    book.active.append(["넷", "답", None, None, "아무나"])
    book.active.append(["다섯", "답", "2026-02-02", "2026-02-01", "public"])
    book.save(tmp_path / "faq.xlsx")
    entries, problems = read_faq([tmp_path / "faq.xlsx"])
    assert [(e.valid_from, e.valid_to, e.audience) for e in entries] == [
        (date(2026, 3, 1), date(2026, 4, 1), Audience.INTERNAL),
        (None, date(2026, 12, 31), Audience.PUBLIC),
    ]
    assert [(p.row, p.reason.split(".")[0]) for p in problems] == [
        (4, "시작일 '내일부터'을(를) 날짜로 읽을 수 없어요(예: 2026-03-01)"),
        (5, "공개 범위 '아무나'은(는) public(공개)이나 internal(내부)이어야 해요"),
        (6, "종료일 2026-02-01이(가) 시작일 2026-02-02보다 빨라요"),
    ]


def test_columns_of_other_names_can_be_named(tmp_path):
    file = tmp_path / "faq.csv"
    file.write_text("문의 내용,처리 결과\n언제 와요?,곧\n", encoding="utf-8")
    entries, problems = read_faq([file], {"question": "문의 내용", "answer": "처리 결과"})
    assert ([(e.question, e.answer) for e in entries], problems) == ([("언제 와요?", "곧")], [])
    assert "--column question=열이름 --column answer=열이름" in read_faq([file])[1][0].reason
    assert "'결과' 열이 없어요. 지금 있는 열: 문의 내용, 처리 결과" in read_faq([file], {"answer": "결과"})[1][0].reason
    with pytest.raises(ValueError, match="'title'이라는 항목은 없어요"):
        read_faq([file], {"title": "문의 내용"})


def test_100_000_rows(tmp_path):
    file = tmp_path / "faq.csv"
    file.write_text("question,answer\n" + "".join(f"{i}번 질문,{i}번 답\n" for i in range(100_000)), encoding="utf-8")
    entries, problems = read_faq([file])
    assert (len(entries), problems) == (100_000, [])
    assert (entries[-1].question, len({entry.id for entry in entries})) == ("99999번 질문", 100_000)


def test_an_answer_of_20_000_characters(tmp_path):
    file = tmp_path / "faq.csv"
    file.write_text(f'question,answer\n길어요?,"{"긴 답, " * 4_000}"\n', encoding="utf-8")
    assert read_faq([file])[0][0].answer == ("긴 답, " * 4_000).strip()


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
