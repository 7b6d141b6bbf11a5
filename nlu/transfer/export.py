"""A fine-tuned model as one ONNX file beside its weights, compared with torch before it is let through."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch

from nlu.transfer.inputs import encode_row
from nlu.transfer.model import SequenceModel, SequencePredictor
from nlu.transfer.predict import FILE, SequenceClassifier
from nlu.transfer.training import predict_logits

OPSET = 17
TOLERANCE = 1e-3
"""Largest difference of a logit between torch and ONNX Runtime, both in float32, that is let through."""
SAMPLES = ("배송이 정말 빨라요", "ㅋㅋ", "필터는 6개월마다 한 번 미지근한 물로 씻고 그늘에서 말려 주세요. 세제는 쓰지 마세요.")


def export(predictor: SequencePredictor, folder: Path) -> float:
    """Save the model into `folder` with `model.onnx`; returns the largest difference of a logit from torch.

    Raises ValueError where ONNX Runtime disagrees with torch; what lay in the folder's file before then stays.
    """
    predictor.save(folder)
    temporary = folder / "model.onnx.part"
    try:
        _write(predictor.model, temporary)
        difference = _difference(predictor, temporary)
        if difference > TOLERANCE:
            raise ValueError(f"ONNX Runtime differs from torch by {difference:.2g}, at most {TOLERANCE} is let through")
        temporary.replace(folder / FILE)
    finally:
        temporary.unlink(missing_ok=True)
    return difference


def _write(model: SequenceModel, path: Path) -> None:
    model = model.cpu().float().eval()
    sample = torch.arange(6, 30).repeat(2, 1).clamp(max=model.config.vocab_size - 1)
    mask = torch.ones_like(sample)
    mask[1, 20:] = 0
    names = ("input_ids", "attention_mask", "token_type_ids")
    types = torch.ones_like(sample) if model.typed else torch.zeros_like(sample)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (sample, mask, types),
            str(path),
            input_names=list(names),
            output_names=["logits"],
            dynamic_axes={**{name: {0: "batch", 1: "length"} for name in names}, "logits": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


def _difference(predictor: SequencePredictor, path: Path) -> float:
    head = predictor.model.head
    pairs = [(text, SAMPLES[i - 1] if i else SAMPLES[-1]) for i, text in enumerate(SAMPLES)]
    rows = [encode_row(text, pair, predictor.form.tokenizer) for text, pair in pairs]
    rows += [encode_row(text, None, predictor.form.tokenizer) for text in SAMPLES]
    expected = predict_logits(predictor, rows, compute="float32")
    served = SequenceClassifier(path, head.labels, (head.low, head.high), predictor.form)
    return float(np.abs(served.logits(rows) - expected).max())
