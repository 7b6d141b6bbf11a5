"""Vectors of whole sentences: the model that ships, or any of sentence-transformers.

`SentenceVectors` is all that search asks of a model. `load_sentence_vectors` tells the kinds apart:

- a folder with `vectors.json`: morphemes whose sum is the sentence (`nlu.vectors`, `retrieval.training`)
- a folder of sentence-transformers (`modules.json`), or a hub name such as `intfloat/multilingual-e5-small`:
  through `onnx/model.onnx` where the folder has it and its modules are a transformer, a pooling and at most
  a normalization, else through sentence-transformers itself (dependency group `train`)

Prefixes for queries and passages, pooling, length and dimension are those of the model's configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nlu.onnx_session import open_session
from nlu.vectors import CONFIG_NAME, StaticVectors

MODELS = Path(__file__).resolve().parent.parent / "data" / "models"
WORDS = MODELS / "vectors"
SENTENCES = MODELS / "sentence"
"""The sentence vectors that ship."""
QUERY_PROMPTS = ("query", "search_query", "retrieval.query")
PASSAGE_PROMPTS = ("passage", "document", "search_document", "retrieval.passage")
BATCH = 32


class SentenceVectors(Protocol):
    """Sentences to vectors (n, dimension) float32 of unit length, or zeros where nothing of a text is known."""

    dimension: int

    @property
    def identity(self) -> dict[str, Any]:
        """What must be the same where an index is built and where it is searched."""

    def encode(self, texts: Sequence[str], keys: Sequence[Iterable[str]], *, query: bool = False) -> np.ndarray:
        """The vectors of `texts`; `keys` are their content morphemes `form/tag`, which some models go by."""


class MorphemeSums:
    """`SentenceVectors` as the sum of the morphemes' vectors."""

    def __init__(self, vectors: StaticVectors) -> None:
        self._vectors = vectors
        self.dimension = vectors.dimension

    @property
    def identity(self) -> dict[str, Any]:
        return {"kind": "morphemes", "dimension": self.dimension, "source": self._vectors.config.source}

    def encode(self, texts: Sequence[str], keys: Sequence[Iterable[str]], *, query: bool = False) -> np.ndarray:
        return self._vectors.encode_morphemes(keys)


class OnnxSentences:
    """A folder of sentence-transformers through ONNX Runtime: transformer, pooling, normalization."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        from tokenizers import Tokenizer

        self._folder = folder
        self._session = open_session(folder / "onnx" / "model.onnx", threads)
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_max_length(folder))
        self._pooling = _pooling(folder)
        self._prefixes = prefixes(folder)
        self.dimension = self.encode(["준비"], [()]).shape[1]

    @property
    def identity(self) -> dict[str, Any]:
        return {"kind": "onnx", "dimension": self.dimension, "source": self._folder.name, "pooling": self._pooling}

    def encode(self, texts: Sequence[str], keys: Sequence[Iterable[str]], *, query: bool = False) -> np.ndarray:
        prefix = self._prefixes[0 if query else 1]
        found = [self._encode([prefix + text for text in texts[i : i + BATCH]]) for i in range(0, len(texts), BATCH)]
        return np.concatenate(found) if found else np.zeros((0, self.dimension), np.float32)

    def _encode(self, texts: list[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch(texts)
        length = max(len(encoding.ids) for encoding in encodings)
        arrays = {name: np.zeros((len(texts), length), np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
        for row, encoding in enumerate(encodings):
            n = len(encoding.ids)
            arrays["input_ids"][row, :n], arrays["attention_mask"][row, :n] = encoding.ids, 1
            arrays["token_type_ids"][row, :n] = encoding.type_ids
        hidden = self._session.run(None, {name: array for name, array in arrays.items() if name in self._inputs})[0]
        return _unit(pooled(hidden, arrays["attention_mask"], self._pooling))


class TorchSentences:
    """Any model of sentence-transformers, through the library itself."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        import nlu.encoder  # noqa: F401  (registers the model type `daedap`)

        self._name = name
        self._model = SentenceTransformer(name, device="cpu")
        prompts = dict(self._model.prompts or {})
        self._prefixes = _first(prompts, QUERY_PROMPTS), _first(prompts, PASSAGE_PROMPTS)
        self.dimension = int(self._model.encode(["준비"]).shape[1])

    @property
    def identity(self) -> dict[str, Any]:
        return {"kind": "sentence-transformers", "dimension": self.dimension, "source": Path(self._name).name}

    def encode(self, texts: Sequence[str], keys: Sequence[Iterable[str]], *, query: bool = False) -> np.ndarray:
        if not len(texts):
            return np.zeros((0, self.dimension), np.float32)
        prefix = self._prefixes[0 if query else 1]
        found = self._model.encode([prefix + text for text in texts], batch_size=BATCH, show_progress_bar=False)
        return _unit(np.asarray(found, np.float32))


def load_sentence_vectors(name: str | Path | None = None) -> SentenceVectors:
    """The model of a folder or a hub name; the one that ships without a name.

    FileNotFoundError where a folder holds no model; ModuleNotFoundError where the library is missing.
    """
    folder = Path(name or SENTENCES)
    if (folder / CONFIG_NAME).is_file():
        return MorphemeSums(StaticVectors.load(folder))
    if folder.is_dir():
        if not (folder / "modules.json").is_file():
            raise FileNotFoundError(
                f"{folder} holds neither {CONFIG_NAME} nor modules.json: make it with `daedap train sentence --out {folder}`"
            )
        has_onnx = (folder / "onnx" / "model.onnx").is_file() and can_serve_as_onnx(folder)
        return OnnxSentences(folder) if has_onnx else TorchSentences(str(folder))
    if str(name).count("/") != 1 or str(name).startswith((".", "/")):
        raise FileNotFoundError(f"{name} is no folder and no hub name: `daedap train sentence` makes a model")
    return TorchSentences(str(name))


def load_vectors(sentences: str | Path | None = None, words: str | Path = WORDS) -> StaticVectors:
    """The word vectors with the sentence vectors of `sentences` (a folder or hub name; those that ship) beside them."""
    vectors = StaticVectors.load(words)
    vectors.sentences = load_sentence_vectors(sentences)
    return vectors


def prefixes(folder: Path) -> tuple[str, str]:
    """What is put before a query and before a passage, after `config_sentence_transformers.json`; "" for nothing."""
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    return _first(prompts, QUERY_PROMPTS), _first(prompts, PASSAGE_PROMPTS)


def pooled(hidden: np.ndarray, mask: np.ndarray, mode: str) -> np.ndarray:
    """(n, d) out of (n, tokens, d): the first token, or the mean or maximum over those that `mask` (n, tokens) shows."""
    if mode == "cls":
        return hidden[:, 0]
    shown = mask[..., None].astype(np.float32)
    if mode == "max":
        return np.where(shown > 0, hidden, -np.inf).max(1)
    return (hidden * shown).sum(1) / np.maximum(shown.sum(1), 1e-9)


def can_serve_as_onnx(folder: Path) -> bool:
    """Whether ONNX Runtime and tokenizers alone can do what the folder's modules do."""
    kinds = [module["type"].rsplit(".", 1)[-1] for module in json.loads((folder / "modules.json").read_text(encoding="utf-8"))]
    is_plain = kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) and bool(_pooling(folder))
    return is_plain and (folder / "tokenizer.json").is_file()


def _pooling(folder: Path) -> str:
    """`cls`, `max` or `mean`; "" for what is done by sentence-transformers only."""
    config = _json(folder / "1_Pooling" / "config.json")
    mode = config.get("pooling_mode") or [
        kind
        for kind, name in (("cls", "cls_token"), ("max", "max_tokens"), ("mean", "mean_tokens"))
        if config.get(f"pooling_mode_{name}")
    ]
    mode = mode[0] if isinstance(mode, list) and len(mode) == 1 else mode
    return mode if mode in ("cls", "max", "mean") else ""


def _max_length(folder: Path) -> int:
    """Tokens of a text, the special ones among them: the least that the folder's files allow."""
    said = (
        _json(folder / "sentence_bert_config.json").get("max_seq_length"),
        _json(folder / "tokenizer_config.json").get("model_max_length"),
        _json(folder / "config.json").get("max_position_embeddings"),
    )
    return int(min((length for length in said if length), default=512))


def _first(prompts: dict[str, str], names: Sequence[str]) -> str:
    return next((prompts[name] for name in names if prompts.get(name)), "")


def _json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _unit(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
