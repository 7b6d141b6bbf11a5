"""What of a candidate is shown: a span in its sentence, a whole sentence, or all steps of a list.

A question for a fact (며칠, 얼마, 누구, 무엇 …) gets the span; one that asks whether, why or how gets the
sentence, and one that asks how to do something the whole list of steps that the sentence is one of.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.evidence import Candidate
from bot.question import Question
from nlu.sentences import steps_around

MAX_EVIDENCE_CHARACTERS = 420
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
    if question.wants_steps and (steps := steps_around(reading.text, reading.units, unit)):
        return Shown(*steps, reading.text[slice(*steps)])
    if question.wants_fact:
        return Shown(span.start, span.end, evidence(candidate))
    return Shown(unit.start, unit.end, evidence(candidate))


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
