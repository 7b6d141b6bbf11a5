"""Sparse features of a short message: n-grams of morphemes, of characters, of jamo, and of its grammar.

Each kind is a block of its own: tf-idf with 1 + ln(tf) and smoothed idf (as scikit-learn's
TfidfVectorizer with `sublinear_tf`), each row of unit length, times the block's weight. Jamo n-grams
make 안뇽 and 안녕 alike; the grammar keeps particles, endings and verbs and writes only the tag of the rest (mostly nouns),
so that 배송비는 얼마예요 and 입장료는 얼마예요 are alike.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse

from nlu.morphemes import analyze
from nlu.normalize import normalize

MAX_CHARACTERS = 300
"""Of a longer message only the beginning counts."""
SMALL = 200
"""Of fewer messages every n-gram is kept."""
START, END = "^", "$"


class Analyzed(NamedTuple):
    """A message's text and its morphemes as `(form, tag)`."""

    text: str
    morphemes: tuple[tuple[str, str], ...]


def analyzed(text: str) -> Analyzed:
    """`text` with its morphemes by Kiwi."""
    text = text[:MAX_CHARACTERS]
    return Analyzed(text, tuple((m.form, m.tag) for m in analyze(text)))


def squeezed(text: str) -> str:
    """Letters and digits of `text` in lower case; spaces and punctuation are dropped."""
    return "".join(character for character in normalize(text).text.lower() if character.isalnum())


def _runs(items: Sequence[str], lengths: tuple[int, int]) -> Iterator[str]:
    joint = "" if isinstance(items, str) else "\x1f"
    for n in range(lengths[0], lengths[1] + 1):
        for at in range(len(items) - n + 1):
            yield joint.join(items[at : at + n])


def morpheme_grams(message: Analyzed) -> Iterator[str]:
    """Morphemes and pairs of neighbours, the borders among them."""
    keys = [f"{form}/{tag}" for form, tag in message.morphemes]
    yield from keys
    yield from _runs([START, *keys, END], (2, 2))


def character_grams(message: Analyzed) -> Iterator[str]:
    """1 to 4 characters, spaces and punctuation among them."""
    return _runs(START + " ".join(normalize(message.text).text.lower().split()) + END, (1, 4))


def jamo_grams(message: Analyzed) -> Iterator[str]:
    """2 to 6 jamo of the text without spaces and punctuation."""
    return _runs(START + unicodedata.normalize("NFD", squeezed(message.text)) + END, (2, 6))


_KEPT_TAG_LETTERS = frozenset("EJXVIM")
_KEPT_TAGS = frozenset({"NP", "NNB"})


def grammar_grams(message: Analyzed) -> Iterator[str]:
    """2 to 4 neighbours of particles, endings, verbs and the like, and the bare tags of all others."""
    keys = [f"{form}/{tag}" if tag[:1] in _KEPT_TAG_LETTERS or tag in _KEPT_TAGS else tag for form, tag in message.morphemes]
    return _runs([START, *keys, END], (2, 4))


BLOCKS: dict[str, Callable[[Analyzed], Iterator[str]]] = {
    "morphemes": morpheme_grams,
    "characters": character_grams,
    "jamo": jamo_grams,
    "grammar": grammar_grams,
}
DEFAULT_WEIGHTS = {"morphemes": 1.0, "characters": 1.0, "jamo": 1.0, "grammar": 0.7}


@dataclass
class NgramFeatures:
    """Learns a vocabulary and idf for each block of `weights`; `transform` gives one row a message."""

    weights: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    min_df: int = 2
    """An n-gram of fewer messages is left out."""
    _vocabularies: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    _idf: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        unknown = set(self.weights) - set(BLOCKS)
        if unknown:
            raise ValueError(f"unknown block {', '.join(sorted(unknown))}; known are {', '.join(BLOCKS)}")

    @property
    def dimension(self) -> int:
        return sum(len(vocabulary) for vocabulary in self._vocabularies.values())

    def fit(self, messages: Sequence[Analyzed]) -> NgramFeatures:
        """Learn the n-grams of `messages`; returns itself."""
        for name in self.weights:
            df = Counter(gram for message in messages for gram in set(BLOCKS[name](message)))
            least = self.min_df if len(messages) >= SMALL else 1
            kept = sorted(gram for gram, count in df.items() if count >= least)
            self._vocabularies[name] = {gram: i for i, gram in enumerate(kept)}
            counts = np.array([df[gram] for gram in kept], np.float32)
            self._idf[name] = (np.log((1 + len(messages)) / (1 + counts)) + 1).astype(np.float32)
        return self

    def transform(self, messages: Sequence[Analyzed]) -> scipy.sparse.csr_matrix:
        """`(n, dimension)` float32; a block without known n-grams is zero."""
        blocks = [self._block(name, messages) for name in self.weights]
        return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)

    def _block(self, name: str, messages: Sequence[Analyzed]) -> scipy.sparse.csr_matrix:
        vocabulary, idf, weight = self._vocabularies[name], self._idf[name], self.weights[name]
        columns: list[int] = []
        values: list[np.ndarray] = []
        ends = [0]
        for message in messages:
            counts = Counter(i for i in map(vocabulary.get, BLOCKS[name](message)) if i is not None)
            found = np.fromiter(counts, np.int64, len(counts))
            row = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * idf[found]
            values.append(weight * row / max(float(np.linalg.norm(row)), 1e-12))
            columns.extend(counts)
            ends.append(len(columns))
        data = np.concatenate(values) if values else np.zeros(0)
        return scipy.sparse.csr_matrix(
            (data.astype(np.float32), np.array(columns, np.int64), np.array(ends)), shape=(len(messages), len(vocabulary))
        )

    def save(self, path: Path) -> None:
        """Write vocabulary and idf to `path` (.npz)."""
        arrays = {f"idf_{name}": idf.astype(np.float16) for name, idf in self._idf.items()}
        grams = {name: list(vocabulary) for name, vocabulary in self._vocabularies.items()}
        document = json.dumps({"weights": self.weights, "min_df": self.min_df, "grams": grams}, ensure_ascii=False)
        np.savez_compressed(path, document=np.frombuffer(document.encode("utf-8"), np.uint8), **arrays)

    @classmethod
    def load(cls, path: Path) -> NgramFeatures:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            document = json.loads(arrays["document"].tobytes().decode("utf-8"))
            made = cls(document["weights"], document["min_df"])
            made._vocabularies = {name: {gram: i for i, gram in enumerate(grams)} for name, grams in document["grams"].items()}
            made._idf = {name: arrays[f"idf_{name}"].astype(np.float32) for name in document["grams"]}
        return made
