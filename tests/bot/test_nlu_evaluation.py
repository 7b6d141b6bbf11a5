import pytest

from bot.nlu_comparison import Compared, judged
from bot.nlu_evaluation import Confusion, Evaluation, Utterance, acted_on, read_utterances


def test_utterances_are_read(tmp_path):
    path = tmp_path / "u.csv"
    path.write_text('\ufeffintent,utterance,note\nask,"배송, 언제",x\n,비었어요,\ngreet, 안녕 ,\n', encoding="utf-8")
    assert read_utterances(path) == [Utterance("ask", "배송, 언제"), Utterance("greet", "안녕")]


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "u.csv"
    path.write_text("intent,text\nask,배송\n", encoding="utf-8")
    with pytest.raises(ValueError, match="utterance"):
        read_utterances(path)


def test_an_empty_file_is_told(tmp_path):
    path = tmp_path / "u.csv"
    path.write_text("intent,utterance\n", encoding="utf-8")
    with pytest.raises(ValueError, match="발화가 한 줄도"):
        read_utterances(path)


def test_the_json_has_the_numbers():
    result = Evaluation(3, 2 / 3, 0.5, 1.234, (Confusion("글", "ask", "greet", 0.7),), 0.98765)
    assert result.to_json() == {
        "n": 3,
        "macro_f1": 0.6667,
        "accuracy": 0.5,
        "latency_ms_p50": 1.23,
        "out_of_scope_auroc": 0.9877,
    }


def test_the_intent_behind_the_fallback_is_scored():
    parsed = {"intent": {"name": "nlu_fallback", "confidence": 0.6}, "intent_ranking": [{"name": "ask", "confidence": 0.4}]}
    assert acted_on(parsed) == {"name": "ask", "confidence": 0.4}


def compared(name, predicted, ms):
    return Compared(name, 5, 0.0, predicted.count("x") / len(predicted), None, 1.0, 1.0, ms, 100.0, predicted=tuple(predicted))


def test_the_fastest_that_is_not_significantly_worse_is_recommended():
    gold = ["x"] * 20
    rows = judged([compared("best", "x" * 20, 9.0), compared("near", "x" * 17 + "yyy", 2.0), compared("bad", "y" * 20, 1.0)], gold)
    assert [(row.name, row.recommended) for row in rows] == [("best", False), ("near", True), ("bad", False)]
    assert rows[1].p == pytest.approx(0.25)  # three to nothing, both sides
    assert rows[2].p < 0.001
