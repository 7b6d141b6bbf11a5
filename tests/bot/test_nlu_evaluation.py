import pytest

from bot.nlu_evaluation import Confusion, Evaluation, Utterance, macro_f1, read_utterances


def test_macro_f1_by_hand():
    # greet: tp 1, fp 1, fn 0 -> 2/3; ask: tp 1, fp 0, fn 1 -> 2/3; human: 0
    assert macro_f1(["greet", "ask", "ask", "human"], ["greet", "ask", "greet", "nlu_fallback"]) == pytest.approx(4 / 9)
    assert macro_f1(["ask"], ["ask"]) == 1.0


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


def test_the_json_has_the_four_numbers():
    result = Evaluation(3, 2 / 3, 0.5, 1.234, (Confusion("글", "ask", "greet", 0.7),))
    assert result.to_json() == {"n": 3, "macro_f1": 0.6667, "accuracy": 0.5, "latency_ms_p50": 1.23}
