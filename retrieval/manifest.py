"""What lies in an index folder, with checksums: the manifest of a version and that of a segment.

A version names its segments and what of each was removed. Segments belong to no version: several share one.
The checksum of a version's manifest stands in itself, that of a segment's in the version's, those of a
segment's files in the segment's.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FORMAT_VERSION = 3
MANIFEST, SEGMENT_MANIFEST = "manifest.json", "segment.json"


class IndexDamagedError(RuntimeError):
    """The index cannot be used as it lies there; the message names the file and the command that rebuilds it."""


@dataclass(frozen=True)
class SegmentUse:
    """A segment as a version uses it; `dead` are the places of what was removed, ascending."""

    name: str
    kind: str
    size: int
    checksum: str
    dead: tuple[int, ...] = ()

    @property
    def live(self) -> int:
        return self.size - len(self.dead)

    def kept(self) -> np.ndarray | None:
        """(size,) bool, or None where nothing was removed."""
        if not self.dead:
            return None
        keep = np.ones(self.size, bool)
        keep[list(self.dead)] = False
        return keep


@dataclass(frozen=True)
class Manifest:
    """A version. `vectors` tells what embedded the texts, `dense` how large segments are searched.

    `counts` are what is live; `change` is the number of the last change in the history that is in it, `edits`
    how many changes there were since all was built from files.
    """

    vectors: dict[str, Any]
    counts: dict[str, int]
    segments: tuple[SegmentUse, ...]
    dense: dict[str, Any] = field(default_factory=dict)
    change: int = 0
    edits: int = 0
    created: str = ""
    format_version: int = FORMAT_VERSION

    def of_kind(self, kind: str) -> list[SegmentUse]:
        return [use for use in self.segments if use.kind == kind]

    def save(self, folder: Path) -> None:
        document = {**asdict(self), "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        text = json.dumps({**document, "checksum": _checksum(document)}, ensure_ascii=False, indent=1)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, version: Path, rebuild: str) -> Manifest:
        """The manifest of `version`. IndexDamagedError names it, and the command `rebuild`."""
        file = version / MANIFEST
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            format_version, checksum = document["format_version"], document.pop("checksum", None)
        except (OSError, ValueError, TypeError, KeyError):
            raise IndexDamagedError(f"{file}: 색인이 깨졌어요. 다시 만들어 주세요: {rebuild}") from None
        if format_version != FORMAT_VERSION:
            raise IndexDamagedError(
                f"{file}: 색인 형식이 {format_version}이고 이 프로그램은 {FORMAT_VERSION}만 읽어요. 다시 만들어 주세요: {rebuild}"
            )
        if checksum != _checksum(document):
            raise IndexDamagedError(f"{file}: 내용이 바뀌었어요. 다시 만들어 주세요: {rebuild}")
        uses = tuple(SegmentUse(**{**use, "dead": tuple(use["dead"])}) for use in document.pop("segments"))
        return cls(**document, segments=uses)


def seal(folder: Path, kind: str, counts: dict[str, int]) -> str:
    """Writes the segment's manifest over the files in `folder`; returns its own checksum."""
    files = {str(f.relative_to(folder)): sha256(f) for f in sorted(folder.rglob("*")) if f.is_file()}
    document = {"format_version": FORMAT_VERSION, "kind": kind, "counts": counts, "files": files}
    (folder / SEGMENT_MANIFEST).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return sha256(folder / SEGMENT_MANIFEST)


def verify(folder: Path, use: SegmentUse, rebuild: str) -> None:
    """Compares every file of a segment with its checksum. IndexDamagedError names the one that is off."""
    file = folder / SEGMENT_MANIFEST
    if not file.is_file() or sha256(file) != use.checksum:
        raise IndexDamagedError(f"{file}: 파일이 없거나 내용이 바뀌었어요. 다시 만들어 주세요: {rebuild}")
    for name, checksum in json.loads(file.read_text(encoding="utf-8"))["files"].items():
        if not (folder / name).is_file() or sha256(folder / name) != checksum:
            raise IndexDamagedError(f"{folder / name}: 파일이 없거나 내용이 바뀌었어요. 다시 만들어 주세요: {rebuild}")


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def live_counts(uses: Sequence[tuple[SegmentUse, Any]]) -> dict[str, int]:
    """How many entries, documents and passages are live in `(use, segment)`."""
    counts = {"entries": 0, "documents": 0, "passages": 0}
    for use, segment in uses:
        if use.kind == "faq":
            counts["entries"] += use.live
        else:
            counts["documents"] += use.live
            keep = use.kept()
            counts["passages"] += len(segment.passages) if keep is None else int(keep[segment.owners].sum())
    return counts


def _checksum(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()
