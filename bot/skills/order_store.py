"""Orders in the database: loaded from a company's CSV file, and found by number and phone together."""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa

from bot.settings import Settings
from bot.skills.config import skills
from bot.skills.order import Order
from bot.skills.order_guesses import guessed_wrongly, too_many
from bot.storage.database import DatabaseAwayError, open_database
from bot.storage.tables import orders
from bot.storage.values import utc_second

logger = logging.getLogger(__name__)
COLUMNS = (
    "number",
    "phone",
    "name",
    "product",
    "state",
    "ordered_on",
    "expected_on",
    "delivered_on",
    "carrier",
    "tracking_number",
)
NEEDED = ("number", "phone", "product", "state")
DATES = ("ordered_on", "expected_on", "delivered_on")


class OrderStore:
    """The orders in the database at `url`, those of `file` loaded into it before the first is looked for."""

    def __init__(self, url: str, file: Path | None = None) -> None:
        self.url = url
        self._file = file
        self._loading = Lock()

    def load(self, file: Path) -> int:
        """How many orders `file` holds; each takes the place of the one with its number, others stay.

        ValueError names the line and column that is wrong.
        """
        rows = read_orders(file)
        loaded_at = utc_second()
        with open_database(self.url).begin() as connection:
            there = {row.number for row in connection.execute(sa.select(orders.c.number))}
            for row in rows:
                values = {**row, "loaded_at": loaded_at}
                if row["number"] in there:
                    connection.execute(orders.update().where(orders.c.number == row["number"]).values(values))
                else:
                    connection.execute(orders.insert().values(values))
        return len(rows)

    def find(self, number: str, phone: str) -> Order | None:
        """The order with this number, if it was made with this phone; OSError where the database is away.

        None as well where number or phone were tried in vain too often of late (`bot.skills.order_guesses`).
        """
        keys = (f"number {bare(number)}", f"phone {digits(phone)}")
        try:
            self._load_once()
            with open_database(self.url).begin() as connection:
                if too_many(connection, *keys):
                    logger.warning("an order number or phone is being guessed at")
                    return None
                row = _matching(connection, number, phone)
                if row is None:
                    guessed_wrongly(connection, *keys)
        except (DatabaseAwayError, sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            raise OSError("orders cannot be looked up now") from error
        return row and Order(**{name: row[name] for name in COLUMNS if name not in ("phone", "name")})

    def _load_once(self) -> None:
        with self._loading:
            if self._file is not None:
                count = self.load(self._file)
                logger.info("loaded %s orders from %s", count, self._file)
                self._file = None


def _matching(connection: sa.engine.Connection, number: str, phone: str) -> Mapping[str, Any] | None:
    """The row of the order with both numbers."""
    rows = connection.execute(sa.select(orders).where(orders.c.phone == digits(phone))).mappings()
    return next((row for row in rows.all() if bare(row["number"]) == bare(number)), None)


def read_orders(file: Path) -> list[dict[str, Any]]:
    """The rows of an order file; ValueError where a column is missing or a date is none."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{file}: 열이 없어요: {', '.join(missing)}")
        return [_row(file, line, row) for line, row in enumerate(reader, start=2)]


def _row(file: Path, line: int, row: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: (row.get(name) or "").strip() or None for name in COLUMNS}
    for name in NEEDED:
        if values[name] is None:
            raise ValueError(f"{file}: {line}번째 줄의 {name} 칸이 비어 있어요.")
    for name in DATES:
        try:
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        except ValueError as error:
            raise ValueError(f"{file}: {line}번째 줄의 {name} 값 {values[name]!r}은(는) 날짜(2026-11-24)가 아니에요.") from error
    return values | {"number": values["number"].upper(), "phone": digits(values["phone"])}


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def bare(number: str) -> str:
    """An order number's digits with letters among and behind them; what leads it (D, NO-) goes without saying."""
    return re.sub(r"^[^0-9]+|[^0-9A-Za-z]", "", number).upper()


@lru_cache(maxsize=1)
def store_of_process() -> OrderStore:
    """This process's store in the database that the settings name."""
    config = skills().order
    return OrderStore(Settings.load().database_url, config.orders if config else None)
