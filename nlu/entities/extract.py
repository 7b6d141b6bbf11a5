"""All entities of a message, in order of their place and without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nlu.entities.catalog import Catalog
from nlu.entities.contacts import ORDER_PATTERN, find_names, find_orders, find_phones
from nlu.entities.dates import find_dates
from nlu.entities.found import Found, without_overlaps
from nlu.normalize import normalize

MAX_CHARACTERS = 2_000
"""A longer message is looked at up to here."""


def extract(
    text: str,
    now: datetime,
    catalog: Catalog,
    proper_nouns: Sequence[tuple[int, int]] = (),
    order_pattern: str = ORDER_PATTERN,
) -> list[Found]:
    """Entities of `text`, offsets into it as given; of overlapping ones the more telling kind stays.

    `proper_nouns` are `[start, end)` of the names among the morphemes.
    """
    normalized = normalize(text[:MAX_CHARACTERS])
    clean = normalized.text
    found = without_overlaps(
        [
            *find_phones(clean),
            *catalog.find(clean),
            *find_dates(clean, now),
            *find_orders(clean, order_pattern),
            *find_names(clean, proper_nouns),
        ]
    )
    return [one._replace(start=span[0], end=span[1]) for one in found for span in [normalized.original_span(one.start, one.end)]]
