"""Which engine searches the vectors of a segment, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Engine(str, Enum):
    EXACT = "exact"
    HNSW = "hnsw"
    IVF = "ivf"
    CODES = "codes"


class Device(str, Enum):
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True)
class DenseConfig:
    """Which engine a segment gets: `engine`, or exact up to `exact_up_to` vectors, HNSW up to `hnsw_up_to`, codes above.

    The recall that the sizes below reach is in `benchmarks/search`.
    """

    engine: Engine | None = None
    exact_up_to: int = 10_000
    hnsw_up_to: int = 200_000
    hnsw_links: int = 24
    hnsw_build: int = 80
    hnsw_search: int = 128
    """Over 50,000 sentence vectors recall@10 was 0.964 at 64, 0.976 at 96, 0.987 at 128 and 0.995 at 192."""
    ivf_lists_per_root: float = 4.0
    """Lists are this times the root of the number of vectors."""
    ivf_probed: float = 0.16
    """The part of the lists that a search looks into; over the same vectors recall@10 was 0.881 at 0.04, 0.931 at
    0.08, 0.954 at 0.12, 0.967 at 0.16."""

    codes_lists_per_root: float = 8.0
    codes_probed: int = 512
    """So many lists are looked into."""
    codes_compared: int = 200
    """So many vectors are compared themselves, those whose codes are nearest."""

    def __post_init__(self) -> None:
        if self.engine is not None:
            object.__setattr__(self, "engine", Engine(self.engine))
        for name in ("hnsw_links", "hnsw_build", "hnsw_search", "codes_probed", "codes_compared"):
            if getattr(self, name) < 2:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 2 or more")
        if not 0 < self.ivf_probed <= 1:
            raise ValueError(f"ivf_probed is {self.ivf_probed}; it must be above 0 and at most 1")

    def engine_for(self, size: int) -> Engine:
        if self.engine is not None:
            return self.engine
        if size <= self.exact_up_to:
            return Engine.EXACT
        return Engine.HNSW if size <= self.hnsw_up_to else Engine.CODES
