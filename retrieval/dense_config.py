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
    """Which engine a segment of n vectors gets: `engine`, or exact up to `exact_up_to`, codes above.

    The recall that the sizes below reach is in `benchmarks/search`.
    """

    engine: Engine | None = None
    exact_up_to: int = 10_000
    hnsw_links: int = 24
    hnsw_build: int = 80
    hnsw_search: int = 128
    """Over 50,000 sentence vectors recall@10 was 0.964 at 64, 0.976 at 96, 0.987 at 128 and 0.995 at 192."""
    ivf_lists_per_root: float = 4.0
    """Lists are this times the root of the number of vectors."""
    ivf_probed: float = 0.16
    """The part of the lists that a search looks into; over the same vectors recall@10 was 0.881 at 0.04, 0.931 at
    0.08, 0.954 at 0.12, 0.967 at 0.16."""
    codes_lists: float = 0.125
    """Lists are this times n^0.8."""
    codes_probed: int = 32
    """A search looks into so many lists."""
    codes_compared: int = 100
    """A search compares the vectors of so many entries of the lists, those whose codes are nearest. Over 1,000,000 sentence
    vectors recall@10 was 0.947 with 28 lists and 80 entries, 0.951 with 32 and 80, 0.954 with 36 and 80, 0.958 with 44 and
    80; over 100,000 0.957 with 20 and 60, 0.962 with 24 and 60, 0.971 with 32 and 60, 0.977 with 32 and 100."""

    def __post_init__(self) -> None:
        if self.engine is not None:
            object.__setattr__(self, "engine", Engine(self.engine))
        for name in ("hnsw_links", "hnsw_build", "hnsw_search"):
            if getattr(self, name) < 2:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 2 or more")
        for name in ("ivf_lists_per_root", "codes_lists", "codes_probed", "codes_compared"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        if not 0 < self.ivf_probed <= 1:
            raise ValueError(f"ivf_probed is {self.ivf_probed}; it must be above 0 and at most 1")

    def engine_for(self, size: int) -> Engine:
        return self.engine or (Engine.EXACT if size <= self.exact_up_to else Engine.CODES)
