import json
import random

import pytest

from nlu.pretraining.leave_out import SharedText, folded, folded_title, leave_out, read_test_set

PARAGRAPH = (
    "세종은 1443년 12월에 훈민정음을 창제하였다. 집현전 학자들이 이를 도왔으며 1446년에 널리 펴냈다. 책의 이름도 훈민정음이다."
)


@pytest.fixture
def dev(tmp_path):
    path = tmp_path / "dev.json"
    article = {"title": "세종_(조선)", "paragraphs": [{"context": PARAGRAPH, "qas": []}]}
    path.write_text(json.dumps({"data": [article]}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("shift", range(0, 25))
@pytest.mark.parametrize(("characters", "is_found"), [(39, False), (40, True), (41, True)])
def test_a_run_counts_from_forty_characters_on_wherever_it_begins(shift, characters, is_found):
    text = "가" * shift + PARAGRAPH[5 : 5 + characters] + "나" * 30
    assert SharedText([folded(PARAGRAPH)]).find(text) == (PARAGRAPH[5 : 5 + characters] if is_found else "")


def test_it_agrees_with_trying_every_place():
    generator = random.Random(0)
    paragraphs = ["".join(generator.choice("가나") for _ in range(60)) for _ in range(3)]
    shared = SharedText(paragraphs, 9)
    for _ in range(200):
        text = "".join(generator.choice("가나다") for _ in range(50))
        brute = any(text[i : i + 9] in paragraph for i in range(len(text) - 8) for paragraph in paragraphs)
        assert bool(shared.find(text)) == brute


def test_spaces_line_ends_and_decomposed_letters_do_not_hide_it():
    import unicodedata

    hidden = unicodedata.normalize("NFD", "앞글. " + PARAGRAPH.replace(" ", " \n ") + " 뒷글.")
    assert SharedText([folded(PARAGRAPH)]).find(hidden) == PARAGRAPH


def test_titles_are_compared_without_spaces_and_qualifiers():
    assert folded_title("세종_(조선)") == folded_title("세종 (조선)") == folded_title("세종") == "세종"


def test_articles_are_left_out_by_title_and_by_text(dev, tmp_path):
    texts = tmp_path / "texts.txt"
    articles = {
        "세종": "다른 글이다.",
        "훈민정음": f"앞. {PARAGRAPH[:60]}",
        "한글날": f"뒤. {PARAGRAPH[:30]}",
        "필터": "물로 씻어요.",
    }
    texts.write_text("".join(f"{title}\t{text}\n" for title, text in articles.items()), encoding="utf-8")
    kept, left = leave_out([texts], read_test_set([dev]), tmp_path / "kept.txt")
    assert kept == 2
    assert [(one.title, one.shared) for one in left] == [("세종", ""), ("훈민정음", PARAGRAPH[:60].strip())]
    assert (tmp_path / "kept.txt").read_text() == f"한글날\t{articles['한글날']}\n필터\t{articles['필터']}\n"


def test_questions_with_contexts_are_a_test_set_too(tmp_path):
    path = tmp_path / "dev.jsonl"
    path.write_text(json.dumps({"title": "세종", "context": PARAGRAPH, "question": "언제?"}), encoding="utf-8")
    assert read_test_set([path]).paragraphs == (PARAGRAPH,)


def test_bad_input_is_named_and_an_earlier_file_stays(dev, tmp_path):
    out = tmp_path / "kept.txt"
    out.write_text("앞선 결과")
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(ValueError, match="the corpus is empty.*empty.txt"):
        leave_out([tmp_path / "empty.txt"], read_test_set([dev]), out)
    (tmp_path / "cp949.txt").write_bytes("제목\t세탁기 설명".encode("cp949"))
    with pytest.raises(ValueError, match="cp949.txt is not UTF-8"):
        leave_out([tmp_path / "cp949.txt"], read_test_set([dev]), out)
    assert out.read_text() == "앞선 결과" and not list(tmp_path.glob("*.part"))
    (tmp_path / "dev2.json").write_text('{"data": []}')
    with pytest.raises(ValueError, match="dev2.json holds no paragraph"):
        read_test_set([tmp_path / "dev2.json"])
    (tmp_path / "dev3.json").write_text("[1]")
    with pytest.raises(ValueError, match="dev3.json is no SQuAD file"):
        read_test_set([tmp_path / "dev3.json"])
    with pytest.raises(FileNotFoundError, match="missing.json"):
        read_test_set([tmp_path / "missing.json"])
