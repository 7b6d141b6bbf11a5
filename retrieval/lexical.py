"""Lexical search: BM25 (Lucene's variant) over any kind of term, over the postings of several segments.

    score(text, query) = Σ idf(t) · tf / (tf + k1 · (1 - b + b · length / average length))
    idf(t) = ln(1 + (n - df + 0.5) / (df + 0.5))

Kamphuis et al. 2020, "Which BM25 do you mean?", the accurate Lucene variant, as `bm25s` computes it (a test
compares). bm25s bakes n, df and the average length into its matrix; here they are taken at the time of the
query from all texts that are live, so that an index reached by edits scores as one built whole.

Scores are divided by a power of the most that the query could score, so that they compare between
queries: Lucene's BM25 of a term never exceeds its idf, and a term that the index does not know
counts with the idf of a term of no text. With the power 1 they would be shares, and a
long-winded question would score little whatever it matches; with 0 every word more would count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from retrieval.postings import Postings

K1, B = 1.2, 0.6
"""Lucene writes 1.2 and 0.75; questions differ little in length."""
MASS_POWER = 0.25
TYPICAL_MASS = 25.0
"""A query of about five words of an FAQ; such a query's score is its share."""
MAX_POSTINGS = 400_000
"""Where a query's terms have more postings than this, the commonest terms bring in no candidates."""
COMPARED_AT_ONCE = 256


class WeightedTerms(NamedTuple):
    """A query's known terms, the rarest first: `numbers` (parts, terms) in each part, -1 where it has none."""

    numbers: np.ndarray
    weights: np.ndarray
    frequencies: np.ndarray


class LexicalIndex:
    """BM25 over the texts of `parts`, one behind the other; safe to search from several threads.

    `dead` are places, of all parts counted through, of texts that were removed: they score 0 and count nowhere.
    """

    def __init__(self, parts: Sequence[Postings], dead: np.ndarray | None = None) -> None:
        self._parts = tuple(parts)
        self._bounds = np.cumsum([0, *(part.size for part in parts)])
        self._dead = np.zeros(0, np.int64) if dead is None else np.sort(np.asarray(dead, np.int64))
        self._dead_frequencies = [_counted(part.terms_of(own)) for part, own in zip(parts, self._by_part(self._dead))]
        dead_length = sum(float(part.lengths[own].sum()) for part, own in zip(parts, self._by_part(self._dead)))
        self.size = int(self._bounds[-1])
        self.live = self.size - len(self._dead)
        total = sum(part.total_length for part in parts) - dead_length
        self._average = total / self.live if self.live and total else 1.0

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> LexicalIndex:
        """An index of `texts`, each a list of terms; texts without a term score 0."""
        return cls([Postings.build(texts)])

    @property
    def terms(self) -> Iterable[str]:
        """All terms, those of removed texts too until the segments are joined."""
        return {term for part in self._parts for term in part.vocabulary}

    def frequency(self, term: str) -> int:
        """In how many live texts the term stands."""
        found = 0
        for at, part in enumerate(self._parts):
            number = part.vocabulary.get(term)
            if number is not None:
                found += int(self._frequencies(at, np.array([number]))[0])
        return found

    def weigh(self, terms: Iterable[str]) -> WeightedTerms:
        """The distinct `terms` that live texts have, with their weights."""
        terms = list(dict.fromkeys(terms))
        numbers = np.array([[part.vocabulary.get(term, -1) for term in terms] for part in self._parts], np.int64)
        numbers = numbers.reshape(len(self._parts), len(terms))
        df = sum((self._frequencies(at, own) for at, own in enumerate(numbers)), np.zeros(len(terms), np.int64))
        known = np.flatnonzero(df > 0)
        if not len(known):
            return WeightedTerms(numbers[:, :0], np.zeros(0), np.zeros(0, np.int64))
        known = known[np.argsort(df[known], kind="stable")]
        idf = np.log(1 + (self.live - df[known] + 0.5) / (df[known] + 0.5))
        mass = idf.sum() + (len(terms) - len(known)) * np.log(1 + (self.live + 0.5) / 0.5)
        return WeightedTerms(numbers[:, known], idf / (mass**MASS_POWER * TYPICAL_MASS ** (1 - MASS_POWER)), df[known])

    def scores(self, terms: Iterable[str] | WeightedTerms) -> np.ndarray:
        """(size,) float32, from 0: each text's BM25 over the distinct `terms`, divided as the module says."""
        weighted = terms if isinstance(terms, WeightedTerms) else self.weigh(terms)
        found = [self._part_scores(at, weighted) for at in range(len(self._parts))]
        scores = np.concatenate([np.zeros(0, np.float32), *found])
        scores[self._dead] = 0
        return scores

    def best(self, weighted: WeightedTerms, k: int, hidden: np.ndarray | None = None) -> np.ndarray:
        """Places of the `k` best texts that are not `hidden` (n,) bool, ascending; texts that score 0 are left out.

        Where the query has more than MAX_POSTINGS postings its commonest terms are not looked at.
        """
        rare = max(1, int(np.searchsorted(np.cumsum(weighted.frequencies), MAX_POSTINGS, side="right")))
        scores = self.scores(WeightedTerms(weighted.numbers[:, :rare], weighted.weights[:rare], weighted.frequencies[:rare]))
        if hidden is not None:
            scores[hidden] = 0
        return highest(scores, k)

    def scores_at(self, weighted: WeightedTerms, places: np.ndarray) -> np.ndarray:
        """(n,) float32: as `scores`, of the texts at `places` (ascending) alone."""
        found = np.zeros(len(places), np.float32)
        for at, own in enumerate(self._by_part(places)):
            if not len(own):
                continue
            to = np.searchsorted(places, own[0] + self._bounds[at])
            if self._costs(at, weighted) <= 64 * len(own):
                found[to : to + len(own)] = self._part_scores(at, weighted)[own]
            else:
                found[to : to + len(own)] = self._scores_of(at, weighted, own)
        if len(self._dead):
            found[np.isin(places, self._dead)] = 0
        return found

    def _by_part(self, places: np.ndarray) -> list[np.ndarray]:
        """`places`, ascending, cut into those of each part, counted from its beginning."""
        cuts = np.searchsorted(places, self._bounds)
        return [places[a:b] - start for a, b, start in zip(cuts, cuts[1:], self._bounds)]

    def _frequencies(self, at: int, numbers: np.ndarray) -> np.ndarray:
        """In how many live texts of a part each term stands; 0 for the number -1."""
        starts = self._parts[at].starts
        safe = np.maximum(numbers, 0)
        if len(starts) < 2:
            return np.zeros(len(numbers), np.int64)
        frequencies = np.where(numbers >= 0, starts[safe + 1] - starts[safe], 0)
        gone, counts = self._dead_frequencies[at]
        if len(gone):
            found = np.minimum(np.searchsorted(gone, numbers), len(gone) - 1)
            frequencies = frequencies - np.where(gone[found] == numbers, counts[found], 0)
        return frequencies

    def _costs(self, at: int, weighted: WeightedTerms) -> int:
        numbers = weighted.numbers[at][weighted.numbers[at] >= 0]
        starts = self._parts[at].starts
        return int((starts[numbers + 1] - starts[numbers]).sum())

    def _part_scores(self, at: int, weighted: WeightedTerms) -> np.ndarray:
        part = self._parts[at]
        known = np.flatnonzero(weighted.numbers[at] >= 0)
        if not len(known):
            return np.zeros(part.size, np.float32)
        numbers = weighted.numbers[at][known]
        firsts, ends = part.starts[numbers], part.starts[numbers + 1]
        spans = [slice(a, b) for a, b in zip(firsts.tolist(), ends.tolist())]
        texts = np.concatenate([part.texts[span] for span in spans])
        counts = np.concatenate([part.counts[span] for span in spans]).astype(np.float32)
        weights = np.repeat(weighted.weights[known].astype(np.float32), ends - firsts)
        return np.bincount(texts, weights * self._saturated(counts, part.lengths[texts]), part.size).astype(np.float32)

    def _scores_of(self, at: int, weighted: WeightedTerms, own: np.ndarray) -> np.ndarray:
        part = self._parts[at]
        scores = np.zeros(len(own))
        for number, weight in zip(weighted.numbers[at].tolist(), weighted.weights.tolist()):
            if number < 0:
                continue
            first, end = part.starts[number], part.starts[number + 1]
            texts = part.texts[first:end]
            where = np.minimum(np.searchsorted(texts, own), len(texts) - 1)
            counts = np.where(texts[where] == own, part.counts[first:end][where], 0).astype(np.float32)
            scores += weight * self._saturated(counts, part.lengths[own])
        return scores.astype(np.float32)

    def _saturated(self, counts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """tf / (tf + k1 · (1 - b + b · length / average length)) of each posting."""
        return counts / (counts + np.float32(K1 * (1 - B)) + np.float32(K1 * B / self._average) * lengths)


def highest(scores: np.ndarray, k: int) -> np.ndarray:
    """Places of the `k` highest of `scores` (n,), from 0, ascending; those of 0 are left out.

    The k-th highest of the maxima of blocks bounds the k-th highest score from below, so that few are sorted.
    """
    blocks, bound = len(scores) // COMPARED_AT_ONCE, 0.0
    if 0 < k < blocks:
        maxima = scores[: blocks * COMPARED_AT_ONCE].reshape(blocks, COMPARED_AT_ONCE).max(axis=1)
        bound = np.partition(maxima, blocks - k)[blocks - k]
    found = np.flatnonzero(scores >= bound if bound > 0 else scores > 0)
    if len(found) > k:
        found = np.sort(found[np.argpartition(-scores[found], k - 1)[:k]])
    return found


def _counted(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.unique(numbers, return_counts=True) if len(numbers) else (numbers, numbers)
