"""Hits of the index as JSON, for the command line, the API and the studio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.index import FaqHit, PassageHit


def faq_hit(hit: FaqHit, explain: bool = False) -> dict[str, Any]:
    """An FAQ hit; with `explain` what each search channel gave to its score."""
    from retrieval.calibration import FAQ_CHANNELS

    entry = hit.entry
    return {
        "id": entry.id,
        "document": entry.id,
        "section": entry.category,
        "text": entry.question,
        "score": round(hit.score, 4),
        "confidence": round(hit.confidence, 4),
        "matched": hit.matched,
        **_parts(FAQ_CHANNELS, hit, explain),
    }


def passage_hit(hit: PassageHit, explain: bool = False) -> dict[str, Any]:
    """A passage hit; with `explain` what each search channel gave to its score."""
    from retrieval.calibration import CHANNELS

    passage = hit.passage
    return {
        "id": passage.id,
        "document": passage.document_id,
        "section": passage.section,
        "text": hit.text,
        "score": round(hit.score, 4),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        **_parts(CHANNELS, hit, explain),
    }


def _parts(names: Sequence[str], hit: FaqHit | PassageHit, explain: bool) -> dict[str, Any]:
    return {"parts": {name: round(float(part), 4) for name, part in zip(names, hit.parts)}} if explain else {}
