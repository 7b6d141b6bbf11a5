"""Why the cascade answers a question as it does: what each stage found, for those who keep the FAQ."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from bot.hits import faq_hit, passage_hit
from bot.messages import render

if TYPE_CHECKING:
    from bot.cascade import Cascade

SHOWN = 8


def explain(cascade: Cascade, question: str) -> dict[str, Any]:
    """The answer, the hits of both searches by channel, what the reader pointed at, and the limits they are held against.

    Nothing is written to the journal.
    """
    quiet = copy(cascade)
    quiet.journal = None
    answer = quiet.answer(question, channel="studio")
    settings, choice = cascade.settings, cascade.choice
    return {
        "answer": answer.to_json(),
        "text": render(answer),
        "index": cascade.index.version,
        "faq": [faq_hit(hit, True) for hit in cascade.index.search_faq(question, SHOWN)],
        "passages": [passage_hit(hit, True) for hit in cascade.index.search_passages(question, SHOWN)],
        "read": _read(cascade, question),
        "limits": {
            "faq_sure": settings.faq_sure,
            "faq_answer": settings.faq_answer,
            "faq_offer": settings.faq_offer,
            "answer_at": choice.answer_at,
            "related_at": choice.related_at,
        },
    }


def _read(cascade: Cascade, question: str) -> list[dict[str, Any]]:
    """The likeliest candidates of the manuals, best first."""
    gathered = cascade.reading.gather(question)
    shares = cascade.decision.probabilities(gathered.features, gathered.null_features)
    ranked = sorted(zip(shares, gathered.candidates), key=lambda pair: -pair[0])[:SHOWN]
    return [
        {
            "probability": round(float(share), 4),
            "document": candidate.reading.passage.title,
            "section": candidate.reading.passage.section,
            "sentence": candidate.text,
            "span": candidate.reading.text[candidate.span.start : candidate.span.end],
            "reader": round(float(candidate.span.score), 2),
        }
        for share, candidate in ranked
    ]
