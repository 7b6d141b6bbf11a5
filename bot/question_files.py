"""Files of questions as the commands read them: what is wrong with them is said on stderr, in Korean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from mrc.examples import Fault, FileFault, Malformed, MalformedDataError, QuestionExample, read_examples

SHOWN = 20
"""So many skipped questions are named."""
FAULTS = {
    Fault.NO_PARAGRAPHS: "글에 paragraphs 목록이 없어요",
    Fault.NO_QAS: "문단에 qas 목록이 없어요",
    Fault.NO_LIST: "questions가 목록이 아니에요",
    Fault.LINE_NOT_JSON: "줄이 JSON이 아니에요({0})",
    Fault.LINE_NO_OBJECT: "줄이 JSON 객체가 아니에요",
    Fault.DUPLICATE_ID: "앞의 질문과 id가 같아요",
    Fault.MISSING_KEY: "‘{0}’ 항목이 없어요",
    Fault.EMPTY_QUESTION: "질문이 비어 있어요",
    Fault.EMPTY_CONTEXT: "글이 비어 있어요",
    Fault.UNMARKED: "답이 없는데 답이 없다는 표시(is_impossible)도 없어요",
    Fault.ANSWERS_FORM: "answers가 text와 answer_start를 담은 목록이 아니에요",
    Fault.ANSWER_FORM: "답 {0!r}과 자리 {1!r}가 글자와 숫자가 아니에요",
    Fault.START_FORM: "answer_start가 숫자가 아니라 {0!r}이에요",
    Fault.EMPTY_ANSWER: "답이 비어 있어요",
    Fault.NOT_THERE: "답 ‘{0}’의 자리({1})가 틀렸고, 글에 {2}번 나와서 옮길 수 없어요",
    Fault.INSIDE_WORD: "답 ‘{0}’의 자리가 태그 뒤 낱말 속이에요",
}
FILE_FAULTS = {
    FileFault.NOT_JSON: "{path}: UTF-8로 된 JSON 파일이 아니에요.",
    FileFault.OTHER_FORM: "{path}: data 목록이 없어요. SQuAD나 KorQuAD 1.0 형식의 파일을 주세요.",
    FileFault.EMPTY: "{path}: 질문이 하나도 없어요.",
    FileFault.TOO_MANY: "{path}: 질문 {total:,}개 가운데 {count:,}개를 쓸 수 없어요. 5 %까지만 건너뛰니 파일을 고쳐 주세요.",
}


def read_questions(path: Path) -> list[QuestionExample]:
    """The usable questions of a file; those skipped are named on stderr.

    Raises FileNotFoundError, or ValueError where the file cannot be used, with a sentence for the user.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: 파일이 없어요.")
    try:
        found = read_examples(path)
    except MalformedDataError as error:
        _name(error.malformed)
        text = FILE_FAULTS[error.fault].format(path=path, total=error.total, count=len(error.malformed))
        raise ValueError(text) from error
    _name(found.malformed)
    if found.moved or found.malformed:
        typer.echo(
            f"{path.name}: 질문 {len(found.examples):,}개를 읽고 {len(found.malformed):,}개를 건너뛰었어요. "
            f"자리가 틀린 답 {found.moved:,}개는 제자리로 옮겼어요.",
            err=True,
        )
    return found.examples


def _name(malformed: Sequence[Malformed]) -> None:
    for one in malformed[:SHOWN]:
        typer.echo(f"! 질문 {one.id}: {FAULTS[one.fault].format(*one.details)}.", err=True)
    if len(malformed) > SHOWN:
        typer.echo(f"! 그 밖에 {len(malformed) - SHOWN:,}개가 더 있어요.", err=True)
