"""The encoder as a sentence featurizer: mean of its hidden states, served by ONNX Runtime without torch.

    python -m nlu.sentence_encoder export --model data/models/encoder

writes `encoder.onnx` (int8 weights) beside the model: token ids in, `(batch, hidden_size)` out, the
mean over the tokens between [CLS] and [SEP] after block `layer`. Middle blocks carry more about a
message than the last, which is bent to its pre-training objectives.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlu.tokenizer import CLS, PAD, SEP, Tokenizer

logger = logging.getLogger(__name__)

FILE_NAME = "encoder.onnx"
MAX_TOKENS = 64
DEFAULT_LAYER = 3
TOLERANCE = 1e-3
"""Largest difference between torch and ONNX Runtime, both in float32, that is let through."""
MAX_MEGABYTES = 8.0


class SentenceEncoder:
    """Sentence vectors of the exported encoder; safe to share between threads."""

    def __init__(self, folder: str | Path, threads: int = 1) -> None:
        """FileNotFoundError names the command that makes a missing file."""
        import onnxruntime

        path = Path(folder) / FILE_NAME
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: make it with `python -m nlu.sentence_encoder export --model {folder}`")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.load(folder)
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """`(n, dimension)` float32 of unit length; zeros for a text without tokens."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        rows = [self.tokenizer.encode(text).ids[: MAX_TOKENS - 2] for text in texts]
        for i, ids in enumerate(rows):
            if len(ids):
                vectors[i] = self._session.run(None, {"input_ids": with_borders(ids)[None]})[0][0]
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, norms, out=vectors, where=norms > 1e-12)


def with_borders(ids: np.ndarray) -> np.ndarray:
    """`[CLS] ids [SEP]` as int64."""
    return np.concatenate([[CLS], ids, [SEP]]).astype(np.int64)


def export(folder: str | Path, layer: int = DEFAULT_LAYER, out: Path | None = None) -> Path:
    """Write `encoder.onnx` for the encoder in `folder`. Needs the dependency group `train`.

    Raises ValueError where ONNX Runtime disagrees with torch or the file exceeds MAX_MEGABYTES.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out = out or Path(folder) / FILE_NAME
    with tempfile.TemporaryDirectory() as name:
        plain, small = Path(name) / "float32.onnx", Path(name) / "int8.onnx"
        difference = _write_onnx(folder, layer, plain)
        if difference > TOLERANCE:
            raise ValueError(f"ONNX Runtime differs from torch by {difference:.2g}, at most {TOLERANCE} is let through")
        root_logger, level = logging.getLogger(), logging.getLogger().level
        root_logger.setLevel(max(level, logging.ERROR))  # onnxruntime warns through the root logger
        try:
            quantize_dynamic(
                str(plain), str(small), weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gather"]
            )
        finally:
            root_logger.setLevel(level)
        megabytes = small.stat().st_size / 1e6
        if megabytes > MAX_MEGABYTES:
            raise ValueError(f"{small.name} has {megabytes:.1f} MB, at most {MAX_MEGABYTES} are let through")
        out.write_bytes(small.read_bytes())
    logger.info("block %d written to %s, %.1f MB; float32 within %.1e of torch", layer, out, megabytes, difference)
    return out


def _write_onnx(folder: str | Path, layer: int, path: Path) -> float:
    """The float32 graph at `path`; returns its largest difference to torch."""
    import warnings

    import onnxruntime
    import torch
    from transformers import AutoModel

    import nlu.encoder  # noqa: F401  (registers the model type)

    class MeanOfBlock(torch.nn.Module):
        def __init__(self, encoder: torch.nn.Module) -> None:
            super().__init__()
            if not 1 <= layer <= len(encoder.layers):
                raise ValueError(f"block {layer} of an encoder with {len(encoder.layers)} blocks")
            encoder.layers = encoder.layers[:layer]
            encoder.final_norm = torch.nn.Identity()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(input_ids, None, torch.zeros_like(input_ids)).last_hidden_state
            return hidden[:, 1:-1].mean(dim=1)

    model = MeanOfBlock(AutoModel.from_pretrained(folder).float()).eval()
    vocabulary = model.encoder.config.vocab_size
    sample = torch.arange(PAD + 5, PAD + 25)[None] % vocabulary
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (sample,),
            str(path),
            input_names=["input_ids"],
            output_names=["vector"],
            dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "vector": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        differences = []
        for length in (3, 9, MAX_TOKENS):
            ids = torch.from_numpy(np.random.default_rng(length).integers(5, vocabulary, (1, length)))
            found = session.run(None, {"input_ids": ids.numpy()})[0]
            differences.append(float(np.abs(found - model(ids).numpy()).max()))
    return max(differences)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m nlu.sentence_encoder", description=__doc__.split("\n")[0])
    command = parser.add_subparsers(required=True).add_parser("export", help="write encoder.onnx beside the encoder")
    command.add_argument("--model", type=Path, default=Path("data/models/encoder"))
    command.add_argument("--layer", type=int, default=DEFAULT_LAYER)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    export(options.model, options.layer)


if __name__ == "__main__":
    main()
