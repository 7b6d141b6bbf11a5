import json

import pytest

from retrieval.training.groups import (
    read_korsts,
    read_parakqc,
    read_paraphrases,
    read_question_pairs,
    read_reading,
    read_squad,
    read_words,
    split_of,
)


def write(folder, text, name="file"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_paraphrases_by_group(tmp_path):
    file = write(tmp_path, 'group,trade,question\ng1,bank,"통장, 만들어요"\ng2,car,타이어\ng1,bank,계좌 개설\n')
    assert [(g.name, g.topic, g.texts) for g in read_paraphrases(file)] == [
        ("g1", "bank", ("통장, 만들어요", "계좌 개설")),
        ("g2", "car", ("타이어",)),
    ]


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ValueError, match="columns trade are missing"):
        read_paraphrases(write(tmp_path, "group,question\n1,가\n"))


def test_words_leave_out_remarks_and_single_words(tmp_path):
    groups = read_words(write(tmp_path, "# 배송\n배송비|택비 | 배송료\n\n혼자\n"))
    assert [g.texts for g in groups] == [("배송비", "택비", "배송료")]


def test_parakqc(tmp_path):
    groups = read_parakqc(write(tmp_path, "group\tsentence\n0\t메일 비워\n0\t메일 다 지워\n2\t불 꺼\n"))
    assert [(g.name, len(g.texts)) for g in groups] == [("parakqc-0", 2), ("parakqc-2", 1)]


def test_only_duplicates_are_pairs(tmp_path):
    file = write(tmp_path, "id,qid1,qid2,question1,question2,is_duplicate\n1,1,2,가,나,1\n2,3,4,다,라,0\n")
    assert [g.texts for g in read_question_pairs(file)] == [("가", "나")]


def test_only_near_sentences_of_korsts_are_pairs(tmp_path):
    head = "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\n"
    file = write(tmp_path, head + 'm\tf\t1\t1\t3.800\t"가\t나\nm\tf\t1\t2\t2.600\t다\t라\n')
    assert [g.texts for g in read_korsts(file)] == [('"가', "나")]


def test_questions_stand_with_the_text_around_their_answer(tmp_path):
    context = "가" * 200 + "답" + "나" * 200
    one = {"question": "무엇?", "context": context, "answer": "답", "answer_start": 200}
    several = {
        "context": context,
        "questions": [{"question": "어디?", "answer": "답", "start": 200}, {"question": "누구?", "answer": "", "start": -1}],
    }
    groups = read_reading(write(tmp_path, "\n".join(json.dumps(row, ensure_ascii=False) for row in (one, several))))
    around = "가" * 160 + "답" + "나" * 160
    assert [g.texts for g in groups] == [("무엇?", around), ("어디?", around)]


def test_squad(tmp_path):
    qa = {"id": "1", "question": "무엇?", "answers": [{"text": "답", "answer_start": 2}]}
    document = {"data": [{"paragraphs": [{"context": "이 답이다", "qas": [qa]}]}]}
    assert [g.texts for g in read_squad(write(tmp_path, json.dumps(document)))] == [("무엇?", "이 답이다")]


def test_splits_are_the_same_in_every_run_and_as_large_as_asked():
    splits = [split_of(f"group-{i}", validation=20, test=30) for i in range(2000)]
    assert splits[:6] == [split_of(f"group-{i}", validation=20, test=30) for i in range(6)]
    assert [round(splits.count(part) / 2000, 1) for part in ("train", "validation", "test")] == [0.5, 0.2, 0.3]
