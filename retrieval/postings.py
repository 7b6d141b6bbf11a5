"""Which texts have which terms, and how often: one segment's share of a lexical index. It never changes.

What depends on the whole collection (idf, average length) is left to `retrieval.lexical`, so that texts
score the same whichever segment they lie in. Segments are joined, and their removed texts dropped,
without the texts being cut into terms again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from retrieval.arrays import load_arrays, save_arrays

MOST_FREQUENT = 255
"""A term counts this often in one text at most; BM25 hardly tells 255 from more."""
BLOCK = 20_000
"""So many texts are sorted at once while an index is built."""


class Postings:
    """The terms of texts by their place from 0.

    Of term t, `texts[starts[t]:starts[t + 1]]` int32 are the texts that have it, ascending, and `counts` at
    the same places says how often. `terms_of(place)` is the way back. `lengths` (n,) float32 in terms.
    """

    def __init__(self, vocabulary: Mapping[str, int] | np.ndarray, arrays: Mapping[str, np.ndarray]) -> None:
        self._vocabulary = vocabulary
        self.starts, self.texts, self.counts = arrays["starts"], arrays["texts"], arrays["counts"]
        self.lengths = arrays["lengths"]
        self._ends, self._terms = arrays["ends"], arrays["terms"]
        self.size = len(self.lengths)

    @cached_property
    def vocabulary(self) -> Mapping[str, int]:
        """The number of each term."""
        if not isinstance(self._vocabulary, np.ndarray):
            return self._vocabulary
        text = self._vocabulary.tobytes().decode("utf-8", "surrogatepass")
        return {term: number for number, term in enumerate(text.split("\n"))} if len(self.starts) > 1 else {}

    @cached_property
    def total_length(self) -> float:
        return float(self.lengths.sum(dtype=np.float64))

    def terms_of(self, places: np.ndarray) -> np.ndarray:
        """Numbers of the distinct terms of each text at `places`, one text after the other."""
        return np.concatenate([self._terms[self._ends[p - 1] if p else 0 : self._ends[p]] for p in places] or [self._terms[:0]])

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> Postings:
        """The postings of `texts`, each a list of terms; a term with a line end in it is left out."""
        builder = PostingsBuilder()
        for text in texts:
            builder.add(text)
        return builder.finish()

    @classmethod
    def join(cls, parts: Sequence[Postings], kept: Sequence[np.ndarray | None]) -> Postings:
        """The texts of all `parts` in order, without those where `kept` (n,) bool is false; None keeps all."""
        vocabulary, renumbered = _joined_vocabulary(parts, kept)
        sizes = [part.size if keep is None else int(keep.sum()) for part, keep in zip(parts, kept)]
        frequencies = np.zeros(len(vocabulary), np.int64)
        for part, keep, numbers in zip(parts, kept, renumbered):
            known = numbers >= 0
            frequencies[numbers[known]] += _kept_frequencies(part, keep)[known]
        starts = np.concatenate([[0], np.cumsum(frequencies)])
        texts, counts = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.uint8)
        free = starts[:-1].copy()
        offset = 0
        for part, keep, numbers, size in zip(parts, kept, renumbered, sizes):
            _place_postings(part, keep, numbers, offset, free, texts, counts)
            offset += size
        arrays = {
            "starts": starts,
            "texts": texts,
            "counts": counts,
            "lengths": _concatenated([p.lengths if k is None else p.lengths[k] for p, k in zip(parts, kept)], np.float32),
            "ends": np.cumsum(_concatenated([_row_lengths(p, k) for p, k in zip(parts, kept)], np.int64)),
            "terms": _concatenated([numbers[_rows(p, k)] for p, k, numbers in zip(parts, kept, renumbered)], np.int32),
        }
        return cls(vocabulary, arrays)

    def save(self, file: Path) -> None:
        words = np.frombuffer("\n".join(self.vocabulary).encode("utf-8", "surrogatepass"), np.uint8)
        arrays = {"starts": self.starts, "texts": self.texts, "counts": self.counts, "lengths": self.lengths}
        save_arrays(file, {**arrays, "ends": self._ends, "terms": self._terms, "vocabulary": words})

    @classmethod
    def load(cls, file: Path) -> Postings:
        arrays = load_arrays(file)
        return cls(arrays.pop("vocabulary"), arrays)


class PostingsBuilder:
    """Takes texts one by one; sorts them in blocks, so that memory stays near what the postings need."""

    def __init__(self) -> None:
        self._blocks: list[Postings] = []
        self._begin()

    def _begin(self) -> None:
        self._vocabulary: dict[str, int] = {}
        self._numbers = array("i")
        self._ends = array("q")

    def add(self, terms: Sequence[str]) -> None:
        vocabulary = self._vocabulary
        self._numbers.extend([vocabulary.setdefault(term, len(vocabulary)) for term in terms if "\n" not in term])
        self._ends.append(len(self._numbers))
        if len(self._ends) == BLOCK:
            self._blocks.append(self._block())
            self._begin()

    def finish(self) -> Postings:
        if len(self._ends) or not self._blocks:
            self._blocks.append(self._block())
        blocks = self._blocks
        return blocks[0] if len(blocks) == 1 else Postings.join(blocks, [None] * len(blocks))

    def _block(self) -> Postings:
        ends = np.array(self._ends, np.int64)
        lengths = np.diff(ends, prepend=0)
        size, width = len(ends), max(len(self._vocabulary), 1)
        pairs = np.repeat(np.arange(size, dtype=np.int64), lengths) * width + np.array(self._numbers, np.int64)
        pairs, counts = np.unique(pairs, return_counts=True)
        texts, terms = (pairs // width).astype(np.int32), (pairs % width).astype(np.int32)
        order = np.argsort(terms, kind="stable")
        frequencies = np.bincount(terms, minlength=len(self._vocabulary))
        arrays = {
            "starts": np.concatenate([[0], np.cumsum(frequencies)]).astype(np.int64),
            "texts": texts[order],
            "counts": np.minimum(counts, MOST_FREQUENT).astype(np.uint8)[order],
            "lengths": lengths.astype(np.float32),
            "ends": np.cumsum(np.bincount(texts, minlength=size)),
            "terms": terms,
        }
        return Postings(self._vocabulary, arrays)


def _row_lengths(part: Postings, keep: np.ndarray | None) -> np.ndarray:
    lengths = np.diff(part._ends, prepend=0)
    return lengths if keep is None else lengths[keep]


def _rows(part: Postings, keep: np.ndarray | None) -> np.ndarray:
    return part._terms if keep is None else part._terms[np.repeat(keep, np.diff(part._ends, prepend=0))]


def _kept_frequencies(part: Postings, keep: np.ndarray | None) -> np.ndarray:
    return np.diff(part.starts) if keep is None else np.bincount(_rows(part, keep), minlength=len(part.starts) - 1)


def _joined_vocabulary(parts: Sequence[Postings], kept: Sequence[np.ndarray | None]) -> tuple[dict[str, int], list[np.ndarray]]:
    """The terms that are left, and for each part the new number of each of its terms, -1 for those that are not."""
    vocabulary: dict[str, int] = {}
    renumbered = []
    for part, keep in zip(parts, kept):
        alive = (_kept_frequencies(part, keep) > 0).tolist()
        terms = part.vocabulary.items()
        numbers = [vocabulary.setdefault(term, len(vocabulary)) if alive[number] else -1 for term, number in terms]
        renumbered.append(np.array(numbers, np.int64).reshape(-1))
    return vocabulary, renumbered


def _place_postings(
    part: Postings,
    keep: np.ndarray | None,
    numbers: np.ndarray,
    offset: int,
    free: np.ndarray,
    texts: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Copies the part's postings behind those already there; `free` says where each term's next one goes."""
    frequencies = _kept_frequencies(part, keep)
    moved, times = part.texts, part.counts
    if keep is not None:
        alive = keep[moved]
        moved, times = (np.cumsum(keep) - 1)[moved[alive]], times[alive]
    used = frequencies > 0
    runs = frequencies[used]
    targets = np.repeat(free[numbers[used]] - (np.cumsum(runs) - runs), runs) + np.arange(len(moved))
    texts[targets], counts[targets] = moved + offset, times
    free[numbers[used]] += runs


def _concatenated(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *arrays]).astype(dtype, copy=False)
