"""`daedap runs` and `daedap train classifier` from rows to a published model and back."""

import json

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from nlu.transfer.runs import Run


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.settings.BUILT", tmp_path)
    return tmp_path


def daedap(*arguments, code=0):
    found = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert found.exit_code == code, found.output
    return found.stdout if code == 0 else str(found.exception)


def finished(built, name, task, **metrics):
    run = Run.start(built / "runs" / name, task, {"seed": 1, "rate": len(name)}, {"rows": 10})
    (run.folder / "model").mkdir()
    (run.folder / "model" / "model.onnx").write_bytes(b"")
    run.finish(metrics, steps=12, overfitting_step=8)


def test_runs_are_listed_shown_and_compared(built):
    assert "학습 기록이 없어요" in daedap("runs", "list")
    finished(built, "a", "sentiment", accuracy=80.5)
    finished(built, "bb", "sentiment", accuracy=81.5)
    finished(built, "c", "reader", f1=70.0)
    assert [line.split()[0] for line in daedap("runs", "list", "--task", "sentiment").splitlines()[1:]] == ["a", "bb"]
    assert [record["name"] for record in json.loads(daedap("runs", "list", "--json"))] == ["a", "bb", "c"]
    shown = daedap("runs", "show", "a")
    assert "accuracy 80.5" in shown and "8걸음부터" in shown and "rate 1" in shown
    compared = json.loads(daedap("runs", "compare", "a", "bb", "--json"))
    assert compared["metrics"]["accuracy"] == [80.5, 81.5] and compared["differences"] == {"rate": [1, 2]}
    assert "80.5" in daedap("runs", "compare", "a", "bb")


def test_publishing_marks_what_serves_and_rollback_goes_back(built):
    finished(built, "a", "sentiment", accuracy=80.5)
    finished(built, "b", "sentiment", accuracy=79.0)
    assert "daedap runs rollback sentiment" in daedap("runs", "publish", "a")
    daedap("runs", "publish", "b")
    marks = {line.split()[1]: line.split()[0] for line in daedap("runs", "list").splitlines() if line.startswith("●")}
    assert marks == {"b": "●"}
    assert "a@1" in daedap("runs", "rollback", "sentiment")
    assert "함께 배포된 모델" in daedap("runs", "rollback", "sentiment")
    assert "nothing is published" in daedap("runs", "rollback", "sentiment", code=1)


def test_a_published_reader_serves_until_rolled_back(built):
    default = Settings.load(environment={}).reader
    finished(built, "r", "reader", f1=70.0)
    daedap("runs", "publish", "r")
    assert Settings.load(environment={}).reader == built / "published" / "reader" / "r@1"
    assert Settings.load(environment={"DAEDAP_READER": str(built / "mine")}).reader == built / "mine"
    daedap("runs", "rollback", "reader")
    assert Settings.load(environment={}).reader == default


@pytest.mark.parametrize("arguments", [("show", "x"), ("compare", "x", "y"), ("publish", "x"), ("predict", "x", "글")])
def test_a_run_that_is_not_there_is_named(built, arguments):
    assert "이런 이름의 학습 기록이 없어요" in daedap("runs", *arguments, code=1)


def test_one_run_alone_cannot_be_compared(built):
    assert "두 개 이상" in daedap("runs", "compare", "a", code=1)


@pytest.mark.train
def test_a_classifier_is_trained_published_and_asked(built, tmp_path):
    pytest.importorskip("torch")
    encoder = tiny_encoder(tmp_path / "encoder")
    data = tmp_path / "reviews.tsv"
    rows = [f"{thing} {word}\t{label}" for thing in "배송 색 필터 상담 가격 포장".split() for word, label in WORDS.items()]
    data.write_text("\n".join(["document\tlabel", *rows]), encoding="utf-8")
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"epochs": 12, "batch_size": 8, "learning_rate": 0.005, "evaluate_every": 10, "compute": "float32"})
    )
    arguments = ["--data", data, "--text", "document", "--task", "sentiment", "--encoder", encoder, "--config", config]
    assert "test_accuracy" in daedap("train", "classifier", *arguments, "--name", "a", "--ratios", "6:2:2")
    split = json.loads((built / "runs" / "splits" / "sentiment-reviews-6-2-2.json").read_text())
    assert [len(split[part]) for part in ("training", "validation", "test")] == [28, 10, 10]
    found = json.loads(daedap("runs", "predict", "a", "배송 좋아요", "--json"))
    assert found["label"] in ("good", "bad") and found["confidence"] == found["ranking"][0][1]
    daedap("runs", "publish", "a")
    assert (built / "published" / "sentiment" / "a@1" / "model.onnx").is_file()
    assert "finished run called a" in daedap("train", "classifier", *arguments, "--name", "a", "--ratios", "6:2:2", code=1)
    assert "--ratios 8:2" in daedap("train", "classifier", *arguments, "--name", "b", "--ratios", "8:2", code=1)


WORDS = {
    "좋아요": "good",
    "최고": "good",
    "빨라요": "good",
    "예뻐요": "good",
    "나빠요": "bad",
    "별로": "bad",
    "느려": "bad",
    "싫어요": "bad",
}


def tiny_encoder(folder):
    from nlu.encoder import EncoderConfig, EncoderModel
    from nlu.tokenizer import SPECIAL_TOKENS, Tokenizer

    characters = sorted(set("".join(WORDS) + "배송색필터상담가격포장"))
    tokens = [*SPECIAL_TOKENS, *characters, *("##" + character for character in characters)]
    tokenizer = Tokenizer({token: i for i, token in enumerate(tokens)})
    sizes = {"embedding_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    EncoderModel(EncoderConfig(vocab_size=len(tokens), **sizes)).save_pretrained(folder)
    tokenizer.save(folder)
    return folder
