"""`python -m benchmarks.encoder --data DATA [--quick]`: the proof of transfer, part by part, into results.json.

Parts run side by side in processes of one thread; each result is written as soon as it is there, and a
part that has one is not run again (`--again` runs all). `--only sentiment` takes the rows whose name begins
so, `--only intent/tfidf` one part.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime, timezone
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.encoder.parts import parts, timed
from benchmarks.encoder.setup import QUICK, ROOT, Setup, Sizes, intents, sentiment, similarity
from nlu.whole_file import write_json

HERE = Path(__file__).parent
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(4 << 30), "MALLOC_TRIM_THRESHOLD_": str(16 << 30), "MALLOC_TOP_PAD_": str(256 << 20)}
QUIET = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    os.environ.update(THREADS | QUIET | {name: os.environ.get(name, value) for name, value in ALLOCATOR.items()})
    setup = Setup(
        options.data, options.encoder, ROOT / "data" / "models" / "vectors", options.corpus, options.work,
        QUICK if options.quick else Sizes(),
    )  # fmt: skip
    results = {} if options.again or not options.out.is_file() else _read(options.out)
    encoder = sha256((options.encoder / "model.safetensors").read_bytes()).hexdigest()[:16]
    wanted = {
        place: part
        for place, part in parts(setup).items()
        if _is_wanted(place, options.only) and not _is_done(results, place, encoder)
    }
    logging.info("%d parts to run: %s", len(wanted), ", ".join(wanted))
    for task in (similarity, intents, lambda setup: sentiment(setup, 1)):
        task(setup)  # saves its split, before parts that run side by side look for it
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(timed, part[0], setup, part[1]): place for place, part in wanted.items()}
        for future in as_completed(futures):
            row, _, name = futures[future].partition("/")
            try:
                figures = future.result()
            except Exception:
                logging.exception("%s failed", futures[future])
                continue
            logging.info("%s: %s", futures[future], figures)
            date = datetime.now(timezone.utc).isoformat(timespec="minutes")
            results = _read(options.out) if options.out.is_file() else {}  # another run may have added to it
            results.setdefault(row, {})[name] = {**figures, "encoder": encoder, "date": date}
            results["about"] = _about(options.quick)
            write_json(options.out, results)


def _is_wanted(place: str, only: list[str] | None) -> bool:
    """Whether the part is named, or its row begins with what is named."""
    return only is None or any(place == name or ("/" not in name and place.startswith(name)) for name in only)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _is_done(results: dict[str, Any], place: str, encoder: str) -> bool:
    """Whether the part has figures of this encoder (the columns that use none hold for all)."""
    row, _, name = place.partition("/")
    found = results.get(row, {}).get(name)
    return found is not None and (name in ("tfidf", "static", "random") or row == "objectives" or found["encoder"] == encoder)


def _about(is_quick: bool) -> dict[str, Any]:
    from nlu.transfer.runs import machine, versions

    command = "python -m benchmarks.encoder --data DATA" + (" --quick" if is_quick else "")
    return {"command": command, "machine": machine(), "versions": versions()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoder", description=__doc__)
    folders = "sentiment/, intents/, similarity/, korquad/, tydiqa/ and corpus/"
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {folders}")
    parser.add_argument("--encoder", type=Path, default=ROOT / "data" / "models" / "encoder")
    parser.add_argument("--corpus", type=Path, default=ROOT / ".work" / "corpus", help="packed arrays, for the objectives")
    parser.add_argument("--work", type=Path, help="runs, splits and caches; .daedap/benchmark-encoder by default")
    parser.add_argument("--out", type=Path, help="results.json here by default, or results-quick.json")
    parser.add_argument("--only", action="append", help="a part (intent/tfidf) or rows (sentiment); may be repeated")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a small version of everything, some minutes")
    parser.add_argument("--again", action="store_true", help="run parts that have a result anew")
    options = parser.parse_args()
    suffix = "-quick" if options.quick else ""
    options.out = options.out or HERE / f"results{suffix}.json"
    options.work = options.work or ROOT / ".daedap" / f"benchmark-encoder{suffix}"
    if not options.data.is_dir():
        parser.error(f"{options.data}: no such folder")
    return options


if __name__ == "__main__":
    main()
