import json
import resource
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nlu.configuration import load_configuration  # noqa: E402
from nlu.pretraining.evaluate import SIZES, evaluate, last_validation  # noqa: E402
from nlu.pretraining.export import export  # noqa: E402
from nlu.pretraining.train import TrainConfig, checkpoints, train  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

TINY = TrainConfig(
    hidden_size=32,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=64,
    embedding_size=16,
    length=64,
    windows_per_micro_batch=4,
    micro_batches_per_step=2,
    warmup_steps=1,
    validate_every_steps=2,
    validation_windows=4,
    total_steps=4,
)


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """Compiling takes half a minute and changes no result."""
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)


def weights(run):
    return torch.load(checkpoints(run)[-1])["model"]


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(corpus, tmp_path):
    train(corpus, tmp_path / "whole", TINY, processes=1)
    train(corpus, tmp_path / "halves", replace(TINY, total_steps=2), processes=1)
    train(corpus, tmp_path / "halves", TINY, processes=1)
    whole, halves = weights(tmp_path / "whole"), weights(tmp_path / "halves")
    assert all(torch.allclose(whole[name], halves[name], atol=1e-6) for name in whole)


def test_the_log_holds_validation_and_checkpoints_rotate(corpus, tmp_path):
    train(corpus, tmp_path, replace(TINY, checkpoint_every_s=0.0), processes=1)
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records if "validation" in record] == [2, 4]
    assert [path.name for path in checkpoints(tmp_path)] == ["checkpoint-0000003.pt", "checkpoint-0000004.pt"]


def test_a_checkpoint_of_another_architecture_is_refused(corpus, tmp_path):
    train(corpus, tmp_path, replace(TINY, total_steps=1), processes=1)
    with pytest.raises(ValueError, match="'hidden_size': 32"):
        train(corpus, tmp_path, replace(TINY, hidden_size=48), processes=1)


@pytest.fixture
def small_disk():
    """No file may grow beyond 20 kB in this process, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_named_and_the_last_good_checkpoint_stays(corpus, tmp_path, request):
    train(corpus, tmp_path, replace(TINY, total_steps=2), processes=1)
    before = weights(tmp_path)
    request.getfixturevalue("small_disk")
    with pytest.raises(OSError, match="checkpoint-0000004.pt could not be written"):
        train(corpus, tmp_path, TINY, processes=1)
    assert [path.name for path in tmp_path.iterdir() if path.name != "log.jsonl"] == ["checkpoint-0000002.pt"]
    assert all(torch.equal(value, before[name]) for name, value in weights(tmp_path).items())


def test_a_full_disk_leaves_the_exported_model_as_it_was(corpus, tmp_path, request):
    train(corpus, tmp_path / "run", replace(TINY, total_steps=1), processes=1)
    export(tmp_path / "run", corpus, tmp_path / "model")
    before = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    train(corpus, tmp_path / "run", TINY, processes=1)
    request.getfixturevalue("small_disk")
    with pytest.raises(OSError, match="model could not be written, what lay there before is kept"):
        export(tmp_path / "run", corpus, tmp_path / "model")
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == before


def test_a_checkpoint_of_another_vocabulary_is_refused(corpus, tmp_path):
    import shutil

    train(corpus, tmp_path / "run", replace(TINY, total_steps=1), processes=1)
    other = shutil.copytree(corpus, tmp_path / "corpus")
    document = json.loads((other / "tokenizer.json").read_text())
    document["model"]["vocab"]["[새말]"] = len(document["model"]["vocab"])
    (other / "tokenizer.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="has 160 tokens, the corpus .* 161"):
        train(other, tmp_path / "run", TINY, processes=1)


def test_a_corpus_too_short_for_a_window_is_an_error(corpus, tmp_path):
    with pytest.raises(ValueError, match="no train shard of .* holds 40000 tokens"):
        train(corpus, tmp_path, replace(TINY, length=10_000), processes=1)


def test_the_losses_of_an_exported_model_are_those_of_the_run(corpus, tmp_path):
    train(corpus, tmp_path / "run", TINY, processes=1)
    export(tmp_path / "run", corpus, tmp_path / "model")
    found = evaluate(tmp_path / "model", corpus, windows=4, length=64, batch=4)
    last = last_validation(tmp_path / "run")
    assert found["masked_lm"] == pytest.approx(last["masked_lm"], rel=0.01)
    assert found["span"] == pytest.approx(last["span"], rel=0.01)
    with pytest.raises(FileNotFoundError, match="daedap train encoder export"):
        evaluate(tmp_path / "nothing", corpus)


@pytest.mark.parametrize("size", ["mini", "small", "base"])
def test_the_sizes_are_configurations(size):
    config = load_configuration(TrainConfig, SIZES / f"{size}.json", total_steps=7)
    assert config.total_steps == 7 and config.hidden_size == {"mini": 256, "small": 384, "base": 768}[size]


def test_a_missing_corpus_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="prepare"):
        train(tmp_path, tmp_path / "out", TINY, processes=1)


def test_an_exported_model_loads_by_name_and_starts_another_run(corpus, tmp_path):
    from transformers import AutoModel

    train(corpus, tmp_path / "run", TINY, processes=1)
    assert export(tmp_path / "run", corpus, tmp_path / "model")["step"] == 4
    model = AutoModel.from_pretrained(tmp_path / "model", dtype=torch.float32)
    trained = weights(tmp_path / "run")["encoder.word_embeddings.weight"]
    assert torch.allclose(model.word_embeddings.weight, trained, atol=1e-3)
    train(corpus, tmp_path / "next", replace(TINY, total_steps=1), processes=1, start_from=tmp_path / "model")
    moved = weights(tmp_path / "next")["encoder.word_embeddings.weight"]
    assert 0 < (moved - trained).abs().max() < 0.05
    own = json.loads((tmp_path / "model" / "config.json").read_text())
    (tmp_path / "model" / "config.json").write_text(json.dumps({**own, "common_ids": [7, 8]}))
    train(corpus, tmp_path / "other", replace(TINY, total_steps=1), processes=1, start_from=tmp_path / "model")
    assert torch.load(checkpoints(tmp_path / "other")[-1])["model_config"]["common_ids"] == [7, 8]


def test_the_learning_rate_warms_up_stays_and_falls():
    config = replace(TINY, warmup_steps=4, decay_steps=5, total_steps=20)
    shares = [config.learning_rate_share(step) for step in (0, 3, 10, 15, 16, 19)]
    assert np.allclose(shares, [0.25, 1.0, 1.0, 1.0, 0.8, 0.2])
