"""Files that are broken, locked, too large, or not what they say; the others are read all the same."""

import resource
import zipfile

import docx
import pptx
import pytest

from retrieval.ingest import UnreadableFileError, read_manual, read_manuals
from retrieval.ingest.archive import MAX_XML_BYTES
from retrieval.ingest.numbering import Level, Lists, ordinal
from tests.retrieval.ingest.hwpx_writer import p, section, text, write_hwpx
from tests.retrieval.ingest.pdf_writer import Text, write_pdf

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def make(folder, suffix):
    """A small file that can be read."""
    path = folder / f"좋음.{suffix}"
    if suffix == "docx":
        document = docx.Document()
        document.add_paragraph("좋은 글입니다.")
        document.save(path)
    elif suffix == "pptx":
        presentation = pptx.Presentation()
        presentation.slides.add_slide(presentation.slide_layouts[0]).shapes.title.text = "제목"
        presentation.slides[0].placeholders[1].text = "좋은 글입니다."
        presentation.save(path)
    elif suffix == "hwpx":
        write_hwpx(path, section(p(text("좋은 글입니다."))))
    elif suffix == "pdf":
        write_pdf(path, [[Text(60, 700, "좋은 글입니다.")]])
    else:
        path.write_text("<p>좋은 글입니다.</p>" if suffix == "html" else "좋은 글입니다.", encoding="utf-8")
    return path


def compound(*names):
    """A compound file (OLE) with empty streams of these names, as [MS-CFB] lays it out: header, FAT, directory."""
    header = OLE + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00" + bytes(10)
    header += b"".join(n.to_bytes(4, "little") for n in (1, 1, 0, 4096, END, 0, END, 0, 0, *[FREE] * 108))
    sectors = 1 + (len(names) + 4) // 4
    fat = [FAT, *range(2, sectors), END]
    fat += [FREE] * (128 - len(fat))
    entries = []
    for i, name in enumerate(("Root Entry", *names)):
        raw = name.encode("utf-16-le") + b"\x00\x00"
        right = i + 1 if 0 < i < len(names) else FREE
        links = (FREE, right, 1 if i == 0 and names else FREE)
        kind = b"\x05\x01" if i == 0 else b"\x02\x01"
        entry = raw.ljust(64, b"\x00") + len(raw).to_bytes(2, "little") + kind + b"".join(n.to_bytes(4, "little") for n in links)
        entries.append(entry + bytes(36) + END.to_bytes(4, "little") + bytes(8))
    directory = b"".join(entries).ljust((sectors - 1) * 512, b"\x00")
    return header + b"".join(n.to_bytes(4, "little") for n in fat) + directory


def rewrite(path, change):
    """The archive at `path` with `change` (name to new bytes) applied."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in (parts | change(parts)).items():
            new.writestr(name, data)


MAIN_PART = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "hwpx": "Contents/section0.xml"}


@pytest.mark.parametrize("suffix", ["md", "txt", "html", "docx", "pptx", "hwpx", "pdf"])
def test_each_format_has_its_empty_and_its_broken_file(tmp_path, suffix):
    good = make(tmp_path, suffix)
    assert "좋은 글입니다." in read_manual(good)[0].text
    (tmp_path / f"빈.{suffix}").write_bytes(b"")
    with pytest.raises(UnreadableFileError, match="빈 파일"):
        read_manual(tmp_path / f"빈.{suffix}")
    data = good.read_bytes()
    broken = tmp_path / f"깨짐.{suffix}"
    broken.write_bytes(bytes(range(256)) * 8 if suffix in ("md", "txt", "html") else data[: len(data) // 3])
    with pytest.raises(UnreadableFileError):
        read_manual(broken)
    documents, _, problems = read_manuals([tmp_path])
    assert [document.file_name for document in documents] == [good.name]
    assert {problem.file for problem in problems} == {f"빈.{suffix}", f"깨짐.{suffix}"}
    assert all(problem.skips_file for problem in problems)


@pytest.mark.parametrize("suffix", MAIN_PART)
def test_archives_that_unpack_without_end_are_refused_before_they_do(tmp_path, suffix):
    bomb = make(tmp_path, suffix)
    rewrite(bomb, lambda parts: {MAIN_PART[suffix]: b"<a>" + b" " * (MAX_XML_BYTES + 1)})
    assert bomb.stat().st_size < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableFileError, match="압축 폭탄"):
        read_manual(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KiB


@pytest.mark.parametrize("suffix", MAIN_PART)
def test_entities_are_refused(tmp_path, suffix):
    bomb = make(tmp_path, suffix)
    head = '<!DOCTYPE a [<!ENTITY b "하하하하">' + "".join(f'<!ENTITY b{i} "{"&b;" * 10}">' for i in range(9)) + "]>"

    def change(parts):
        declaration, _, rest = parts[MAIN_PART[suffix]].decode("utf-8").partition("?>")
        return {MAIN_PART[suffix]: f"{declaration}?>{head}{rest}".encode()}

    rewrite(bomb, change)
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        read_manual(bomb)


@pytest.mark.parametrize("suffix", MAIN_PART)
def test_broken_xml_inside_a_sound_archive_is_named(tmp_path, suffix):
    file = make(tmp_path, suffix)
    rewrite(file, lambda parts: {MAIN_PART[suffix]: parts[MAIN_PART[suffix]][:-40]})
    with pytest.raises(UnreadableFileError, match="깨졌어요|읽다가 멈췄어요"):
        read_manual(file)


@pytest.mark.parametrize(
    "name, streams, reason",
    [
        ("a.docx", ("EncryptedPackage", "EncryptionInfo"), "암호가 걸린 오피스 파일"),
        ("a.pptx", ("EncryptedPackage",), "암호가 걸린 오피스 파일"),
        ("a.doc", ("WordDocument", "1Table"), "옛 워드 형식"),
        ("a.xls", ("Workbook",), "옛 엑셀 형식"),
        ("a.ppt", ("PowerPoint Document", "Current User"), "옛 파워포인트 형식"),
        ("a.docx", ("WordDocument",), "옛 워드 형식"),
        ("a.hwp", ("FileHeader",), "깨진 것 같아요"),
        ("a.hwp", ("Contents",), "OLE 복합 파일"),
    ],
)
def test_compound_files_are_told_apart(tmp_path, name, streams, reason):
    (tmp_path / name).write_bytes(compound(*streams))
    with pytest.raises(UnreadableFileError, match=reason):
        read_manual(tmp_path / name)


@pytest.mark.parametrize(
    "name, data, reason",
    [
        ("a.xyz", b"abc", "읽을 수 없는 형식이에요.*읽을 수 있는 형식: md, .*hwpx.*pptx"),
        ("a", b"abc", "확장자 없음"),
        ("a.doc", b"abc", "내용이 doc 형식이 아니에요"),
        ("a.pdf", b"abc", "내용이 pdf 형식이 아니에요"),
        ("a.hwp", b"HWP Document File V3.00 ", "한글 97 이전"),
        ("a.doc", b"{\\rtf1 abc}", "RTF"),
        ("a.csv", b"a,b\n1,2\n", "--faq로"),
        ("a.md", b"\x89PNG\x00\x00\x00", "글 파일이 아니에요"),
        ("a.docx", OLE + bytes(600), "깨졌어요|옛 워드|읽을 수 없는 형식"),
    ],
)
def test_what_is_not_read_says_what_to_do(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableFileError, match=reason):
        read_manual(tmp_path / name)


def test_other_archives_are_told_apart(tmp_path):
    for name, member, reason in (
        ("a.zip", "x.txt", "압축 파일"),
        ("b.docx", "xl/workbook.xml", "표 파일"),
        ("c.docx", "x", "본문이 없어요"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, "x")
        with pytest.raises(UnreadableFileError, match=reason):
            read_manual(tmp_path / name)


@pytest.mark.parametrize("suffix, shown", [("pdf", "PDF"), ("docx", "Word"), ("hwpx", "HWPX"), ("html", "HTML")])
def test_a_wrong_suffix_is_read_as_what_it_is_and_named(tmp_path, suffix, shown):
    wrong = tmp_path / "틀림.hwp"
    body = "<!doctype html><p>좋은 글입니다.</p>"
    wrong.write_bytes(body.encode() if suffix == "html" else make(tmp_path, suffix).read_bytes())
    document, _, problems = read_manual(wrong)
    assert "좋은 글입니다." in document.text
    assert [(problem.was_read, shown in problem.reason) for problem in problems] == [(True, True)]


def test_files_above_the_limits_are_named_unread(tmp_path):
    for name, head in (("a.pdf", b"%PDF-1.4"), ("b.md", b"# a" * 2000), ("c.hwp", compound("FileHeader"))):
        with (tmp_path / name).open("wb") as file:
            file.write(head)
            file.truncate(201 << 20)  # a sparse file
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    documents, _, problems = read_manuals([tmp_path])
    assert documents == []
    assert [problem.file for problem in problems] == ["a.pdf", "b.md", "c.hwp"]
    assert all("너무 커요(201MB)" in problem.reason for problem in problems)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10  # KiB


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    outside, folder = tmp_path / "밖", tmp_path / "안"
    outside.mkdir(), folder.mkdir()
    (outside / "비밀.md").write_text("비밀입니다.", encoding="utf-8")
    (folder / "글.md").write_text("글입니다.", encoding="utf-8")
    (folder / "링크.md").symlink_to(outside / "비밀.md")
    (folder / "폴더").symlink_to(outside)
    (folder / "안쪽.md").symlink_to(folder / "글.md")
    (folder / "고리.md").symlink_to(folder / "고리.md")
    documents, _, problems = read_manuals([folder])
    assert [document.text for document in documents] == ["글입니다."]
    assert {problem.file for problem in problems} >= {"링크.md", "폴더"}
    assert "안쪽.md" not in {problem.file for problem in problems}


def test_problems_name_files_by_their_place_in_the_folder(tmp_path):
    for folder in ("가", "나"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_bytes(b"")
    assert [problem.file for problem in read_manuals([tmp_path])[2]] == ["가/a.md", "나/a.md"]


def test_automatic_numbers():
    forms = (
        "decimal",
        "ganada",
        "CIRCLED_DIGIT",
        "upperRoman",
        "LATIN_SMALL",
        "koreanCounting",
        "ideographDigital",
        "decimalZero",
    )
    assert [ordinal(14, form) for form in forms] == ["14", "하", "⑭", "XIV", "n", "십사", "十四", "14"]
    assert [ordinal(n, "ganada") for n in (0, 15)] == ["0", "15"]
    lists, levels = Lists(), [Level("%1.", "decimal"), Level("%1.%2", "decimal", 3)]
    assert [lists.label("a", levels, at) for at in (0, 1, 1, 0, 1)] == ["1.", "1.3", "1.4", "2.", "2.3"]
    assert lists.label("b", levels, 1) == "1.3"
