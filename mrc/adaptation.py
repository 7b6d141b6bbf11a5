"""Adapt the reader that serves to a company's own texts, without anybody writing a question.

Questions are made from its passages (`mrc.synthesis`), the reader goes on learning on them beside a share of
general questions, and of the weights between the old ones and the new ones those are taken that do best on
passages set apart for it (`mrc.mixing`). The new reader is kept only where it does better on further passages,
which neither trained nor chose anything, and has forgotten neither reading nor silence on general questions.
Questions made by rules stand in for customers here: they show that the reader took to the texts, not by how much
customers will notice. Follows Dhingra et al. 2018 (cloze questions from unlabelled text, arXiv:1804.00720) and
the rehearsal of old examples against forgetting (Robins 1995).
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from mrc.evaluation import calibrate, quick_score
from mrc.examples import GoldAnswer, QuestionExample, read_examples
from mrc.reader import Reader, ReaderConfig
from mrc.synthesis import MadeQuestion, questions_from_manual
from nlu.transfer.runs import CURVE_FILE, MODEL_FOLDER, RUN_FILE, Run, load_run
from nlu.whole_file import write_whole

logger = logging.getLogger(__name__)

TASK = "reader"
FEWEST_TRAINING, FEWEST_HELD_OUT = 40, 10


class Text(NamedTuple):
    """A passage of the company's texts, and the document it belongs to."""

    document: str
    text: str


@dataclass(frozen=True)
class AdaptationConfig:
    """How far the reader goes on learning, and what it must show to be kept."""

    max_minutes: float = 20.0
    epochs: float = 4.0
    learning_rate: float = 1e-4
    """A fifth of what a reader is trained with: the old one is to be kept."""
    rounds: int = 3
    """So often questions are made from each passage, each time others."""
    questions_per_passage: int = 12
    held_out_share: float = 0.2
    """Of the passages so many only decide whether the new reader is kept."""
    choosing_share: float = 0.15
    """Of the others so many choose among mixtures of old and new weights."""
    mixtures: tuple[float, ...] = (0.3, 0.6, 1.0)
    """Shares of the way from the old weights to the new ones that are tried."""
    replay_share: float = 0.4
    """Of the questions of an epoch so many are general ones."""
    check_limit: int = 240
    """So many general questions check what was forgotten."""
    min_gain: float = 0.5
    """Points of F1 the new reader must gain on made questions over passages held out."""
    max_loss: float = 1.0
    """Points of F1 it may lose on general questions."""
    max_auroc_loss: float = 0.02
    """What it may lose in telling answerable questions from others."""
    threads: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("max_minutes", "epochs", "learning_rate", "rounds", "questions_per_passage", "check_limit"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be above 0")
        for name in ("held_out_share", "choosing_share", "replay_share"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, it must lie between 0 and 1")
        if not self.mixtures or not all(0 < share <= 1 for share in self.mixtures):
            raise ValueError(f"mixtures are {self.mixtures}, each must lie in (0, 1]")


@dataclass(frozen=True)
class Reading:
    """How a reader does: F1 on made questions over held-out passages, F1 and AUROC on general ones."""

    company_f1: float
    general_f1: float
    general_auroc: float


class Verdict(NamedTuple):
    """Whether the new reader is kept; `faults` name the checks it failed."""

    is_kept: bool
    faults: tuple[str, ...]


class Adapted(NamedTuple):
    """Both readers' figures, the verdict, and the run's folder, with the new reader in `model/`."""

    before: Reading
    after: Reading
    verdict: Verdict
    folder: Path
    training_questions: int
    held_out_questions: int
    share: float
    """How far from the old weights to the newly trained ones the new reader's lie."""


def verdict(before: Reading, after: Reading, config: AdaptationConfig) -> Verdict:
    """`gain`, `general` and `silence` are the faults there can be."""
    faults = []
    if after.company_f1 < before.company_f1 + config.min_gain:
        faults.append("gain")
    if after.general_f1 < before.general_f1 - config.max_loss:
        faults.append("general")
    if after.general_auroc < before.general_auroc - config.max_auroc_loss:
        faults.append("silence")
    return Verdict(not faults, tuple(faults))


def run_name(texts: Sequence[Text], reader: Path, config: AdaptationConfig) -> str:
    """The name of the run for these texts, this reader and these settings: the same call goes on with it."""
    digest = hashlib.sha256(json.dumps([asdict(config), [list(text) for text in texts]]).encode())
    digest.update((reader / "model.onnx").read_bytes() if (reader / "model.onnx").is_file() else b"")
    return f"reader-{digest.hexdigest()[:10]}"


def adapt(
    texts: Sequence[Text],
    reader: Path,
    folder: Path,
    general_training: Sequence[Path],
    general_validation: Path,
    config: AdaptationConfig = AdaptationConfig(),
    *,
    cache: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Adapted:
    """Train in `folder` (going on with what an earlier call left there), export, and compare the two readers.

    `progress` is told the stages as they begin: before, training, after. Raises ValueError where the texts
    give too few questions, FileNotFoundError where `reader` has no weights to go on from.
    """
    from mrc.export import export
    from mrc.mixing import choose_mixture
    from mrc.models import load_model, warm_start
    from mrc.training import DataFile, TrainingConfig, train

    tell = progress or (lambda stage: logger.info("stage: %s", stage))
    if warm_start(reader) is None:
        raise FileNotFoundError(f"{reader / 'model.safetensors'} is missing: this reader carries no weights to go on from")
    others, held_out = split(texts, config)
    training, choosing = split(others, replace(config, held_out_share=config.choosing_share, seed=config.seed + 1))
    made = make_questions(training, config, config.rounds)
    held_out_questions = make_questions(held_out, config, 1)
    company_choosing = [_example(question, number) for number, question in enumerate(make_questions(choosing, config, 1))]
    if len(made) < FEWEST_TRAINING or len(held_out_questions) < FEWEST_HELD_OUT or not company_choosing:
        raise ValueError(
            f"the texts give {len(made)} questions to train on and {len(held_out_questions)} to check with, "
            f"at least {FEWEST_TRAINING} and {FEWEST_HELD_OUT} are wanted: give more manuals"
        )
    served = ReaderConfig.load(reader)
    data = {"reader": reader.name, "passages": len(texts), "made": len(made), "held_out": len(held_out_questions)}
    run = Run.start(folder, TASK, config, data)
    write_questions(made, folder / "made.jsonl")
    check, general_choosing = _general(general_validation, config)
    company = [_example(question, number) for number, question in enumerate(held_out_questions)]
    tell("before")
    before = measure(Reader.load(reader, threads=config.threads), company, check)
    replay = sum(len(read_examples(path).examples) for path in general_training)
    weight = config.replay_share / (1 - config.replay_share) * len(made) / max(1, replay)
    settings = TrainingConfig(
        epochs=config.epochs, max_minutes=config.max_minutes, learning_rate=config.learning_rate, evaluate_every=100,
        max_length=served.max_length, doc_stride=served.doc_stride, match_type=served.layout.has_match_type,
        checkpoint_minutes=1.0, threads=config.threads, seed=config.seed,
    )  # fmt: skip
    tell("training")
    files = [DataFile(folder / "made.jsonl", 1.0, False), *(DataFile(path, weight, False) for path in general_training)]
    chooses = [*company_choosing, *general_choosing]
    result = train(files, str(reader), folder / "training", settings, cache=cache, validation=chooses)
    tell("after")
    chosen = choose_mixture(
        result.model.model, load_model(reader).model.state_dict(), result.model.tokenizer, served,
        company_choosing, general_choosing, config.mixtures, config.max_loss,
    )  # fmt: skip
    export(
        result.model, folder / MODEL_FOLDER, validation=chooses, config=replace(served, measured={}),
        card={"Adapted from": f"{reader.name}, {chosen.share:g} of the way to the new weights", "Made questions": len(made)},
        max_megabytes=float("inf"),
    )  # fmt: skip
    after = measure(Reader.load(folder / MODEL_FOLDER, threads=config.threads), company, check)
    if (folder / "training" / CURVE_FILE).is_file():
        shutil.copyfile(folder / "training" / CURVE_FILE, folder / CURVE_FILE)
    found = verdict(before, after, config)
    metrics = {f"{name}_before": value for name, value in asdict(before).items()}
    metrics |= {f"{name}_after": value for name, value in asdict(after).items()}
    run.finish({**metrics, "kept": float(found.is_kept), "share": chosen.share}, steps=result.steps)
    return Adapted(before, after, found, folder, len(made), len(held_out_questions), chosen.share)


def finished(folder: Path) -> dict[str, float] | None:
    """The metrics of a run that was finished in `folder`, None where there is none."""
    if not (folder / RUN_FILE).is_file():
        return None
    record = load_run(folder)
    return record.metrics if record.status == "finished" else None


def split(texts: Sequence[Text], config: AdaptationConfig) -> tuple[list[Text], list[Text]]:
    """`(training, held out)` passages, the same in every call; equal passages fall on one side."""
    training, held_out = [], []
    for text in dict.fromkeys(texts):
        key = hashlib.sha256(f"{config.seed}\t{text.text}".encode("utf-8", "replace")).digest()
        (held_out if int.from_bytes(key[:8], "big") < config.held_out_share * 2**64 else training).append(text)
    return training, held_out


def make_questions(texts: Sequence[Text], config: AdaptationConfig, rounds: int) -> list[MadeQuestion]:
    """Questions over the passages; each passage counts as an article, so that the others may stand in as wrong ones."""
    made: dict[tuple[str, str, int], MadeQuestion] = {}
    for number, text in enumerate(texts, 1):
        for seed in range(rounds):
            found = questions_from_manual(
                f"{text.document} {number}", text.text, config.seed + seed, at_most=config.questions_per_passage
            )
            made.update({(one.context, one.question, one.answer_start): one for one in found})
    return list(made.values())


def write_questions(made: Sequence[MadeQuestion], path: Path) -> None:
    """JSON lines as `mrc.examples` reads them."""
    lines = (json.dumps({"id": f"made-{i}", **one._asdict()}, ensure_ascii=False) for i, one in enumerate(made, 1))
    text = "\n".join(lines) + "\n"
    write_whole(path, lambda file: file.write(text.encode("utf-8", "replace")))


def measure(reader: Reader, company: Sequence[QuestionExample], general: Sequence[QuestionExample]) -> Reading:
    return Reading(
        quick_score(reader, company)[1], quick_score(reader, general)[1], calibrate(reader, general).knowing.auroc
    )


def _general(path: Path, config: AdaptationConfig) -> tuple[list[QuestionExample], list[QuestionExample]]:
    """`(checking, choosing)` general questions of different passages, at most `check_limit` of each."""
    found = [example for example in read_examples(path).examples if example.is_answerable]
    place = {context: number for number, context in enumerate(dict.fromkeys(example.context for example in found))}
    sides = ([example for example in found if place[example.context] % 2 == side] for side in (0, 1))
    return tuple(side[:: max(1, len(side) // config.check_limit)][: config.check_limit] for side in sides)


def _example(made: MadeQuestion, number: int) -> QuestionExample:
    answer = GoldAnswer(made.answer, made.answer_start)
    return QuestionExample(f"held-out-{number}", made.question, made.context, (answer,), made.title)
