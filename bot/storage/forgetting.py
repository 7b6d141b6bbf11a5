"""One person is forgotten: in the database, among rows that wait for it, and in the channels' own files.

A person is known by the sender's id of a channel (`web-…`, `kakao-…`, `slack-…`, as lists and the table `turns` show
it) or by a phone number. A phone number finds the requests and hand-overs made with it and the conversations in which
it was written, and so the senders; all that these senders said and left goes too. Orders come from the company's own
file and stay: that file is theirs to change.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.storage.database import is_sqlite, open_database
from bot.storage.kept_rows import KeptRows
from bot.storage.outbox import kept_file
from bot.storage.tables import Personal, events, metadata, orders, personal_columns

WEB, KAKAO, SLACK = "web.db", "kakao.db", "slack.db"
_PHONE = re.compile(r"\+?[\d\s().\-]{9,20}")
PHONE_DIGITS = range(9, 13)
SEPARATORS = ("", "-", " ", ".")


@dataclass(frozen=True)
class Person:
    """Who is to be forgotten; `phone` is digits only."""

    senders: frozenset[str] = frozenset()
    phone: str | None = None


def find_person(url: str, user: str) -> Person:
    """The person that `user` (a sender's id, or a phone number) names. ValueError where it is empty."""
    user = user.strip()
    if not user:
        raise ValueError("누구를 지울지 알려 주세요. 보낸 사람의 id나 전화번호예요.")
    digits = re.sub(r"\D", "", user)
    if not _PHONE.fullmatch(user) or len(digits) not in PHONE_DIGITS:
        return Person(frozenset({user}))
    digits = "0" + digits[2:] if digits.startswith("82") else digits
    return Person(_senders_with(url, digits), digits)


def forget(url: str, person: Person, conversations: Path, dry_run: bool = False) -> dict[str, int]:
    """How many rows of each table and file were (with `dry_run`: are) the person's.

    `conversations` is the widget's file; those of other channels lie beside it.
    """
    removed = _in_database(url, person, dry_run)
    kept = kept_file(url)
    if kept.exists():
        rows = KeptRows(kept)
        removed["kept"] = sum(rows.forget(sender, dry_run) for sender in person.senders)
        rows.close()
    for name, statements in _statements(person).items():
        file = conversations if name == WEB else conversations.with_name(name)
        if file.exists():
            removed[name] = _in_file(file, statements, dry_run)
    return {name: count for name, count in removed.items() if count}


def orders_of(url: str, person: Person) -> int:
    """How many orders of the company's file name the person's phone; they stay."""
    if person.phone is None:
        return 0
    with open_database(url).connect() as connection:
        query = sa.select(sa.func.count()).select_from(orders).where(orders.c.phone == person.phone)
        return connection.execute(query).scalar_one()


def _senders_with(url: str, phone: str) -> frozenset[str]:
    """The senders of rows with this phone, and of conversations in which it was written."""
    found: set[str] = set()
    with open_database(url).connect() as connection:
        for table in _tables_of_people():
            [sender] = personal_columns(table, Personal.SENDER)
            for column in personal_columns(table, Personal.PHONE):
                found.update(connection.execute(sa.select(sender).where(_digits(column) == phone)).scalars())
        written = sa.or_(*(events.c.data.contains(form, autoescape=True) for form in _written(phone)))
        found.update(connection.execute(sa.select(events.c.sender_id).where(written).distinct()).scalars())
    return frozenset(found)


def _digits(column: sa.Column) -> sa.sql.ColumnElement:
    for separator in SEPARATORS[1:]:
        column = sa.func.replace(column, separator, "")
    return column


def _written(phone: str) -> list[str]:
    """How a phone number is usually written: 01012345678, 010-1234-5678, 010 1234 5678, 010.1234.5678."""
    area = 2 if phone.startswith("02") else 3
    parts = (phone[:area], phone[area:-4], phone[-4:])
    return [separator.join(parts) for separator in SEPARATORS]


def _tables_of_people() -> list[sa.Table]:
    """The tables whose rows belong to a sender; what belongs to a row of theirs goes with it."""
    return [table for table in metadata.sorted_tables if personal_columns(table, Personal.SENDER)]


def _in_database(url: str, person: Person, dry_run: bool) -> dict[str, int]:
    removed = {}
    with open_database(url).begin() as connection:
        if is_sqlite(url):
            connection.exec_driver_sql("PRAGMA secure_delete=ON").close()
        for table in _tables_of_people():
            [sender] = personal_columns(table, Personal.SENDER)
            theirs = sender.in_(sorted(person.senders))
            if person.phone is not None:
                theirs = sa.or_(theirs, *(_digits(one) == person.phone for one in personal_columns(table, Personal.PHONE)))
            query = sa.select(sa.func.count()).select_from(table).where(theirs)
            removed[table.name] = connection.execute(query).scalar_one()
            if removed[table.name] and not dry_run:
                connection.execute(table.delete().where(theirs))
    return removed


Statements = list[tuple[str, str, tuple[str, ...]]]
"""Tables of a channel's own file, with what is the person's in them."""


def _statements(person: Person) -> dict[str, Statements]:
    found: dict[str, Statements] = {WEB: [], KAKAO: [], SLACK: []}
    for sender in sorted(person.senders):
        channel, _, name = sender.partition("-")
        if channel == "web" and name.isalnum():
            found[WEB].append(("messages", "key LIKE ?", (f"{name}%",)))
            found[WEB].append(("conversations", "key LIKE ?", (f"{name}%",)))
        elif channel == "kakao":
            found[KAKAO].append(("said", "user = ?", (sender,)))
        elif channel == "slack":
            place = "SELECT channel FROM places WHERE sender = ?"
            thread = f"lane IN ({place}) AND ((SELECT thread FROM places WHERE sender = ?) IS NULL"
            thread += " OR instr(document, (SELECT thread FROM places WHERE sender = ?)))"
            found[SLACK].append(("outbox", thread, (sender, sender, sender)))
            found[SLACK].append(("inbox", "conversation = ?", (sender,)))
            found[SLACK].append(("places", "sender = ?", (sender,)))
    return found


def _in_file(file: Path, statements: Iterable[tuple[str, str, tuple[str, ...]]], dry_run: bool) -> int:
    count = 0
    connection = sqlite3.connect(file, timeout=5)
    try:
        connection.execute("PRAGMA secure_delete=ON").close()
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, where, values in statements:
            if table in there:
                [(rows,)] = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", values)
                count += rows
                if not dry_run:
                    connection.execute(f"DELETE FROM {table} WHERE {where}", values)
        connection.commit()
    finally:
        connection.close()
    return count
