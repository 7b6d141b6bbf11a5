"""A gap closed: its question becomes an entry of the FAQ, or its wordings those of an entry that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.journal import Journal, Settled
from bot.report.gaps import Gap
from retrieval.documents import FaqEntry

if TYPE_CHECKING:
    from retrieval.editing import EditSummary, IndexEditor

MAX_PHRASINGS = 30


def add_entry(
    editor: IndexEditor,
    journal: Journal,
    gap: Gap,
    answer: str,
    question: str | None = None,
    category: str = "",
    product: str | None = None,
    entry_id: str | None = None,
) -> EditSummary:
    """Adds an entry with the gap's wordings, and settles its questions. ValueError where the question is masked or empty."""
    from retrieval.ingest.faq import entry_of

    said = list(gap.phrasings)
    chosen = (question or (gap.question if gap.question in said else (said or [""])[0])).strip()
    if not chosen:
        raise ValueError("이 질문들에는 가려진 개인정보가 있어요. --question 으로 질문을 적어 주세요.")
    row = {"id": entry_id or "", "question": chosen, "answer": answer.strip(), "category": category, "product": product or ""}
    entry = entry_of(row)
    summary = editor.add(replace(entry, phrasings=_phrasings(said, entry)))
    journal.settle(gap.ids, Settled.ADDED, (summary.added or (entry.id,))[0])
    return summary


def join_entry(editor: IndexEditor, journal: Journal, gap: Gap, entry_id: str) -> EditSummary:
    """Gives the entry `entry_id` the gap's wordings, and settles its questions."""

    def more(entry: FaqEntry) -> FaqEntry:
        return replace(entry, phrasings=(*entry.phrasings, *_phrasings(gap.phrasings, entry)))

    summary = editor.edit(entry_id, more)
    journal.settle(gap.ids, Settled.ADDED, entry_id)
    return summary


def _phrasings(said: Sequence[str], entry: FaqEntry) -> tuple[str, ...]:
    there = {_bare(text) for text in entry.questions}
    new: dict[str, str] = {}
    for text in said:
        if _bare(text) not in there:
            new.setdefault(_bare(text), text)
    return tuple(new.values())[:MAX_PHRASINGS]


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()
