"""What is searched: FAQ entries, documents and the passages cut out of them.

Offsets are `[start, end)` in characters of `Document.text`; `document.text[passage.start:passage.end]`
is a passage's text. All ids are stable: the same files give the same ids.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any


class Audience(str, Enum):
    """Who may see an entry; those inside see the public ones too."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True)
class FaqEntry:
    """One row of an FAQ: a question, other ways to ask it, and the answer.

    It is found from `valid_from` to `valid_to`, both days included; None sets no end.
    """

    id: str
    category: str
    product: str | None
    question: str
    phrasings: tuple[str, ...]
    answer: str
    link: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    audience: Audience = Audience.PUBLIC

    def is_shown(self, audience: Audience, on: date) -> bool:
        """Whether `audience` may find the entry on that day."""
        begun = self.valid_from is None or self.valid_from <= on
        over = self.valid_to is not None and self.valid_to < on
        return begun and not over and (self.audience is Audience.PUBLIC or audience is Audience.INTERNAL)

    @property
    def questions(self) -> tuple[str, ...]:
        """The question and its phrasings."""
        return (self.question, *self.phrasings)

    def to_json(self) -> dict[str, Any]:
        days = {name: day and day.isoformat() for name, day in (("valid_from", self.valid_from), ("valid_to", self.valid_to))}
        return {**dataclasses.asdict(self), **days, "audience": self.audience.value}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> FaqEntry:
        days = {name: day and date.fromisoformat(day) for name in ("valid_from", "valid_to") for day in [document.get(name)]}
        audience = Audience(document.get("audience", Audience.PUBLIC))
        return cls(**{**document, **days, "phrasings": tuple(document["phrasings"]), "audience": audience})


@dataclass(frozen=True)
class Document:
    """A manual's text; `page_starts[i]` is where page i + 1 begins, None for formats without pages."""

    id: str
    title: str
    file_name: str
    text: str
    page_starts: tuple[int, ...] | None = None
    product: str | None = None

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, of the character at `offset`."""
        return max(bisect_right(self.page_starts, offset), 1) if self.page_starts else None

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Document:
        pages = document["page_starts"]
        return cls(**{**document, "page_starts": None if pages is None else tuple(pages)})


@dataclass(frozen=True)
class Passage:
    """A piece of a document inside one section, such as `3장 청소 > 필터 청소`.

    `leads` are spans of the document before it that announce the list it begins in, the outermost first.
    """

    id: str
    document_id: str
    title: str
    section: str
    page: int | None
    product: str | None
    start: int
    end: int
    leads: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Passage:
        return cls(**{**document, "leads": tuple(map(tuple, document["leads"]))})
