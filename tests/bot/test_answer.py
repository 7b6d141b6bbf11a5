import json

from bot.answer import Answer, Candidate, Kind, Source


def test_json_has_the_fields_of_the_command_line_and_comes_back():
    answer = Answer(
        "q", Kind.MANUAL, "7일", 0.75, "7일 안에.", Source("doc", "제목", "1장", 3, 5, 7), (Candidate("F1", "반품?", 0.5),), 12.5
    )
    document = json.loads(json.dumps(answer.to_json(), ensure_ascii=False))
    assert document == {
        "question": "q",
        "kind": "manual",
        "answer": "7일",
        "confidence": 0.75,
        "evidence": "7일 안에.",
        "source": {"document": "doc", "title": "제목", "section": "1장", "page": 3, "start": 5, "end": 7},
        "candidates": [{"id": "F1", "question": "반품?", "score": 0.5}],
        "latency_ms": 12.5,
    }
    assert Answer.from_json(document) == answer


def test_only_a_clarify_offers_its_candidates():
    candidates = (Candidate("F1", "반품?", 0.5),)
    assert [Answer("q", kind, "a", 0.1, candidates=candidates).offers for kind in Kind] == [(), (), candidates, ()]
