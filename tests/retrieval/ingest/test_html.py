"""HTML: what is page and what is text, tables, odd files."""

import pytest

from retrieval.ingest import UnreadableFileError, read_manual


def text(tmp_path, body, head=""):
    (tmp_path / "a.html").write_text(f"<html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    return read_manual(tmp_path / "a.html")[0].text


@pytest.mark.parametrize(
    "menu",
    [
        "<nav>차례</nav>",
        '<div role="navigation">차례</div>',
        '<div style="display: none">차례</div>',
        "<p hidden>차례</p>",
        "<footer>차례</footer>",
        '<ul><li><a href="#a">차례</a></li><li><a href="#b">차례</a></li><li><a href="#c">차례</a></li></ul>',
        "<select><option>차례</option></select>",
        "<template><p>차례</p></template>",
        "<!-- 차례 -->",
    ],
)
def test_what_is_no_text_is_left_out(tmp_path, menu):
    assert text(tmp_path, f"{menu}<h1>배송</h1>{menu}<p>이틀 걸립니다.</p>") == "배송\n\n이틀 걸립니다."


def test_a_page_inside_a_form_and_a_list_with_some_links_stay(tmp_path):
    body = '<form><p>본문입니다.</p><ul><li>자세한 것은 <a href="/a">여기</a></li><li>전화는 1588-0000</li></ul></form>'
    assert text(tmp_path, body) == "본문입니다.\n\n자세한 것은 여기\n\n전화는 1588-0000"


def test_spans_headings_and_nested_tables(tmp_path):
    inner = "<table><tr><th>코드</th><th>뜻</th></tr><tr><td>E1</td><td>막힘</td></tr></table>"
    body = (
        '<table><tr><th rowspan="2">구분</th><th colspan="2">요금</th></tr><tr><th>성인</th><th>어린이</th></tr>'
        '<tr><td rowspan="0">주간</td><td>1만 원</td><td>5천 원</td></tr><tr><td colspan="2">무료</td></tr></table>'
        f"<table><tr><th>모델</th><td>DW-1</td></tr><tr><th>오류</th><td>표와 같습니다.{inner}</td></tr></table>"
    )
    assert text(tmp_path, body).split("\n") == [
        "구분: 주간 / 요금 성인: 1만 원 / 요금 어린이: 5천 원",
        "구분: 주간 / 요금 성인·요금 어린이: 무료",
        "모델: DW-1",
        "오류: 표와 같습니다.",
        "코드: E1 / 뜻: 막힘",
    ]


def test_terms_with_several_descriptions(tmp_path):
    body = "<dl><dt>보증</dt><dd>2년</dd><dd>모터 10년</dd><dt>제외</dt><dd><ul><li>파손</li><li>침수</li></ul></dd></dl>"
    assert text(tmp_path, body) == "보증: 2년 모터 10년\n\n제외\n\n파손\n\n침수"


def test_elements_nested_without_end(tmp_path):
    assert "속에 있는 글" in text(tmp_path, "<div>" * 3000 + "속에 있는 글" + "</div>" * 3000)


def test_html_in_markdown_is_read(tmp_path):
    (tmp_path / "a.md").write_text(
        "# 표\n\n<table><tr><th>코드</th><th>뜻</th></tr><tr><td>E1</td><td>막힘</td></tr></table>\n\n<!-- 숨김 -->\n\n"
        "| | |\n|---|---|\n| 무게 | 7kg |\n| 높이 | 1m |\n",
        encoding="utf-8",
    )
    assert read_manual(tmp_path / "a.md")[0].text == "표\n\n코드: E1 / 뜻: 막힘\n무게: 7kg\n높이: 1m"


def test_pictures_inside_do_not_count_but_text_does(tmp_path):
    picture = f'<img src="data:image/png;base64,{"A" * (11 << 20)}">'
    assert text(tmp_path, f"<p>본문입니다.</p>{picture}") == "본문입니다."
    with pytest.raises(UnreadableFileError, match="10MB까지"):
        text(tmp_path, "<p>" + "가나다 " * (1 << 20) + "</p>" + picture)
