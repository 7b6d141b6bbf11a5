import pytest

from nlu.transfer.examples import Columns, TextExample, labels_of, read_examples


def write(tmp_path, name, text, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_columns_are_found_by_name_or_number(tmp_path):
    named = write(tmp_path, "a.tsv", '\ufeffdocument\tlabel\r\n좋아요 "정말"\t1\r\n나빠요\t0\r\n')
    expected = [TextExample('좋아요 "정말"', "1"), TextExample("나빠요", "0")]
    assert read_examples(named, Columns("document", "label")) == expected
    bare = write(tmp_path, "b.txt", '1\t좋아요 "정말"\n0\t나빠요\n')
    assert read_examples(bare, Columns("1", "0")) == expected
    quoted = write(tmp_path, "c.csv", 'label,document\n1,"좋아요 ""정말"""\n0,나빠요\n')
    assert read_examples(quoted, Columns("document", "label")) == expected
    lines = write(tmp_path, "d.jsonl", '{"label": 1, "document": "좋아요 \\"정말\\""}\n\n{"label": 0, "document": "나빠요"}\n')
    assert read_examples(lines, Columns("document", "label")) == expected


def test_pairs_and_numbers(tmp_path):
    path = write(tmp_path, "a.tsv", "s1\ts2\tscore\n가\t나\t2.5\n가\t\t1\n")
    assert read_examples(path, Columns("s1", "score", "s2", is_number=True)) == [TextExample("가", 2.5, "나")]


def test_rows_with_the_same_text_are_one_group():
    assert TextExample("좋아 요", "1").group == TextExample("좋아요", "0").group != TextExample("좋아요!", "1").group
    assert TextExample("가", "1", "나").group != TextExample("가나", "1").group


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", "", "a.tsv has no column text, label; it has none"),
        ("b.tsv", "text\tlabel\n \t1\n", "b.tsv holds no row with a text"),
        ("c.tsv", "글\tlabel\n가\t1\n", "c.tsv has no column text; it has 글, label"),
    ],
)
def test_bad_files_are_named(tmp_path, name, content, message):
    with pytest.raises(ValueError, match=message):
        read_examples(write(tmp_path, name, content))


def test_a_file_that_is_not_utf8_or_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="a.tsv is not UTF-8"):
        read_examples(write(tmp_path, "a.tsv", "text\tlabel\n가나다\t1\n", "cp949"))
    with pytest.raises(FileNotFoundError, match="missing.tsv"):
        read_examples(tmp_path / "missing.tsv")


def test_a_label_that_is_no_number_is_named_with_its_row(tmp_path):
    path = write(tmp_path, "a.tsv", "text\tlabel\n가\t1\n나\t높음\n")
    with pytest.raises(ValueError, match="row 2: '높음' is no number"):
        read_examples(path, Columns(is_number=True))


def test_labels_are_sorted_and_one_is_too_few():
    assert labels_of([TextExample("가", "b"), TextExample("나", "a"), TextExample("다", "b")]) == ("a", "b")
    with pytest.raises(ValueError, match="1 label"):
        labels_of([TextExample("가", "b")])
