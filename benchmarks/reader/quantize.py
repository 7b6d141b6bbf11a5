"""In which numbers the reader's network pays: float32, int8 with ranges found while running, int8 with fixed ranges.

    .venv/bin/python benchmarks/reader/quantize.py --reader data/models/reader --threads 2

All variants are made from the folder's half-precision weights and read the same questions; F1 is over the answerable
questions of data/training/manual_reading_validation.jsonl. Milliseconds are of the network alone for ten windows
(one question, five passages of about 300 tokens), variants in turn. The fixed ranges are measured on windows of the
training questions (data/training/reading_train.jsonl).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np  # noqa: E402

from mrc.backends import OnnxBackend  # noqa: E402
from mrc.evaluation import quick_score  # noqa: E402
from mrc.examples import read_examples  # noqa: E402
from mrc.reader import Reader, ReaderConfig  # noqa: E402
from nlu.features import pad_inputs, reader_inputs  # noqa: E402
from nlu.transfer.runs import machine  # noqa: E402

TRAINING, VALIDATION = (ROOT / "data" / "training" / f"{name}.jsonl" for name in ("reading_train", "manual_reading_validation"))
WINDOWS, LENGTH = 10, 256


def write_all(folder: Path, work: Path, examples) -> dict[str, Path]:
    """The variants as ONNX files in `work`."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    import mrc.export
    from mrc.models import load_model

    loaded = load_model(folder)
    paths = mrc.export.write_variants(loaded, work)
    typed = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    prepared = work / "prepared.onnx"
    paths["int8-per-tensor"] = work / "int8-per-tensor.onnx"
    quantize_dynamic(
        str(prepared), str(paths["int8-per-tensor"]), weight_type=QuantType.QInt8, per_channel=False,
        op_types_to_quantize=["MatMul", "Gather"], extra_options=typed,
    )  # fmt: skip
    plain = work / "plain.onnx"
    with mock.patch.object(mrc.export, "fused_operators", nullcontext):  # fixed ranges want types that fused operators hide
        mrc.export.write_onnx(loaded, plain)
    quant_pre_process(str(plain), str(plain), skip_symbolic_shape=True)
    for name, method in (("static-minmax", CalibrationMethod.MinMax), ("static-percentile", CalibrationMethod.Percentile)):
        paths[name] = work / f"{name}.onnx"
        quantize_static(
            str(plain), str(paths[name]), _Windows(loaded, examples), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"],
            calibrate_method=method, extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    return paths


class _Windows:
    """Inputs to measure ranges on, one window a call, all of one length."""

    def __init__(self, loaded, examples):
        inputs = []
        for example in examples:
            asked, read = loaded.tokenizer.encode(example.question), loaded.tokenizer.encode(example.context)
            window = (0, min(len(read), LENGTH - len(asked) - 4))
            inputs.append(reader_inputs(asked, read, window, common_ids=loaded.common_ids, layout=loaded.layout))
        names = ("input_ids", "attention_mask", "token_type_ids")
        self._rows = iter([dict(zip(names, pad_inputs([one], loaded.layout.pad_id, LENGTH))) for one in inputs])

    def get_next(self):
        return next(self._rows, None)

    def set_range(self, *_):
        pass


def latency(backends: dict, repeats: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds of the clock and of the processor for ten windows."""
    rng = np.random.default_rng(0)
    types = np.r_[np.zeros(20, np.int64), np.ones(LENGTH - 20, np.int64)][None].repeat(WINDOWS, 0)
    given = rng.integers(10, 15_000, (WINDOWS, LENGTH)), np.ones((WINDOWS, LENGTH), np.int64), types
    wall = {name: [] for name in backends}
    cpu = {name: [] for name in backends}
    for number in range(repeats + 1):
        for name, backend in backends.items():
            started, used = time.perf_counter(), time.process_time()
            backend(*given)
            if number:
                wall[name].append(1e3 * (time.perf_counter() - started))
                cpu[name].append(1e3 * (time.process_time() - used))
    return {name: (round(float(np.median(wall[name])), 1), round(float(np.median(cpu[name])), 1)) for name in backends}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, default=ROOT / "data" / "models" / "reader")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--calibration", type=int, default=64, help="windows to measure fixed ranges on")
    parser.add_argument("--work", type=Path, default=ROOT / ".daedap" / "quantize")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "quantize.json")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    examples = [example for example in read_examples(VALIDATION).examples if example.is_answerable]
    examples = examples[:: max(1, len(examples) // arguments.examples)][: arguments.examples]
    paths = write_all(arguments.reader, arguments.work, read_examples(TRAINING).examples[: arguments.calibration])
    config = ReaderConfig.load(arguments.reader)
    backends = {name: OnnxBackend(path, arguments.threads) for name, path in paths.items()}
    times = latency(backends, arguments.repeats)
    tokenizer = Reader.load(arguments.reader, threads=1).tokenizer
    rows = []
    for name, path in paths.items():
        found = quick_score(Reader(tokenizer, backends[name], replace(config, precision=name)), examples)
        rows.append(
            {"precision": name, "megabytes": round(path.stat().st_size / 1e6, 2), "exact_match": found[0], "f1": found[1],
             "ms": times[name][0], "cpu_ms": times[name][1]}
        )  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
    document = {
        "reader": arguments.reader.name, "threads": arguments.threads, "windows": WINDOWS, "length": LENGTH,
        "examples": len(examples), "machine": machine(), "load_average": [round(v, 1) for v in os.getloadavg()], "rows": rows,
    }  # fmt: skip
    arguments.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
