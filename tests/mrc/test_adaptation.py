"""Adapting a tiny reader to a tiny manual: what is compared, kept and published, and the command."""

import json

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")

from typer.testing import CliRunner  # noqa: E402

from bot.cli import app  # noqa: E402
from mrc import adaptation  # noqa: E402
from mrc.adaptation import AdaptationConfig, Reading, Text, Verdict, adapt, finished, make_questions, run_name, split, verdict  # noqa: E402
from mrc.export import export  # noqa: E402
from mrc.models import load_model  # noqa: E402
from mrc.reader import Reader, ReaderConfig  # noqa: E402
from nlu.transfer.runs import load_run, published_model  # noqa: E402

CONFIG = AdaptationConfig(epochs=0.2, rounds=2, held_out_share=0.3, check_limit=4)
TEXTS = [
    Text(
        "설명서",
        f"필터는 {i}개월마다 한 번 청소해 주세요. 물이 새면 {i}번 버튼을 누르세요. "
        f"젖은 손으로 만지면 안 됩니다.\n가격: {i},000원",
    )
    for i in range(2, 32)
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(tiny_encoder, tmp_path_factory):
    """A reader as it ships, untrained."""
    folder = tmp_path_factory.mktemp("reader")
    export(load_model(tiny_encoder), folder, config=ReaderConfig(max_length=128, doc_stride=32, common_ids=(5, 6)))
    return folder


@pytest.fixture(scope="module")
def general(tmp_path_factory):
    """Question files as data/training holds them."""
    folder = tmp_path_factory.mktemp("general") / "data" / "training"
    folder.mkdir(parents=True)
    for name, first in (("reading_train.jsonl", 1400), ("manual_reading_validation.jsonl", 1500)):
        lines = [
            {"title": f"글 {i}", "context": f"세종은 {i}년 12월에 훈민정음을 창제하였다.",
             "questions": [{"question": "언제 창제하였나요?", "answer": f"{i}년", "start": 4}]}
            for i in range(first, first + 12)
        ]  # fmt: skip
        (folder / name).write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return folder


def run(reader, general, folder):
    return adapt(TEXTS, reader, folder, [general / "reading_train.jsonl"], general / "manual_reading_validation.jsonl", CONFIG)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (Reading(70.0, 60.0, 0.9), Verdict(True, ())),
        (Reading(60.4, 60.0, 0.9), Verdict(False, ("gain",))),
        (Reading(60.5, 59.0, 0.88), Verdict(True, ())),
        (Reading(70.0, 58.9, 0.9), Verdict(False, ("general",))),
        (Reading(70.0, 60.0, 0.87), Verdict(False, ("silence",))),
        (Reading(50.0, 50.0, 0.5), Verdict(False, ("gain", "general", "silence"))),
    ],
)
def test_the_new_reader_must_gain_and_forget_nothing(after, expected):
    assert verdict(Reading(60.0, 60.0, 0.9), after, AdaptationConfig()) == expected


def test_passages_held_out_give_no_training_question():
    training, held_out = split([*TEXTS, TEXTS[0]], CONFIG)
    assert len(training) + len(held_out) == 30 and 3 < len(held_out) < 16
    assert split(TEXTS, CONFIG) == (training, held_out)
    made = make_questions(training, CONFIG, 2)
    assert {one.context for one in made} == {text.text for text in training}
    assert len({(one.context, one.question, one.answer_start) for one in made}) == len(made)
    assert len(make_questions(training, CONFIG, 1)) < len(made)


def test_the_run_is_named_by_what_it_is_made_from(reader):
    name = run_name(TEXTS, reader, CONFIG)
    assert name == run_name(TEXTS, reader, CONFIG)
    assert name != run_name(TEXTS[1:], reader, CONFIG) and name != run_name(TEXTS, reader, AdaptationConfig())


def test_too_little_text_is_refused(reader, general, tmp_path):
    with pytest.raises(ValueError, match="at least 40 and 10 are wanted"):
        adapt(TEXTS[:3], reader, tmp_path / "run", [general / "reading_train.jsonl"], general / "reading_train.jsonl", CONFIG)


def test_a_reader_without_weights_is_refused(general, tmp_path):
    with pytest.raises(FileNotFoundError, match="model.safetensors"):
        adapt(TEXTS, tmp_path, tmp_path / "run", [general / "reading_train.jsonl"], general / "reading_train.jsonl", CONFIG)


def test_a_stopped_adaptation_goes_on_and_leaves_a_reader(reader, general, tmp_path, monkeypatch):
    import mrc.training as training

    folder = tmp_path / "reader-x"
    done = training._Run._train_step

    def stops(self, batch, progress):
        if self.step == 2:
            self.save_checkpoint()
            raise KeyboardInterrupt
        return done(self, batch, progress)

    monkeypatch.setattr(training._Run, "_train_step", stops)
    with pytest.raises(KeyboardInterrupt):
        run(reader, general, folder)
    assert load_run(folder).status == "running" and finished(folder) is None
    steps = []
    monkeypatch.setattr(training._Run, "_train_step", lambda self, *rest: steps.append(self.step) or done(self, *rest))
    found = run(reader, general, folder)
    assert steps[0] == 2
    record = load_run(folder)
    assert record.status == "finished" and record.task == "reader" and record.metrics == finished(folder)
    assert record.metrics["company_f1_after"] == found.after.company_f1
    assert record.metrics["kept"] == float(found.verdict.is_kept)
    assert record.metrics["share"] == found.share and found.share in (0, *CONFIG.mixtures)
    assert found.verdict == verdict(found.before, found.after, CONFIG)
    served = Reader.load(folder / "model")
    assert served.config.max_length == 128 and served.read("언제?", [TEXTS[0].text])


@pytest.fixture
def manuals(tmp_path):
    folder = tmp_path / "manuals"
    folder.mkdir()
    for number, text in enumerate(TEXTS):
        (folder / f"{number}.md").write_text(f"# 설명서 {number}\n\n{text.text}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("kept", [True, False])
def test_the_command_publishes_only_what_is_kept(kept, reader, general, manuals, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.settings.ROOT", general.parent.parent)
    monkeypatch.setattr("bot.settings.BUILT", tmp_path / "built")
    monkeypatch.setattr(adaptation, "verdict", lambda *_: Verdict(kept, () if kept else ("gain", "silence")))
    arguments = ["adapt", "reader", "--manuals", str(manuals), "--reader", str(reader), "--max-minutes", "0.02"]
    found = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert found.exit_code == 0 and "→" in found.output
    served = published_model(tmp_path / "built" / "published", "reader")
    if kept:
        assert Reader.load(served).read("언제?", [TEXTS[0].text]) and "daedap runs rollback reader" in found.output
    else:
        assert served is None and "지금 모델을 그대로 써요" in found.output and "가려요" in found.output
    again = CliRunner().invoke(app, arguments)
    assert isinstance(again.exception, ValueError) and "--fresh" in str(again.exception)


def test_the_command_wants_a_folder_that_is_there(tmp_path):
    found = CliRunner().invoke(app, ["adapt", "reader", "--manuals", str(tmp_path / "none")])
    assert isinstance(found.exception, FileNotFoundError) and "폴더가 없어요" in str(found.exception)
