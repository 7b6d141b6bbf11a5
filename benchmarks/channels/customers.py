"""What customers of a load test say: half FAQ questions, a fifth questions for the manuals, the rest small talk.

The questions are the demo company's own phrasings and those of the development sets in tests/data, never those of the
test sets. Customers begin in different ways, so that hardly a question comes twice in the same words.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHARES = {"faq": 0.5, "manual": 0.2, "talk": 0.3}
TALK_INTENTS = ("greet", "thanks", "goodbye", "bot_challenge", "capabilities", "reaction")
POLITE = ("저기요 ", "혹시 ", "궁금한 게 있는데요, ", "하나만 더요. ", "여쭤볼게요. ")
CASUAL = ("음… ", "그리고 ", "아 맞다, ", "근데 ")
BEGINNINGS = ("", "", "", *POLITE, *CASUAL)


class Said(NamedTuple):
    """`kind` is one of `SHARES`."""

    kind: str
    text: str


class Phrases:
    """All that may be said, by kind."""

    def __init__(self, root: Path = ROOT) -> None:
        faq = [row["question"] for row in _rows(root / "tests/data/faq_queries.csv")]
        for row in _rows(root / "data/faq/daedap.csv"):
            faq += [row["question"], *filter(None, row["phrasings"].split("|"))]
        lines = (root / "tests/data/manual_questions.jsonl").read_text(encoding="utf-8").splitlines()
        talk = [row["utterance"] for row in _rows(root / "tests/data/intents.csv") if row["intent"] in TALK_INTENTS]
        self.by_kind = {"faq": faq, "manual": [json.loads(line)["question"] for line in lines], "talk": talk}

    def customer(self, seed: int) -> Iterator[Said]:
        """What one customer says, without end; another seed says other things."""
        chance = random.Random(seed)
        while True:
            [kind] = chance.choices(list(SHARES), list(SHARES.values()))
            beginning = "" if kind == "talk" else chance.choice(BEGINNINGS)
            yield Said(kind, beginning + chance.choice(self.by_kind[kind]))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))
