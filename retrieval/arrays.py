"""Several numpy arrays in one file that is mapped into memory, not read: the form of an index segment's tables.

The file is the magic bytes, the length of a JSON header (uint64), the header (`name: [dtype, shape, offset]`)
and the arrays' bytes, each at a multiple of 64. Processes that map the same file share its pages.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path

import numpy as np

MAGIC = b"DAEDAP01"
ALIGNMENT = 64
SUFFIX = ".arrays"


def save_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes `arrays` to `file`."""
    layout: dict[str, tuple[str, tuple[int, ...], int]] = {}
    at = 0
    for name, array in arrays.items():
        layout[name] = (array.dtype.str, array.shape, at)
        at = _aligned(at + array.nbytes)
    header = json.dumps(layout).encode("utf-8")
    start = _aligned(len(MAGIC) + 8 + len(header))
    with file.open("wb") as out:
        out.write(MAGIC + np.uint64(len(header)).tobytes() + header)
        for name, array in arrays.items():
            out.seek(start + layout[name][2])
            out.write(np.ascontiguousarray(array).data)
        out.truncate(start + at)


def load_arrays(file: Path) -> dict[str, np.ndarray]:
    """The arrays of `file`, read-only and mapped. ValueError where it is no such file."""
    with file.open("rb") as stream:
        head = stream.read(len(MAGIC) + 8)
        if head[: len(MAGIC)] != MAGIC or len(head) < len(MAGIC) + 8:
            raise ValueError(f"{file} is no file of arrays")
        size = int(np.frombuffer(head[len(MAGIC) :], np.uint64)[0])
        layout = json.loads(stream.read(size))
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    start = _aligned(len(MAGIC) + 8 + size)
    found = {}
    for name, (dtype, shape, offset) in layout.items():
        count = int(np.prod(shape, dtype=np.int64))
        flat = np.frombuffer(mapped, dtype, count, start + offset) if count else np.zeros(0, dtype)
        found[name] = flat.reshape(shape)
    return found


def _aligned(at: int) -> int:
    return -(-at // ALIGNMENT) * ALIGNMENT
