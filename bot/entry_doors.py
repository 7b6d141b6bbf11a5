"""Reading and changing FAQ entries through the action server, for the studio; the index's own editor does the work."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

from retrieval.documents import Audience, FaqEntry

if TYPE_CHECKING:
    from bot.cascade import Cascade

LIMITS = {"question": 500, "answer": 5_000, "category": 100}
MAX_PHRASINGS = 50


def entry(cascade: Cascade, asked: dict[str, Any]) -> dict[str, Any]:
    """The entry with this id, or null."""
    found = cascade.index.entry(str(asked.get("id")), audience=Audience.INTERNAL)
    return {"entry": None if found is None else found.to_json()}


def save_entry(cascade: Cascade, asked: dict[str, Any]) -> dict[str, Any]:
    """Puts what was given into the entry with `id`, or into a new one; ValueError says what is wrong."""
    from retrieval.editing import IndexEditor, UnknownIdError

    given = fields(asked)
    editor = IndexEditor(cascade.settings.index, str(asked.get("by") or "studio"), cascade.settings.vectors or None)
    entry_id = asked.get("id")
    try:
        if entry_id:
            summary = editor.edit(str(entry_id), lambda before: dataclasses.replace(before, **given))
        else:
            entry_id = new_id(given["question"])
            summary = editor.add(FaqEntry(id=entry_id, product=None, **given))
    except UnknownIdError as error:
        raise ValueError(str(error)) from error
    return {"id": entry_id, "version": summary.version}


def fields(asked: dict[str, Any]) -> dict[str, Any]:
    """Question, answer, category and phrasings as an entry has them."""
    given: dict[str, Any] = {}
    for name, limit in LIMITS.items():
        value = asked.get(name, "")
        if not isinstance(value, str) or len(value) > limit:
            raise ValueError(f"{name}: {limit:,}자까지의 글이어야 해요")
        given[name] = value.strip()
    if not given["question"] or not given["answer"]:
        raise ValueError("질문과 답변을 모두 적어 주세요")
    phrasings = asked.get("phrasings", [])
    if not isinstance(phrasings, list) or len(phrasings) > MAX_PHRASINGS or not all(isinstance(one, str) for one in phrasings):
        raise ValueError(f"다른 표현은 {MAX_PHRASINGS}개까지예요")
    kept = dict.fromkeys(one.strip()[: LIMITS["question"]] for one in phrasings if one.strip())
    return given | {"phrasings": tuple(kept)}


def new_id(question: str) -> str:
    """An id for an entry that has none: the same question gets the same one."""
    return f"studio-{hashlib.sha256(question.encode('utf-8', 'replace')).hexdigest()[:10]}"
