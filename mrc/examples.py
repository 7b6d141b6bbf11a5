"""Questions with their contexts and answers: SQuAD/KorQuAD JSON, JSON lines, checks and splits.

Read formats: the nested JSON of SQuAD 1.0, 2.0 and KorQuAD 1.0, and JSON lines with the keys `title,
question, answer, answer_start, context` (and `id` where there is one), which is also what
`mrc.synthesis` writes, or with a passage and its `questions` in a line (data/training), whose tables are read
as rows (`mrc.table_rows`) but for an answer over several cells. A malformed question is reported by its id
and skipped, so is an article or a paragraph without a list of them, by its place; more than one in twenty is
an error. An answer that does not stand at its offset is moved where it occurs once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mrc.table_rows import Rewritten, tables_as_rows
from nlu.tokenizer import Encoding

logger = logging.getLogger(__name__)

MAX_MALFORMED_SHARE = 0.05
WRONG = "\0wrong"
"""Key of a record that stands for something unreadable; its value is the Fault."""
_STRAY_TAG = re.compile(r"</?(?:b|i|sup|sub|ref|br|span|small)(?:\s[^<>]*)?/?>")


class GoldAnswer(NamedTuple):
    text: str
    start: int


@dataclass(frozen=True)
class QuestionExample:
    """One question; `answers` is empty where the context does not hold the answer."""

    id: str
    question: str
    context: str
    answers: tuple[GoldAnswer, ...]
    title: str
    section: str = ""

    @property
    def is_answerable(self) -> bool:
        return bool(self.answers)


class Fault(str, Enum):
    """What may be wrong with a question, or with what should hold questions; the value says it of the details."""

    NO_PARAGRAPHS = "the article has no list `paragraphs`"
    NO_QAS = "the paragraph has no list `qas`"
    NO_LIST = "`questions` is no list"
    LINE_NOT_JSON = "the line is not JSON: {0}"
    LINE_NO_OBJECT = "the line is no JSON object"
    DUPLICATE_ID = "duplicate id"
    MISSING_KEY = "key {0!r} is missing"
    EMPTY_QUESTION = "the question is empty"
    EMPTY_CONTEXT = "the context is empty"
    UNMARKED = "there is no answer, and it is not marked as impossible"
    ANSWERS_FORM = "`answers` is no list of objects with `text` and `answer_start`"
    ANSWER_FORM = "the answer {0!r} at {1!r} is not a text and a number"
    START_FORM = "answer_start is {0!r}, it must be a number"
    EMPTY_ANSWER = "the answer is empty"
    NOT_THERE = "the answer {0!r} does not stand at {1} and occurs {2} times"
    INSIDE_WORD = "the answer {0!r} begins inside a word, after a stray tag"


class Malformed(NamedTuple):
    """A question that was skipped, by its id or place."""

    id: str
    fault: Fault
    details: tuple[object, ...] = ()

    @property
    def reason(self) -> str:
        return self.fault.value.format(*self.details)


class ReadExamples(NamedTuple):
    """What a file held: `examples`, how many answers were `moved`, and what was skipped."""

    examples: list[QuestionExample]
    moved: int
    malformed: list[Malformed]


class FileFault(str, Enum):
    """Why nothing of a file is taken."""

    NOT_JSON = "not JSON in UTF-8"
    OTHER_FORM = "no list `data`"
    EMPTY = "no questions"
    TOO_MANY = "too many malformed"


class MalformedDataError(ValueError):
    """A file of questions that is no such file, or of which too many are unusable: `malformed` of `total`."""

    def __init__(self, text: str, path: Path, fault: FileFault, malformed: Sequence[Malformed] = (), total: int = 0):
        super().__init__(text)
        self.path, self.fault, self.malformed, self.total = path, fault, list(malformed), total


class _FaultyError(ValueError):
    """What is wrong with one question."""

    def __init__(self, fault: Fault, *details: object):
        super().__init__(fault.value.format(*details))
        self.fault, self.details = fault, details


def read_examples(path: Path | str) -> ReadExamples:
    """The questions of a `.json` or `.jsonl` file.

    Raises FileNotFoundError, or MalformedDataError where the file is no such file or over 5 % is malformed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    examples: list[QuestionExample] = []
    malformed: list[Malformed] = []
    moved = 0
    seen: set[str] = set()
    for record_id, record in _records(path):
        try:
            if record_id in seen:
                raise _FaultyError(Fault.DUPLICATE_ID)
            example, was_moved = _example(record_id, record)
        except KeyError as error:
            malformed.append(Malformed(record_id, Fault.MISSING_KEY, error.args))
            continue
        except _FaultyError as error:
            malformed.append(Malformed(record_id, error.fault, error.details))
            continue
        seen.add(record_id)
        examples.append(example)
        moved += was_moved
    _report(path, len(examples), moved, malformed)
    return ReadExamples(examples, moved, malformed)


def _report(path: Path, read: int, moved: int, malformed: list[Malformed]) -> None:
    for one in malformed[:20]:
        logger.debug("%s: question %s skipped: %s", path.name, one.id, one.reason)
    if moved or malformed:
        logger.info("%s: %d questions, %d answers moved, %d skipped", path.name, read, moved, len(malformed))
    total = read + len(malformed)
    if total == 0:
        raise MalformedDataError(f"{path} holds no questions", path, FileFault.EMPTY)
    if len(malformed) > MAX_MALFORMED_SHARE * total:
        first = "; ".join(f"{one.id}: {one.reason}" for one in malformed[:3])
        text = f"{path}: {len(malformed)} of {total} questions are malformed ({first}); at most 5 % may be"
        raise MalformedDataError(text, path, FileFault.TOO_MANY, malformed, total)


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """`(id, flat record)` of each question, whatever the file's form."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            if path.suffix == ".jsonl":
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield from _of_passage(*_json_line(line, f"{path.stem}-{number}"))
                return
            document = json.load(file)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise MalformedDataError(f"{path} is not JSON in UTF-8: {error}", path, FileFault.NOT_JSON) from error
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        text = f"{path} has no list `data`: it is not in the form of SQuAD or KorQuAD 1.0"
        raise MalformedDataError(text, path, FileFault.OTHER_FORM)
    for a, article in enumerate(document["data"]):
        yield from _of_article(f"{path.stem}-{a}", article)


def _of_article(article_id: str, article: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The questions of an article; for one without paragraphs, or a paragraph without questions, a record that says so."""
    if _list(article, "paragraphs") is None:
        yield article_id, {WRONG: Fault.NO_PARAGRAPHS}
        return
    for p, paragraph in enumerate(article["paragraphs"]):
        if _list(paragraph, "qas") is None:
            yield f"{article_id}-{p}", {WRONG: Fault.NO_QAS}
            continue
        for q, question in enumerate(paragraph["qas"]):
            given = dict(question) if isinstance(question, dict) else {}
            record_id = given.get("id", f"{article_id}-{p}-{q}")
            yield str(record_id), {**given, "title": article.get("title", ""), "context": paragraph.get("context")}


def _json_line(line: str, record_id: str) -> tuple[str, dict[str, Any]]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return record_id, {WRONG: Fault.LINE_NOT_JSON, "details": (str(error),)}
    if not isinstance(record, dict):
        return record_id, {WRONG: Fault.LINE_NO_OBJECT}
    return str(record.get("id", record_id)), record


def _of_passage(record_id: str, record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The line's question, or each of its passage's: `questions` holds `question`, `answer` ("" for none) and `start`."""
    if "questions" not in record:
        yield record_id, record
        return
    if _list(record, "questions") is None:
        yield record_id, {WRONG: Fault.NO_LIST}
        return
    shared = {"title": record.get("title", ""), "section": record.get("section", ""), "context": record.get("context")}
    rewritten = tables_as_rows(shared["context"]) if isinstance(shared["context"], str) else None
    for number, question in enumerate(record["questions"]):
        given = dict(question) if isinstance(question, dict) else {}
        given |= shared | {"answer_start": given.get("start")}
        if given.get("answer") == "":
            given["answer"] = None
        if rewritten is not None:
            given |= _in_rows(given, rewritten)
        yield f"{record_id}-{number}", given


def _in_rows(given: dict[str, Any], rewritten: Rewritten) -> dict[str, Any]:
    """The context with its tables as rows, and the answer's place there; nothing where the answer spans several cells."""
    answer, start = given.get("answer"), given.get("answer_start")
    if not isinstance(answer, str) or not isinstance(start, int):
        return {"context": rewritten.text}
    place = rewritten.place(start, start + len(answer))
    return {} if place is None else {"context": rewritten.text, "answer_start": place}


def _list(holder: Any, key: str) -> list | None:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else None


def _example(record_id: str, record: dict[str, Any]) -> tuple[QuestionExample, bool]:
    """The example of a flat record and whether an answer was moved; raises what is wrong with it."""
    if WRONG in record:
        raise _FaultyError(record[WRONG], *record.get("details", ()))
    question, context = record["question"], record["context"]
    if not isinstance(question, str) or not question.strip():
        raise _FaultyError(Fault.EMPTY_QUESTION)
    if not isinstance(context, str) or not context.strip():
        raise _FaultyError(Fault.EMPTY_CONTEXT)
    if "answers" in record:
        raw = _answers(record["answers"])
    elif record.get("answer") is None:
        raw = [] if "answer" in record else [(record["answer"], 0)]
    else:
        raw = [(record["answer"], record["answer_start"])]
    if not raw and not (record.get("is_impossible") or record.get("answer", "") is None):
        raise _FaultyError(Fault.UNMARKED)
    context, shifts = strip_tags(context)
    answers, moved = [], False
    for text, start in raw:
        removed = _removed_before(shifts, start)
        answer, was_moved = _located(text, start - removed, context)
        if removed and answer.start and context[answer.start - 1].isalnum():  # TyDi QA: cut at offsets that knew no tag
            raise _FaultyError(Fault.INSIDE_WORD, answer.text)
        answers.append(answer)
        moved = moved or was_moved
    title, section = (str(record.get(key) or "") for key in ("title", "section"))
    return QuestionExample(record_id, question.strip(), context, tuple(dict.fromkeys(answers)), title, section), moved


def _answers(given: Any) -> list[tuple[Any, Any]]:
    if not isinstance(given, list) or not all(isinstance(answer, dict) for answer in given):
        raise _FaultyError(Fault.ANSWERS_FORM)
    return [(answer["text"], answer["answer_start"]) for answer in given]


def _located(text: Any, start: Any, context: str) -> tuple[GoldAnswer, bool]:
    if not isinstance(text, str) or not isinstance(start, int):
        raise _FaultyError(Fault.ANSWER_FORM, text, start)
    text = strip_tags(text)[0]
    trimmed = text.strip()
    if not trimmed:
        raise _FaultyError(Fault.EMPTY_ANSWER)
    start += len(text) - len(text.lstrip())
    if start >= 0 and context.startswith(trimmed, start):
        return GoldAnswer(trimmed, start), False
    if context.count(trimmed) == 1:
        return GoldAnswer(trimmed, context.index(trimmed)), True
    raise _FaultyError(Fault.NOT_THERE, trimmed, start, context.count(trimmed))


def strip_tags(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`text` without stray HTML tags, and `(offset, characters)` of each that was removed."""
    shifts = [(match.start(), match.end() - match.start()) for match in _STRAY_TAG.finditer(text)]
    return (_STRAY_TAG.sub("", text) if shifts else text), shifts


def _removed_before(shifts: Iterable[tuple[int, int]], offset: int) -> int:
    if not isinstance(offset, int):
        raise _FaultyError(Fault.START_FORM, offset)
    return sum(length for at, length in shifts if at < offset)


def split_by_title(
    examples: Sequence[QuestionExample], share: float, seed: int = 0
) -> tuple[list[QuestionExample], list[QuestionExample]]:
    """`(training, validation)`; all questions of an article fall on one side, the same in every run with this seed."""
    if not 0 <= share < 1:
        raise ValueError(f"the validation share is {share}, it must lie in [0, 1)")
    training, validation = [], []
    for example in examples:
        key = f"{seed}\t{example.title or example.context}".encode()
        place = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64
        (validation if place < share else training).append(example)
    return training, validation


def answer_tokens(context: Encoding, start: int, end: int) -> tuple[int, int] | None:
    """`[start_token, end_token)` of the tokens that overlap characters `[start, end)`; None where none does."""
    first = int(np.searchsorted(context.ends, start, "right"))
    last = int(np.searchsorted(context.starts, end, "left"))
    return (first, last) if first < last else None
