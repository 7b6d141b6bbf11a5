"""What the studio calls the parts of an answer, in Korean; used by its templates as filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from bot.handover.agent_texts import CHANNELS

KINDS = {"faq": "FAQ 답변", "manual": "설명서에서 읽음", "clarify": "되물음", "none": "답 없음"}
TEXTS = {"question": "질문", "entry": "항목 전체", "answer": "답변", "": "문단"}
SEARCHES = {"lexical": "낱말", "ngrams": "글자", "dense": "뜻"}
MORE_CHANNELS = {"studio": "스튜디오", "api": "API", "terminal": "터미널", "cmdline": "터미널"}


def kind_name(kind: str) -> str:
    return KINDS.get(kind, kind)


def channel_name(channel: str) -> str:
    return (CHANNELS | MORE_CHANNELS).get(channel, channel)


def by_channel(parts: Mapping[str, float]) -> list[tuple[str, list[tuple[str, float]]]]:
    """What each search gave to a hit's score, by the text in which it was found.

    >>> by_channel({"question_lexical": 1.0, "question_dense": 0.5})
    [('질문', [('낱말', 1.0), ('뜻', 0.5)])]
    """
    groups: dict[str, list[tuple[str, float]]] = {}
    for name, value in parts.items():
        text, _, search = name.rpartition("_")
        groups.setdefault(TEXTS.get(text, text), []).append((SEARCHES.get(search, search), value))
    return list(groups.items())


def here(at: datetime) -> str:
    """A time of the database (UTC) as this machine's clock shows it."""
    return at.replace(tzinfo=timezone.utc).astimezone().strftime("%m월 %d일 %H:%M")


FILTERS = {"kind_name": kind_name, "channel_name": channel_name, "by_channel": by_channel, "here": here}
