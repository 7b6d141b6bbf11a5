"""What keeping a conversation costs a turn: the tracker store and the turn's row, beside Rasa's stores.

    .venv/bin/python benchmarks/turn/storage.py --turns 300 [--postgres]

A turn as Rasa does it: the tracker is fetched, twelve events come, it is saved; ours writes the turn's row as well.
Milliseconds on the clock, median and p95 after ten turns, of one conversation of `--turns` turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered  # noqa: E402

from bot.storage.database import open_database  # noqa: E402
from bot.storage.outbox import Outbox  # noqa: E402
from bot.storage.tracker_store import DatabaseTrackerStore  # noqa: E402
from bot.storage.turns import TurnLog  # noqa: E402
from tests.bot.storage.postgres_server import Postgres  # noqa: E402

DOMAIN = Domain.from_dict({"slots": {f"s{n}": {"type": "text", "mappings": [{"type": "custom"}]} for n in range(8)}})
WARM_UP = 10


def events(number: int) -> list[Any]:
    """Twelve events with about as much in them as the bot's own."""
    ranking = [{"name": f"intent_{n}", "confidence": 0.05} for n in range(20)]
    parsed = {"intent": ranking[0], "intent_ranking": ranking, "text_tokens": [[n, n + 2] for n in range(8)]}
    answer = {
        "daedap": {"kind": "faq", "answer": "가" * 120, "candidates": [{"id": "F1", "question": "나" * 20, "score": 0.5}] * 5}
    }
    slots = [SlotSet(f"s{n}", f"값 {number}") for n in range(7)]
    said = BotUttered("가" * 150, {"custom": answer}, {"utter_action": "utter_x"})
    user = UserUttered(f"질문 {number}", ranking[0], parse_data=parsed)
    return [user, *slots, ActionExecuted("action_answer"), said, ActionExecuted("action_listen"), SlotSet("s7", str(number))]


async def turns(store: TrackerStore, count: int, log: TurnLog | None = None) -> dict[str, float]:
    """Median and p95 of a turn in milliseconds."""
    taken = []
    for number in range(count):
        started = time.perf_counter()
        turn = log and log.begin(f"key-{number}", "me", "web", f"질문 {number}")
        tracker = await store.get_or_create_tracker("me", append_action_listen=False)
        if number == 0:
            tracker.update(SessionStarted(), DOMAIN)
        tracker.update_with_events(events(number), DOMAIN)
        await store.save(tracker)
        if turn:
            log.end(turn, [{"text": "답"}])
        taken.append((time.perf_counter() - started) * 1000)
    kept = sorted(taken[WARM_UP:])
    last = statistics.median(taken[-20:])
    p95 = kept[int(0.95 * len(kept))]
    return {"median_ms": round(statistics.median(kept), 2), "p95_ms": round(p95, 2), "last_20_ms": round(last, 2)}


def ours(url: str, folder: Path, count: int) -> dict[str, float]:
    outbox = Outbox(url, folder / "rows.kept")
    found = asyncio.run(turns(DatabaseTrackerStore(DOMAIN, database_url=url, outbox=outbox), count, TurnLog(outbox)))
    was_away = outbox.is_away
    outbox.close()
    with open_database(url).connect() as connection:
        rows = connection.execute(sa.text("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM turns)")).one()
    if was_away or tuple(rows) != (12 * count + 1, count):
        raise RuntimeError(f"{count} turns left {rows} rows; the figures are of something else")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--postgres", action="store_true", help="over a PostgreSQL of its own as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        found = {"memory (Rasa)": asyncio.run(turns(InMemoryTrackerStore(DOMAIN), options.turns))}
        found["sqlite (Rasa)"] = asyncio.run(turns(SQLTrackerStore(DOMAIN, db=str(place / "rasa.db")), options.turns))
        found["sqlite (ours, with the turn's row)"] = ours(f"sqlite:///{place / 'ours.db'}", place, options.turns)
        if options.postgres:
            server = Postgres().start()
            try:
                found["postgresql (ours, with the turn's row)"] = ours(server.create("ours"), place / "pg", options.turns)
            finally:
                server.remove()
    print(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
