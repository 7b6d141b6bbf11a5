"""Training, its resumption, its export and its commands, on twenty questions and a tiny random encoder."""

import json

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")

from mrc.evaluation import calibrate, evaluate, mixed_set, score  # noqa: E402
from mrc.examples import read_examples  # noqa: E402
from mrc.export import Variant, choose, export  # noqa: E402
from mrc.models import load_model  # noqa: E402
from mrc.reader import Reader, ReaderConfig  # noqa: E402
from mrc.training import DataFile, TrainingConfig, load_data, span_loss, torch_backend, train  # noqa: E402
from nlu.transfer.layers import parameter_groups  # noqa: E402
from nlu.transfer.runs import load_run  # noqa: E402

FAST = TrainingConfig(
    epochs=1,
    batch_size=4,
    evaluate_every=2,
    max_length=128,
    doc_stride=32,
    validation_share=0.3,
    checkpoint_minutes=0,
    processes=1,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "questions.jsonl"
    records = []
    for i in range(20):
        context = f"세종은 {1400 + i}년 12월에 훈민정음을 창제하였다. 필터는 {i + 2}개월마다 한 번 청소해 주세요."
        answer = f"{1400 + i}년"
        records.append(
            {"title": f"글 {i}", "question": "언제 창제하였나요?", "answer": answer, "answer_start": 4, "context": context}
        )
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(data, tiny_encoder, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return train([DataFile(data)], tiny_encoder, out, FAST, cache=out / "cache")


def test_a_run_leaves_log_curve_checkpoint_and_weights(trained):
    names = {path.name for path in trained.folder.iterdir()}
    assert {"log.jsonl", "learning_curve.png", "checkpoint.pt", "best", "run.json"} <= names
    record = load_run(trained.folder)
    assert (record.task, record.status, record.metrics["f1"], record.steps) == ("reader", "finished", trained.f1, trained.steps)
    lines = [json.loads(line) for line in (trained.folder / "log.jsonl").read_text().splitlines()]
    assert any("validation_f1" in line for line in lines)
    assert max(line["validation_f1"] for line in lines if "validation_f1" in line) == trained.f1


def test_validation_articles_are_not_trained_on(data):
    training, validation = load_data([DataFile(data), DataFile(data, 0.5, False)], FAST)
    held_out = {example.title for example in validation}
    assert len(held_out) > 0 and [weight for _, weight in training] == [1.0, 0.5]
    for examples, _ in training:
        assert held_out & {example.title for example in examples} == set()
        assert len(examples) + len(validation) == 20


def test_a_stopped_run_goes_on_to_the_same_weights(data, tiny_encoder, tmp_path, monkeypatch):
    config = TrainingConfig(**{**vars(FAST), "patience": 100})
    whole = train([DataFile(data)], tiny_encoder, tmp_path / "whole", config)
    import mrc.training as module

    done = module._Run._train_step

    def stops(self, batch, progress):
        if self.step == 3:
            raise KeyboardInterrupt
        return done(self, batch, progress)

    monkeypatch.setattr(module._Run, "_train_step", stops)
    with pytest.raises(KeyboardInterrupt):
        train([DataFile(data)], tiny_encoder, tmp_path / "stopped", config)
    monkeypatch.setattr(module._Run, "_train_step", done)
    resumed = train([DataFile(data)], tiny_encoder, tmp_path / "stopped", config)
    assert (resumed.steps, resumed.f1) == (whole.steps, whole.f1)
    a, b = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=False)["model"] for name in ("whole", "stopped"))
    for name in a:
        torch.testing.assert_close(a[name], b[name])


def test_a_run_with_other_settings_is_not_resumed(data, tiny_encoder, trained):
    with pytest.raises(ValueError, match="other settings"):
        train([DataFile(data)], tiny_encoder, trained.folder, TrainingConfig(**{**vars(FAST), "seed": 5}))


def test_the_loss_falls_on_one_batch(data, tiny_encoder):
    from mrc.batches import Sampler, Source
    from mrc.packing import pack

    loaded = load_model(tiny_encoder)
    packed = pack(read_examples(data).examples, loaded.tokenizer)
    sampler = Sampler([Source(packed)], max_length=128, negative_share=0.2, crop_share=0, batch_size=8)
    batch = next(sampler.epoch(0))
    optimizer = torch.optim.AdamW(parameter_groups(loaded.model, learning_rate=1e-2))
    losses = []
    for _ in range(25):
        loss = span_loss(loaded.model, batch, "cpu")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("compute", ["bfloat16", "autocast"])
def test_half_precision_gives_about_the_loss_of_float32(data, tiny_encoder, compute):
    from mrc.batches import Sampler, Source
    from mrc.packing import pack

    loaded = load_model(tiny_encoder)
    packed = pack(read_examples(data).examples, loaded.tokenizer)
    batch = next(Sampler([Source(packed)], max_length=128, negative_share=0.2, crop_share=0, batch_size=8).epoch(0))
    losses = {name: float(span_loss(loaded.model, batch, "cpu", name).detach()) for name in ("float32", compute)}
    assert losses[compute] == pytest.approx(losses["float32"], rel=0.05)


def test_a_frozen_encoder_keeps_its_weights(data, tiny_encoder, tmp_path):
    start = load_model(tiny_encoder).model.state_dict()
    result = train([DataFile(data)], tiny_encoder, tmp_path, TrainingConfig(**{**vars(FAST), "frozen_layers": -1}))
    moved = {name for name, value in result.model.model.state_dict().items() if not torch.equal(value, start[name])}
    assert moved == {"qa_outputs.weight", "qa_outputs.bias"}


def test_export_serves_what_torch_computes(trained, tmp_path):
    summary = export(
        trained.model, tmp_path, validation=trained.validation, config=ReaderConfig(max_length=128, common_ids=(5, 6))
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md", "config.json", "daedap_tokenizer.json", "model.onnx", "model.safetensors", "reader.json", "tokenizer.json"
    }  # fmt: skip
    assert summary.largest_difference < 1e-3
    served = Reader.load(tmp_path, threads=1)
    example = trained.validation[0]
    found = served.read(example.question, [example.context])
    assert example.context[found[0].start : found[0].end] == found[0].text
    assert served.config.common_ids == (5, 6)
    warm = load_model(tmp_path)  # the half-precision weights load for further training
    for name, value in trained.model.model.state_dict().items():
        torch.testing.assert_close(warm.model.state_dict()[name], value, atol=2e-3, rtol=2e-3)


def test_float32_onnx_reads_as_torch_does(trained, tmp_path):
    summary = export(trained.model, tmp_path)  # without validation: float32
    assert summary.chosen.precision == "float32"
    served = Reader.load(tmp_path)
    by_torch = Reader(trained.model.tokenizer, torch_backend(trained.model.model, compute="float32"), served.config)
    for example in trained.validation:
        ours, theirs = (r.read(example.question, [example.context])[0] for r in (served, by_torch))
        assert ours[:4] == theirs[:4] and ours.score == pytest.approx(theirs.score, abs=1e-3)


def test_the_choice_among_variants():
    f32, int8, small = (
        Variant("float32", 21.0, 0, 60.0, 20.0),
        Variant("int8", 11.6, 0, 59.8, 11.0),
        Variant("x", 5.5, 0, 59.4, 10.8),
    )
    assert choose([f32, int8, small], 20.0) == int8
    assert choose([f32, int8, small], 10.0) == small
    assert choose([f32], 30.0) == f32
    with pytest.raises(ValueError, match="no variant"):
        choose([f32], 20.0)


def test_evaluation_and_calibration(trained):
    served = Reader(trained.model.tokenizer, torch_backend(trained.model.model), ReaderConfig(max_length=128))
    found = evaluate(served, trained.validation, limit=3)
    assert found.n == 3 and 0 < found.latency_ms_p50 <= found.latency_ms_p95
    assert score(trained.validation, [e.answers[0].text for e in trained.validation]) == (100.0, 100.0)
    pairs, answerable = mixed_set(trained.validation)
    for (example, contexts), is_answerable in zip(pairs, answerable):
        assert (example.context in contexts) == is_answerable
    calibrated = calibrate(served, trained.validation)
    assert 0 <= calibrated.threshold <= 1
    assert calibrated.knowing.answerable + calibrated.knowing.unanswerable == len(pairs)


def test_knowing_counts_the_questions_without_an_answer(trained):
    from mrc.evaluation import measure_knowing
    from mrc.examples import QuestionExample

    served = Reader(trained.model.tokenizer, torch_backend(trained.model.model), ReaderConfig(max_length=128))
    without = [QuestionExample("none", "어디에서 창제하였나요?", "필터는 6개월마다 한 번 청소해 주세요.", (), "다른 글")]
    alone, mixed = measure_knowing(served, trained.validation), measure_knowing(served, [*trained.validation, *without])
    assert mixed.answerable == alone.answerable and mixed.unanswerable == alone.unanswerable + 1
    assert set(mixed.answered_at_precision) == {"80%", "90%", "95%"}
    with pytest.raises(ValueError, match="no question with an answer"):
        measure_knowing(served, without)


@pytest.mark.parametrize("family", ["bert", "roberta", "electra"])
def test_every_family_of_the_hub_trains_and_exports(family, data, tmp_path):
    start = hub_model(family, tmp_path / "start")
    result = train([DataFile(data)], start, tmp_path / "run", FAST)
    assert result.model.layout.separators == (2 if family == "roberta" else 1)
    export(result.model, tmp_path / "served", validation=result.validation)
    served = Reader.load(tmp_path / "served")
    example = result.validation[0]
    found = served.read(example.question, [example.context])[0]
    assert example.context[found.start : found.end] == found.text


def test_a_pair_is_written_as_the_tokenizer_writes_it(tmp_path):
    """klue/roberta-base is a RoBERTa that writes pairs as BERT does."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import processors

    folder = hub_model("roberta", tmp_path)
    backend = Backend.from_file(str(folder / "tokenizer.json"))
    assert load_model(folder).layout.separators == 2
    special = [("[CLS]", 2), ("[SEP]", 3)]
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=special
    )
    backend.save(str(folder / "tokenizer.json"))
    assert load_model(folder).layout.separators == 1


def hub_model(family, folder):
    """A tiny random model of a family, with a fast tokenizer, as the hub has them."""
    import transformers
    from tokenizers import Tokenizer as Backend
    from tokenizers import models, normalizers, pre_tokenizers

    text = "세종은 년 월에 훈민정음을 창제하였다. 필터는 개월마다 한 번 청소해 주세요. 언제 창제하였나요? 0123456789"
    characters = sorted(set(text.replace(" ", "")))
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters, *("##" + c for c in characters)]
    backend = Backend(models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=False)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(folder)
    size = {
        "vocab_size": len(tokens),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "max_position_embeddings": 512,
        "pad_token_id": 0,
    }
    names = {"bert": "Bert", "roberta": "Roberta", "electra": "Electra"}
    config = getattr(transformers, f"{names[family]}Config")(**size, type_vocab_size=1 if family == "roberta" else 2)
    if family == "electra":
        config.embedding_size = 16
    getattr(transformers, f"{names[family]}ForQuestionAnswering")(config).save_pretrained(folder)
    return folder


def test_the_commands_train_read_and_evaluate(data, tiny_encoder, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from bot.cli import app

    monkeypatch.setattr("bot.settings.BUILT", tmp_path / "built")
    config = tmp_path / "config.json"
    config.write_text(json.dumps(vars(FAST)))
    out = tmp_path / "reader"
    runner = CliRunner()
    arguments = [
        "train",
        "reader",
        "--data",
        f"{data}:1",
        "--encoder",
        str(tiny_encoder),
        "--out",
        str(out),
        "--config",
        str(config),
    ]
    found = runner.invoke(app, arguments, catch_exceptions=False)
    assert found.exit_code == 0 and (out / "reader.json").is_file()

    squad = tmp_path / "squad.json"
    context = "세종은 1443년 12월에 훈민정음을 창제하였다."
    answers = [{"text": "1443년", "answer_start": 4}]
    paragraph = {"context": context, "qas": [{"id": "1", "question": "언제 창제하였나요?", "answers": answers}]}
    squad.write_text(json.dumps({"data": [{"title": "세종", "paragraphs": [paragraph]}]}, ensure_ascii=False), encoding="utf-8")
    found = runner.invoke(
        app, ["evaluate", "reader", "--data", str(squad), "--reader", str(out), "--json", "--knowing"], catch_exceptions=False
    )
    document = json.loads(found.stdout)
    assert list(document) == ["n", "exact_match", "f1", "latency_ms_p50", "latency_ms_p95", "knowing"] and document["n"] == 1
    assert document["knowing"]["answerable"] == 1

    text = tmp_path / "text.txt"
    text.write_text(context, encoding="utf-8")
    arguments = ["read", "--question", "언제?", "--context", str(text), "--reader", str(out), "--json"]
    document = json.loads(runner.invoke(app, arguments, catch_exceptions=False).stdout)
    assert list(document) == ["question", "answer", "start", "end", "confidence", "latency_ms"]
    if document["answer"] is not None:
        assert context[document["start"] : document["end"]] == document["answer"]
    arguments = ["read", "--question", "", "--context", "-", "--reader", str(out), "--json"]
    document = json.loads(runner.invoke(app, arguments, input=context, catch_exceptions=False).stdout)
    assert document["answer"] is None and document["confidence"] == 0.0


@pytest.mark.parametrize(("family", "name"), [("electra", "koelectra-base-v3"), ("roberta", "klue-roberta-base"), ("bert", None)])
def test_the_command_trains_a_hub_model_with_its_configuration(family, name, data, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from bot.cli import app

    monkeypatch.setattr("bot.settings.BUILT", tmp_path / "built")
    start, out = hub_model(family, tmp_path / "start"), tmp_path / "reader"
    arguments = ["train", "reader", "--data", str(data), "--model", str(start), "--out", str(out), "--max-steps", "3"]
    arguments += ["--batch-size", "4", "--max-length", "128", *(["--config", name] if name else [])]
    found = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert found.exit_code == 0 and Reader.load(out).read("언제 창제하였나요?", ["세종은 1443년에 창제하였다."])
    log = [json.loads(line) for line in next((tmp_path / "built" / "runs").glob("*/log.jsonl")).read_text().splitlines()]
    assert log[-1]["step"] == 3


@pytest.mark.parametrize("name", ["koelectra-base-v3", "klue-roberta-base"])
def test_the_configurations_that_ship_are_readable(name):
    from mrc.training import CONFIGURATIONS
    from nlu.configuration import find_configuration, load_configuration

    config = load_configuration(TrainingConfig, find_configuration(name, CONFIGURATIONS), epochs=1.0)
    assert config.epochs == 1.0 and config.learning_rate < 1e-4 and config.max_length >= 510


def test_an_unknown_configuration_names_those_there_are():
    from mrc.training import CONFIGURATIONS
    from nlu.configuration import find_configuration

    with pytest.raises(FileNotFoundError, match="klue-roberta-base, koelectra-base-v3"):
        find_configuration("koelectra", CONFIGURATIONS)


def test_a_hub_model_that_is_not_there_offline_is_explained(data, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from bot.cli import app

    monkeypatch.setattr("bot.settings.BUILT", tmp_path / "built")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    arguments = ["train", "reader", "--data", str(data), "--model", "daedap-tests/nowhere", "--out", str(tmp_path / "out")]
    found = CliRunner().invoke(app, arguments)
    assert isinstance(found.exception, OSError) and "HF_HUB_OFFLINE=0" in str(found.exception)


def test_a_random_start_has_the_shape_and_not_the_weights(tiny_encoder):
    trained, drawn = load_model(tiny_encoder), load_model(tiny_encoder, random_start=True)
    a, b = trained.model.state_dict(), drawn.model.state_dict()
    assert {name: value.shape for name, value in a.items()} == {name: value.shape for name, value in b.items()}
    assert not torch.allclose(a["encoder.word_embeddings.weight"], b["encoder.word_embeddings.weight"])


def test_without_the_match_type_no_token_is_marked(data, tiny_encoder, tmp_path, monkeypatch):
    import mrc.training as module

    seen = []
    done = module.span_loss

    def keeps(model, batch, *rest):
        seen.append(int(batch.token_type_ids.max()))
        return done(model, batch, *rest)

    monkeypatch.setattr(module, "span_loss", keeps)
    for marked, highest in ((True, 2), (False, 1)):
        config = TrainingConfig(**{**vars(FAST), "match_type": marked, "max_steps": 2})
        result = train([DataFile(data)], tiny_encoder, tmp_path / str(marked), config)
        assert result.steps == 2 and set(seen) == {highest}
        assert result.model.layout.has_match_type is marked
        seen.clear()


def test_a_file_of_weight_none_validates_and_does_not_train(data, tmp_path):
    made = tmp_path / "made.jsonl"
    made.write_text(data.read_text(encoding="utf-8").replace("글 ", "다른 글 "), encoding="utf-8")
    training, validation = load_data([DataFile(data, 0.0), DataFile(made, 1.0, False)], FAST)
    assert {example.title[:2] for example in validation} == {"글 "} and [weight for _, weight in training] == [0.0, 1.0]


def test_unknown_settings_are_refused(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"epochs": 2, "epoch": 3}')
    with pytest.raises(ValueError, match="unknown keys"):
        TrainingConfig.load(path)
    path.write_text('{"epochs": 2}')
    assert TrainingConfig.load(path, seed=7, epochs=None) == TrainingConfig(epochs=2, seed=7)


def test_a_folder_without_a_model_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap train encoder"):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        load_model(tmp_path / "missing")
