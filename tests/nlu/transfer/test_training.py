"""Fine-tuning end to end on a few rows and a tiny random encoder, each device among the runs."""

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nlu.transfer.augmentation import Augmentation  # noqa: E402
from nlu.transfer.config import TransferConfig  # noqa: E402
from nlu.transfer.examples import TextExample  # noqa: E402
from nlu.transfer.export import export  # noqa: E402
from nlu.transfer.model import load  # noqa: E402
from nlu.transfer.predict import SequenceClassifier  # noqa: E402
from nlu.transfer.runs import load_run, read_log  # noqa: E402
from nlu.transfer.training import encode_examples, evaluate, finetune, predict_logits  # noqa: E402

pytestmark = pytest.mark.train

FAST = TransferConfig(
    epochs=6, batch_size=8, learning_rate=5e-3, evaluate_every=8, max_length=32, compute="float32", average_decay=0.5
)


@pytest.fixture(scope="module")
def trained(reviews, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "reviews-a"
    return finetune(reviews[:40], reviews[40:52], encoder, folder, FAST, test=reviews[52:], task_name="sentiment")


def weights(result) -> dict:
    return result.predictor.model.state_dict()


def starting_weights(encoder) -> dict:
    from safetensors.torch import load_file

    return {name: value for name, value in load_file(encoder / "model.safetensors").items() if name.startswith("encoder.")}


def test_a_run_learns_and_leaves_its_folder(trained):
    assert trained.metrics["accuracy"] == 100.0 and trained.metrics["test_accuracy"] == 100.0
    assert {path.name for path in trained.folder.iterdir()} == {"run.json", "log.jsonl", "learning_curve.png", "model"}
    record = load_run(trained.folder)
    assert (record.task, record.status, record.seed, record.metrics) == ("sentiment", "finished", 0, trained.metrics)
    assert record.data["rows"] == {"training": 40, "validation": 12, "test": 12}
    assert record.configuration["augmentation"]["rows"] == 0.0 and record.versions["torch"] == torch.__version__.split("+")[0]
    assert [line["step"] for line in read_log(trained.folder)] == [8, 16, 24, 30]
    assert (trained.folder / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


def test_what_was_saved_predicts_the_same(trained, reviews):
    rows = encode_examples(reviews[:8], trained.predictor.form.tokenizer)
    loaded = load(trained.folder / "model")
    np.testing.assert_array_equal(
        predict_logits(loaded, rows, compute="float32"), predict_logits(trained.predictor, rows, compute="float32")
    )


def test_a_batch_gives_what_each_text_gives_alone(trained, reviews):
    rows = encode_examples(
        [*reviews[:6], TextExample("ㅋ", "bad"), TextExample("배송이 " * 40, "bad")], trained.predictor.form.tokenizer
    )
    together = predict_logits(trained.predictor, rows, compute="float32")
    alone = np.concatenate([predict_logits(trained.predictor, [row], compute="float32") for row in rows])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_the_served_model_agrees_with_torch(trained, reviews, tmp_path):
    assert export(trained.predictor, tmp_path) < 1e-3
    served = SequenceClassifier.load(tmp_path)
    texts = [example.text for example in reviews[:8]] + ["", "😀"]
    found = served.predict(texts)
    assert [prediction.label for prediction in found[:8]] == [example.label for example in reviews[:8]]
    for prediction in found:
        assert sum(share for _, share in prediction.ranking) == pytest.approx(1.0, abs=1e-5)
        assert prediction.ranking[0] == (prediction.label, prediction.confidence)


def test_the_same_seed_trains_the_same_weights(reviews, encoder, tmp_path):
    noisy = replace(FAST, epochs=1, augmentation=Augmentation(rows=0.5, neighbours=0.0), dropout=0.2, token_dropout=0.1)
    runs = [finetune(reviews[:16], reviews[40:44], encoder, tmp_path / name, noisy) for name in ("a", "b")]
    for name, value in weights(runs[0]).items():
        torch.testing.assert_close(value, weights(runs[1])[name], rtol=0, atol=0)


def test_a_frozen_encoder_keeps_its_weights(reviews, encoder, tmp_path):
    result = finetune(reviews[:16], reviews[40:44], encoder, tmp_path / "frozen", replace(FAST, epochs=1, frozen_layers=-1))
    for name, value in starting_weights(encoder).items():
        torch.testing.assert_close(weights(result)[name], value, rtol=0, atol=0)


def test_frozen_layers_lie_below_those_that_learn(reviews, encoder, tmp_path):
    result = finetune(reviews[:16], reviews[40:44], encoder, tmp_path / "low", replace(FAST, epochs=1, frozen_layers=1))
    moved = {name for name, value in starting_weights(encoder).items() if not torch.equal(weights(result)[name], value)}
    assert not [name for name in moved if "embedding" in name or "layers.0." in name]
    assert {"encoder.layers.1.up.weight", "encoder.layers.2.up.weight", "encoder.final_norm.weight"} <= moved


def test_gradual_unfreezing_moves_upper_layers_further(reviews, encoder, tmp_path):
    config = replace(FAST, epochs=2, gradual_unfreezing=0.9, warmup_share=0.0, average_decay=0.0)
    result = finetune(reviews[:32], reviews[40:44], encoder, tmp_path / "gradual", config)
    start = starting_weights(encoder)
    shift = [
        float((weights(result)[f"encoder.layers.{i}.up.weight"] - start[f"encoder.layers.{i}.up.weight"]).norm())
        for i in range(3)
    ]
    assert 0 < shift[0] < shift[1] < shift[2]


def test_capacity_is_cut_or_drawn_anew(reviews, encoder, tmp_path):
    small = finetune(reviews[:16], reviews[40:44], encoder, tmp_path / "small", replace(FAST, epochs=1, layers=1))
    assert small.predictor.model.config.num_hidden_layers == 1
    assert load(tmp_path / "small" / "model").model.config.num_hidden_layers == 1
    wide = replace(FAST, epochs=1, random_start=True, hidden_size=64)
    found = finetune(reviews[:16], reviews[40:44], encoder, tmp_path / "wide", wide).predictor.model.config
    assert (found.hidden_size, found.num_attention_heads, found.intermediate_size) == (64, 4, 128)


def test_early_stopping_keeps_the_best_weights(reviews, encoder, tmp_path):
    swapped = [TextExample(e.text, "good" if e.label == "bad" else "bad") for e in reviews[:12]]  # learning makes it worse
    config = replace(FAST, epochs=50, patience=2, evaluate_every=4, average_decay=0.0)
    result = finetune(reviews[12:44], swapped, encoder, tmp_path / "early", config)
    log = read_log(result.folder)
    best = max(line["validation_accuracy"] for line in log)
    assert result.steps < 60 and result.metrics["accuracy"] == best
    assert evaluate(result.predictor, swapped, compute="float32")["accuracy"] == best
    assert result.overfitting_step == load_run(result.folder).overfitting_step is not None


def test_pairs_and_numbers_are_learnt(encoder, tmp_path):
    made = []
    for i in range(48):
        text = f"{i % 10}월 {i % 7}일"
        pair, score = (text, 5.0) if i % 2 else (f"{(i + 3) % 10}월 {(i + 2) % 7}일", 0.0)
        made.append(TextExample(text, score, pair))
    config = replace(FAST, epochs=30, patience=0)
    result = finetune(made[:36], made[36:], encoder, tmp_path / "pairs", config, task_name="similarity")
    assert result.metrics["spearman"] > 80
    export(result.predictor, result.folder / "model")
    found = SequenceClassifier.load(result.folder / "model").predict(["1월 2일", "1월 2일"], ["1월 2일", "4월 4일"])
    assert found[0].label is None and 0 <= found[1].value < found[0].value <= 5


def test_bad_rows_and_settings_are_refused(reviews, encoder, tmp_path):
    with pytest.raises(ValueError, match="0 validation rows"):
        finetune(reviews, [], encoder, tmp_path / "a", FAST)
    with pytest.raises(ValueError, match="labels so-so stand in no training row"):
        finetune(reviews[:16], [TextExample("배송이", "so-so")], encoder, tmp_path / "b", FAST)
    with pytest.raises(ValueError, match="1 label"):
        finetune([reviews[0]] * 4, reviews[:2], encoder, tmp_path / "c", FAST)
    with pytest.raises(ValueError, match="layers is 9"):
        finetune(reviews[:16], reviews[40:44], encoder, tmp_path / "d", replace(FAST, layers=9))
    with pytest.raises(ValueError, match="random_start"):
        TransferConfig(hidden_size=64)
    with pytest.raises(FileNotFoundError, match="no folder and no hub name"):
        finetune(reviews[:16], reviews[40:44], tmp_path / "missing", tmp_path / "e", FAST)


def test_a_finished_run_is_not_written_over(trained, reviews, encoder):
    with pytest.raises(ValueError, match="finished run called reviews-a"):
        finetune(reviews[:16], reviews[40:44], encoder, trained.folder, FAST)


@pytest.mark.parametrize("family", ["bert", "roberta", "electra"])
def test_models_of_the_hub_are_fine_tuned_and_served(family, reviews, tmp_path):
    start = hub_model(family, tmp_path / "start")
    result = finetune(reviews[:40], reviews[40:52], start, tmp_path / "run", FAST)
    export(result.predictor, result.folder / "model")
    served = SequenceClassifier.load(result.folder / "model")
    rows = encode_examples(reviews[:4], result.predictor.form.tokenizer)
    np.testing.assert_allclose(
        served.logits(rows), predict_logits(load(result.folder / "model"), rows, compute="float32"), atol=1e-3
    )


def hub_model(family, folder):
    """A tiny random model of a family, with a fast tokenizer, as the hub has them."""
    import transformers
    from tokenizers import Tokenizer as Backend
    from tokenizers import models, pre_tokenizers

    from nlu.tokenizer import SPECIAL_TOKENS

    characters = sorted(set("배송이색이필터가상담이가격이포장이좋아요최고예요빨라요예뻐요나빠요별로예요느려요싫어요"))
    tokens = [*SPECIAL_TOKENS, *characters, *("##" + c for c in characters)]
    backend = Backend(models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(folder)
    name = {"bert": "Bert", "roberta": "Roberta", "electra": "Electra"}[family]
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48, "pad_token_id": 0}
    config = getattr(transformers, f"{name}Config")(
        **sizes, vocab_size=len(tokens), max_position_embeddings=64, type_vocab_size=1 if family == "roberta" else 2
    )
    getattr(transformers, f"{name}Model")(config).save_pretrained(folder)
    return folder


def test_a_configuration_is_read_from_a_file(tmp_path):
    from nlu.configuration import load_configuration

    path = tmp_path / "config.json"
    path.write_text(json.dumps({"epochs": 2, "pooling": "cls", "augmentation": {"rows": 0.5}}))
    found = load_configuration(TransferConfig, path, seed=7, epochs=None)
    assert found == TransferConfig(epochs=2, pooling="cls", augmentation=Augmentation(rows=0.5), seed=7)
    path.write_text(json.dumps({"augmentation": {"typo": 0.5}}))
    with pytest.raises(ValueError, match="augmentation: unknown keys \\['typo'\\]"):
        load_configuration(TransferConfig, path)
    path.write_text("[1]")
    with pytest.raises(ValueError, match="an object of settings is wanted"):
        load_configuration(TransferConfig, path)
