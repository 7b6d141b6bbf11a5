"""Intent classifiers side by side: `daedap evaluate nlu --compare`.

Each is cross-validated in a process of its own; the model of the last fold is loaded by a fresh
process, which says how long loading takes, how long a message, and how much memory. The fastest that is
not significantly worse than the best (exact McNemar test, p < 0.05, over the messages that both predicted) is
recommended. A slow one may be measured on the first folds only, which its row says.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import cloudpickle
import numpy as np

from bot.nlu_examples import Example, read_examples
from bot.settings import OFFLINE, ROOT
from nlu.cross_validation import FOLDS, IntentModel, held_out, joined, mcnemar_p, stratified_folds
from nlu.whole_file import write_json, write_whole

logger = logging.getLogger(__name__)

SIGNIFICANT = 0.05
TIMED_MESSAGES = 60
DIET_EPOCHS = 100
MODEL_FILE = "model.pickle"


class Diet:
    """Rasa's default pipeline, learnt and served through Rasa; needs TensorFlow."""

    CONFIG = """
recipe: default.v1
assistant_id: diet
language: ko
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: {epochs}
  constrain_similarities: true
- name: FallbackClassifier
  threshold: 0.3
"""

    def __init__(self, epochs: int = DIET_EPOCHS) -> None:
        self.epochs = epochs
        self.labels: list[str] = []
        self.model = b""
        self._agent: Any = None

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        import rasa.model_training

        self.labels = sorted(set(labels))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "config.yml").write_text(self.CONFIG.format(epochs=self.epochs), encoding="utf-8")
            blocks = []
            for label in self.labels:
                lines = "\n".join(f"    - {text}" for text, own in zip(texts, labels) if own == label)
                blocks.append(f"- intent: {label}\n  examples: |\n{lines}\n")
            (folder / "nlu.yml").write_text('version: "3.1"\nnlu:\n' + "".join(blocks), encoding="utf-8")
            path = rasa.model_training.train_nlu(
                str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder), fixed_model_name="diet"
            )
            self.model = Path(path).read_bytes()
        self._agent = None

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        import asyncio

        if self._agent is None:
            from rasa.core.agent import Agent

            with tempfile.TemporaryDirectory() as name:
                path = Path(name) / "diet.tar.gz"
                path.write_bytes(self.model)
                self._agent = Agent.load(str(path))
        places = {label: i for i, label in enumerate(self.labels)}
        rows = np.zeros((len(texts), len(self.labels)))

        async def parse() -> None:
            for row, text in zip(rows, texts):
                for one in (await self._agent.parse_message(text))["intent_ranking"]:
                    if one["name"] in places:
                        row[places[one["name"]]] = one["confidence"]

        asyncio.run(parse())
        return rows

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_agent": None}


def candidates() -> dict[str, Callable[[], IntentModel]]:
    """The classifiers by name; the first is what `config.yml` uses."""
    from nlu import intent_models as models

    encoder, messages, vectors = ROOT / models.ENCODER, ROOT / models.MESSAGES, ROOT / models.VECTORS
    return {
        "ridge": lambda: models.RidgeModel(messages, vectors),
        "ridge-augmented": lambda: models.Augmented(models.RidgeModel(messages, vectors)),
        "tfidf": models.TfidfRegression,
        "cbow-lstm": lambda: models.VectorsLstm("cbow"),
        "skipgram-lstm": lambda: models.VectorsLstm("skip-gram"),
        "diet": Diet,
        "diet-10": lambda: Diet(10),
        "encoder": lambda: models.EncoderRegression(messages),
        "encoder-tuned": lambda: models.FineTunedEncoder(encoder),
        "encoder-tuned-augmented": lambda: models.Augmented(models.FineTunedEncoder(encoder)),
    }


@dataclass(frozen=True)
class Compared:
    """One classifier's row; `p` is McNemar's against the best of the comparison, `folds` how many were measured."""

    name: str
    folds: int
    macro_f1: float
    accuracy: float
    out_of_scope_auroc: float | None
    train_s: float
    load_s: float
    ms_a_message: float
    memory_mb: float
    p: float = 1.0
    recommended: bool = False
    predicted: tuple[str, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        row = {key: value for key, value in asdict(self).items() if key != "predicted"}
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


def compare(
    folder: Path,
    names: Sequence[str] = (),
    keep: Path | None = None,
    minutes: float | None = None,
    folds: Mapping[str, int] | None = None,
) -> list[Compared]:
    """A row for each of `names` (all where empty) on the examples below `folder`, in the order of `candidates`.

    `folds` says of which classifiers only the first so many folds are measured. With `keep`, a folder, what was learnt of
    a fold is not learnt again. After `minutes` no further fold is begun: TimeoutError, and the next call goes on where this
    one stopped.
    """
    unknown = set(names) - set(candidates())
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: 그런 분류기가 없어요. {', '.join(candidates())} 가운데 골라 주세요.")
    deadline = time.time() + 60 * minutes if minutes else None
    wanted = [name for name in candidates() if not names or name in names]
    rows = [_run(name, folder, keep, deadline, (folds or {}).get(name, FOLDS)) for name in wanted]
    return judged(rows, [example.intent for example in read_examples(folder)])


def judged(rows: Sequence[Compared], gold: Sequence[str]) -> list[Compared]:
    """`rows` with their p against the most accurate one, the fastest of the not significantly worse recommended."""
    best = max(rows, key=lambda row: row.accuracy)
    ps = [1.0 if row is best else _p(gold, best.predicted, row.predicted) for row in rows]
    good = [row for row, p in zip(rows, ps) if p >= SIGNIFICANT]
    fastest = min(good, key=lambda row: row.ms_a_message)
    return [
        Compared(**{**{f: getattr(row, f) for f in Compared.__dataclass_fields__}, "p": p, "recommended": row is fastest})
        for row, p in zip(rows, ps)
    ]


def _p(gold: Sequence[str], a: Sequence[str], b: Sequence[str]) -> float:
    """McNemar's over the messages that both predicted."""
    both = [(x, y, z) for x, y, z in zip(gold, a, b) if y and z]
    return mcnemar_p(*zip(*both)) if both else 1.0


def _run(name: str, folder: Path, keep: Path | None, deadline: float | None, folds: int) -> Compared:
    with tempfile.TemporaryDirectory() as place:
        kept = kept_folder(keep or Path(place), name, folder)
        kept.mkdir(parents=True, exist_ok=True)
        model, learnt_file, served_file = kept / MODEL_FILE, learnt_in(kept, folds), Path(place) / "served.json"
        if not learnt_file.is_file():
            _worker("learn", name, str(folder), str(kept), str(deadline or ""), str(folds))
        if not learnt_file.is_file():
            raise TimeoutError(f"{name}: 남은 조각이 있어요. 같은 명령을 다시 실행하면 이어서 재요.")
        learnt = json.loads(learnt_file.read_text(encoding="utf-8"))
        _worker("serve", name, str(folder), str(model), str(served_file))
        served = json.loads(served_file.read_text(encoding="utf-8"))
    return Compared(name=name, folds=folds, **{**learnt, "predicted": tuple(learnt["predicted"])}, **served)


def kept_folder(keep: Path, name: str, folder: Path) -> Path:
    """Where below `keep` lies what was learnt of `name` from the examples below `folder` as they are now."""
    return keep / f"{name}-{_state_of(read_examples(folder)):08x}"


def learnt_in(kept: Path, folds: int) -> Path:
    """The file of the scores and predictions over the first `folds` folds."""
    return kept / f"learnt-{folds}.json"


def _state_of(examples: Sequence[Example]) -> int:
    """Tells one state of the examples from another."""
    return crc32("\n".join(f"{example.intent} {example.text}" for example in examples).encode())


def _worker(*arguments: str) -> None:
    environment = os.environ | OFFLINE | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-W", "ignore", "-m", "bot.nlu_comparison", *arguments]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        raise RuntimeError(f"{arguments[1]}: 재지 못했어요.\n{run.stderr[-1500:]}")


def _learn(name: str, folder: Path, kept: Path, deadline: float | None, folds: int = FOLDS) -> None:
    """Cross-validate `name` over the first `folds` folds, one by one; predictions and the last model go into `kept`."""
    examples = read_examples(folder)
    texts, labels = [e.text for e in examples], [e.intent for e in examples]
    fold = stratified_folds(texts, labels)
    make, files = candidates()[name], []
    for number in sorted(set(fold.tolist()))[:folds]:
        files.append(kept / f"fold-{number}.pickle")
        if not (files[-1].is_file() and (kept / MODEL_FILE).is_file()):
            if deadline and time.time() > deadline:
                return
            model = make()
            measured = held_out(lambda model=model: model, texts, labels, fold, number, timed=8)
            for path, what in ((kept / MODEL_FILE, model), (files[-1], measured)):
                write_whole(path, lambda file, content=cloudpickle.dumps(what): file.write(content))
    found = joined([cloudpickle.loads(file.read_bytes()) for file in files], texts, labels)
    document = {
        "macro_f1": found.macro_f1,
        "accuracy": found.accuracy,
        "out_of_scope_auroc": found.out_of_scope_auroc,
        "train_s": found.train_s,
        "predicted": found.predicted,
    }
    write_json(learnt_in(kept, folds), document)


def _serve(model_file: Path, folder: Path, result: Path) -> None:
    """Load the model and answer one message after the other."""
    started = time.perf_counter()
    model = cloudpickle.loads(model_file.read_bytes())
    texts = [example.text for example in read_examples(folder)][:: max(1, len(read_examples(folder)) // TIMED_MESSAGES)]
    model.probabilities([texts[0]])
    load_s = time.perf_counter() - started
    times = []
    for text in texts:
        started = time.perf_counter()
        model.probabilities([text + " "])
        times.append(1000 * (time.perf_counter() - started))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    document = {"load_s": load_s, "ms_a_message": float(np.median(times[5:])), "memory_mb": memory}
    result.write_text(json.dumps(document), encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    verb, name, folder, *rest = arguments
    if verb == "learn":
        kept, deadline, folds = rest
        _learn(name, Path(folder), Path(kept), float(deadline) if deadline else None, int(folds))
    else:
        model, result = rest
        _serve(Path(model), Path(folder), Path(result))


if __name__ == "__main__":
    main(sys.argv[1:])
