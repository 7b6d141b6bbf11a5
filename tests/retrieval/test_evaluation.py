import pytest

from retrieval.evaluation import evaluate, mrr, read_questions, recall_at_k


def test_numbers_by_hand():
    ranks = [1, 3, 0, 5]
    assert [recall_at_k(ranks, k) for k in (1, 4, 5)] == [0.25, 0.5, 0.75]
    assert mrr(ranks) == pytest.approx((1 + 1 / 3 + 1 / 5) / 4)


def test_an_id_counts_once_at_its_best_place():
    found = evaluate([("하나", "c"), ("둘", "z")], lambda question: ["a", "a", "a", "a", "b", "c"])
    assert (found.n, found.recall_at_1, found.recall_at_4, found.recall_at_10, found.mrr) == (2, 0.0, 0.5, 0.5, 0.1667)


def test_questions_with_bom(tmp_path):
    (tmp_path / "q.csv").write_text("question,id\n얼마예요?,a\n", encoding="utf-8-sig")
    assert read_questions(tmp_path / "q.csv", "id") == [("얼마예요?", "a")]
    with pytest.raises(ValueError, match="document"):
        read_questions(tmp_path / "q.csv", "document")
