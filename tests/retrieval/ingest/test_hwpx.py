"""HWPX and HWP 5: headings, numbers, tables, text boxes, what is left out, files that cannot be read."""

import zlib

import pytest

from retrieval.ingest import UnreadableFileError, read_manual
from tests.retrieval.ingest.hwpx_writer import cell, p, run, section, sub_list, table, text, write_hwpx


def blocks(path):
    """Section and text of each line of the document."""
    document, passages, _ = read_manual(path)
    for passage in passages:
        assert document.text[passage.start : passage.end].strip()
    return document, [(s.section, line) for s in passages for line in document.text[s.start : s.end].split("\n") if line]


def test_outline_numbers_and_notes(tmp_path):
    note = f"<hp:ctrl><hp:footNote>{sub_list(p(text('공휴일은 뺍니다.')))}</hp:footNote></hp:ctrl>"
    head = f"<hp:ctrl><hp:header>{sub_list(p(text('한빛상사 규정집')))}</hp:header></hp:ctrl>"
    page = '<hp:ctrl><hp:pageNum pos="BOTTOM_CENTER"/></hp:ctrl>'
    file = write_hwpx(
        tmp_path / "규정.hwpx",
        section(
            p(run(head + page), text("배송"), shape=1, style=1),
            p(text("이틀 안에 보냅니다."), run(note)),
            p(text("제주는 사흘 걸립니다."), shape=2),
            p(text("섬은 닷새 걸립니다."), shape=2),
            p(text("반품"), shape=1, style=1),
            p(run("<hp:t>이레 안에<hp:lineBreak/>신청<hp:tab/>합니다.<hp:deleteBegin/>지움<hp:deleteEnd/></hp:t>")),
        ),
        title="배송 규정",
    )
    document, lines = blocks(file)
    assert document.title == "배송 규정"
    assert lines == [
        ("제1장 배송", "이틀 안에 보냅니다."),
        ("제1장 배송", "공휴일은 뺍니다."),
        ("제1장 배송", "가. 제주는 사흘 걸립니다."),
        ("제1장 배송", "나. 섬은 닷새 걸립니다."),
        ("제2장 반품", "이레 안에"),
        ("제2장 반품", "신청 합니다."),
    ]
    assert "한빛상사" not in document.text


def test_tables_with_merged_cells_and_labels(tmp_path):
    prices = table(
        [cell(0, 0, "구분", rows=2, fill=2), cell(0, 1, "요금", columns=2, fill=2)],
        [cell(1, 1, "성인", fill=2), cell(1, 2, "어린이", fill=2)],
        [cell(2, 0, "주간"), cell(2, 1, "1만 원"), cell(2, 2, "5천 원")],
        [cell(3, 0, "야간"), cell(3, 1, "무료", columns=2)],
        caption="표 1 요금",
    )
    form = table(
        [cell(0, 0, "신청인", fill=2), cell(0, 1, "홍길동"), cell(0, 2, "연락처", fill=2), cell(0, 3, "02-123-4567")],
        [cell(1, 0, "주소", fill=2), cell(1, 1, "서울", columns=3)],
    )
    file = write_hwpx(tmp_path / "표.hwpx", section(p(text("요금을 안내합니다.")), p(run(prices)), p(run(form))))
    assert [line for _, line in blocks(file)[1]] == [
        "요금을 안내합니다.",
        "표 1 요금",
        "구분: 주간 / 요금 성인: 1만 원 / 요금 어린이: 5천 원",
        "구분: 야간 / 요금 성인·요금 어린이: 무료",
        "신청인: 홍길동 / 연락처: 02-123-4567",
        "주소: 서울",
    ]


def test_text_boxes_nested_tables_and_framed_headings(tmp_path):
    inner = table([cell(0, 0, "코드"), cell(0, 1, "뜻")], [cell(1, 0, "E1"), cell(1, 1, "막힘")])
    outer = table(
        [cell(0, 0, "구분"), cell(0, 1, "내용")], [cell(1, 0, "오류"), cell(1, 1, p(text("아래와 같습니다."), run(inner)))]
    )
    box = f"<hp:rect><hp:drawText>{sub_list(p(text('글상자 안의 글입니다.')))}</hp:drawText></hp:rect>"
    frames = [table([cell(0, 0, p(text(n, 1))), cell(0, 1, p(text(name, 1)))]) for n, name in (("1", "고장 신고"), ("2", "방문"))]
    body = p(text("고장은 전화로 신고합니다. 접수한 다음 날 기사가 방문합니다."))
    file = write_hwpx(tmp_path / "a.hwpx", section(p(run(frames[0])), body, p(run(box)), p(run(outer)), p(run(frames[1])), body))
    assert blocks(file)[1] == [
        ("1 고장 신고", "고장은 전화로 신고합니다. 접수한 다음 날 기사가 방문합니다."),
        ("1 고장 신고", "글상자 안의 글입니다."),
        ("1 고장 신고", "구분: 오류 / 내용: 아래와 같습니다."),
        ("1 고장 신고", "코드: E1 / 뜻: 막힘"),
        ("2 방문", "고장은 전화로 신고합니다. 접수한 다음 날 기사가 방문합니다."),
    ]


def test_tables_of_contents_are_left_out(tmp_path):
    begin = '<hp:ctrl><hp:fieldBegin id="7" type="TABLEOFCONTENTS"/></hp:ctrl>'
    end = '<hp:ctrl><hp:fieldEnd beginIDRef="7"/></hp:ctrl>'
    file = write_hwpx(
        tmp_path / "a.hwpx",
        section(
            p(run(begin), text("설치 3")),
            p(text("청소 9"), run(end)),
            p(text("설치 3"), style=2),
            *(p(text(f"{n}. 항목 ········ {n}")) for n in range(1, 5)),
            p(text("본문입니다.")),
        ),
    )
    assert blocks(file)[0].text == "본문입니다."


def test_sections_come_in_the_order_of_the_spine(tmp_path):
    file = write_hwpx(tmp_path / "a.hwpx", *(section(p(text(f"{n}번째 구역입니다."))) for n in range(12)))
    assert blocks(file)[0].text.split("\n\n") == [f"{n}번째 구역입니다." for n in range(12)]


def test_a_binary_file_reads_as_its_xml_does(tmp_path):
    from hwpx import HwpxDocument

    document = HwpxDocument.new()
    document.add_paragraph("제1장 총칙")
    paragraph = document.add_paragraph("이 규정은 반품에 씁니다.")
    document.notes.add_footnote("공휴일은 뺍니다.", paragraph=paragraph)
    document.page.set_header(text="한빛상사 규정집")
    made = document.add_table(rows=4, cols=3)
    rows = (("구분", "요금", ""), ("", "성인", "어린이"), ("주간", "1만 원", "5천 원"), ("야간", "2만 원", "무료"))
    for r, words in enumerate(rows):
        for c, word in enumerate(words):
            made.set_cell_text(r, c, word)
    made.merge_cells(0, 1, 0, 2)
    made.merge_cells(0, 0, 1, 0)
    for suffix in ("hwpx", "hwp"):
        document.save_to_path(str(tmp_path / f"규정.{suffix}"))
    assert (tmp_path / "규정.hwp").read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    xml, binary = (blocks(tmp_path / f"규정.{suffix}")[1] for suffix in ("hwpx", "hwp"))
    assert (
        xml
        == binary
        == [
            ("제1장 총칙", "이 규정은 반품에 씁니다."),
            ("제1장 총칙", "공휴일은 뺍니다."),
            ("제1장 총칙", "구분: 주간 / 요금 성인: 1만 원 / 요금 어린이: 5천 원"),
            ("제1장 총칙", "구분: 야간 / 요금 성인: 2만 원 / 요금 어린이: 무료"),
        ]
    )


@pytest.mark.parametrize("flags, reason", [(1 << 1, "암호가 걸린"), (1 << 2, "배포용"), (1 << 4, "DRM")])
def test_protected_binary_files_are_named(tmp_path, flags, reason):
    from hwpx import HwpxDocument

    document = HwpxDocument.new()
    document.add_paragraph("비밀입니다.")
    document.save_to_path(str(tmp_path / "a.hwp"))
    data = bytearray((tmp_path / "a.hwp").read_bytes())
    at = data.index(b"HWP Document File") + 36  # behind the signature and the version
    data[at] |= flags
    (tmp_path / "a.hwp").write_bytes(data)
    with pytest.raises(UnreadableFileError, match=reason):
        read_manual(tmp_path / "a.hwp")


def test_broken_and_encrypted_files_are_named(tmp_path):
    from hwpx import HwpxDocument

    document = HwpxDocument.new()
    document.add_paragraph("글입니다." * 2000)
    document.save_to_path(str(tmp_path / "a.hwp"))
    data = (tmp_path / "a.hwp").read_bytes()
    (tmp_path / "a.hwp").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFileError, match="깨진 것 같아요|깨졌어요"):
        read_manual(tmp_path / "a.hwp")
    (tmp_path / "old.hwp").write_bytes(b"HWP Document File V3.00 \x1a\x01\x02\x03\x04\x05" + bytes(200))
    with pytest.raises(UnreadableFileError, match="한글 97 이전"):
        read_manual(tmp_path / "old.hwp")
    manifest = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    with pytest.raises(UnreadableFileError, match="암호가 걸린"):
        read_manual(write_hwpx(tmp_path / "b.hwpx", section(p(text("글"))), extra=manifest))
    with pytest.raises(UnreadableFileError, match="XML이 깨졌어요"):
        read_manual(write_hwpx(tmp_path / "c.hwpx", "<hs:sec"))
    with pytest.raises(UnreadableFileError, match="글자가 없는 문서"):
        read_manual(write_hwpx(tmp_path / "d.hwpx", section(p())))


def test_a_binary_file_that_inflates_without_end_is_refused(tmp_path):
    from hwpx import HwpxDocument
    from hwpx.hwp5.cfb import CompoundFile, build_compound_file, read_all_streams

    document = HwpxDocument.new()
    document.add_paragraph("글입니다.")
    document.save_to_path(str(tmp_path / "a.hwp"))
    streams = dict(read_all_streams(CompoundFile((tmp_path / "a.hwp").read_bytes())))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = b"".join(packer.compress(bytes(1 << 20)) for _ in range(22)) + packer.flush()
    streams |= {f"BodyText/Section{n}": piece for n in range(1, 4)}  # 66 MiB together, each below the limit
    (tmp_path / "a.hwp").write_bytes(build_compound_file(streams.items()))
    with pytest.raises(UnreadableFileError, match="너무 커지는 한글 문서"):
        read_manual(tmp_path / "a.hwp")
