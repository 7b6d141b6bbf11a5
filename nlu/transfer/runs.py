"""The folder that every training run leaves, and which run's model serves. Standard library only.

    <runs>/<name>/run.json             task, configuration, seed, versions, machine, data, metrics
    <runs>/<name>/log.jsonl            one record a line
    <runs>/<name>/learning_curve.png
    <runs>/<name>/model/               what can be published (a run may name another folder)
    <published>/<task>/<run>/          a copy of that, so that a run may be deleted
    <published>/<task>/published.json  which copy serves, and which served before, newest last
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nlu.whole_file import write_json

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
RUN_FILE, LOG_FILE, CURVE_FILE, MODEL_FOLDER, PUBLISHED_FILE = (
    "run.json", "log.jsonl", "learning_curve.png", "model", "published.json"
)  # fmt: skip
VERSIONS_OF = ("daedap", "torch", "transformers", "numpy", "kiwipiepy", "onnxruntime", "tokenizers")
KEPT = 3
"""So many copies of a task stay: the one that serves and those to go back to."""
_NAME = re.compile(r"[^\W_][\w.-]*")


@dataclass(frozen=True)
class RunRecord:
    """What `run.json` holds."""

    name: str
    task: str
    seed: int
    configuration: dict[str, Any]
    data: dict[str, Any]
    started: str
    versions: dict[str, str]
    machine: dict[str, Any]
    status: str = "running"
    seconds: float = 0.0
    steps: int = 0
    overfitting_step: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    model: str = MODEL_FOLDER
    """The folder with the model that serves, relative to the run's, or absolute."""
    format_version: int = FORMAT_VERSION


class Run:
    """A run being written: `log` while it goes, `finish` at its end."""

    def __init__(self, folder: Path, record: RunRecord):
        self.folder, self.record = folder, record
        self._begun = time.monotonic() - record.seconds

    @classmethod
    def start(cls, folder: Path, task: str, configuration: Any, data: Mapping[str, Any], *, reopen: bool = False) -> Run:
        """Begin the run `folder.name`, or go on with an unfinished one (with `reopen` also with a finished one).

        Raises ValueError for a name that is no plain file name, and where a finished run has it.
        """
        if not _NAME.fullmatch(folder.name):
            raise ValueError(f"{folder.name!r} is no name of a run: letters, digits, '.', '_' and '-' are allowed")
        values = plain(configuration)
        found = load_run(folder) if (folder / RUN_FILE).is_file() else None
        if found is not None and found.status == "finished" and not reopen:
            raise ValueError(f"a finished run called {folder.name} is there: choose another name, or remove {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        record = RunRecord(
            folder.name,
            task,
            int(values.get("seed", 0)),
            values,
            dict(data),
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
            versions(),
            machine(),
        )
        run = cls(folder, replace(record, seconds=found.seconds) if found is not None else record)
        run._save()
        return run

    def log(self, **values: Any) -> None:
        logger.info("%s", " ".join(f"{name} {value}" for name, value in values.items()))
        with (self.folder / LOG_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(values, ensure_ascii=False) + "\n")

    def finish(self, metrics: Mapping[str, float], **changes: Any) -> RunRecord:
        seconds = round(time.monotonic() - self._begun, 1)
        self.record = replace(self.record, **{"status": "finished", "metrics": dict(metrics), "seconds": seconds, **changes})
        self._save()
        return self.record

    def _save(self) -> None:
        write_json(self.folder / RUN_FILE, asdict(self.record))


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The records of a run's `log.jsonl`; a last line cut short by a kill is left out."""
    path = folder / LOG_FILE
    records = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def load_run(folder: Path) -> RunRecord:
    """The record of a run's folder; raises FileNotFoundError or ValueError naming what is off."""
    path = folder / RUN_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: no run is called {folder.name}; `daedap runs list` shows those there are")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format_version"] != FORMAT_VERSION:
            raise ValueError(f"{path} has format {values['format_version']}, this daedap reads {FORMAT_VERSION}")
        return RunRecord(**values)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no record of a run: {error}") from error


def name_model(run: Path, model: Path) -> None:
    """Note in a run's record that the model that serves was written to the folder `model`."""
    write_json(run / RUN_FILE, asdict(replace(load_run(run), model=str(model.resolve()))))


def list_runs(runs: Path, task: str | None = None) -> list[RunRecord]:
    """All runs, oldest first, those of one task where one is named."""
    found = [load_run(path.parent) for path in runs.glob(f"*/{RUN_FILE}")]
    return sorted((run for run in found if task in (None, run.task)), key=lambda run: (run.started, run.name))


def differences(records: Sequence[RunRecord]) -> dict[str, list[Any]]:
    """What the runs' configurations and data do not share: dotted key to one value a run (None: not there)."""
    flat = [_flat({"configuration": record.configuration, "data": record.data}) for record in records]
    keys = dict.fromkeys(key for values in flat for key in values)
    rows = {key: [values.get(key) for values in flat] for key in keys}
    return {key.partition(".")[2]: row for key, row in rows.items() if any(value != row[0] for value in row)}


def publish(run: Path, published: Path) -> Path:
    """Let the run's model serve its task; returns the copy that serves. The one before stays, to go back to.

    Raises ValueError for a run that is not finished, FileNotFoundError where it left no model that serves.
    """
    record = load_run(run)
    if record.status != "finished":
        raise ValueError(f"the run {record.name} is not finished, so it cannot be published")
    model = run / record.model
    if not (model / "model.onnx").is_file():
        raise FileNotFoundError(f"{model / 'model.onnx'} is missing: the run {record.name} left no model that serves")
    folder = published / record.task
    history = _history(folder)
    copy = folder / _free_name(folder, record.name)
    partial = copy.with_name(copy.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(model, partial)
        partial.replace(copy)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise OSError(f"{copy} could not be written, what served before still serves: {error}") from error
    _save_history(folder, [*history, copy.name])
    return copy


def rollback(published: Path, task: str) -> Path | None:
    """Let the model serve that served before; None where that is the one daedap ships.

    Raises ValueError where nothing is published for the task.
    """
    folder = published / task
    history = _history(folder)
    if not history:
        raise ValueError(f"nothing is published for {task}: there is nothing to go back from")
    _save_history(folder, history[:-1])
    return published_model(published, task)


def published_model(published: Path, task: str) -> Path | None:
    """The folder that serves the task; None where no run was published."""
    history = _history(published / task)
    return published / task / history[-1] if history else None


def _history(folder: Path) -> list[str]:
    path = folder / PUBLISHED_FILE
    if not path.is_file():
        return []
    names = json.loads(path.read_text(encoding="utf-8"))["served"]
    return [name for name in names if (folder / name).is_dir()]


def _save_history(folder: Path, names: list[str]) -> None:
    kept = names[-KEPT:]
    write_json(folder / PUBLISHED_FILE, {"served": kept})
    for old in folder.iterdir():
        if old.is_dir() and old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def _free_name(folder: Path, name: str) -> str:
    """`name@number`, the number above those of all copies there."""
    numbers = [int(path.name.rpartition("@")[2]) for path in folder.glob("*@*") if path.name.rpartition("@")[2].isdigit()]
    return f"{name}@{max(numbers, default=0) + 1}"


def versions() -> dict[str, str]:
    """Python's version and those of the packages that shape a result, as far as they are installed."""
    found = {"python": platform.python_version()}
    for name in VERSIONS_OF:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Processor, cores this process may use, system; no host name."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.machine()}"
    return {"processor": _processor(), "cores": cores, "system": system, "gpu": _gpu()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def _gpu() -> str | None:
    torch = sys.modules.get("torch")  # only where the run uses it anyway
    return torch.cuda.get_device_name(0) if torch is not None and torch.cuda.is_available() else None


def plain(configuration: Any) -> dict[str, Any]:
    """A configuration as JSON would give it back."""
    values = configuration if isinstance(configuration, Mapping) else asdict(configuration)
    return json.loads(json.dumps(values, default=str))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            found.update(_flat(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}"] = value
    return found
