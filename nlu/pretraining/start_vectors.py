"""Token vectors and near tokens to start from, out of Kiwi's morpheme vectors.

Writes `token_vectors.npy` (vocabulary, d) float32, zero rows for tokens that are no whole morpheme, and
`neighbours.npy` (vocabulary, n) uint16, 0 where a token has none, into the folder of packed arrays, so
that pre-training itself needs no Kiwi.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from nlu.tokenizer import MORPHEME_START, SPECIAL_TOKENS, TAGS, Tokenizer

logger = logging.getLogger(__name__)

NEIGHBOURS = 4
MIN_COSINE = 0.6


def write_start_vectors(corpus: Path, dimension: int = 128, shards: int = 4) -> int:
    """Write both files for the corpus; returns how many tokens got a vector. About a minute."""
    from nlu.vectors import landmark_vectors

    tokenizer = Tokenizer.load(corpus)
    forms, tags, vectors = landmark_vectors()
    places: dict[tuple[str, str], int] = {}
    for i, key in enumerate(zip(forms, (tag.partition("-")[0] for tag in tags))):
        places.setdefault(key, i)
    rows = np.full(len(tokenizer), -1)
    for token_id, tag in commonest_tags(corpus, len(tokenizer), shards).items():
        rows[token_id] = places.get((tokenizer.tokens[token_id], TAGS[tag]), -1)
    known = np.flatnonzero(rows >= 0)
    found = vectors[rows[known]]
    token_vectors = np.zeros((len(tokenizer), dimension), np.float32)
    token_vectors[known] = principal_components(found, dimension)
    near = near_rows(found)
    neighbours = np.zeros((len(tokenizer), NEIGHBOURS), np.uint16)
    neighbours[known] = np.where(near >= 0, known[near], 0)
    np.save(corpus / "token_vectors.npy", token_vectors)
    np.save(corpus / "neighbours.npy", neighbours)
    logger.info("%d of %d tokens start from Kiwi's vectors", len(known), len(tokenizer))
    return len(known)


def commonest_tags(corpus: Path, vocabulary_size: int, shards: int) -> dict[int, int]:
    """For each token that stands as a whole morpheme: the place in TAGS it most often has there."""
    counts = np.zeros((vocabulary_size, len(TAGS)), np.int64)
    for number in range(shards):
        try:
            ids, tags, flags = (np.load(corpus / f"train-{number:05}.{name}.npy") for name in ("ids", "tags", "flags"))
        except FileNotFoundError:
            break
        starts = (flags & MORPHEME_START) > 0
        whole = starts & np.append(starts[1:], True)
        np.add.at(counts, (ids[whole].astype(np.int64), tags[whole]), 1)
    counts[: len(SPECIAL_TOKENS)] = 0
    seen = np.flatnonzero(counts.sum(1))
    return dict(zip(seen.tolist(), counts[seen].argmax(1).tolist()))


def principal_components(vectors: np.ndarray, dimension: int) -> np.ndarray:
    """`vectors (n, d)` on their first `dimension` axes, mean removed, with unit root mean square."""
    centred = vectors - vectors.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    reduced = centred @ axes[:, ::-1][:, :dimension]
    return (reduced / np.sqrt((reduced**2).mean())).astype(np.float32)


def near_rows(vectors: np.ndarray, batch: int = 2_000) -> np.ndarray:
    """The nearest other rows by cosine, `(n, NEIGHBOURS)`, -1 where the cosine is below `MIN_COSINE`."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    near = np.empty((len(unit), NEIGHBOURS), np.int64)
    for start in range(0, len(unit), batch):
        cosines = unit[start : start + batch] @ unit.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        best = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        near[start : start + batch] = np.where(np.take_along_axis(cosines, best, 1) >= MIN_COSINE, best, -1)
    return near
