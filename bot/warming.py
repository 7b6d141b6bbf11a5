"""What every question is held against, analyzed before the first one comes: entries, sentences and rows of the index.

A turn then analyzes the question alone. A large company's texts are not all kept: the caches have bounds, and so has this.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from bot import evidence
from bot.choice import read_together
from bot.faq_judge import said, says_the_same
from nlu.message_pairs import default_pairs

if TYPE_CHECKING:
    from bot.cascade import Cascade

logger = logging.getLogger(__name__)
MOST_ENTRIES, MOST_PASSAGES = 1_000, 300
"""So many are analyzed beforehand, and so many fit into the caches beside what customers ask for."""
REST_S = 0.002
"""Between one and the next, that a customer who comes meanwhile need not wait."""


def warm_up(cascade: Cascade, rest_s: float = REST_S) -> None:
    """Analyze the entries and passages of the cascade's index."""
    index, pairs = cascade.index, default_pairs()
    for entry in index.entries[:MOST_ENTRIES]:
        pairs.prepare([said(entry)])
        for question in entry.questions:
            says_the_same(question, question)
        index.search_faq(entry.question)
        time.sleep(rest_s)
    for passage in index.passages[:MOST_PASSAGES]:
        reading = index.reading(passage)
        evidence.prepare(reading)
        pairs.prepare(read_together(reading, unit) for unit in reading.units)
        time.sleep(rest_s)


def begin_to_warm_up(cascade: Cascade) -> threading.Thread:
    """`warm_up` in a thread of its own."""

    def work() -> None:
        try:
            warm_up(cascade)
        except Exception:  # a turn analyzes what is missing
            logger.exception("the index could not be analyzed beforehand")

    thread = threading.Thread(target=work, name="warm up", daemon=True)
    thread.start()
    return thread
