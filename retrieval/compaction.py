"""Joining small segments, and dropping what was removed, in the background.

Segments of like size are joined when there are FANOUT of them (O'Neil et al. 1996, the log-structured
merge-tree), so that an entry is copied a number of times that grows with the logarithm of the index; a segment
of which much was removed is written anew. No text is analyzed or embedded again. The lock is held only at the
end: what was removed meanwhile is removed from the joined segment too, and where the version has lost a
segment meanwhile (the index was built anew), nothing is published.

    python -m retrieval.compaction FOLDER
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from retrieval.dense import DenseConfig
from retrieval.manifest import Manifest, SegmentUse, verify
from retrieval.segments import SEGMENTS, FaqSegment, ManualSegment
from retrieval.store import IndexStore, Staged

logger = logging.getLogger(__name__)

FANOUT = 4
DEAD_SHARE = 0.3
COMPACTION_LOCK = ".compaction.lock"


def due(manifest: Manifest) -> list[list[SegmentUse]]:
    """Groups of segments that should be joined, each of one kind and in the version's order."""
    groups = []
    for kind in SEGMENTS:
        tiers: dict[int, list[SegmentUse]] = {}
        for use in manifest.of_kind(kind):
            tiers.setdefault(_tier(use.live), []).append(use)
        for tier in tiers.values():
            if len(tier) >= FANOUT:
                groups.append(tier)
            else:
                groups += [[use] for use in tier if len(use.dead) > DEAD_SHARE * use.size]
    return groups


def compact(folder: str | Path, *, everything: bool = False) -> int:
    """Joins what is due, or `everything` of a kind, until nothing is; returns how many segments were joined."""
    store, joined = IndexStore(folder), 0
    with (store.folder / COMPACTION_LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another process is at it
        while True:
            manifest = store.manifest()
            groups = _everything(manifest) if everything else due(manifest)
            if not groups or not _join(store, manifest, groups[0]):
                return joined
            joined += len(groups[0])


def start_if_due(store: IndexStore) -> subprocess.Popen | None:
    """Starts a process of its own that compacts the index, where something is due."""
    if not due(store.manifest()):
        return None
    return subprocess.Popen(
        [sys.executable, "-m", "retrieval.compaction", str(store.folder.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=Path(__file__).resolve().parent.parent,
    )


def _tier(size: int) -> int:
    """The logarithm of the size to the base FANOUT, rounded down."""
    tier = 0
    while size >= FANOUT:
        size, tier = size // FANOUT, tier + 1
    return tier


def _everything(manifest: Manifest) -> list[list[SegmentUse]]:
    groups = [manifest.of_kind(kind) for kind in SEGMENTS]
    return [group for group in groups if len(group) > 1 or any(use.dead for use in group)]


def _join(store: IndexStore, manifest: Manifest, group: Sequence[SegmentUse]) -> bool:
    """Publishes a version with the group's segments joined; False where that came too late."""
    kind: type[FaqSegment] | type[ManualSegment] = SEGMENTS[group[0].kind]
    parts = []
    for use in group:
        verify(store.segment_folder(use.name), use, store.rebuild_command)
        parts.append(kind.load(store.segment_folder(use.name)))
    joined = kind.join(parts, [use.kept() for use in group], DenseConfig(**manifest.dense))
    staged = [store.stage(joined)] if joined.size else []
    logger.info("%d segments of %s joined to one of %d", len(group), group[0].kind, joined.size)
    try:
        with store.lock():
            now = store.manifest()
            there = {use.name: use for use in now.segments}
            if not all(use.name in there for use in group):
                store.discard(staged)
                return False
            dead = _translated(group, [there[use.name] for use in group])
            store.publish(replace(now, segments=_replaced(now.segments, group, staged, dead)), staged)
    except BaseException:
        store.discard(staged)
        raise
    return True


def _translated(before: Sequence[SegmentUse], now: Sequence[SegmentUse]) -> tuple[int, ...]:
    """Places in the joined segment of what was removed since it was read."""
    dead, offset = [], 0
    for old, new in zip(before, now):
        keep = old.kept()
        places = np.arange(old.size) if keep is None else np.cumsum(keep) - 1
        dead += [int(places[place]) + offset for place in sorted(set(new.dead) - set(old.dead))]
        offset += old.live
    return tuple(dead)


def _replaced(
    uses: Sequence[SegmentUse], group: Sequence[SegmentUse], staged: Sequence[Staged], dead: tuple[int, ...]
) -> tuple[SegmentUse, ...]:
    """`uses` with the joined segment in the place of the group's first."""
    names = [use.name for use in group]
    new = [replace(one.use, dead=dead) for one in staged]
    found: list[SegmentUse] = []
    for use in uses:
        if use.name == names[0]:
            found += new
        elif use.name not in names:
            found.append(use)
    return tuple(found)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m retrieval.compaction", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    os.nice(10)
    compact(options.folder)


if __name__ == "__main__":
    main()
