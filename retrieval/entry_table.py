"""A segment's entries without their texts' postings and vectors: what finding one by its id or question takes.

An edit needs no more than this of the large segments, so that it costs the same whatever their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from nlu.normalize import normalize
from retrieval.arrays import load_arrays, save_arrays
from retrieval.documents import Audience, FaqEntry
from retrieval.records import Places, Records, save_records

ENTRIES, TABLES = "entries.jsonl", "entries.arrays"
ALWAYS = (-(2**31), 2**31 - 1)
"""Days that stand for no beginning and no end."""
AUDIENCES = tuple(Audience)


class EntryTable:
    """Entries by their place from 0. `question_counts` (n,) says how many questions and phrasings each has."""

    def __init__(self, entries: Sequence[FaqEntry], tables: dict[str, np.ndarray]) -> None:
        self.entries = entries
        self.tables = tables
        self.size = len(entries)
        self.question_counts = tables["question_counts"]
        self._ids = Places(tables["id_keys"], tables["id_places"])
        self._known = Places(tables["known_keys"], tables["known_places"])

    def places_of(self, entry_id: str) -> list[int]:
        """Places of the entries with this id."""
        return [place for place in self._ids.find(entry_id) if self.entries[place].id == entry_id]

    def known(self, squeezed: str) -> list[int]:
        """Places of the entries with a question that is `squeezed` once squeezed."""
        found = self._known.find(squeezed)
        return [place for place in found if squeezed in map(squeeze, self.entries[place].questions)]

    def hidden(self, audience: Audience, on: date) -> np.ndarray:
        """(n,) bool: the entries that `audience` may not find on that day."""
        day = on.toordinal()
        hidden = (self.tables["valid_from"] > day) | (self.tables["valid_to"] < day)
        return (
            hidden if audience is Audience.INTERNAL else hidden | (self.tables["audience"] != AUDIENCES.index(Audience.PUBLIC))
        )

    @cached_property
    def always_shown(self) -> bool:
        """Whether every entry is for all, at any time."""
        first, last = self.tables["valid_from"], self.tables["valid_to"]
        return bool((first == ALWAYS[0]).all() and (last == ALWAYS[1]).all() and not self.tables["audience"].any())

    @cached_property
    def products(self) -> frozenset[str]:
        text = self.tables["products"].tobytes().decode("utf-8", "surrogatepass")
        return frozenset(text.split("\n")) - {""}

    def save_table(self, folder: Path) -> None:
        ends = save_records(folder / ENTRIES, self.entries)
        save_arrays(folder / TABLES, {**self.tables, "ends": ends})

    @classmethod
    def load_table(cls, folder: Path) -> EntryTable:
        tables = load_arrays(folder / TABLES)
        return EntryTable(Records(folder / ENTRIES, tables.pop("ends"), FaqEntry.from_json), tables)


def tables_of(entries: Sequence[FaqEntry]) -> dict[str, np.ndarray]:
    """The tables of `entries`."""
    rows, ids, known, products = [], [], [], set()
    for place, entry in enumerate(entries):
        first = ALWAYS[0] if entry.valid_from is None else entry.valid_from.toordinal()
        last = ALWAYS[1] if entry.valid_to is None else entry.valid_to.toordinal()
        rows.append((len(entry.questions), first, last, AUDIENCES.index(entry.audience)))
        ids.append((entry.id, place))
        known += [(squeeze(question), place) for question in entry.questions]
        products.add(entry.product or "")
    columns = np.array(rows, np.int32).reshape(-1, 4)
    of_ids, of_known = Places.of(ids), Places.of(known)
    return {
        "question_counts": columns[:, 0].copy(),
        "valid_from": columns[:, 1].copy(),
        "valid_to": columns[:, 2].copy(),
        "audience": columns[:, 3].astype(np.uint8),
        "id_keys": of_ids.keys,
        "id_places": of_ids.places,
        "known_keys": of_known.keys,
        "known_places": of_known.places,
        "products": np.frombuffer("\n".join(sorted(products)).encode("utf-8", "surrogatepass"), np.uint8),
    }


def squeeze(text: str) -> str:
    """`text` in lower case without white space and punctuation, by which known questions are told."""
    return "".join(character for character in normalize(text).text.lower() if character.isalnum())
