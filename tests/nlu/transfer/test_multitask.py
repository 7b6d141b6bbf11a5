"""Several tasks over one encoder: it learns them, and is served as it was trained."""

import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from nlu.transfer.examples import TextExample
from nlu.transfer.multitask import MultitaskConfig, TaskRows, main, read_task, train

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def tasks(reviews):
    things = [TextExample(row.text, row.text.split()[0]) for row in reviews]
    return [
        TaskRows("reviews", tuple(reviews[:48]), tuple(reviews[48:])),
        TaskRows("things", tuple(things[:48]), tuple(things[48:])),
    ]


def test_both_tasks_are_learnt_and_the_exported_encoder_gives_the_vectors_it_was_trained_with(tasks, encoder, tmp_path):
    from nlu.sentence_encoder import SentenceEncoder, export

    config = MultitaskConfig(layers=2, epochs=12, batch_size=8, learning_rate=5e-3, dropout=0.0, average_decay=0.5)
    found = train(encoder, tasks, tmp_path, config)
    assert found["reviews"] == 100.0 and found["things"] >= 75.0
    written = json.loads((tmp_path / "multitask.json").read_text())
    assert written["validation_accuracy"] == found and written["config"]["layers"] == 2
    export(tmp_path, layer=2)
    served = SentenceEncoder(tmp_path)
    vectors = served.encode([row.text for row in tasks[0].training])
    labels = np.array([row.label for row in tasks[0].training])
    good, bad = (vectors[labels == label].mean(axis=0) for label in ("good", "bad"))
    unseen = served.encode([row.text for row in tasks[0].validation])
    assert [("good" if v @ good > v @ bad else "bad") for v in unseen] == [row.label for row in tasks[0].validation]
    assert np.linalg.norm(unseen[0]) == pytest.approx(1.0, abs=1e-5)


def test_a_run_that_was_stopped_goes_on_from_its_checkpoint(tasks, encoder, tmp_path, monkeypatch):
    from nlu.transfer import multitask

    config = MultitaskConfig(layers=2, steps=40, batch_size=8, learning_rate=5e-3, checkpoint_minutes=1e-9)
    batches = multitask._Trainer._batches
    with monkeypatch.context() as patch:

        def cut_short(trainer):
            yield from islice(batches(trainer), 25)
            raise KeyboardInterrupt

        patch.setattr(multitask._Trainer, "_batches", cut_short)
        with pytest.raises(KeyboardInterrupt):
            train(encoder, tasks, tmp_path, config)
    assert not (tmp_path / "heads.json").exists()

    with pytest.raises(ValueError, match="is of other tasks or another configuration"):
        train(encoder, tasks, tmp_path, replace(config, seed=1))

    taken = []
    monkeypatch.setattr(multitask._Trainer, "_batches", lambda trainer: (taken.append(b) or b for b in batches(trainer)))
    going_on = multitask._Trainer(encoder, tasks, config, tmp_path)
    assert going_on.step == 25 and going_on.seconds > 0
    train(encoder, tasks, tmp_path, config)
    assert len(taken) == 15
    assert (tmp_path / "heads.json").exists() and not (tmp_path / "checkpoint.pt").exists()


def test_a_task_leaves_out_the_rows_of_its_test_part(tmp_path):
    rows = "".join(f"글 {chr(0xAC00 + i)}\t{i % 2}\n" for i in range(200))
    (tmp_path / "rows.tsv").write_text("text\tlabel\n" + rows, encoding="utf-8")
    from nlu.transfer.examples import Columns

    task = read_task("t", tmp_path / "rows.tsv", Columns("text", "label"), tmp_path / "split.json")
    texts = {row.text for row in task.training} | {row.text for row in task.validation}
    assert (len(task.training), len(task.validation), len(texts)) == (160, 20, 180)


def test_a_task_without_columns_and_a_senseless_configuration_are_refused(tmp_path):
    with pytest.raises(ValueError, match="NAME=FILE:TEXT_COLUMN:LABEL_COLUMN"):
        main(["--task", "reviews.tsv", "--out", str(tmp_path)])
    with pytest.raises(ValueError, match="layers is 0"):
        replace(MultitaskConfig(), layers=0)
