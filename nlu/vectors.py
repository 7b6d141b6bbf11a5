"""Static vectors of Korean morphemes, and of sentences as their weighted mean.

The vectors are those of Kiwi's own language model (CoNgram), got through its public call
`morpheme_similarity`: with C the cosines of every morpheme to some landmark morphemes and W the
cosines among the landmarks, C·U·S^(-1/2) with W = U·S·Uᵀ gives back vectors with the same cosines
(Nyström, Williams & Seeger 2000). Kiwi's vectors have 256 dimensions, so 512 landmarks give them
back to within 1e-4. They ship with 4 bits a value.

A sentence is the mean of its content morphemes' vectors, less the mean of all and the few
directions that all have in common (Mu & Viswanath 2018, arXiv:1702.01417), weighted with a power of
the morpheme's inverse document frequency. Morphemes that Kiwi's model does not know are skipped.
Vectors that were trained for sentences (`retrieval.training`) have weights of their own instead, and
nothing common is taken away.

    python -m nlu.vectors build --out data/models/vectors --corpus articles.txt
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlu.morphemes import CONTENT_TAGS, analyze, kiwi

if TYPE_CHECKING:
    from nlu.sentence_vectors import SentenceVectors

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
DIMENSION = 256
FILE_NAME = "vectors.npz"
CONFIG_NAME = "vectors.json"
QUANTIZATION_RANGE = 2.5
"""Values beyond this many standard deviations of their row are clipped."""


@dataclass(frozen=True)
class VectorsConfig:
    """Saved beside the vectors; compared on load."""

    format_version: int = FORMAT_VERSION
    dimension: int = DIMENSION
    morphemes: int = 0
    documents: int = 0
    idf_power: float = 0.5
    removed_directions: int = 8
    source: str = ""
    weighting: str = "idf"
    """`idf`: a power of the document frequency; `own`: weights that were trained with the vectors."""

    def __post_init__(self) -> None:
        if self.weighting not in ("idf", "own"):
            raise ValueError(f"weighting is {self.weighting!r}; it must be 'idf' or 'own'")

    @classmethod
    def from_json(cls, text: str) -> VectorsConfig:
        config = cls(**json.loads(text))
        if config.format_version != FORMAT_VERSION:
            raise ValueError(f"vectors have format {config.format_version}, this version reads {FORMAT_VERSION}")
        return config


class StaticVectors:
    """Sentence vectors by dictionary look-ups; safe to share between threads."""

    def __init__(
        self,
        config: VectorsConfig,
        rows: dict[str, int],
        codes: np.ndarray,
        scales: np.ndarray,
        idf: np.ndarray,
        mean: np.ndarray,
        directions: np.ndarray,
        weights: np.ndarray | None = None,
    ) -> None:
        if (weights is None) != (config.weighting == "idf"):
            raise ValueError(
                f"weighting is {config.weighting!r}, weights of their own are {'missing' if weights is None else 'there'}"
            )
        self.config = config
        self._rows = rows
        self._codes = codes
        self._scales = scales
        self._idf = idf
        self._weights = idf ** np.float32(config.idf_power) if weights is None else weights
        self._mean = mean
        self._directions = directions
        self._sentences: SentenceVectors | None = None

    @property
    def sentences(self) -> SentenceVectors:
        """What makes vectors of whole sentences: these vectors' own sums, unless another model was set beside them."""
        if self._sentences is None:
            from nlu.sentence_vectors import MorphemeSums

            self._sentences = MorphemeSums(self)
        return self._sentences

    @sentences.setter
    def sentences(self, model: SentenceVectors) -> None:
        self._sentences = model

    @property
    def dimension(self) -> int:
        return self.config.dimension

    @classmethod
    def load(cls, folder: str | Path) -> StaticVectors:
        """The vectors saved in `folder`. FileNotFoundError names the command that makes them."""
        folder = Path(folder)
        for name in (CONFIG_NAME, FILE_NAME):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder / name} is missing: make it with `python -m nlu.vectors build --out {folder}`")
        config = VectorsConfig.from_json((folder / CONFIG_NAME).read_text(encoding="utf-8"))
        with np.load(folder / FILE_NAME) as arrays:
            keys = arrays["keys"].tobytes().decode("utf-8").split("\n")
            codes = _unpack(arrays["codes"])
            scales = arrays["scales"].astype(np.float32)
            idf, mean, directions = (arrays[name].astype(np.float32) for name in ("idf", "mean", "directions"))
            weights = arrays["weights"].astype(np.float32) if config.weighting == "own" else None
        if codes.shape != (len(keys), config.dimension) or len(keys) != config.morphemes:
            raise ValueError(f"{folder / FILE_NAME} holds {codes.shape}, {CONFIG_NAME} says {config.morphemes, config.dimension}")
        return cls(config, {key: i for i, key in enumerate(keys)}, codes, scales, idf, mean, directions, weights)

    def __contains__(self, key: str) -> bool:
        """Whether the morpheme `form/tag` has a vector."""
        return key in self._rows

    def idf(self, form: str, tag: str) -> float:
        """ln((documents + 1) / (df + 0.5)) in the sample; that of an unseen morpheme where it has no vector."""
        row = self._rows.get(f"{form}/{tag}")
        return float(self._idf.max() if row is None else self._idf[row])

    def morpheme_vector(self, form: str, tag: str) -> np.ndarray | None:
        """The morpheme's vector (d,) float32 of unit length; None where Kiwi's model has none."""
        row = self._rows.get(f"{form}/{tag}")
        return None if row is None else self._dequantized(np.array([row]))[0]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, d) float32 of unit length; a row of zeros where no morpheme of the text has a vector."""
        return self.encode_morphemes([[f"{m.form}/{m.tag}" for m in analyze(text) if m.is_content] for text in texts])

    def encode_morphemes(self, texts: Sequence[Iterable[str]]) -> np.ndarray:
        """As `encode`, for texts already cut into `form/tag`."""
        encoded = np.zeros((len(texts), self.dimension), np.float32)
        for i, keys in enumerate(texts):
            rows = np.array([row for row in map(self._rows.get, keys) if row is not None], np.int64)
            if not len(rows):
                continue
            vectors = self._dequantized(rows)
            if self.config.weighting == "idf":
                vectors = _unit(remove_common(vectors, self._mean, self._directions))
            encoded[i] = self._weights[rows] @ vectors
        return _unit(encoded)

    def _dequantized(self, rows: np.ndarray) -> np.ndarray:
        return _unit((self._codes[rows].astype(np.float32) + 0.5) * self._scales[rows, None])

    def save(self, folder: str | Path) -> None:
        """Writes `vectors.npz` and `vectors.json` into `folder`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            folder / FILE_NAME,
            keys=np.frombuffer("\n".join(self._rows).encode("utf-8"), np.uint8),
            codes=_pack(self._codes),
            scales=self._scales.astype(np.float16),
            idf=self._idf.astype(np.float16),
            mean=self._mean,
            directions=self._directions,
            **({"weights": self._weights.astype(np.float16)} if self.config.weighting == "own" else {}),
        )
        (folder / CONFIG_NAME).write_text(json.dumps(asdict(self.config), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def from_matrix(
        cls,
        keys: Sequence[str],
        matrix: np.ndarray,
        idf: np.ndarray,
        *,
        documents: int = 0,
        idf_power: float = 0.5,
        removed_directions: int = 8,
        source: str = "",
    ) -> StaticVectors:
        """Vectors quantized from `matrix` (n, d) float32; `d` must be even, keys are `form/tag`."""
        matrix = _unit(matrix @ _rotation(matrix.shape[1]))
        codes, scales = _quantized(matrix)
        mean, directions = common_directions(matrix, removed_directions)
        config = VectorsConfig(
            dimension=matrix.shape[1],
            morphemes=len(keys),
            documents=documents,
            idf_power=idf_power,
            removed_directions=removed_directions,
            source=source,
        )
        return cls(config, {key: i for i, key in enumerate(keys)}, codes, scales, idf.astype(np.float32), mean, directions)

    @classmethod
    def from_trained(cls, start: StaticVectors, table: np.ndarray, *, source: str) -> StaticVectors:
        """The morphemes of `start` with the rows of `table` (n, d) as vectors and their lengths as weights."""
        d = table.shape[1]
        weights = np.linalg.norm(table, axis=1).astype(np.float16).astype(np.float32)
        codes, scales = _quantized(_unit(table @ _rotation(d)))
        config = replace(start.config, dimension=d, removed_directions=0, source=source, weighting="own")
        none = np.zeros((0, d), np.float32)
        return cls(config, dict(start._rows), codes, scales, start._idf, np.zeros(d, np.float32), none, weights)

    @property
    def keys(self) -> list[str]:
        """`form/tag` of each row."""
        return list(self._rows)

    def rows(self, keys: Iterable[str]) -> np.ndarray:
        """(m,) int64 places of those of the morphemes that have a vector."""
        return np.array([row for row in map(self._rows.get, keys) if row is not None], np.int64)

    def word_vectors(self, rows: np.ndarray) -> np.ndarray:
        """(m, d) float32 of unit length: the vectors at these rows."""
        return self._dequantized(rows)

    def weighted(self) -> np.ndarray:
        """(n, d) float32: what each morpheme adds to a sentence's sum."""
        found = np.empty((len(self._rows), self.dimension), np.float32)
        for start in range(0, len(found), 8192):
            rows = np.arange(start, min(start + 8192, len(found)))
            vectors = self._dequantized(rows)
            if self.config.weighting == "idf":
                vectors = _unit(remove_common(vectors, self._mean, self._directions))
            found[rows] = vectors * self._weights[rows, None]
        return found


def landmark_vectors(landmarks: int = 512, dimension: int = DIMENSION, seed: int = 0) -> tuple[list[str], list[str], np.ndarray]:
    """Forms, tags and vectors (n, dimension) float32 of all morphemes of Kiwi's model, in full precision.

    Ordered by Kiwi's morpheme number, roughly by falling frequency; a form and tag may come more
    than once, with different senses. Rows have unit length to within 1e-3. About 20 s on one core.
    """
    model = kiwi()
    count = 1 + max(found.id for found in model.most_similar_morphemes(("사람", "NNG"), top_n=10_000_000))
    chosen = np.random.default_rng(seed).choice(count, min(landmarks, count), replace=False)
    cosines = np.empty((count, len(chosen)))
    for j, landmark in enumerate(chosen.tolist()):
        cosines[:, j] = np.fromiter((model.morpheme_similarity(landmark, i) for i in range(count)), float, count)
        cosines[landmark, j] = 1.0
        if j % 64 == 63:
            logger.info("similarities to %d of %d landmarks", j + 1, len(chosen))
    among = cosines[chosen]
    values, axes = np.linalg.eigh((among + among.T) / 2)
    values, axes = values[::-1][:dimension], axes[:, ::-1][:, :dimension]
    vectors = (cosines @ (axes / np.sqrt(np.maximum(values, 1e-6)))).astype(np.float32)
    tokens = [model.morpheme(i) for i in range(count)]
    return [token.form for token in tokens], [token.tag for token in tokens], vectors


def common_directions(matrix: np.ndarray, directions: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean (d,) of the rows, and the first principal directions (directions, d) around it."""
    mean = matrix.mean(axis=0)
    centred = matrix - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    return mean.astype(np.float32), np.ascontiguousarray(axes[:, ::-1][:, :directions].T, np.float32)


def remove_common(vectors: np.ndarray, mean: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """`vectors` (n, d) without the mean and the part along `directions`."""
    centred = vectors - mean
    return centred - (centred @ directions.T) @ directions


def inverse_document_frequencies(texts: Iterable[str], keys: Sequence[str]) -> tuple[np.ndarray, int]:
    """ln((n + 1) / (df + 0.5)) of each `form/tag` over `texts`, and the number n of texts."""
    df: Counter[str] = Counter()
    n = 0
    for n, text in enumerate(texts, 1):
        df.update({f"{m.form}/{m.tag}" for m in analyze(text) if m.is_content})
        if n % 2000 == 0:
            logger.info("%d texts counted", n)
    return np.log((n + 1) / (np.array([df[key] for key in keys], np.float32) + 0.5)), n


def _unit(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors, dtype=np.float32), where=norms > 1e-12)


def _quantized(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) int8 from -8 to 7 and the scale (n,) of each row."""
    scales = (unit.std(axis=1) * QUANTIZATION_RANGE / 7.5).astype(np.float16).astype(np.float32)
    return np.clip(np.floor(unit / np.maximum(scales, 1e-6)[:, None]), -8, 7).astype(np.int8), scales


def _rotation(dimension: int) -> np.ndarray:
    """A fixed random rotation: spreads what the first axes hold, so that one scale a row fits all values."""
    return np.linalg.qr(np.random.default_rng(0).standard_normal((dimension, dimension)))[0].astype(np.float32)


def _pack(codes: np.ndarray) -> np.ndarray:
    """Two values from -8 to 7 in a byte: (n, d) int8 -> (n, d / 2) uint8."""
    shifted = (codes + 8).astype(np.uint8)
    return (shifted[:, 0::2] << 4) | shifted[:, 1::2]


def _unpack(packed: np.ndarray) -> np.ndarray:
    codes = np.empty((packed.shape[0], packed.shape[1] * 2), np.int8)
    codes[:, 0::2] = (packed >> 4).astype(np.int8) - 8
    codes[:, 1::2] = (packed & 15).astype(np.int8) - 8
    return codes


def build(out: Path, corpus: Path, lines: int, characters: int) -> StaticVectors:
    """Makes the vectors of the content morphemes and saves them into `out`."""
    forms, tags, matrix = landmark_vectors()
    kept: dict[str, int] = {}
    for i, (form, tag) in enumerate(zip(forms, tags)):
        if tag in CONTENT_TAGS and form and "\n" not in form:
            kept.setdefault(f"{form}/{tag}", i)  # the first sense is the commonest
    with corpus.open(encoding="utf-8") as file:
        texts = (line.rstrip("\n").partition("\t")[2][:characters] for _, line in zip(range(lines), file))
        idf, documents = inverse_document_frequencies(texts, list(kept))
    import kiwipiepy

    vectors = StaticVectors.from_matrix(
        list(kept), matrix[list(kept.values())], idf, documents=documents, source=f"kiwipiepy {kiwipiepy.__version__}"
    )
    vectors.save(out)
    logger.info("%d vectors written to %s, %.1f MB", len(kept), out, (out / FILE_NAME).stat().st_size / 1e6)
    return vectors


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m nlu.vectors", description=__doc__.split("\n")[0])
    command = parser.add_subparsers(required=True).add_parser("build", help="make the vectors out of Kiwi's model")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--corpus", type=Path, required=True, help="one text a line, `title TAB text`, for document frequencies")
    command.add_argument("--lines", type=int, default=20_000)
    command.add_argument("--characters", type=int, default=1_500, help="of each line's text")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    build(options.out, options.corpus, options.lines, options.characters)


if __name__ == "__main__":
    main()
