"""`daedap train sentence|ranking|retrieval` from end to end on a few rows, and another model for index and search."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from nlu.sentence_vectors import MorphemeSums, load_sentence_vectors
from retrieval.fusion import Ranking, default_ranking
from retrieval.training import adaptation
from retrieval.training.adaptation import AdaptationResult, Adapted

pytestmark = pytest.mark.train
ROOT = Path(__file__).resolve().parents[3]
BAKERY = ROOT / "tests" / "data" / "bakery"
runner = CliRunner()
WORDS = "배송 환불 결제 회원 설치 수리 청소 소음 충전 지도 필터 세제 탈수 건조 냉방".split()


def run(*arguments: object):
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """A folder like `data/training` with the first rows of each of its files."""
    folder = tmp_path_factory.mktemp("own")
    for name, lines in (("paraphrases.csv", 160), ("customer_words.txt", 20), ("reading_train.jsonl", 4)):
        kept = (ROOT / "data" / "training" / name).read_text(encoding="utf-8").splitlines()[:lines]
        (folder / name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def faq(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("faq") / "faq.csv"
    rows = [f"f{i},기타,,{w} 방법을 알려 주세요,{w} 절차|{w} 순서는요,{w}에 대한 안내예요." for i, w in enumerate(WORDS)]
    file.write_text("id,category,product,question,phrasings,answer\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def sentence(own, faq, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("model") / "sentence"
    found = run("train", "sentence", "--own", own, "--faq", faq, "--steps", 2, "--folds", "--out", out)
    assert found.exit_code == 0, found.output
    assert found.output.count("검증 recall@1") == 4, "the model and three for the folds"
    return out


def test_sentence_leaves_models_that_load(sentence):
    for folder in (sentence, *sorted(sentence.with_name("sentence-folds").iterdir())):
        model = load_sentence_vectors(folder)
        assert isinstance(model, MorphemeSums) and model.identity["source"].startswith("daedap train sentence, 2 steps")


def test_ranking_writes_weights_that_load(sentence, own, faq, tmp_path):
    (tmp_path / "asked.csv").write_text("question,id\n배송 어떻게 해요,f0\n환불 좀,f1\n", encoding="utf-8")
    (tmp_path / "outside.csv").write_text("question\n내일 비 와요?\n", encoding="utf-8")
    out = tmp_path / "ranking.json"
    asked = ["--queries", tmp_path / "asked.csv", "--out-of-scope", tmp_path / "outside.csv"]
    models = ["--vectors", sentence, "--folds", sentence.with_name("sentence-folds")]
    found = run("train", "ranking", "--faq", faq, "--own", own, *asked, *models, "--out", out)
    assert found.exit_code == 0, found.output
    ranking, report = Ranking.load(out), json.loads(out.read_text(encoding="utf-8"))["report"]
    assert (ranking.faq_weights >= 0.5).all() and ranking.passage_weights.shape == (3,)
    assert ranking.copied_passage_weights.tolist() == default_ranking().copied_passage_weights.tolist()
    assert report["in_sample"]["labelled"]["n"] == 2 and report["in_sample"]["labelled"]["calibration_n"] == 3


def test_ranking_refuses_questions_of_entries_that_are_not_there(own, faq, tmp_path):
    (tmp_path / "asked.csv").write_text("question,id\n배송,no-such\n", encoding="utf-8")
    found = run("train", "ranking", "--faq", faq, "--own", own, "--queries", tmp_path / "asked.csv", "--out", tmp_path / "r")
    assert isinstance(found.exception, ValueError) and "no-such" in str(found.exception)
    assert not (tmp_path / "r").exists()


def test_retrieval_keeps_a_validation_part_and_publishes_only_what_is_better(faq, tmp_path):
    out = tmp_path / "sentence"
    found = run("train", "retrieval", "--faq", faq, "--steps", 3, "--out", out, "--json")
    report = json.loads(found.stdout)
    assert report["n"] == 5, "a phrasing of every third entry"
    assert report["published"] == (report["after"] > report["before"]) == out.exists()
    assert (found.exit_code == 0) == report["published"]


@pytest.mark.parametrize("after, published", [(0.8, True), (0.6, False), (0.4, False)])
def test_a_worse_model_leaves_the_old_one(faq, tmp_path, monkeypatch, after, published):
    from nlu.sentence_vectors import SENTENCES
    from nlu.vectors import StaticVectors

    shipped = StaticVectors.load(SENTENCES)
    monkeypatch.setattr(adaptation, "adapt", lambda *_, **__: Adapted(shipped, AdaptationResult(5, 0.6, after)))
    out = tmp_path / "sentence"
    out.mkdir()
    (out / "old").write_text("the model before", encoding="utf-8")
    found = run("train", "retrieval", "--faq", faq, "--out", out)
    assert (out / "old").exists() is not published and (out / "vectors.json").exists() is published
    assert isinstance(found.exception, ValueError) is not published
    assert [path.name for path in tmp_path.iterdir()] == ["sentence"], "nothing half-written beside it"


def test_retrieval_refuses_an_faq_without_phrasings(tmp_path):
    (tmp_path / "faq.csv").write_text("question,answer\n배송비는요?,무료예요\n", encoding="utf-8")
    found = run("train", "retrieval", "--faq", tmp_path / "faq.csv", "--out", tmp_path / "out")
    assert isinstance(found.exception, ValueError) and "15개는 있어야" in str(found.exception)


@pytest.fixture(scope="module")
def hub_model(tmp_path_factory) -> Path:
    """A random BERT of 24 dimensions with prompts and CLS pooling, as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub")
    text = "".join(path.read_text(encoding="utf-8") for path in (BAKERY / "faq.csv",))
    vocabulary = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted(set(text + "query: pasg"))])}
    backend = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=64, **special).save_pretrained(folder / "bert")
    BertModel(BertConfig(len(vocabulary), 24, 1, 2, 32, max_position_embeddings=80)).eval().save_pretrained(folder / "bert")
    parts = [Transformer(str(folder / "bert"), max_seq_length=64), Pooling(24, pooling_mode="cls")]
    prompts = {"query": "query: ", "passage": "passage: "}
    SentenceTransformer(modules=parts, prompts=prompts, device="cpu").save_pretrained(str(folder / "tiny-model"))
    return folder / "tiny-model"


def test_another_model_serves_index_and_search_and_an_index_of_it_is_refused_with_ours(hub_model, tmp_path, monkeypatch):
    config, index = tmp_path / "daedap.toml", tmp_path / "index"
    config.write_text(f'vectors = "{hub_model}"\n', encoding="utf-8")
    monkeypatch.setenv("DAEDAP_CONFIG", str(config))
    made = run("index", "--faq", BAKERY / "faq.csv", "--out", index)
    assert made.exit_code == 0, made.output
    model = load_sentence_vectors(hub_model)
    assert (model.dimension, model._prefixes) == (24, ("query: ", "passage: "))
    found = run("search", "faq", "쉬는 날이 언제예요?", "--index", index, "--json")
    assert json.loads(found.stdout)["hits"][0]["id"] == "bread-04"
    config.write_text("", encoding="utf-8")
    refused = run("search", "faq", "쉬는 날", "--index", index)
    assert "24차원" in str(refused.exception) and "256차원" in str(refused.exception) and "daedap index" in str(refused.exception)
