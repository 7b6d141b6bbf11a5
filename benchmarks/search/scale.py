"""Measures the index over 1,000 to 1,000,000 real sentences: building, memory, queries, vector search, one entry more.

    python benchmarks/search/scale.py --texts articles.txt --work .work/scale --sizes 1000 10000 100000 1000000

`--texts` has one article a line (`title TAB text`). The work is done in stages, each a process of its own that writes
what it found below `--work`; a run that was stopped goes on after the last of them. `--prepare` does only the stages
whose speed nobody is told (building); `--one` does one stage and ends with 3 where more are left.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.search.scale_building import building_stages, index_folder, texts_at, write_texts
from benchmarks.search.scale_measuring import (
    build_hnswlib,
    encoded,
    measure_hnswlib,
    measure_one_more,
    measure_qdrant,
    measure_queries,
    measure_vectors,
    stored_vectors,
)
from nlu.morphemes import analyze
from nlu.sentence_vectors import load_vectors
from nlu.whole_file import write_json
from retrieval.index import Index

MORE_LEFT = 3
LARGEST_FOR_QDRANT = 100_000
"""Its local mode holds Python objects and looks through all of them."""
FEWER_FOR_QDRANT = 100
VECTORS = "questions.npy"
NOT_RUN = {"left_out": "not run"}
Stage = Callable[[], Any]


class Run:
    """The stages of one size, and what they found."""

    def __init__(self, options: argparse.Namespace, size: int) -> None:
        self.options, self.size = options, size
        self.work: Path = options.work
        self.folder = self.work / str(size)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.index = index_folder(self.work, size)

    def building(self) -> dict[str, Stage]:
        built = building_stages(self.work, self.size, self.options.sentences or None)
        return {**built, "keep-vectors": self._keep_vectors, "hnswlib-build": self._build_hnswlib}

    def measuring(self) -> dict[str, Stage]:
        return {
            "queries": lambda: measure_queries(self.index, self._model(), self._queries()),
            "vectors": self._measure_vectors,
            "hnswlib": lambda: measure_hnswlib(self._stored(), self.folder / "hnswlib", self._encoded()),
            "qdrant": self._measure_qdrant,
            "one-more": lambda: measure_one_more(self.index, self._model(), self.options.sentences),
        }

    def stages(self) -> dict[str, Stage]:
        stages = self.building() if self.options.prepare else {**self.building(), **self.measuring()}
        return {name: stage for name, stage in stages.items() if name not in self.options.without}

    def file(self, stage: str) -> Path:
        return self.folder / f"{stage}.json"

    def do(self, stage: str) -> None:
        """Does one stage in this process and writes what it found and what it cost."""
        if "build" not in stage:
            analyze("준비")
        started = time.perf_counter()
        found = self.stages()[stage]()
        used = resource.getrusage(resource.RUSAGE_SELF)
        cost = {
            "s": round(time.perf_counter() - started, 1),
            "cpu_s": round(used.ru_utime + used.ru_stime, 1),
            "peak_mb": round(used.ru_maxrss / 1024),
            "load_average": [round(one, 1) for one in os.getloadavg()],
        }
        write_json(self.file(stage), {"found": found, "cost": cost})

    def result(self) -> dict[str, Any]:
        """All that the stages found, as it stands in scale.json."""
        said = {stage: json.loads(self.file(stage).read_text(encoding="utf-8")) for stage in self.stages()}
        costs = [said[stage]["cost"] for stage in building_stages(self.work, self.size, None)]
        found = {stage: one["found"] for stage, one in said.items()}
        vectors = found["vectors"] | {"hnswlib": found.get("hnswlib", NOT_RUN), "qdrant_local": found["qdrant"]}
        if "hnswlib-build" in said:
            vectors["hnswlib"]["build_s"] = said["hnswlib-build"]["cost"]["s"]
        size_mb = sum(file.stat().st_size for file in self.index.rglob("*") if file.is_file()) / 1e6
        return {
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            "load_average": said["queries"]["cost"]["load_average"],
            "entries": self.size,
            "build_stages": len(costs),
            "build_s": round(sum(cost["s"] for cost in costs), 1),
            "build_cpu_s": round(sum(cost["cpu_s"] for cost in costs), 1),
            "build_peak_mb": max(cost["peak_mb"] for cost in costs),
            "serving_peak_mb": said["queries"]["cost"]["peak_mb"],
            "on_disk_mb": round(size_mb, 1),
            **found["queries"],
            "vector_search": vectors,
            "one_more_entry": found["one-more"],
        }

    def _model(self):
        return load_vectors(self.options.sentences or None)

    def _queries(self) -> list[str]:
        """Sentences that follow those of the index, `--queries` for each of three ways to ask."""
        return texts_at(self.work, self.size + 1, self.size + 1 + 3 * self.options.queries)

    def _encoded(self) -> np.ndarray:
        return encoded(self._model(), self._queries()[: self.options.queries])

    def _stored(self) -> np.ndarray:
        return np.load(self.folder / VECTORS, mmap_mode="r")

    def _keep_vectors(self) -> None:
        np.save(self.folder / VECTORS, stored_vectors(Index.load(self.index, self._model())))

    def _build_hnswlib(self) -> None:
        build_hnswlib(self._stored(), self.folder / "hnswlib")

    def _measure_vectors(self) -> dict[str, Any]:
        model = self._model()
        return measure_vectors(Index.load(self.index, model), np.array(self._stored()), self._encoded())

    def _measure_qdrant(self) -> dict[str, Any]:
        if self.size > LARGEST_FOR_QDRANT:
            return {"left_out": f"its local mode looks through all vectors; not run beyond {LARGEST_FOR_QDRANT:,}"}
        return measure_qdrant(np.array(self._stored()), self._encoded()[:FEWER_FOR_QDRANT])


def _do_stages(options: argparse.Namespace, run: Run) -> bool:
    """Does the stages that are left; false where `--one` ended it before all were done."""
    left = [stage for stage in run.stages() if not run.file(stage).is_file()]
    for number, stage in enumerate(left):
        print(f"{run.size:,}: {stage}", file=sys.stderr, flush=True)
        passed = [sys.executable, __file__, "--stage", stage, "--size", str(run.size), "--work", str(options.work)]
        passed += ["--queries", str(options.queries), "--sentences", options.sentences]
        subprocess.run(passed, check=True)
        if options.one:
            return number + 1 == len(left)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--texts", type=Path, help="one article a line, `title TAB text`")
    parser.add_argument("--work", type=Path, required=True, help="folder of what the stages make and find")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--sentences", default="", help="folder or hub name of the sentence vectors; those that ship")
    parser.add_argument("--prepare", action="store_true", help="build only")
    parser.add_argument("--one", action="store_true", help="do one stage; ends with 3 where more are left")
    parser.add_argument("--without", nargs="*", default=[], help="stages to leave out: hnswlib-build hnswlib")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("scale.json"))
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        Run(options, options.size).do(options.stage)
        return 0
    options.work.mkdir(parents=True, exist_ok=True)
    if not (options.work / "texts.txt").is_file():
        write_texts(options.texts, options.work, max(options.sizes) + 1 + 3 * options.queries)
    for size in options.sizes:
        run = Run(options, size)
        if not _do_stages(options, run):
            return MORE_LEFT
        if not options.prepare:
            results = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
            results[str(size)] = run.result()
            write_json(options.out, results)
            print(json.dumps(results[str(size)], ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
