"""What each part of the reader's training is worth: rows of `daedap train reader`, the same steps each.

    .venv/bin/python benchmarks/reader/ablation.py --human KORQUAD2_WINDOWS.jsonl --human TYDIQA.json --texts KOWIKI.txt.xz
    .venv/bin/python benchmarks/reader/ablation.py --human … --texts … --rows random pretrained --dry-run

Rows differ from the full recipe in one part: the encoder's weights drawn anew instead of pre-trained, without made
questions, without human questions, without the token type that marks tokens of the question. All rows take the same
number of steps of the same size and are judged on the same validation questions: of the human files' articles held out,
which no row trains on. The table says nothing of what longer training would give. A row whose command and settings the
results already hold is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.cli.train_reader import run_name  # noqa: E402
from bot.settings import BUILT  # noqa: E402
from nlu.transfer.runs import machine, read_log  # noqa: E402

OWN = ROOT / "data" / "training" / "reading_train.jsonl"
MADE = 20_000
ROWS = {
    "full": "pre-trained encoder, made and human questions, match type",
    "random": "encoder from random weights",
    "no-made": "without made questions",
    "no-human": "without human questions",
    "no-match": "without the exact-match token type",
    "random-no-made": "random weights, human questions alone",
}


def command(row: str, arguments: argparse.Namespace, made: Path, out: Path) -> list[str]:
    """`daedap train reader` for one row."""
    human = [*arguments.human, *([] if arguments.without_own else [OWN])]
    weight = "0" if row == "no-human" else "1"
    data = [f"{path}:{weight}" for path in human]  # with weight 0 its held-out articles still validate
    if "no-made" not in row:
        share = 1.0 if row == "no-human" else arguments.made_share
        data.append(f"{made}:{share:g}:novalid")
    parts = [str(Path(sys.executable).parent / "daedap"), "train", "reader", "--out", str(out), "--no-export", "--fresh"]
    for file in data:
        parts += ["--data", file]
    parts += ["--config", str(out.parent / "ablation.json"), "--max-steps", str(arguments.steps), "--seed", str(arguments.seed)]
    parts += ["--encoder", str(arguments.encoder)]
    if row.startswith("random"):
        parts.append("--random-start")
    if row == "no-match":
        parts.append("--no-match-type")
    return parts


def make_questions(arguments: argparse.Namespace, out: Path) -> Path:
    """The file of made questions; made from `--texts` where it is not given."""
    if arguments.made:
        return arguments.made
    path = out / "made.jsonl"
    if not path.is_file():
        from mrc.synthesis import write_questions

        write_questions(arguments.texts, path, MADE, processes=1)
    return path


def run(row: str, parts: list[str], out: Path) -> dict:
    """Run one row; its best validation score, minutes of processor and of the clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(parts, check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 60
    records = read_log(BUILT / "runs" / run_name(out))
    scores = [record for record in records if "validation_f1" in record]
    best = max(scores, key=lambda record: record["validation_f1"])
    return {
        "row": row, "what": ROWS[row], "exact_match": best["validation_exact_match"], "f1": best["validation_f1"],
        "steps": records[-1]["step"], "cpu_minutes": round(cpu, 1), "minutes": records[-1].get("minutes"),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--human", type=Path, action="append", default=[], help="file of human questions; may be repeated")
    parser.add_argument("--without-own", action="store_true", help="leave out data/training/reading_train.jsonl")
    parser.add_argument("--made", type=Path, help="file of made questions")
    parser.add_argument("--texts", type=Path, help="articles to make them from, one a line (title<TAB>text)")
    parser.add_argument("--made-share", type=float, default=0.25, help="so many of the made questions an epoch draws")
    parser.add_argument("--encoder", type=Path, default=ROOT / "data" / "models" / "encoder")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch-size", type=int, default=24)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--validation", type=int, default=400, help="validation questions at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--work", type=Path, default=ROOT / ".daedap" / "ablation", help="folder of the runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "ablation.json")
    parser.add_argument("--dry-run", action="store_true", help="show the commands only")
    arguments = parser.parse_args()
    if not arguments.made and not arguments.texts:
        parser.error("--made or --texts is wanted")
    if not arguments.human and arguments.without_own:
        parser.error("there are no human questions: give --human, or leave --without-own out")
    arguments.work.mkdir(parents=True, exist_ok=True)
    settings = {
        "batch_size": arguments.batch_size, "max_length": arguments.max_length, "learning_rate": arguments.learning_rate,
        "evaluate_every": max(1, arguments.steps // 2), "patience": 100, "validation_limit": arguments.validation,
        "average_decay": 0.98, "threads": 1, "processes": 1, "checkpoint_minutes": 60,
    }  # fmt: skip
    (arguments.work / "ablation.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    made = arguments.made or arguments.work / "made.jsonl"
    commands = {row: command(row, arguments, made, arguments.work / row) for row in arguments.rows}
    for row, parts in commands.items():
        print(f"{row}: {shlex.join(parts)}", flush=True)
    if arguments.dry_run:
        return
    make_questions(arguments, arguments.work)
    rows = known_rows(arguments.out, settings)
    for row, parts in commands.items():
        if row in rows and rows[row]["command"] == plain(parts):
            continue
        rows[row] = {**run(row, parts, arguments.work / row), "command": plain(parts)}
        print(json.dumps(rows[row], ensure_ascii=False), flush=True)
        ordered = [rows[name] for name in ROWS if name in rows]
        document = {"settings": settings, "steps": arguments.steps, "seed": arguments.seed, "machine": machine(), "rows": ordered}
        arguments.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def known_rows(path: Path, settings: dict) -> dict[str, dict]:
    """Rows of an earlier call, by name; none where it had other settings."""
    if not path.is_file():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {row["row"]: row for row in document["rows"]} if document["settings"] == settings else {}


def plain(parts: list[str]) -> str:
    """The command as anybody would type it: files of the project relative to it, others by their name."""
    texts = []
    for part in parts:
        path, colon, rest = part.partition(":")
        if path.startswith("/"):
            inside = Path(path).is_relative_to(ROOT)
            path = str(Path(path).relative_to(ROOT)) if inside else Path(path).name
        texts.append(path.replace(".venv/bin/", "") + colon + rest)
    return shlex.join(texts)


if __name__ == "__main__":
    main()
