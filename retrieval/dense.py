"""Dense search: inner products over unit vectors, through FAISS.

`DenseBackend` is all that the index asks of an engine, so that another one can take its place; one class of
tests holds for each. Engines: exact (`IndexFlatIP`) for small segments; lists of 4-bit
codes, the nearest compared by their vectors, for larger ones; or HNSW (Malkov & Yashunin 2016) or IVF where
`DenseConfig` names them.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

import numpy as np

from retrieval.code_lists import FaissCodes
from retrieval.dense_config import DenseConfig, Device, Engine
from retrieval.engines import FaissEngine, FaissExact, FaissGpu, FaissHnsw, FaissIvf

logger = logging.getLogger(__name__)


class DenseBackend(Protocol):
    """Vectors (n, d) float32 of unit length, by their place from 0."""

    engine: Engine
    size: int
    dimension: int

    def search(self, queries: np.ndarray, k: int, hidden: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Scores (n, k) float32, descending, and places (n, k); short rows padded with -inf and -1.

        Places where `hidden` (size,) bool is true are not found. ValueError for another dimension.
        """

    def scores(self, query: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Inner products of `query` (d,) with the vectors at `places`."""

    def vectors(self, places: np.ndarray) -> np.ndarray:
        """(n, d) float32: the vectors at `places`."""

    def save(self, file: Path) -> None: ...


BACKENDS: dict[Engine, type[FaissEngine]] = {kind.engine: kind for kind in (FaissExact, FaissHnsw, FaissIvf, FaissCodes)}


def build_dense(chunks: list[np.ndarray], config: DenseConfig | None = None) -> FaissEngine:
    """The engine that `config` names for the vectors of all `chunks`; the list is emptied on the way."""
    config = config or DenseConfig()
    return BACKENDS[config.engine_for(sum(len(chunk) for chunk in chunks))].from_chunks(chunks, config)


def load_dense(file: Path, device: Device = Device.CPU) -> DenseBackend:
    """The engine that was saved to `file`."""
    import faiss

    index = faiss.read_index(str(file))
    kinds = ((faiss.IndexHNSW, FaissHnsw), (faiss.IndexIVF, FaissIvf), (faiss.IndexRefine, FaissCodes))
    backend = next((kind for type_, kind in kinds if isinstance(index, type_)), FaissExact)(index)
    return FaissGpu(backend) if device is Device.CUDA and backend.size else backend


def usable_device(wanted: Device) -> Device:
    """`wanted` where this machine and this FAISS have it, else the CPU; one log line says which."""
    if wanted is Device.CPU:
        return wanted
    import faiss

    if not hasattr(faiss, "StandardGpuResources"):
        logger.warning("vector search runs on the CPU: this FAISS has no CUDA (install the dependency group `gpu`)")
        return Device.CPU
    if not faiss.get_num_gpus():
        logger.warning("vector search runs on the CPU: no CUDA device was found")
        return Device.CPU
    logger.warning("vector search runs on CUDA device 0 of %d", faiss.get_num_gpus())
    return Device.CUDA
