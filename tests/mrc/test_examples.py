import json

import pytest

from mrc.examples import GoldAnswer, MalformedDataError, answer_tokens, read_examples, split_by_title, strip_tags

CONTEXT = "세종은 1443년 12월에 훈민정음을 창제하였다. 세종은 조선의 왕이다."


def squad(tmp_path, *questions, context=CONTEXT, good=0):
    """A SQuAD file of the given questions and `good` further right ones."""
    extra = [{"id": f"good-{i}", "question": "언제?", "answers": [{"text": "1443년", "answer_start": 4}]} for i in range(good)]
    document = {"data": [{"title": "세종", "paragraphs": [{"context": context, "qas": [*questions, *extra]}]}]}
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def question(text, start, record_id="q"):
    return {"id": record_id, "question": "무엇?", "answers": [{"text": text, "answer_start": start}]}


def named(found):
    """The skipped questions with what is wrong with them."""
    return [(one.id, one.reason) for one in found.malformed]


def test_squad_questions_keep_their_answer_and_title(tmp_path):
    (example,) = read_examples(squad(tmp_path, question("훈민정음", 15))).examples
    assert (example.id, example.title, example.answers) == ("q", "세종", (GoldAnswer("훈민정음", 15),))


def test_an_answer_that_occurs_once_is_moved(tmp_path):
    found = read_examples(squad(tmp_path, question("훈민정음", 3)))
    assert (found.examples[0].answers, found.moved, found.malformed) == ((GoldAnswer("훈민정음", 15),), 1, [])


def test_a_line_may_hold_a_passage_with_its_questions(tmp_path):
    asked = [{"question": "언제?", "answer": "1443년", "start": 4}, {"question": "어디서?", "answer": "", "start": -1}]
    path = tmp_path / "passages.jsonl"
    path.write_text(json.dumps({"id": "p", "title": "세종", "context": CONTEXT, "questions": asked}), encoding="utf-8")
    first, second = read_examples(path).examples
    assert (first.id, first.title, first.answers) == ("p-0", "세종", (GoldAnswer("1443년", 4),))
    assert (second.id, second.context, second.is_answerable) == ("p-1", CONTEXT, False)


def test_a_passage_of_questions_is_read_with_its_tables_as_rows(tmp_path):
    context = "항목 | E-17 | E-20\n무게 | 18.5kg | 21kg"
    asked = [
        {"question": "E-20 무게?", "answer": "21kg", "start": context.index("21kg")},
        {"question": "무게 다 알려 줘", "answer": "18.5kg | 21kg", "start": context.index("18.5kg")},
        {"question": "색은?", "answer": "", "start": -1},
    ]
    path = tmp_path / "passages.jsonl"
    path.write_text(json.dumps({"id": "p", "title": "자전거", "context": context, "questions": asked}), encoding="utf-8")
    one, over_cells, none = read_examples(path).examples
    rows = "항목: 무게 / E-17: 18.5kg / E-20: 21kg"
    assert (one.context, one.answers) == (rows, (GoldAnswer("21kg", rows.index("21kg")),))
    assert (over_cells.context, over_cells.answers) == (context, (GoldAnswer("18.5kg | 21kg", 22),))
    assert (none.context, none.answers) == (rows, ())


def test_malformed_questions_are_named_and_skipped(tmp_path):
    path = squad(
        tmp_path, question("세종", 1, "twice"), {"id": "keys", "question": "?"}, question("1443년", 4, "good-0"), good=80
    )
    found = read_examples(path)
    assert len(found.examples) == 80
    assert named(found) == [
        ("twice", "the answer '세종' does not stand at 1 and occurs 2 times"),
        ("keys", "key 'answer' is missing"),
        ("good-0", "duplicate id"),
    ]


def test_more_than_five_percent_malformed_is_an_error(tmp_path):
    with pytest.raises(MalformedDataError, match="2 of 12 questions are malformed"):
        read_examples(squad(tmp_path, question("없음", 0, "a"), question("없음", 0, "b"), good=10))


@pytest.mark.parametrize("content", ["", "[]", '{"data": 3}', '{"data": []}', "{"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(MalformedDataError):
        read_examples(path)


def written(tmp_path, document, name="odd.json"):
    path = tmp_path / name
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def test_what_holds_no_questions_is_named_by_its_place(tmp_path):
    good = json.loads(squad(tmp_path, good=60).read_text(encoding="utf-8"))["data"][0]
    path = written(tmp_path, {"data": [good, {"title": "빈 글"}, {"title": "글", "paragraphs": [{"context": CONTEXT}, 3]}]})
    found = read_examples(path)
    assert len(found.examples) == 60
    assert named(found) == [
        ("odd-1", "the article has no list `paragraphs`"),
        ("odd-2-0", "the paragraph has no list `qas`"),
        ("odd-2-1", "the paragraph has no list `qas`"),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"question": " "}, "the question is empty"),
        ({"question": None}, "the question is empty"),
        ({"answers": "1443년"}, "`answers` is no list of objects with `text` and `answer_start`"),
        ({"answers": [["1443년", 4]]}, "`answers` is no list of objects with `text` and `answer_start`"),
        ({"answers": [{"text": "1443년"}]}, "key 'answer_start' is missing"),
        ({"answers": [{"text": "1443년", "answer_start": "4"}]}, "answer_start is '4', it must be a number"),
        ({"answers": [{"text": " ", "answer_start": 4}]}, "the answer is empty"),
        ({"answers": []}, "there is no answer, and it is not marked as impossible"),
    ],
)
def test_each_fault_of_a_question_is_said(tmp_path, change, reason):
    odd = {"id": "odd", "question": "언제?", "answers": [{"text": "1443년", "answer_start": 4}], **change}
    found = read_examples(squad(tmp_path, odd, good=20))
    assert named(found) == [("odd", reason)] and len(found.examples) == 20


def test_a_question_without_answer_may_say_so(tmp_path):
    impossible = {"id": "none", "question": "왜?", "answers": [], "is_impossible": True}
    (example,) = read_examples(squad(tmp_path, impossible)).examples
    assert not example.is_answerable


def test_an_empty_context_is_said_for_each_of_its_questions(tmp_path):
    good = json.loads(squad(tmp_path, good=20).read_text(encoding="utf-8"))["data"][0]
    empty = {"title": "빈 글", "paragraphs": [{"context": " ", "qas": [question("세종", 0, "a")]}]}
    assert named(read_examples(written(tmp_path, {"data": [good, empty]}))) == [("a", "the context is empty")]


def test_other_encodings_are_refused_by_name(tmp_path):
    for name in ("euc.json", "euc.jsonl"):
        path = tmp_path / name
        path.write_bytes('{"data": "세종"}'.encode("euc-kr"))
        with pytest.raises(MalformedDataError, match=f"{name} is not JSON in UTF-8"):
            read_examples(path)


def test_lines_that_are_no_questions_are_named(tmp_path):
    record = {"title": "세종", "question": "누구?", "answer": "세종", "answer_start": 0, "context": CONTEXT}
    lines = [*[json.dumps({**record, "question": f"{i} 누구?"}, ensure_ascii=False) for i in range(60)], "{", "[]"]
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_examples(path)
    assert len(found.examples) == 60 and [one[0] for one in found.malformed] == ["lines-61", "lines-62"]
    assert found.malformed[0].reason.startswith("the line is not JSON")
    assert found.malformed[1].reason == "the line is no JSON object"


def test_stray_tags_are_removed_and_offsets_follow(tmp_path):
    context = "<b>세종</b>은 1443년에 한글을 만들었다."
    (example,) = read_examples(squad(tmp_path, question("1443년", 11), context=context)).examples
    assert example.context == "세종은 1443년에 한글을 만들었다."
    assert example.answers == (GoldAnswer("1443년", 4),)
    assert strip_tags("가</b>나")[1] == [(1, 4)]


def test_json_lines_hold_one_question_each(tmp_path):
    path = tmp_path / "windows.jsonl"
    record = {"title": "세종", "question": "누구?", "answer": "세종", "answer_start": 0, "context": CONTEXT}
    unanswerable = {**record, "answer": None, "answer_start": None}
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in (record, unanswerable)), encoding="utf-8")
    examples = read_examples(path).examples
    assert [example.is_answerable for example in examples] == [True, False]
    assert [example.id for example in examples] == ["windows-1", "windows-2"]


def test_the_split_keeps_articles_whole_and_repeats(tmp_path):
    path = tmp_path / "many.jsonl"
    record = {"question": "누구?", "answer": "세종", "answer_start": 0, "context": CONTEXT}
    lines = [json.dumps({**record, "title": f"글 {i % 40}"}) for i in range(200)]
    path.write_text("\n".join(lines), encoding="utf-8")
    examples = read_examples(path).examples
    training, validation = split_by_title(examples, 0.2, seed=1)
    assert {e.title for e in training} & {e.title for e in validation} == set()
    assert len(training) + len(validation) == 200 and 0 < len(validation) < 100
    assert split_by_title(examples, 0.2, seed=1) == (training, validation)


def test_answer_tokens_cover_the_characters(tokenizer):
    text = "세종은 1443년 12월에 훈민정음을 창제하였다."
    context = tokenizer.encode(text)
    start, end = answer_tokens(context, 15, 19)
    assert text[context.starts[start] : context.ends[end - 1]] == "훈민정음"
    assert answer_tokens(context, 3, 4) is None  # the space
