"""Questions nobody could answer, those that mean the same together: each group is a gap in the FAQ.

Groups are those of agglomerative clustering with average linkage (Sokal & Michener 1958) over the cosines of the
sentence vectors, cut at SAME. On 389 questions and phrasings of the demo FAQ that cut finds 86 % of the pairs that
belong to one entry, and 68 % of the pairs it joins do, the best F1 (.76) of the cuts tried from .30 to .70; the vectors
may have been trained on some of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from bot.answer import Candidate
from bot.journal import Unanswered
from nlu.normalize import normalize

if TYPE_CHECKING:
    from retrieval.index import Index

SAME = 0.55
"""Groups whose questions are on average less alike are not joined."""
MAX_QUESTIONS = 2_000
"""So many different wordings, the newest, are grouped."""
NEAREST = 3
MASKED = ("[전화번호]", "[카드번호]", "[주민등록번호]", "[이메일]")


@dataclass(frozen=True)
class Gap:
    """A group of unanswered questions; `number` is the id of the first of them, `asked` counts each time."""

    number: int
    question: str
    """The one most like all others."""
    wordings: tuple[tuple[str, int], ...]
    """Each wording and how often it came, the most frequent first."""
    ids: tuple[int, ...]
    last_asked_at: datetime
    nearest: tuple[Candidate, ...] = ()
    """FAQ entries that come nearest, with the index's confidence."""

    @property
    def asked(self) -> int:
        return len(self.ids)

    @property
    def phrasings(self) -> tuple[str, ...]:
        """The wordings that may stand in the FAQ: those without a masked number."""
        return tuple(text for text, _ in self.wordings if not any(mark in text for mark in MASKED))


def find_gaps(asked: Sequence[Unanswered], index: Index, limit: int | None = None) -> list[Gap]:
    """The groups of `asked` (newest first), the largest first, at most `limit`."""
    from retrieval.collection import Query

    wordings: dict[str, list[Unanswered]] = {}
    for one in asked:
        wordings.setdefault(_alike(one.question), []).append(one)
    kept = list(wordings.values())[:MAX_QUESTIONS]
    if not kept:
        return []
    vectors = np.stack([Query.of(rows[0].question, index.vectors).vector for rows in kept])
    groups: dict[int, list[int]] = {}
    for at, label in enumerate(grouped(vectors)):
        groups.setdefault(int(label), []).append(at)
    found = [_gap([kept[at] for at in members], vectors[members]) for members in groups.values()]
    found.sort(key=lambda gap: (-gap.asked, -gap.last_asked_at.timestamp(), gap.number))
    return [_with_nearest(gap, index) for gap in found[:limit]]


def gap_of(gaps: Sequence[Gap], number: int) -> Gap:
    """The group that holds the question with this id. ValueError where none does."""
    for gap in gaps:
        if number in gap.ids:
            return gap
    raise ValueError(f"번호 {number}인 질문이 없어요. daedap unanswered 로 번호를 확인해 주세요.")


def grouped(vectors: np.ndarray, same: float = SAME) -> np.ndarray:
    """A label (n,) for each of `vectors` (n, dimension) of unit length; what is alike on average by `same` shares one."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(vectors) == 1:
        return np.ones(1, int)
    upper = np.triu_indices(len(vectors), 1)
    distances = np.clip(1.0 - (vectors @ vectors.T)[upper], 0.0, 2.0)
    return fcluster(linkage(distances, "average"), 1.0 - same, "distance")


def _alike(question: str) -> str:
    return "".join(character for character in normalize(question).text.casefold() if character.isalnum()) or question


def _gap(rows: Sequence[Sequence[Unanswered]], vectors: np.ndarray) -> Gap:
    counts = Counter({several[0].question: len(several) for several in rows})
    weights = np.array([len(several) for several in rows], float)
    middle = int(np.argmax(vectors @ (weights @ vectors)))
    every = [one for several in rows for one in several]
    ids = tuple(sorted(one.id for one in every))
    return Gap(ids[0], rows[middle][0].question, tuple(counts.most_common()), ids, max(one.asked_at for one in every))


def _with_nearest(gap: Gap, index: Index) -> Gap:
    from dataclasses import replace

    hits = index.search_faq(gap.question, k=NEAREST)
    return replace(gap, nearest=tuple(Candidate(hit.entry.id, hit.entry.question, round(hit.confidence, 4)) for hit in hits))
