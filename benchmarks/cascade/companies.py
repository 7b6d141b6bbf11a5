"""The invented companies of `data/training/companies`: an FAQ, four manuals, and questions of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from bot.settings import ROOT
from retrieval.documents import Document, FaqEntry
from retrieval.ingest.faq import read_faq
from retrieval.ingest.manuals import read_manuals

FOLDER = ROOT / "data" / "training" / "companies"
QUESTIONS = "questions.jsonl"
TAUGHT = (
    "bath-boiler",
    "bike-kick",
    "coffee-toaster",
    "dish-oven",
    "doorlock-cam",
    "laptop-printer",
    "law-consumer",
    "seat-stroller",
    "watch-earbud",
)
"""What the encoder of messages is taught by; it has seen nothing of the others, by which its scores are weighed."""


class CompanyQuestion(NamedTuple):
    """`entries` answer it; so does `document` where there are `answers`, spans of its text; nothing does where both are empty."""

    question: str
    entries: frozenset[str]
    document: str | None
    answers: tuple[str, ...]


class Company(NamedTuple):
    folder: Path
    entries: tuple[FaqEntry, ...]
    documents: tuple[Document, ...]
    questions: tuple[CompanyQuestion, ...]


def unseen_companies() -> list[str]:
    """The companies that are whole and did not teach the encoder."""
    return sorted(folder.name for folder in FOLDER.iterdir() if (folder / QUESTIONS).is_file() and folder.name not in TAUGHT)


def read_company(name: str) -> Company:
    """The company in the folder `name`."""
    folder = FOLDER / name
    rows = [json.loads(line) for line in (folder / QUESTIONS).read_text(encoding="utf-8").splitlines() if line.strip()]
    questions = [
        CompanyQuestion(row["question"], frozenset(row["entries"]), row["document"], tuple(row["answers"])) for row in rows
    ]
    documents = read_manuals([folder / "manuals"])[0]
    return Company(folder, tuple(read_faq([folder / "faq.csv"])[0]), tuple(documents), tuple(questions))


def taught(text: str) -> bool:
    """Whether a text of the published sets teaches the encoder; the others are for those who weigh its scores."""
    return crc32(text.encode()) % 2 == 0
