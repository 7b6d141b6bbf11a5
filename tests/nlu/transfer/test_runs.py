import json
from dataclasses import dataclass

import pytest

from nlu.transfer.runs import Run, differences, list_runs, load_run, name_model, publish, published_model, read_log, rollback


@dataclass(frozen=True)
class Config:
    seed: int = 3
    rate: float = 0.1


def finished(runs, name, task="sentiment", accuracy=80.0, model=b"weights", config=Config()):  # noqa: B008
    run = Run.start(runs / name, task, config, {"rows": {"training": 10}})
    (run.folder / "model").mkdir()
    (run.folder / "model" / "model.onnx").write_bytes(model)
    run.finish({"accuracy": accuracy}, steps=5)
    return run.folder


def test_a_run_is_written_while_it_goes_and_at_its_end(tmp_path):
    run = Run.start(tmp_path / "a", "sentiment", Config(), {"file": "reviews.tsv"})
    assert load_run(tmp_path / "a").status == "running"
    run.log(step=1, loss=0.5)
    run.finish({"accuracy": 81.5}, steps=7, overfitting_step=4)
    record = load_run(tmp_path / "a")
    assert (record.status, record.metrics, record.steps, record.overfitting_step) == ("finished", {"accuracy": 81.5}, 7, 4)
    assert (record.seed, record.configuration, record.data) == (3, {"seed": 3, "rate": 0.1}, {"file": "reviews.tsv"})
    assert record.versions["python"].startswith("3.") and record.machine["cores"] >= 1
    assert read_log(tmp_path / "a") == [{"step": 1, "loss": 0.5}]


def test_a_log_cut_short_by_a_kill_is_read_up_to_there(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"step": 1}\n{"st')
    assert read_log(tmp_path) == [{"step": 1}]


def test_an_unfinished_run_goes_on_and_a_finished_one_does_not(tmp_path):
    Run.start(tmp_path / "a", "sentiment", Config(), {})
    Run.start(tmp_path / "a", "sentiment", Config(), {}).finish({"accuracy": 1.0})
    with pytest.raises(ValueError, match="finished run called a"):
        Run.start(tmp_path / "a", "sentiment", Config(), {})
    assert Run.start(tmp_path / "a", "sentiment", Config(), {}, reopen=True).record.status == "running"


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "-a"])
def test_a_name_is_a_plain_file_name(tmp_path, name):
    with pytest.raises(ValueError, match="is no name of a run"):
        Run.start(tmp_path / name, "sentiment", Config(), {})


def test_runs_are_listed_by_task_and_compared_by_what_differs(tmp_path):
    finished(tmp_path, "a", config=Config(rate=0.1))
    finished(tmp_path, "b", config=Config(rate=0.2))
    finished(tmp_path, "c", task="reader")
    assert [record.name for record in list_runs(tmp_path)] == ["a", "b", "c"]
    assert [record.name for record in list_runs(tmp_path, "sentiment")] == ["a", "b"]
    assert list_runs(tmp_path / "nowhere") == []
    assert differences([load_run(tmp_path / name) for name in "ab"]) == {"rate": [0.1, 0.2]}


def test_the_published_model_is_a_copy_and_there_is_a_way_back(tmp_path):
    runs, published = tmp_path / "runs", tmp_path / "published"
    assert published_model(published, "sentiment") is None
    first = publish(finished(runs, "a", model=b"1"), published)
    second = publish(finished(runs, "b", model=b"2"), published)
    assert published_model(published, "sentiment") == second
    (runs / "b" / "model" / "model.onnx").unlink()
    assert (second / "model.onnx").read_bytes() == b"2"
    assert rollback(published, "sentiment") == first == published_model(published, "sentiment")
    assert rollback(published, "sentiment") is None is published_model(published, "sentiment")
    with pytest.raises(ValueError, match="nothing is published for sentiment"):
        rollback(published, "sentiment")


def test_a_run_can_be_published_twice_and_few_copies_stay(tmp_path):
    folder = finished(tmp_path / "runs", "a")
    copies = [publish(folder, tmp_path / "published") for _ in range(5)]
    assert len(set(copies)) == 5
    there = {path.name for path in (tmp_path / "published" / "sentiment").iterdir() if path.is_dir()}
    assert there == {copy.name for copy in copies[-3:]}


def test_only_a_finished_run_with_a_model_is_published(tmp_path):
    Run.start(tmp_path / "a", "sentiment", Config(), {})
    with pytest.raises(ValueError, match="a is not finished"):
        publish(tmp_path / "a", tmp_path / "published")
    folder = finished(tmp_path, "b")
    (folder / "model" / "model.onnx").unlink()
    with pytest.raises(FileNotFoundError, match="model.onnx is missing"):
        publish(folder, tmp_path / "published")
    assert published_model(tmp_path / "published", "sentiment") is None
    with pytest.raises(FileNotFoundError, match="no run is called c"):
        publish(tmp_path / "c", tmp_path / "published")


def test_a_copy_that_cannot_be_written_leaves_what_serves(tmp_path, monkeypatch):
    first = publish(finished(tmp_path / "runs", "a"), tmp_path / "published")
    folder = finished(tmp_path / "runs", "b")

    def full(source, target):
        target.mkdir()
        (target / "config.json").write_text("{}")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nlu.transfer.runs.shutil.copytree", full)
    with pytest.raises(OSError, match="what served before still serves.*No space left"):
        publish(folder, tmp_path / "published")
    assert published_model(tmp_path / "published", "sentiment") == first
    assert [path.name for path in (tmp_path / "published" / "sentiment").iterdir() if path.is_dir()] == [first.name]


def test_a_run_may_name_another_folder_as_its_model(tmp_path):
    folder = finished(tmp_path / "runs", "a", task="reader")
    served = tmp_path / "served"
    (folder / "model").rename(served)
    name_model(folder, served)
    assert (publish(folder, tmp_path / "published") / "model.onnx").read_bytes() == b"weights"


def test_another_format_is_named(tmp_path):
    folder = finished(tmp_path, "a")
    document = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**document, "format_version": 9}))
    with pytest.raises(ValueError, match="format 9"):
        load_run(folder)
    (folder / "run.json").write_text("{")
    with pytest.raises(ValueError, match="is no record of a run"):
        load_run(folder)
