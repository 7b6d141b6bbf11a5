"""From a fine-tuned torch model to the folder that ships and serves.

model.onnx            float32, or with weights in int8, whichever the measurement on validation favours
model.safetensors     the same weights in half precision, to fine-tune further from
config.json, tokenizer files, reader.json (window, calibration, threshold, measurements), README.md
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mrc.backends import OnnxBackend
from mrc.evaluation import Calibrated, calibrate, quick_score
from mrc.examples import QuestionExample
from mrc.fused import fused_operators
from mrc.models import ReaderModel, describe, uses_token_types
from mrc.reader import Reader, ReaderConfig
from nlu.features import ReaderInputs, pad_inputs

logger = logging.getLogger(__name__)

OPSET = 17
TOLERANCE = 1e-3
"""Largest difference of a logit between torch and ONNX Runtime, both in float32, that is let through."""
MAX_FILE_MEGABYTES = 20.0
MAX_F1_LOSS = 0.5
"""A quantized variant may lose this many points of F1 on validation against float32."""


@dataclass(frozen=True)
class Variant:
    """One way to store the weights, as measured on validation."""

    precision: str
    megabytes: float
    exact_match: float
    f1: float
    latency_ms: float
    """Median of one question on five passages."""


@dataclass(frozen=True)
class ExportSummary:
    folder: Path
    chosen: Variant
    variants: tuple[Variant, ...]
    largest_difference: float
    calibrated: Calibrated | None


def export(
    loaded: ReaderModel,
    out: Path,
    *,
    validation: Sequence[QuestionExample] = (),
    config: ReaderConfig | None = None,
    card: dict[str, Any] | None = None,
    precision: float = 0.8,
    max_megabytes: float = MAX_FILE_MEGABYTES,
) -> ExportSummary:
    """Write the serving folder `out`, choosing the variant and calibrating on `validation`.

    Without validation questions float32 is taken, uncalibrated. Raises ValueError where ONNX Runtime
    disagrees with torch, or no variant fits `max_megabytes`.
    """
    config = config or ReaderConfig(common_ids=loaded.common_ids, layout=loaded.layout)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as name:
        folder = Path(name)
        files = write_variants(loaded, folder)
        difference = largest_difference(loaded, files["float32"])
        if difference > TOLERANCE:
            raise ValueError(f"ONNX Runtime differs from torch by {difference:.2g}, at most {TOLERANCE} is let through")
        variants = [_measure(name, path, loaded, config, validation) for name, path in files.items()]
        chosen = choose(variants, max_megabytes)
        shutil.move(str(files[chosen.precision]), out / "model.onnx")
    loaded.tokenizer.save(out)
    save_half(loaded, out, max_megabytes)
    config = replace(config, precision=chosen.precision, model_file="model.onnx")
    calibrated = None
    if validation:
        reader = Reader(loaded.tokenizer, OnnxBackend(out / "model.onnx"), config)
        calibrated = calibrate(reader, validation, precision=precision)
        config = replace(config, calibration=calibrated.calibration, threshold=calibrated.threshold)
    measured = {"validation": asdict(chosen), "variants": [asdict(v) for v in variants], "torch_difference": difference}
    if calibrated:
        measured["knowing"] = asdict(calibrated.knowing)
    replace(config, measured=measured).save(out)
    summary = ExportSummary(out, chosen, tuple(variants), difference, calibrated)
    (out / "README.md").write_text(model_card(loaded, config, summary, card or {}, len(validation)), encoding="utf-8")
    logger.info("exported %s (%.1f MB, validation F1 %.2f) to %s", chosen.precision, chosen.megabytes, chosen.f1, out)
    return summary


class _Wrapped(torch.nn.Module):
    """The model with plain tensors in and out."""

    def __init__(self, model: Any):
        super().__init__()
        self.model = model
        self.typed = uses_token_types(model)

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        types = {"token_type_ids": token_type_ids} if self.typed else {}
        found = self.model(input_ids=input_ids, attention_mask=attention_mask, **types)
        return found.start_logits, found.end_logits


def write_variants(loaded: ReaderModel, folder: Path) -> dict[str, Path]:
    """`float32`, `int8` (matrices) and `int8-embeddings` (those too) as ONNX files in `folder`."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    paths = {name: folder / f"{name}.onnx" for name in ("float32", "int8", "int8-embeddings")}
    write_onnx(loaded, paths["float32"])
    prepared = folder / "prepared.onnx"
    try:
        quant_pre_process(str(paths["float32"]), str(prepared), skip_symbolic_shape=True)
    except Exception as error:  # an optimizer that fails on a model is no reason not to quantize it
        logger.info("quantizing without pre-processing (%s)", error)
        shutil.copyfile(paths["float32"], prepared)
    root_logger = logging.getLogger()
    level = root_logger.level
    root_logger.setLevel(max(level, logging.ERROR))  # onnxruntime warns through the root logger at each call
    try:
        for name, kinds in (("int8", ["MatMul"]), ("int8-embeddings", ["MatMul", "Gather"])):
            quantize_dynamic(
                str(prepared), str(paths[name]), weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=kinds,
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # behind operators whose types onnx cannot infer
            )  # fmt: skip
    finally:
        root_logger.setLevel(level)
    return paths


def write_onnx(loaded: ReaderModel, path: Path) -> None:
    """The float32 model with free batch and length."""
    model = _Wrapped(loaded.model.cpu().float().eval())
    names = ["input_ids", "attention_mask", "token_type_ids"][: 3 if model.typed else 2]
    sample = torch.arange(6, 30).repeat(2, 1).clamp(max=loaded.model.config.vocab_size - 1)
    mask = torch.ones_like(sample)
    mask[1, 20:] = 0
    given = (sample, mask, torch.ones_like(sample))[: len(names)]
    outputs = ["start_logits", "end_logits"]
    with warnings.catch_warnings(), torch.inference_mode(), fused_operators():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            given,
            str(path),
            input_names=names,
            output_names=outputs,
            dynamic_axes={name: {0: "batch", 1: "length"} for name in (*names, *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )


def largest_difference(loaded: ReaderModel, path: Path, seed: int = 0) -> float:
    """The largest difference of a logit between torch in float32 and the ONNX file, on random windows of several lengths."""
    from mrc.training import torch_backend

    rng = np.random.default_rng(seed)
    served = OnnxBackend(path)
    vocabulary = loaded.model.config.vocab_size
    largest = 0.0
    for lengths in ((5,), (40, 17), (256, 130, 200)):
        inputs = [
            ReaderInputs(rng.integers(5, vocabulary, n), np.r_[0, rng.integers(0, 2, n - 1)], 1, (0, n - 1)) for n in lengths
        ]
        batch = pad_inputs(inputs, loaded.layout.pad_id)
        expected = torch_backend(loaded.model, compute="float32")(*batch)
        found = served(*batch)
        for row, n in enumerate(lengths):
            largest = max(largest, *(float(np.abs(a[row, :n] - b[row, :n]).max()) for a, b in zip(expected, found)))
    return largest


def _measure(name: str, path: Path, loaded: ReaderModel, config: ReaderConfig, validation: Sequence[QuestionExample]) -> Variant:
    reader = Reader(loaded.tokenizer, OnnxBackend(path), config)
    found = quick_score(reader, validation[:300]) if validation else (0.0, 0.0)
    return Variant(name, round(path.stat().st_size / 1e6, 2), *found, _latency(reader, validation))


def _latency(reader: Reader, validation: Sequence[QuestionExample], n: int = 25) -> float:
    times = []
    for at, example in enumerate(validation[: n + 3]):
        contexts = [other.context for other in validation[at : at + 5]]
        for context in contexts:
            reader.encode_context(context)
        started = time.perf_counter()
        reader.read(example.question, contexts)
        times.append(1e3 * (time.perf_counter() - started))
    return round(float(np.median(times[3:] or times or [0.0])), 2)


def choose(variants: Sequence[Variant], max_megabytes: float) -> Variant:
    """The fastest that fits and loses at most `MAX_F1_LOSS` to float32; else the best F1 that fits.

    Among variants within a tenth of the fastest the one with the better F1 is taken. Raises ValueError
    where none fits. Variants that were not measured (no validation) all count as fast: the most exact is taken.
    """
    fitting = [variant for variant in variants if variant.megabytes <= max_megabytes]
    if not fitting:
        sizes = ", ".join(f"{variant.precision} {variant.megabytes} MB" for variant in variants)
        raise ValueError(f"no variant is at most {max_megabytes} MB: {sizes}")
    wanted = variants[0].f1 - MAX_F1_LOSS
    good = [variant for variant in fitting if variant.f1 >= wanted]
    if not good:
        return max(fitting, key=lambda variant: variant.f1)
    fastest = min(variant.latency_ms for variant in good)
    if not any(variant.latency_ms for variant in good):
        return good[0]
    return max((v for v in good if v.latency_ms <= 1.1 * fastest), key=lambda v: (v.f1, -v.megabytes))


def save_half(loaded: ReaderModel, out: Path, max_megabytes: float = MAX_FILE_MEGABYTES) -> Path | None:
    """Weights in half precision and `config.json`; the weights are left out where they are too large."""
    from safetensors.torch import save_file

    loaded.model.config.save_pretrained(out)
    state = {name: value.half().contiguous() for name, value in loaded.model.state_dict().items() if value.is_floating_point()}
    path = out / "model.safetensors"
    if sum(value.numel() * 2 for value in state.values()) > 1e6 * max_megabytes:
        path.unlink(missing_ok=True)
        return None
    save_file(state, path, metadata={"format": "pt"})
    return path


def model_card(loaded: ReaderModel, config: ReaderConfig, summary: ExportSummary, card: dict[str, Any], validation: int) -> str:
    """README.md of the folder: what it is, trained on what, how good, how to make it again."""
    facts = describe(loaded.model)
    lines = [
        "---",
        "language: ko",
        "license: cc-by-sa-4.0",
        "pipeline_tag: question-answering",
        "---",
        "# daedap reader",
        "",
        "Extractive reading of Korean: a question and passages in, the answer's span out. "
        "Served by `mrc.reader.Reader` on ONNX Runtime.",
        "",
        f"- Model: {facts['model_type']}, {facts['parameters'] / 1e6:.1f} million parameters, "
        f"{facts['num_hidden_layers']} layers × {facts['hidden_size']}, {facts['vocab_size']} tokens.",
        f"- File: `model.onnx`, {summary.chosen.precision}, {summary.chosen.megabytes} MB. "
        f"Windows of {config.max_length} tokens, {config.doc_stride} shared.",
        f"- Largest difference of a logit between torch and ONNX Runtime in float32: {summary.largest_difference:.1e}.",
    ]
    for name, value in card.items():
        lines.append(f"- {name}: {value}")
    if validation:
        lines += [
            "",
            f"## Measured on {min(validation, 300)} of {validation} validation questions",
            "",
            "Their articles were held out of training; official KorQuAD 1.0 metric.",
            "",
            "| weights | MB | exact match | F1 | ms, one question on 5 passages (median) |",
            "|---|---|---|---|---|",
            *(f"| {v.precision} | {v.megabytes} | {v.exact_match} | {v.f1} | {v.latency_ms} |" for v in summary.variants),
        ]
    if summary.calibrated:
        knowing = summary.calibrated.knowing
        shares = ", ".join(f"{share:.1%} at {name}" for name, share in knowing.answered_at_precision.items())
        lines += [
            "",
            "## Knowing what it does not know",
            "",
            f"{knowing.answerable} answerable and {knowing.unanswerable} unanswerable readings: AUROC {knowing.auroc}. "
            f"Answerable questions answered rightly, by precision of all answers given: {shares}. "
            f"Threshold {summary.calibrated.threshold}.",
        ]
    return "\n".join(lines) + "\n"


def save_summary(summary: ExportSummary, path: Path) -> None:
    path.write_text(json.dumps(asdict(summary), ensure_ascii=False, default=str, indent=1), encoding="utf-8")
