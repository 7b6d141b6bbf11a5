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
    codes_probed: float = 22.0
    """A search looks into this times n^0.25 lists."""
    codes_compared: float = 2.0
    """A search compares this times n^0.4 vectors themselves, those whose codes are nearest. Over 100,000 sentence vectors
    in 1,264 lists recall@10 was 0.936 with 256 lists and 100 vectors, 0.950 with 256 and 200, 0.964 with 384 and 200,
    0.973 with 512 and 200, 0.978 with 512 and 300; over 1,000,000 in 8,000 lists 0.940 with 512 and 300, 0.946 with 640
    and 300."""

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
