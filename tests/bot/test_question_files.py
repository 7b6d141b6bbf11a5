import json

import pytest

from bot.question_files import FAULTS, FILE_FAULTS, read_questions
from mrc.examples import Fault, FileFault

CONTEXT = "세종은 1443년 12월에 훈민정음을 창제하였다. 세종은 조선의 왕이다."


def written(tmp_path, *odd, good=60):
    qas = [{"id": f"q{i}", "question": "언제?", "answers": [{"text": "1443년", "answer_start": 4}]} for i in range(good)]
    path = tmp_path / "questions.json"
    paragraph = {"context": CONTEXT, "qas": [*qas, *odd]}
    path.write_text(json.dumps({"data": [{"title": "세종", "paragraphs": [paragraph]}]}, ensure_ascii=False), encoding="utf-8")
    return path


def test_skipped_questions_are_named_and_counted(tmp_path, capsys):
    answers = {"once": ("훈민정음", 3), "twice": ("세종", 1)}
    odd = [{"id": i, "question": "?", "answers": [{"text": t, "answer_start": s}]} for i, (t, s) in answers.items()]
    examples = read_questions(written(tmp_path, *odd, {"id": "q1", "question": "?", "answers": []}, {"id": "keys"}))
    assert len(examples) == 61
    assert capsys.readouterr().err.splitlines() == [
        "! 질문 twice: 답 ‘세종’의 자리(1)가 틀렸고, 글에 2번 나와서 옮길 수 없어요.",
        "! 질문 q1: 앞의 질문과 id가 같아요.",
        "! 질문 keys: ‘question’ 항목이 없어요.",
        "questions.json: 질문 61개를 읽고 3개를 건너뛰었어요. 자리가 틀린 답 1개는 제자리로 옮겼어요.",
    ]


def test_too_many_bad_questions_are_an_error_that_names_them(tmp_path, capsys):
    bad = [{"id": f"bad-{i}", "question": " ", "answers": []} for i in range(25)]
    with pytest.raises(ValueError, match="질문 85개 가운데 25개를 쓸 수 없어요"):
        read_questions(written(tmp_path, *bad))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "! 질문 bad-0: 질문이 비어 있어요." and lines[20:] == ["! 그 밖에 5개가 더 있어요."]


@pytest.mark.parametrize(("content", "said"), [("", "JSON"), ("[1]", "KorQuAD 1.0"), ('{"data": []}', "하나도 없어요")])
def test_other_files_are_refused_in_korean(tmp_path, content, said):
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_questions(path)
    with pytest.raises(FileNotFoundError, match="파일이 없어요"):
        read_questions(tmp_path / "none.json")


def test_every_fault_has_its_sentence():
    assert set(FAULTS) == set(Fault) and set(FILE_FAULTS) == set(FileFault)
    for fault, sentence in FAULTS.items():
        assert sentence.count("{") == fault.value.count("{")
