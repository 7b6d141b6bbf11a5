"""Who changed what of an index, when, and what stood there before: `history.db` in the index folder.

It lies with the index, not in the bot's database: it belongs to these entries, goes where the folder goes, and
`retrieval` knows no bot. The rows of a change are written before its version becomes current, and that
version's manifest names the last of them; rows beyond it are of a writer that was killed, and count for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

FILE_NAME = "history.db"
FORMAT_VERSION = 1

metadata = sa.MetaData()
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("who", sa.String(100), nullable=False),
    sa.Column("action", sa.String(10), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("item", sa.String(500), nullable=False, index=True),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
)


class Action(str, Enum):
    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"


@dataclass(frozen=True)
class Change:
    """One entry or document changed; `before` and `after` are its fields, None where there was or is none. `at` is UTC."""

    id: int
    at: datetime
    who: str
    action: Action
    kind: str
    item: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "at": self.at.isoformat(timespec="seconds") + "Z", "action": self.action.value}


class NewChange(NamedTuple):
    """A change that has no number yet."""

    action: Action
    kind: str
    item: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class History:
    """The history of the index in `folder`; opened for one piece of work, and closed."""

    def __init__(self, folder: Path) -> None:
        self._engine = sa.create_engine(f"sqlite:///{folder / FILE_NAME}", future=True, connect_args={"timeout": 30})
        with self._engine.begin() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar()
            if found not in (0, FORMAT_VERSION):
                raise ValueError(f"{folder / FILE_NAME}: 이력 형식이 {found}이고 이 프로그램은 {FORMAT_VERSION}만 읽어요.")
            if not found:
                metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version = {FORMAT_VERSION}")

    def __enter__(self) -> History:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.dispose()

    def write(self, new: Sequence[NewChange], who: str, after: int) -> int:
        """Writes the changes behind the one numbered `after`, in place of any that stand there; returns the last number."""
        now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
        rows = [
            {
                "id": after + number,
                "at": now,
                "who": who[:100],
                "action": one.action.value,
                "kind": one.kind,
                "item": one.item[:500],
                "before": _text(one.before),
                "after": _text(one.after),
            }
            for number, one in enumerate(new, 1)
        ]
        with self._engine.begin() as connection:
            connection.execute(changes.delete().where(changes.c.id > after))
            if rows:
                connection.execute(changes.insert(), rows)
        return after + len(rows)

    def read(self, until: int, item: str | None = None, limit: int = 100) -> list[Change]:
        """The changes up to the number `until`, of one item or of all, the newest first."""
        query = sa.select(changes).where(changes.c.id <= until).order_by(changes.c.id.desc()).limit(limit)
        if item is not None:
            query = query.where(changes.c.item == item)
        with self._engine.connect() as connection:
            return [
                Change(r.id, r.at, r.who, Action(r.action), r.kind, r.item, _fields(r.before), _fields(r.after))
                for r in connection.execute(query)
            ]

    @classmethod
    def last_change(cls, folder: Path) -> int:
        """The highest number written in `folder`, 0 where there is no history."""
        if not (folder / FILE_NAME).is_file():
            return 0
        with cls(folder) as history, history._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.max(changes.c.id))).scalar() or 0


def _text(fields: dict[str, Any] | None) -> str | None:
    return None if fields is None else json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace").decode()


def _fields(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)
