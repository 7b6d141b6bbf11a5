"""What to write next: confused pairs with their messages, and curves with the steepest last step first."""

import numpy as np
import pytest
from typer.testing import CliRunner

from bot import nlu_suggestions
from bot.cli.application import app


class LastWord:
    """Knows the labels of the last words it saw; an unknown one is the first label."""

    def __init__(self):
        self.labels, self.known = [], {}

    def fit(self, texts, labels):
        self.labels = sorted(set(labels))
        self.known = {text.split()[-1]: label for text, label in zip(texts, labels)}

    def probabilities(self, texts):
        rows = np.full((len(texts), len(self.labels)), 0.1)
        for row, text in zip(rows, texts):
            row[self.labels.index(self.known.get(text.split()[-1], self.labels[0]))] = 0.8
        return rows / rows.sum(1, keepdims=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    letters = "가나다라마바사아자차"
    ask = [f"{letter * 3}{i} 배송" for i, letter in enumerate(letters)]
    thanks = [*(f"{i}{letter * 4} 고마워" for i, letter in enumerate(letters)), "하나뿐인 인사"]
    blocks = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for intent, texts in (("ask", ask), ("thanks", thanks))
    )
    (tmp_path / "nlu.yml").write_text("nlu:\n" + blocks, encoding="utf-8")
    monkeypatch.setattr(nlu_suggestions, "candidates", lambda: {"last-word": LastWord})
    return tmp_path


def test_confusions_name_their_messages(folder):
    found = nlu_suggestions.suggestions(folder)
    assert found.confusions == ((("thanks", "ask"), ("하나뿐인 인사",)),)
    assert (found.n, round(found.accuracy, 4)) == (21, round(20 / 21, 4))


def test_the_steepest_last_step_comes_first():
    curves = {"flat": [(1, 0.5), (2, 0.9), (4, 0.9)], "steep": [(1, 0.5), (2, 0.6), (4, 0.8)]}
    points = {name: [nlu_suggestions.CurvePoint(*point) for point in curve] for name, curve in curves.items()}
    found = nlu_suggestions.Suggestions(1, 1.0, 1.0, None, (), points)
    assert [intent for intent, _ in found.most_worthwhile()] == ["steep", "flat"]


def test_the_command_tells_both(folder):
    result = CliRunner().invoke(app, ["evaluate", "nlu", "--suggest", "--examples", str(folder)])
    assert result.exit_code == 0
    assert "thanks을(를) ask(으)로 1번: 하나뿐인 인사" in result.stdout
    assert "1.00 (8개)" in result.stdout


def test_one_intent_is_refused(tmp_path):
    (tmp_path / "nlu.yml").write_text("nlu:\n- intent: ask\n  examples: |\n    - 배송\n", encoding="utf-8")
    with pytest.raises(ValueError, match="두 가지 이상"):
        nlu_suggestions.suggestions(tmp_path)
