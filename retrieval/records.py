"""Records kept as JSON lines and read one at a time, and tables that find a record by a text.

A million entries are not held as objects: the file is mapped, and a record is made when it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np

Record = TypeVar("Record")


class Records(Sequence[Record]):
    """The records of a JSON lines file; `ends` (n,) int64 says where each line ends."""

    def __init__(self, file: Path, ends: np.ndarray, make: Callable[[dict[str, Any]], Record]) -> None:
        self._ends = ends
        self._make = make
        with file.open("rb") as stream:
            self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if len(ends) else b""

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place):
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(f"record {place} of {len(self)}")
        place %= len(self)
        start = int(self._ends[place - 1]) if place else 0
        return self._make(json.loads(self._bytes[start : int(self._ends[place])]))


def save_records(file: Path, records: Iterable[Any]) -> np.ndarray:
    """Writes the records as JSON lines; returns where each line ends."""
    ends, at = [], 0
    with file.open("wb") as out:
        for record in records:
            at += out.write(json.dumps(record.to_json(), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            ends.append(at)
    return np.array(ends, np.int64)


class Places:
    """Where each of many texts stands, found by a hash: a hit is a place that may hold the text, to be looked at."""

    def __init__(self, keys: np.ndarray, places: np.ndarray) -> None:
        """`keys` (n,) uint64 ascending, and the place of each."""
        self.keys = keys
        self.places = places

    @classmethod
    def of(cls, texts: Iterable[tuple[str, int]]) -> Places:
        """A table of `(text, place)`; empty texts are left out."""
        pairs = sorted({(key_of(text), place) for text, place in texts if text})
        return cls(np.array([key for key, _ in pairs], np.uint64), np.array([place for _, place in pairs], np.int32))

    def find(self, text: str) -> list[int]:
        """Places, ascending, that may hold `text`."""
        key = np.uint64(key_of(text))
        first, end = np.searchsorted(self.keys, key, "left"), np.searchsorted(self.keys, key, "right")
        return self.places[first:end].tolist()


def key_of(text: str) -> int:
    """64 bits of the text's BLAKE2b hash."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
