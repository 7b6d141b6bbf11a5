"""Plays scripted conversations through REST against the real servers.

A script is a YAML file:

    about: what is shown
    turns:
    - say: "배송비 얼마예요?"        # or `press: title of a button of the last turn`,
      expect:                        # or `repeat: {text: 가, times: 10000}`, or `nfd: text`
        text: "3,000원"              # regular expression, found in the texts of the turn joined by line ends
        not: "에러"                  # regular expression that must not be found
        kind: faq                    # how the cascade answered, or a list of which one
        source: delivery-03          # the source's document, or a list of which one
        buttons: [A, B]              # titles, all and in order
        last_button: 상담원 연결
        unanswered: "날씨"           # regular expression in the newest row of the journal; null: no new row
        row: {table: repair_requests, product: 세탁기}  # exactly one new row, each column matches; or a list of rows
        rows: {repair_requests: 0}   # how many rows of a table are new

`daedap test` plays the scripts of a company's own folder, `tests/conversations` those of the demo. Every turn must
say something and never show a traceback, whatever the script expects.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ruamel.yaml
import sqlalchemy as sa

from bot.journal import Journal
from bot.message import Button, Message, plain

SAYS = ("say", "press", "repeat", "nfd")
EXPECTATIONS = ("text", "not", "kind", "source", "buttons", "last_button", "unanswered", "row", "rows")
TRACEBACK = re.compile(r"Traceback|Exception|Error:|\bNone\b|\{contact\}")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""The new rows of each table that a turn's expectations name."""
Send = Callable[[str], Sequence[Message]]


@dataclass(frozen=True)
class Turn:
    """What is sent, `how` (one of SAYS), and what is expected back."""

    how: str
    what: Any
    expect: dict[str, Any]


@dataclass(frozen=True)
class Script:
    name: str
    about: str
    turns: tuple[Turn, ...]


def read_script(path: Path) -> Script:
    """The script in `path`; ValueError names an unknown key."""
    document = ruamel.yaml.YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    unknown = set(document) - {"about", "turns"}
    if unknown or not document.get("turns"):
        raise ValueError(f"{path.name}: a script has `about` and `turns`, not {sorted(unknown)}")
    return Script(path.stem, document.get("about", ""), tuple(_turn(path.name, turn) for turn in document["turns"]))


def _turn(name: str, turn: dict[str, Any]) -> Turn:
    how = [key for key in turn if key in SAYS]
    unknown = [key for key in turn if key not in (*SAYS, "expect")]
    unknown += [key for key in turn.get("expect") or {} if key not in EXPECTATIONS]
    if len(how) != 1 or unknown:
        raise ValueError(f"{name}: a turn has one of {', '.join(SAYS)}; unknown here: {unknown}")
    return Turn(how[0], turn[how[0]], turn.get("expect") or {})


def play(script: Script, send: Send, journal: Journal) -> list[str]:
    """What went otherwise than expected, a line each; empty where all went well."""
    problems: list[str] = []
    buttons: tuple[Button, ...] = ()
    tables = Tables(journal.url)
    for number, turn in enumerate(script.turns, start=1):
        try:
            message = message_of(turn, buttons)
        except LookupError as error:
            return [*problems, f"turn {number}: {error}"]
        before = len(journal.unanswered(limit=10_000))
        watched = {name: tables.keys(name) for name in tables_of(turn.expect)}
        replies = send(message)
        unanswered = journal.unanswered(limit=10_000)
        buttons = tuple(button for reply in replies for button in reply.buttons)
        new = unanswered[0].question if len(unanswered) > before else None
        rows = {name: tables.new_rows(name, keys) for name, keys in watched.items()}
        problems += [f"turn {number} ({message[:40]!r}): {problem}" for problem in check(turn.expect, replies, new, rows)]
    tables.close()
    return problems


class Tables:
    """The rows of the bot's database, by the names of its tables; a table that is not there yet has none."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, future=True)

    def keys(self, table: str) -> set[Any]:
        """The ids of all rows of `table`."""
        return {row["id"] for row in self._rows(table)}

    def new_rows(self, table: str, before: set[Any]) -> list[dict[str, Any]]:
        """The rows of `table` whose ids are not among `before`."""
        return [row for row in self._rows(table) if row["id"] not in before]

    def close(self) -> None:
        self._engine.dispose()

    def _rows(self, table: str) -> list[dict[str, Any]]:
        if not sa.inspect(self._engine).has_table(table):
            return []
        with self._engine.connect() as connection:
            reflected = sa.Table(table, sa.MetaData(), autoload_with=connection)
            return [dict(row) for row in connection.execute(sa.select(reflected).order_by(reflected.c.id)).mappings()]


def tables_of(expect: Mapping[str, Any]) -> set[str]:
    """The tables that a turn's expectations name."""
    return {row["table"] for row in _several(expect.get("row") or [])} | set(expect.get("rows") or {})


def message_of(turn: Turn, buttons: tuple[Button, ...]) -> str:
    """What is sent for `turn`; LookupError where the button to press is not there."""
    if turn.how == "repeat":
        return turn.what["text"] * turn.what["times"]
    if turn.how == "nfd":
        return unicodedata.normalize("NFD", turn.what)
    if turn.how == "press":
        for button in buttons:
            if button.title == turn.what:
                return button.payload
        raise LookupError(f"no button {turn.what!r} among {[button.title for button in buttons]}")
    return turn.what


def check(expect: dict[str, Any], replies: Sequence[Message], new_row: str | None, rows: Rows | None = None) -> list[str]:
    """What is otherwise than `expect` says; `rows` are the new rows of the tables it names."""
    rows = rows or {}
    text = "\n".join(plain(reply) for reply in replies)
    answers = [reply.answer for reply in replies if reply.answer is not None]
    titles = [button.title for reply in replies for button in reply.buttons]
    answer = answers[0] if answers else {}
    found = {
        "text": "text" not in expect or re.search(expect["text"], text),
        "not": "not" not in expect or not re.search(expect["not"], text),
        "kind": "kind" not in expect or answer.get("kind") in _several(expect["kind"]),
        "source": "source" not in expect or (answer.get("source") or {}).get("document") in _several(expect["source"]),
        "buttons": "buttons" not in expect or titles == expect["buttons"],
        "last_button": "last_button" not in expect or titles[-1:] == [expect["last_button"]],
        "unanswered": "unanswered" not in expect or _is_row(expect["unanswered"], new_row),
        "row": "row" not in expect or all(_has_row(wanted, rows) for wanted in _several(expect["row"])),
        "rows": "rows" not in expect or all(len(rows.get(name, ())) == count for name, count in expect["rows"].items()),
    }
    problems = [f"{key} is not {expect[key]!r}" for key, holds in found.items() if not holds]
    if not text.strip():
        problems.append("nothing was said")
    if TRACEBACK.search(text):
        problems.append("something internal was shown")
    if problems:
        source = (answer.get("source") or {}).get("document")
        problems.append(f"got {text!r}, buttons {titles}, kind {answer.get('kind')}, source {source}, new row {new_row!r}")
        problems += [f"new in {name}: {dict(row)}" for name, found in rows.items() for row in found]
    return problems


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_row(expected: str | None, row: str | None) -> bool:
    if expected is None or row is None:
        return expected is row
    return re.search(expected, row) is not None


def _has_row(wanted: Mapping[str, Any], rows: Rows) -> bool:
    """Whether exactly one new row has all of `wanted`: a regular expression a column, null for an empty one."""
    columns = {name: value for name, value in wanted.items() if name != "table"}
    return (
        sum(all(_is_cell(value, row.get(name)) for name, value in columns.items()) for row in rows.get(wanted["table"], ())) == 1
    )


def _is_cell(expected: Any, found: Any) -> bool:
    if expected is None or found is None:
        return expected is found
    return re.search(str(expected), str(found)) is not None
