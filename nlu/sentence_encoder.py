"""The encoder as a sentence featurizer: mean of its hidden states, served by ONNX Runtime without torch.

    python -m nlu.sentence_encoder export --model data/models/encoder

writes `encoder.onnx` (int8 weights) beside the model: token ids and types in, `(batch, hidden_size)` out, the
mean over the tokens between [CLS] and the last [SEP] after block `layer`. Middle blocks carry more about a
message than the last, which is bent to its pre-training objectives. Two texts read together are a pair, with the
words that both hold marked.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np

from nlu.features import reader_inputs
from nlu.onnx_session import open_session
from nlu.tokenizer import CLS, PAD, SEP, UNK, Tokenizer

logger = logging.getLogger(__name__)

FILE_NAME = "encoder.onnx"
MAX_TOKENS = 64
MAX_PAIR_TOKENS, MAX_ASKED_TOKENS = 128, 48
KEPT_TEXTS = 4096
DEFAULT_LAYER = 3
TOLERANCE = 1e-3
"""Largest difference between torch and ONNX Runtime, both in float32, that is let through."""
MAX_MEGABYTES = 8.0


class SentenceEncoder:
    """Sentence vectors of the exported encoder, `threads` texts side by side; safe to share between threads.

    The token ids of texts that are read together with a message are kept for the next.
    """

    def __init__(self, folder: str | Path, threads: int = 1) -> None:
        """FileNotFoundError names the command that makes a missing file."""
        path = Path(folder) / FILE_NAME
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: make it with `python -m nlu.sentence_encoder export --model {folder}`")
        self._session = open_session(path)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encode") if threads > 1 else None
        self.tokenizer = Tokenizer.load(folder)
        self._ids = lru_cache(maxsize=KEPT_TEXTS)(lambda text: self.tokenizer.encode(text).ids)
        self.dimension = int(self._session.get_outputs()[0].shape[1])
        self._has_types = len(self._session.get_inputs()) > 1

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """`(n, dimension)` float32 of unit length; zeros for a text without tokens."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        rows = [self.tokenizer.encode(text).ids[: MAX_TOKENS - 2] for text in texts]
        for i, ids in enumerate(rows):
            if len(ids):
                ids = with_borders(ids)
                vectors[i] = self._run(ids, np.zeros_like(ids))
        return _of_unit_length(vectors)

    def encode_pairs(self, text: str, others: Sequence[str], common_ids: Sequence[int]) -> np.ndarray:
        """`(n, dimension)` float32 of unit length: `text` read together with each of `others`."""
        asked = self.tokenizer.encode(text).ids
        pairs = [_pair(asked, self._ids(other), common_ids) for other in others]
        side_by_side = self._pool.map if self._pool else map
        found = list(side_by_side(lambda pair: self._run(*pair), pairs))
        return _of_unit_length(np.array(found, np.float32).reshape(len(others), self.dimension))

    def prepare(self, text: str) -> None:
        """Keep the token ids of `text` for the messages that it will be read together with."""
        self._ids(text)

    def _run(self, ids: np.ndarray, types: np.ndarray) -> np.ndarray:
        given = {"input_ids": ids[None]}
        if self._has_types:
            given["token_type_ids"] = types[None]
        return self._session.run(None, given)[0][0]


def _of_unit_length(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=vectors, where=norms > 1e-12)


def with_borders(ids: np.ndarray) -> np.ndarray:
    """`[CLS] ids [SEP]` as int64."""
    return np.concatenate([[CLS], ids, [SEP]]).astype(np.int64)


def message_inputs(tokenizer: Tokenizer, text: str, max_tokens: int = MAX_TOKENS) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and types `(length,)` of one message; [UNK] for a text without tokens."""
    ids = tokenizer.encode(text).ids[: max_tokens - 2]
    ids = with_borders(ids if len(ids) else np.array([UNK]))
    return ids, np.zeros_like(ids)


def pair_inputs(
    tokenizer: Tokenizer, text: str, other: str, common_ids: Sequence[int], max_tokens: int = MAX_PAIR_TOKENS
) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and types of `[CLS] text [SEP] other [SEP]`, words that both hold marked (`nlu.features`)."""
    return _pair(tokenizer.encode(text).ids, tokenizer.encode(other).ids, common_ids, max_tokens)


def _pair(
    asked: np.ndarray, given: np.ndarray, common_ids: Sequence[int], max_tokens: int = MAX_PAIR_TOKENS
) -> tuple[np.ndarray, np.ndarray]:
    asked = asked[:MAX_ASKED_TOKENS]
    inputs = reader_inputs(asked, given[: max_tokens - 3 - len(asked)], common_ids=common_ids)
    return inputs.input_ids, inputs.token_type_ids


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

        def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(input_ids, None, token_type_ids).last_hidden_state
            return hidden[:, 1:-1].mean(dim=1)

    model = MeanOfBlock(AutoModel.from_pretrained(folder).float()).eval()
    vocabulary = model.encoder.config.vocab_size
    sample = torch.arange(PAD + 5, PAD + 25)[None] % vocabulary
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (sample, torch.zeros_like(sample)),
            str(path),
            input_names=["input_ids", "token_type_ids"],
            output_names=["vector"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in ("input_ids", "token_type_ids")} | {"vector": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        differences = []
        for length in (3, 9, MAX_TOKENS):
            ids = torch.from_numpy(np.random.default_rng(length).integers(5, vocabulary, (1, length)))
            types = torch.arange(length)[None] % 3
            found = session.run(None, {"input_ids": ids.numpy(), "token_type_ids": types.numpy()})[0]
            differences.append(float(np.abs(found - model(ids, types).numpy()).max()))
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
