"""What of a candidate is shown: a span in its sentence, a whole sentence, or all steps of a list.

A question for a fact (며칠, 얼마, 누구, 무엇 …) gets the span, but the sentence where the span is one thing of a list;
one that asks whether gets the sentence, one that asks why or how the sentences around it too; and one that asks how
to do something the whole list of steps that the sentence is one of, or that stands under the heading asked for.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.evidence import Candidate, Span
from bot.question import Question
from nlu.sentences import Unit, UnitKind, steps_around
from retrieval.readings import Reading, content_words

MAX_EVIDENCE_CHARACTERS = 420
MAX_EXPLANATION_CHARACTERS = 260
"""So long a sentence may become with its neighbours where it is to explain something."""
LISTED = 3
"""A sentence with so many commas lists things."""
AMENDMENT = re.compile(r"\s*<[^<>]*\d{4}[^<>]*>")
"""What Korean statutes write behind a changed paragraph."""


class Shown(NamedTuple):
    """`[start, end)` of the reading's text is the answer; `evidence` is what it stands in, announcements first."""

    start: int
    end: int
    evidence: str


def show(question: Question, candidate: Candidate) -> Shown:
    """The answer of a candidate that holds it."""
    reading, unit, span = candidate.reading, candidate.unit, candidate.span
    if question.wants_steps:
        steps = steps_around(reading.text, reading.units, unit) or _steps_under_heading(question, reading)
        if steps:
            return Shown(*steps, reading.text[slice(*steps)])
    if question.wants_value and not (question.wants_list and _is_listed(reading.text, unit, span)):
        return Shown(span.start, span.end, evidence(candidate))
    if question.wants_explanation and unit.kind is UnitKind.SENTENCE and not unit.leads:
        return Shown(unit.start, unit.end, _explanation(reading, unit) or evidence(candidate))
    return Shown(unit.start, unit.end, evidence(candidate))


def _steps_under_heading(question: Question, reading: Reading) -> tuple[int, int] | None:
    """The passage's steps, where the question names all that its heading does: 앱은 어떻게 연결해요? under 앱 연결하기."""
    heading = {word.key for word in content_words(reading.passage.section.rpartition(" > ")[2])}
    if not heading or not heading.issubset(question.words):
        return None
    return next(filter(None, (steps_around(reading.text, reading.units, unit) for unit in reading.units)), None)


def _is_listed(text: str, unit: Unit, span: Span) -> bool:
    """Whether the span is one of several things that the sentence lists: 본체, 호스 1개, 설명서가 들어 있습니다."""
    sentence, own = text[unit.start : unit.end], text[span.start : span.end]
    return sentence.count(", ") >= LISTED and own.count(", ") < LISTED


def _explanation(reading: Reading, unit: Unit) -> str:
    """The sentence with those behind and before it in its paragraph, as far as there is room; empty where it is too long."""
    line = (reading.text.rfind("\n", 0, unit.start) + 1, (reading.text + "\n").index("\n", unit.end))
    beside = [one for one in reading.units if line[0] <= one.start and one.end <= line[1]]
    start, end = unit.start, unit.end
    behind = [one.end for one in beside if one.start >= unit.end]
    before = [one.start for one in reversed(beside) if one.end <= unit.start]
    for place in behind:
        end = place if place - start <= MAX_EXPLANATION_CHARACTERS else end
    for place in before:
        start = place if end - place <= MAX_EXPLANATION_CHARACTERS else start
    return _folded(reading.text[start:end]) if end - start <= MAX_EVIDENCE_CHARACTERS else ""


def evidence(candidate: Candidate) -> str:
    """The candidate's unit with what announces it; of long ones what stands around the span."""
    text, unit, span = candidate.reading.text, candidate.unit, candidate.span
    own = _folded(text[unit.start : unit.end])
    if len(own) > MAX_EVIDENCE_CHARACTERS:
        margin = max(0, (MAX_EVIDENCE_CHARACTERS - (span.end - span.start)) // 2)
        start, end = max(unit.start, span.start - margin), min(unit.end, span.end + margin)
        return _folded(text[start:end])[:MAX_EVIDENCE_CHARACTERS]
    for start, end in reversed(unit.leads):
        lead = _folded(text[start:end])
        if len(lead) + 1 + len(own) > MAX_EVIDENCE_CHARACTERS:
            break
        own = f"{lead} {own}"
    return own


def _folded(text: str) -> str:
    return " ".join(AMENDMENT.sub("", text).split())
