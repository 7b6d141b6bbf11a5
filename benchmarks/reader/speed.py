"""One question on 1, 5 and 20 passages of about 300 tokens: daedap's reader beside a plain loop of transformers.

    .venv/bin/python benchmarks/reader/speed.py --threads 2

The reference does what the question-answering examples of the transformers library do: it tokenizes every
pair of question and passage each time, pads every window to the full length, runs the torch model in float32
in batches of 8 and searches the 20 best starts and ends of each window. Both have the same weights, windows
and threads, and answer in turn in one process, after a warm-up. daedap's reader knows the passages' tokens
beforehand, as it does while it serves. Peak memory is that of a process of each reader alone, and `warm_s` the
seconds in which one of daedap's loads all and has answered a first question. F1 is over the
answerable questions of data/training/manual_reading_validation.jsonl, each on its own passage.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np  # noqa: E402

from mrc.evaluation import score  # noqa: E402
from mrc.examples import read_examples  # noqa: E402
from mrc.reader import Reader  # noqa: E402
from nlu.features import context_windows, pad_inputs, reader_inputs  # noqa: E402
from nlu.transfer.runs import machine  # noqa: E402
from retrieval.ingest import read_manuals  # noqa: E402

PASSAGES = (1, 5, 20)
TOKENS = 300
BATCH, N_BEST, MAX_ANSWER_LENGTH = 8, 20, 30
QUESTIONS = ROOT / "data" / "training" / "manual_reading_validation.jsonl"


class Reference:
    """The loop of the transformers examples (run_qa.py, utils_qa.py), with this project's tokenizer and model."""

    def __init__(self, folder: Path, threads: int):
        import torch

        from mrc.models import load_model, uses_token_types
        from mrc.reader import ReaderConfig

        torch.set_num_threads(threads)
        loaded = load_model(folder)
        self.model, self.tokenizer, self.config = loaded.model.eval(), loaded.tokenizer, ReaderConfig.load(folder)
        self.typed = uses_token_types(self.model)

    def answer(self, question: str, contexts: list[str]) -> str:
        features, owners = [], []
        for context in contexts:
            asked, read = self.tokenizer.encode(question), self.tokenizer.encode(context)
            config = self.config
            for window in context_windows(
                len(asked), len(read), config.max_length, config.doc_stride, config.layout.separators
            ):
                features.append(reader_inputs(asked, read, window, common_ids=config.common_ids, layout=config.layout))
                owners.append((context, read))
        best, text = -np.inf, ""
        for at in range(0, len(features), BATCH):
            starts, ends = self._logits(features[at : at + BATCH])
            for row, feature in enumerate(features[at : at + BATCH]):
                context, read = owners[at + row]
                value, span = _best_span(starts[row], ends[row], feature)
                if span is not None and value > best:
                    best, text = value, context[read.starts[span[0]] : read.ends[span[1]]]
        return text

    def _logits(self, features):
        import torch

        arrays = pad_inputs(features, self.config.layout.pad_id, self.config.max_length)
        given = dict(zip(("input_ids", "attention_mask", "token_type_ids"), map(torch.from_numpy, arrays)))
        if not self.typed:
            del given["token_type_ids"]
        with torch.no_grad():
            found = self.model(**given)
        return found.start_logits.numpy(), found.end_logits.numpy()


def _best_span(starts: np.ndarray, ends: np.ndarray, feature) -> tuple[float, tuple[int, int] | None]:
    first, last = feature.window
    offset = first - feature.context_at
    null = float(starts[0] + ends[0])
    best, span = -np.inf, None
    for start in np.argsort(starts)[-1 : -N_BEST - 1 : -1].tolist():
        for end in np.argsort(ends)[-1 : -N_BEST - 1 : -1].tolist():
            if not first <= start + offset <= end + offset < last or end - start + 1 > MAX_ANSWER_LENGTH:
                continue
            value = float(starts[start] + ends[end]) - null
            if value > best:
                best, span = value, (start + offset, end + offset)
    return best, span


class Served:
    """daedap's reader as it serves."""

    def __init__(self, folder: Path, threads: int):
        self.reader = Reader.load(folder, threads=threads)
        self.tokenizer = self.reader.tokenizer

    def answer(self, question: str, contexts: list[str]) -> str:
        found = self.reader.read(question, contexts, 1)
        return found[0].text if found else ""


def passages(tokenizer, tokens: int = TOKENS) -> list[str]:
    """Passages of `tokens` tokens out of the demo's manuals and statute."""
    documents, _, _ = read_manuals([ROOT / "data" / "manuals"])
    found = []
    for document in documents:
        encoded = tokenizer.encode(document.text)
        for at in range(0, len(encoded) - tokens + 1, tokens):
            found.append(document.text[encoded.starts[at] : encoded.ends[at + tokens - 1]])
    return found


def measure(readers: dict, n: int, texts: list[str], questions: list[str]) -> dict:
    """Seconds of each reader on `n` passages, in turn, question by question."""
    wall = {name: [] for name in readers}
    cpu = {name: [] for name in readers}
    for i, question in enumerate(questions):
        chosen = [texts[(i * 7 + j) % len(texts)] for j in range(n)]
        for name, reader in readers.items():
            started, used = time.perf_counter(), time.process_time()
            reader.answer(question, chosen)
            wall[name].append(1e3 * (time.perf_counter() - started))
            cpu[name].append(1e3 * (time.process_time() - used))
    rows = {
        name: {
            "median_ms": round(float(np.median(wall[name])), 1),
            "p95_ms": round(float(np.percentile(wall[name], 95)), 1),
            "cpu_ms": round(float(np.median(cpu[name])), 1),
        }
        for name in readers
    }
    ratio = {key: round(rows["reference"][key] / rows["daedap"][key], 2) for key in ("median_ms", "p95_ms", "cpu_ms")}
    return {"passages": n, **rows, "reference_over_daedap": ratio}


def peak_memory(name: str, folder: Path, threads: int) -> float:
    """Megabytes of a process that loads one reader and reads 20 passages five times."""
    command = [sys.executable, __file__, "--alone", name, "--reader", str(folder), "--threads", str(threads)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(found.stdout.splitlines()[-1])


def warm_seconds(folder: Path, threads: int, times: int = 3) -> float:
    """Median of the seconds until a fresh process's reader has loaded and answered once, imports left out."""
    command = [sys.executable, __file__, "--alone", "warm", "--reader", str(folder), "--threads", str(threads)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(times)]
    return round(float(np.median([float(out.splitlines()[-1]) for out in runs])), 2)


def alone(name: str, folder: Path, threads: int) -> None:
    if name == "warm":
        started = time.perf_counter()
        Reader.load(folder, threads=threads).warm_up()
        print(time.perf_counter() - started)
        return
    reader = {"reference": Reference, "daedap": Served}[name](folder, threads)
    texts = passages(reader.tokenizer)[: max(PASSAGES)]
    for _ in range(5):
        reader.answer("며칠 안에 알려야 하나요?", texts)
    print(peak_megabytes())


def peak_megabytes() -> float:
    """Of this process since it began (`ru_maxrss` would begin with what its parent had)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, default=ROOT / "data" / "models" / "reader")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--questions", type=int, default=30, help="questions a row")
    parser.add_argument("--examples", type=int, default=200, help="questions for F1")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "speed.json")
    parser.add_argument("--alone", choices=("reference", "daedap", "warm"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        alone(arguments.alone, arguments.reader, arguments.threads)
        return
    readers = {
        "reference": Reference(arguments.reader, arguments.threads), "daedap": Served(arguments.reader, arguments.threads)
    }  # fmt: skip
    examples = [example for example in read_examples(QUESTIONS).examples if example.is_answerable]
    step = max(1, len(examples) // arguments.examples)
    examples = examples[::step][: arguments.examples]
    texts = passages(readers["daedap"].tokenizer)
    questions = [example.question for example in examples[: arguments.questions]]
    for text in texts:
        readers["daedap"].reader.encode_context(text)
    for reader in readers.values():
        reader.answer(questions[0], texts[:3])
    rows = []
    for n in PASSAGES:
        rows.append(measure(readers, n, texts, questions))
        print(json.dumps(rows[-1]), flush=True)
    f1 = {}
    for name, reader in readers.items():
        f1[name] = score(examples, [reader.answer(example.question, [example.context]) for example in examples])
    memory = {name: round(peak_memory(name, arguments.reader, arguments.threads)) for name in readers}
    document = {
        "reader": arguments.reader.name, "precision": readers["daedap"].reader.config.precision,
        "threads": arguments.threads, "questions": len(questions), "tokens_a_passage": TOKENS,
        "window": readers["daedap"].reader.config.max_length, "machine": machine(),
        "load_average": [round(value, 1) for value in os.getloadavg()], "rows": rows,
        "quality": {name: {"n": len(examples), "exact_match": em, "f1": value} for name, (em, value) in f1.items()},
        "peak_memory_mb": memory, "warm_s": warm_seconds(arguments.reader, arguments.threads),
    }  # fmt: skip
    arguments.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"quality": document["quality"], "peak_memory_mb": memory, "warm_s": document["warm_s"]}))


if __name__ == "__main__":
    main()
