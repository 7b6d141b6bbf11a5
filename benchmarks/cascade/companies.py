"""The invented companies of `data/training/companies`: an FAQ, four manuals, and questions of every kind."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from bot.settings import ROOT
from retrieval.documents import Document, FaqEntry, Passage
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
"""What taught the encoder of messages that ships; it has seen nothing of the others, by which its scores are weighed."""

WITHOUT_NEIGHBOURS = (
    "dashcam-navi",
    "dryer-styler",
    "ereader-tablet",
    "ev-charger",
    "food-disposer",
    "game-console",
    "grocery-dawn",
    "hair-shaver",
    "laundry-service",
    "massage-chair",
    "scale-bpmonitor",
    "stick-vacuum",
    "telecom-internet",
)
"""Their unanswerable questions are all about their own products; the last ones of the other companies are of neighbouring
trades. Written after the weights that ship were learnt."""


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
    passages: tuple[Passage, ...]
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
    documents, passages, _ = read_manuals([folder / "manuals"])
    return Company(folder, tuple(read_faq([folder / "faq.csv"])[0]), tuple(documents), tuple(passages), tuple(questions))


def read_talk(dialogue: Path | None, kinds: Path | None, pairs: Path) -> dict[str, list[str]]:
    """Small talk (ChatbotData.csv), odd utterances (questions and commands of 3i4K) and questions about anything
    (question_pair_train.csv), which no company answers."""
    found: dict[str, list[str]] = {"talk": [], "odd": [], "general": []}
    for kind, file, column in (("talk", dialogue, "Q"), ("general", pairs, "question1")):
        if file is not None:
            with file.open(encoding="utf-8-sig", newline="") as opened:
                found[kind] = [row[column] for row in csv.DictReader(opened)]
    if kinds is not None:
        lines = kinds.read_text(encoding="utf-8").splitlines()
        found["odd"] = [text for label, _, text in (line.partition("\t") for line in lines) if label in ("2", "3")]
    return found


def taught(text: str) -> bool:
    """Whether a text of the published sets teaches the encoder; the others are for those who weigh its scores."""
    return crc32(text.encode()) % 2 == 0
