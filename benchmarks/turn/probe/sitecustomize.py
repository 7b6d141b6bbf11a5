"""Read by Python at the start of a server that `memory.py` starts: says on demand what the process holds.

A thread looks twice a second for the file `DAEDAP_PROBE/ask`; what it finds there it answers once with
`DAEDAP_PROBE/PID-ASK.json`. The C library is asked by `mallinfo2` (glibc 2.33 or later).
"""

import ctypes
import gc
import json
import os
import re
import sys
import threading
import time
import tracemalloc
from pathlib import Path

LARGEST = 25
SMALL = 8
"""Caches of no more entries say nothing."""


class MallInfo(ctypes.Structure):
    """glibc's `struct mallinfo2`, bytes."""

    _fields_ = [
        (name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def libc() -> ctypes.CDLL:
    found = ctypes.CDLL(None)
    found.mallinfo2.restype = MallInfo
    return found


def resident() -> dict[str, float]:
    status = Path("/proc/self/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1)) / 1024 for name in ("VmRSS", "RssAnon", "RssFile")}


def python_objects() -> dict[str, object]:
    """What Python keeps: blocks, tracked objects, entries of `lru_cache`s and of the trackers that are remembered."""
    found = gc.get_objects()
    caches = {}
    for one in found:
        if type(one).__name__ == "_lru_cache_wrapper":
            info = one.cache_info()
            if info.currsize and (info.maxsize or SMALL + 1) > SMALL:
                caches[f"{one.__module__}.{one.__qualname__}"] = [info.currsize, info.maxsize]
    stores = [one for one in found if type(one).__name__ == "DatabaseTrackerStore"]
    locks = [one for one in found if type(one).__name__ == "PromptLockStore"]
    return {
        "blocks": sys.getallocatedblocks(),
        "objects": len(found),
        "caches": caches,
        "trackers": sum(len(store._remembered) for store in stores),
        "events": sum(len(tracker.events) for store in stores for tracker, _ in store._remembered.values()),
        "locks": sum(len(store.conversation_locks) for store in locks),
    }


class Grown:
    """Where the memory came from that is held since the look before, by `tracemalloc`."""

    def __init__(self) -> None:
        self.before: tracemalloc.Snapshot | None = None

    def look(self, frames: int) -> list[dict[str, object]]:
        """Empty at the first look, which begins to trace."""
        if not tracemalloc.is_tracing():
            tracemalloc.start(frames)
        now = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
        found = now.compare_to(self.before, "traceback") if self.before else []
        self.before = now
        most = sorted(found, key=lambda one: -one.count_diff)[:LARGEST]
        return [{"blocks": one.count_diff, "bytes": one.size_diff, "where": one.traceback.format()} for one in most]


def looked_at(c: ctypes.CDLL) -> dict[str, object]:
    gc.collect()
    info = c.mallinfo2()
    return {
        **resident(),
        "malloc_used": (info.uordblks + info.hblkhd) / 2**20,
        "malloc_free": info.fordblks / 2**20,
        "threads": threading.active_count(),
        **python_objects(),
    }


def watch(folder: Path) -> None:
    c, answered, grown = libc(), "", Grown()
    while True:
        time.sleep(0.5)
        asked = (folder / "ask").read_text() if (folder / "ask").exists() else ""
        if asked == answered:
            continue
        answer = looked_at(c)
        if os.environ.get("DAEDAP_PROBE_FRAMES"):
            answer["grown"] = grown.look(int(os.environ["DAEDAP_PROBE_FRAMES"]))
        if asked.startswith("trim"):
            c.malloc_trim(0)
            answer["after_trim"] = resident()
        unfinished = folder / f"{os.getpid()}-{asked}.unfinished"
        unfinished.write_text(json.dumps(answer))
        unfinished.rename(unfinished.with_suffix(".json"))
        answered = asked


if os.environ.get("DAEDAP_PROBE"):
    threading.Thread(target=watch, args=(Path(os.environ["DAEDAP_PROBE"]),), daemon=True).start()
