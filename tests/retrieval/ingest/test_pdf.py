"""PDF files: running heads, contents, ruled and unruled tables, columns, files that cannot be read."""

import pypdfium2
import pytest

from retrieval.ingest import UnreadableFileError, read_manual
from tests.retrieval.ingest.pdf_writer import Rule, Text, write_pdf

BODY = "필터는 한 달에 한 번 미지근한 물로 씻어서 그늘에서 말립니다."


def lines(tmp_path, pages):
    document, passages, _ = read_manual(write_pdf(tmp_path / "a.pdf", pages))
    for p in passages:
        assert document.page_at(p.start) == p.page
    return [(p.section, p.page, line) for p in passages for line in document.text[p.start : p.end].split("\n") if line]


def paragraphs(words, y=700.0):
    """Sentences of their own on as many lines."""
    return [Text(60, y - 20 * i, text) for i, text in enumerate(words)]


def rows(table, x=60.0, y=700.0, width=150.0, height=18.0):
    return [Text(x + width * c, y - height * r, text) for r, cells in enumerate(table) for c, text in enumerate(cells) if text]


def test_running_heads_go_and_chapter_headings_stay(tmp_path):
    names = ("설치", "청소", "보관", "수리", "폐기")
    pages = [
        [
            Text(60, 800, "청소기 설명서" if n % 2 else f"{name} 안내"),
            Text(60, 760, f"{n}장 {name}", 16),
            *paragraphs([f"{name}에 관한 글을 여기에 적었습니다."]),
            Text(300, 40, f"- {n + 4} -"),
            Text(60, 25, f"제{n + 4}쪽 / 한빛상사"),
        ]
        for n, name in enumerate(names, 1)
    ]
    pages[1][0] = pages[3][0] = Text(60, 800, "한빛상사 고객 지원")
    found = lines(tmp_path, pages)
    assert found == [(f"{n}장 {name}", n, f"{name}에 관한 글을 여기에 적었습니다.") for n, name in enumerate(names, 1)]


def test_a_first_line_that_only_looks_like_others_stays(tmp_path):
    words = [
        (f"오류 {n * 7}은 이렇게 고칩니다.", f"{name}를 찾아서 오른쪽으로 두 번 돌리고 기다립니다.")
        for n, name in enumerate("가나다라", 1)
    ]
    found = lines(tmp_path, [paragraphs(texts) for texts in words])
    assert " ".join(line for _, _, line in found) == " ".join(" ".join(texts) for texts in words)


def test_tables_of_contents_are_left_out(tmp_path):
    names = ("설치하기", "청소하기", "보관하기")
    dotted = [Text(60, 700 - 20 * i, f"{name} ········· {i + 2}") for i, name in enumerate(names)]
    titled = [Text(60, 500, "차 례"), *(Text(60, 480 - 20 * i, f"{name} {i + 2}") for i, name in enumerate(names))]
    spec = [Text(60, 300 - 20 * i, f"필터 {i + 1}") for i in range(3)]
    bodies = [f"{name} 전에 전원을 끄고 플러그를 뽑았는지 반드시 살펴봅니다." for name in names]
    found = [line for _, _, line in lines(tmp_path, [[*dotted, *titled, *spec], *([Text(60, 700, text)] for text in bodies)])]
    assert " ".join(found) == " ".join(["필터 1 필터 2 필터 3", *bodies])


def test_unruled_tables_are_read_by_their_columns(tmp_path):
    table = [("코드", "뜻", "조치"), ("E1", "배수 막힘", "필터를 씻습니다"), ("E2", "급수 안 됨", "수도꼭지를"),
             ("", "", "엽니다"), ("E3", "문 열림", "문을 닫습니다")]  # fmt: skip
    page = [Text(60, 740, BODY), *rows(table), Text(60, 560, BODY)]
    assert [line for _, _, line in lines(tmp_path, [page])] == [
        BODY,
        "코드: E1 / 뜻: 배수 막힘 / 조치: 필터를 씻습니다",
        "코드: E2 / 뜻: 급수 안 됨 / 조치: 수도꼭지를 엽니다",
        "코드: E3 / 뜻: 문 열림 / 조치: 문을 닫습니다",
        BODY,
    ]


def test_an_unruled_table_whose_first_row_is_like_the_others_has_no_headings(tmp_path):
    page = [
        Text(60, 740, BODY),
        *rows([("도움말", "이 글을 보입니다"), ("색인", "자료를 읽습니다"), ("대화", "봇과 이야기합니다")]),
    ]
    assert [line for _, _, line in lines(tmp_path, [page])] == [
        BODY,
        "도움말 / 이 글을 보입니다",
        "색인 / 자료를 읽습니다",
        "대화 / 봇과 이야기합니다",
    ]


def test_the_pages_number_in_a_head_that_changes_with_the_chapter(tmp_path):
    names = ("설치", "설치", "청소", "청소", "청소", "보관", "수리", "수리", "부록")
    words = "가나다라마바사아자"
    pages = [
        [Text(60, 800, f"{name} 안내 {n + 3}"), Text(60, 700, f"{word}를 찾아서 {'오른쪽으로 ' * (n % 3)}두 번 돌립니다.")]
        for n, (name, word) in enumerate(zip(names, words), 1)
    ]
    assert "안내" not in " ".join(line for _, _, line in lines(tmp_path, pages))


def test_lists_and_columns_of_text_are_no_tables(tmp_path):
    steps = [(f"{n})", f"단추 {n}개를 차례로 누릅니다.") for n in range(1, 5)]
    items = [item for r, cells in enumerate(steps) for item in rows([cells], y=760 - 20 * r, width=40)]
    assert [line for _, _, line in lines(tmp_path, [items])] == [f"{a} {b}" for a, b in steps]
    sentences = [f"{n}번째 필터는 한 달에 한 번 물로 씻습니다." for n in range(10, 18)]
    left = [Text(60, 760 - 16 * i, text) for i, text in enumerate(sentences)]
    right = [Text(330, 760 - 16 * i, text.replace("필터", "호스")) for i, text in enumerate(sentences)]
    text = " ".join(line for _, _, line in lines(tmp_path, [[*left, *right]]))
    assert " / " not in text
    assert text.index("17번째 필터") < text.index("10번째 호스")


def test_ruled_tables_with_merged_cells_and_open_sides(tmp_path):
    level = [Rule(60, 700, 460, 700), Rule(160, 680, 460, 680), Rule(60, 660, 460, 660), Rule(60, 640, 460, 640)]
    upright = [Rule(160, 640, 160, 700), Rule(310, 640, 310, 680)]
    texts = [Text(90, 677, "구분"), Text(290, 687, "요금"), Text(200, 667, "성인"), Text(350, 667, "어린이"),
             Text(80, 647, "주간"), Text(200, 647, "1만 원"), Text(350, 647, "5천 원")]  # fmt: skip
    expected = [("", 1, "구분: 주간 / 요금 성인: 1만 원 / 요금 어린이: 5천 원")]
    assert lines(tmp_path, [[*level, *upright, *texts]]) == expected
    sides = [Rule(60, 640, 60, 700), Rule(460, 640, 460, 700)]
    assert lines(tmp_path, [[*level, *upright, *sides, *texts]]) == expected


def test_a_table_goes_on_over_a_page(tmp_path):
    def grid(y, height, count):
        level = [Rule(60, y - height * i, 360, y - height * i) for i in range(count + 1)]
        return level + [Rule(x, y - height * count, x, y) for x in (60, 160, 360)]

    first = [*grid(120, 20, 3), *rows([("코드", "뜻"), ("E1", "막힘"), ("E2", "넘침")], 70, 106, 100, 20)]
    second = [*grid(780, 20, 2), *rows([("E3", "열림"), ("E4", "과열")], 70, 766, 100, 20)]
    assert lines(tmp_path, [[Text(60, 740, BODY), *first], [*second, Text(60, 600, BODY)]]) == [
        ("", 1, BODY), ("", 1, "코드: E1 / 뜻: 막힘"), ("", 1, "코드: E2 / 뜻: 넘침"),
        ("", 1, "코드: E3 / 뜻: 열림"), ("", 1, "코드: E4 / 뜻: 과열"), ("", 1, BODY),
    ]  # fmt: skip


def test_a_drawing_of_many_lines_holds_nothing_up(tmp_path):
    drawing = [Rule(60 + i % 100, 100 + i / 20, 61 + i % 100, 160 + i / 20) for i in range(6000)]
    assert lines(tmp_path, [[Text(60, 740, BODY), *drawing]]) == [("", 1, BODY)]


def test_pages_without_text_are_named(tmp_path):
    document, _, problems = read_manual(write_pdf(tmp_path / "a.pdf", [[Text(60, 700, BODY)], [], [Text(60, 700, "끝입니다.")]]))
    assert [str(problem) for problem in problems] == ["a.pdf: 글자가 없는 쪽이 있어요(2쪽). 그 쪽은 빠졌어요."]
    assert len(document.page_starts) == 3


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UnreadableFileError, match="스캔한 그림"):
        read_manual(write_pdf(tmp_path / "scan.pdf", [[], []]))
    data = write_pdf(tmp_path / "half.pdf", [[Text(60, 700, BODY)]] * 20).read_bytes()
    (tmp_path / "half.pdf").write_bytes(data[:200])
    with pytest.raises(UnreadableFileError, match="깨진 것 같아요"):
        read_manual(tmp_path / "half.pdf")
    locked = (
        b"trailer << /Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /O <" + b"0" * 64 + b"> /U <" + b"0" * 64 + b"> /P -4 >>"
    )
    whole = write_pdf(tmp_path / "locked.pdf", [[Text(60, 700, BODY)]]).read_bytes()
    whole = whole.replace(b"/Root 1 0 R >>", locked[8:].replace(b"<< /Root", b"/Root") + b" /ID [<00> <00>] >>")
    (tmp_path / "locked.pdf").write_bytes(whole)
    with pytest.raises(pypdfium2.PdfiumError, match="[Pp]assword"):
        pypdfium2.PdfDocument(tmp_path / "locked.pdf")
    with pytest.raises(UnreadableFileError, match="암호가 걸린 PDF"):
        read_manual(tmp_path / "locked.pdf")
