"""The index folder on disk.

    CURRENT                     the name of the version that counts
    versions/NAME/manifest.json which segments it has, and what of them was removed
    segments/NAME/              files that never change, shared by versions
    history.db                  who changed what (`retrieval.history`)
    .lock                       held by whoever changes something

A writer stages new segments under hidden names, and under the lock gives them their names, writes a version
and moves CURRENT over: a reader sees the old version or the new one, and a writer that is killed leaves the
old one. What no kept version names is removed then.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from retrieval.manifest import Manifest, SegmentUse, seal
from retrieval.segments import Segment

CURRENT, VERSIONS, SEGMENTS_FOLDER, LOCK = "CURRENT", "versions", "segments", ".lock"
KEPT_VERSIONS = 2
"""The current version and the one before it, which a running server may still be loading."""
LOCK_TIMEOUT_S = 600.0
STALE_S = 3_600.0
"""Staged segments of a process that is gone are removed after this long."""


class IndexBusyError(RuntimeError):
    """Somebody else has been changing the index for too long."""


class Staged(NamedTuple):
    """A segment on disk that no version names yet."""

    use: SegmentUse
    folder: Path
    segment: Segment


class IndexStore:
    """One index folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def rebuild_command(self) -> str:
        return f"daedap index --faq FAQ.csv --manuals 폴더 --out {self.folder}"

    def current(self) -> str | None:
        """The name of the version that counts, None where there is none."""
        try:
            return (self.folder / CURRENT).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def manifest(self, version: str | None = None) -> Manifest:
        """The manifest of `version`, or of the current one. FileNotFoundError, IndexDamagedError."""
        name = version or self.current()
        if name is None:
            raise FileNotFoundError(f"{self.folder}에 색인이 없어요. 먼저 만들어 주세요: {self.rebuild_command}")
        return Manifest.load(self.folder / VERSIONS / name, self.rebuild_command)

    def segment_folder(self, name: str) -> Path:
        return self.folder / SEGMENTS_FOLDER / name

    @contextmanager
    def lock(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Hold the folder for changing it. The lock goes with the process, however that ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("a") as file:
            _acquire(file, timeout_s, self.folder)
            yield

    def stage(self, segment: Segment) -> Staged:
        """Writes the segment under a hidden name."""
        name = f"{segment.kind}-{_new_name()}"
        folder = self.segment_folder(f".{name}")
        folder.mkdir(parents=True)
        try:
            segment.save(folder)
            checksum = seal(folder, segment.kind, segment.counts())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Staged(SegmentUse(name, segment.kind, segment.size, checksum), folder, segment)

    def publish(self, manifest: Manifest, staged: Sequence[Staged] = ()) -> str:
        """Makes `manifest` the current version and returns its name; to be called under the lock."""
        versions = self.folder / VERSIONS
        name = _new_name()
        unfinished = versions / f".{name}"
        unfinished.mkdir(parents=True)
        try:
            for one in staged:
                one.folder.rename(self.segment_folder(one.use.name))
            manifest.save(unfinished)
            unfinished.rename(versions / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        temporary = self.folder / f".{CURRENT}.{name}"
        temporary.write_text(name + "\n", encoding="utf-8")
        os.replace(temporary, self.folder / CURRENT)
        self._collect(name)
        return name

    def discard(self, staged: Sequence[Staged]) -> None:
        """Removes segments that will not be published."""
        for one in staged:
            shutil.rmtree(one.folder, ignore_errors=True)

    def _collect(self, current: str) -> None:
        versions = self.folder / VERSIONS
        finished = sorted((p for p in versions.iterdir() if not p.name.startswith(".")), key=lambda p: p.stat().st_mtime_ns)
        kept = {current, *(path.name for path in finished[-KEPT_VERSIONS:])}
        used: set[str] = set()
        for path in finished:
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
                continue
            try:
                used |= {use.name for use in self.manifest(path.name).segments}
            except RuntimeError:  # a damaged old version needs nothing
                shutil.rmtree(path, ignore_errors=True)
        segments = self.folder / SEGMENTS_FOLDER
        for folder in segments.iterdir() if segments.is_dir() else ():
            if folder.name not in used and (not folder.name.startswith(".") or _is_stale(folder)):
                shutil.rmtree(folder, ignore_errors=True)
        for folder in versions.iterdir():
            if folder.name.startswith(".") and _is_stale(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _acquire(file, timeout_s: float, folder: Path) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise IndexBusyError(f"{folder}: 다른 작업이 색인을 고치고 있어요. 잠시 뒤에 다시 해 주세요.") from None
            time.sleep(0.05)


def _new_name() -> str:
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}-{time.monotonic_ns() % 1_000_000_000:09d}"


def _is_stale(folder: Path) -> bool:
    """Whether the hidden folder's writer is gone for good: its process ended, and nothing came for an hour."""
    try:
        os.kill(int(folder.name.rsplit("-", 2)[1]), 0)
    except (ProcessLookupError, ValueError, IndexError):
        return time.time() - folder.stat().st_mtime > STALE_S
    except PermissionError:
        return False
    return False
