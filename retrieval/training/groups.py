"""Groups of texts that mean the same, out of the files they are published in.

A group is two or more texts; any two of a group are a positive pair, texts of other groups are negatives.
Groups, never single texts, are split into training, validation and test (`split_of`), by a hash of their
name, so that the parts are the same in every run.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from retrieval.documents import FaqEntry

AROUND = 160
"""How many characters before and after the answer stand for the passage of a question."""
ANSWER_CHARACTERS = 200
MIN_STS = 3.6
"""KorSTS pairs from this score (of 5) on count as the same."""


@dataclass(frozen=True)
class Group:
    """Texts that mean the same; `topic` is a trade, or what the file is about."""

    name: str
    topic: str
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.texts:
            raise ValueError(f"group {self.name} has no text")


def split_of(name: str, validation: int = 10, test: int = 0) -> str:
    """`train`, `validation` or `test`, the latter two for so many in a hundred of all names."""
    at = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 100
    return "test" if at < test else "validation" if at < test + validation else "train"


def read_paraphrases(file: Path) -> list[Group]:
    """Groups of a CSV with the columns group, trade and question. ValueError where one is missing."""
    texts: dict[str, list[str]] = defaultdict(list)
    topics: dict[str, str] = {}
    for row in _rows(file, ("group", "trade", "question")):
        texts[row["group"]].append(row["question"])
        topics[row["group"]] = row["trade"]
    return [Group(name, topics[name], tuple(found)) for name, found in texts.items()]


def faq_groups(entries: Sequence[FaqEntry]) -> list[Group]:
    """Each entry's question, phrasings and the beginning of its answer."""
    return [Group(e.id, e.category, (*e.questions, e.answer[:ANSWER_CHARACTERS])) for e in entries]


def read_words(file: Path) -> list[Group]:
    """Groups of a text file: one a line, divided by |; lines that begin with # are left out."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    groups = [tuple(word.strip() for word in line.split("|") if word.strip()) for line in lines if line and line[0] != "#"]
    return [Group(f"words-{i}", "words", words) for i, words in enumerate(groups) if len(words) > 1]


def read_parakqc(file: Path) -> list[Group]:
    """paraKQC (Cho et al. 2020, arXiv:2010.00761): group TAB sentence."""
    texts: dict[str, list[str]] = defaultdict(list)
    for row in _rows(file, ("group", "sentence"), delimiter="\t"):
        texts[row["group"]].append(row["sentence"])
    return [Group(f"parakqc-{name}", "parakqc", tuple(found)) for name, found in texts.items()]


def read_question_pairs(file: Path) -> list[Group]:
    """Pairs of questions marked as duplicates."""
    rows = _rows(file, ("id", "question1", "question2", "is_duplicate"))
    return [_pair(f"pair-{r['id']}", "pairs", r["question1"], r["question2"]) for r in rows if r["is_duplicate"] == "1"]


def read_korsts(file: Path) -> list[Group]:
    """Pairs of KorSTS (Ham et al. 2020, arXiv:2004.03289) that mean nearly the same."""
    rows = _rows(file, ("score", "sentence1", "sentence2"), delimiter="\t", quoting=csv.QUOTE_NONE)
    same = [r for r in rows if r["sentence2"] and float(r["score"] or 0) >= MIN_STS]
    return [_pair(f"sts-{i}", "sts", r["sentence1"], r["sentence2"]) for i, r in enumerate(same)]


def read_kornli(file: Path) -> list[Group]:
    """Pairs of KorNLI of which the one follows from the other."""
    rows = _rows(file, ("sentence1", "sentence2", "gold_label"), delimiter="\t", quoting=csv.QUOTE_NONE)
    same = [r for r in rows if r["gold_label"] == "entailment"]
    return [_pair(f"nli-{i}", "nli", r["sentence1"], r["sentence2"]) for i, r in enumerate(same)]


def read_reading(file: Path) -> list[Group]:
    """Questions with the text around their answer: one example a line (`question`, `context`, `answer_start`, `answer`),
    or a passage a line with its `questions`."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        asked = row.get("questions") or [{**row, "start": row.get("answer_start", -1)}]
        for i, question in enumerate(asked):
            start = question["start"]
            if start >= 0:
                text = row["context"][max(0, start - AROUND) : start + len(question["answer"]) + AROUND]
                found.append(_pair(f"{file.stem}-{number}-{i}", "reading", question["question"], text))
    return found


def read_squad(file: Path) -> list[Group]:
    """Questions of a file in SQuAD's form with the text around their answer."""
    found = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                text = paragraph["context"][max(0, start - AROUND) : end + AROUND]
                found.append(_pair(f"{file.stem}-{question['id']}", "reading", question["question"], text))
    return found


def _pair(name: str, topic: str, first: str, second: str) -> Group:
    return Group(name, topic, (first, second))


def _rows(
    file: Path, columns: tuple[str, ...], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL
) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, delimiter=delimiter, quoting=quoting)
        missing = [column for column in columns if column not in (reader.fieldnames or [])]
        if missing:
            raise ValueError(f"{file}: columns {', '.join(missing)} are missing; there are {reader.fieldnames}")
        yield from reader
