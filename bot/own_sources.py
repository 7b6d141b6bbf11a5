"""The index over the FAQ and manuals that a company's `daedap.toml` names, made anew when these files change.

What `daedap faq` and `daedap manuals` changed in the index stays until a file changes; the summary of the new
index then says how many such changes are not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from retrieval.building import IndexSummary


def keep_index(settings: Settings, tell: Callable[[str], None] = lambda line: None) -> IndexSummary | None:
    """Build `settings.index` where it is missing or its files have changed; None where nothing was to do.

    FileNotFoundError names a file that is not there.
    """
    from retrieval.store import CURRENT

    if not settings.faq and not settings.manuals:
        return None
    found = fingerprint(settings.faq, settings.manuals)
    stamp = settings.index.with_name(f"{settings.index.name}.sources")
    if (settings.index / CURRENT).exists() and stamp.exists() and stamp.read_text(encoding="utf-8").strip() == found:
        return None
    from retrieval.building import build_index

    tell("FAQ와 설명서의 색인을 만들고 있어요 …")
    settings.index.parent.mkdir(parents=True, exist_ok=True)
    summary = build_index(settings.faq, settings.manuals, settings.index, vectors=settings.vectors)
    stamp.write_text(f"{found}\n", encoding="utf-8")
    for problem in summary.problems:
        tell(f"! {problem}")
    if summary.lost_edits:
        tell(f"! 명령으로 고친 것 {summary.lost_edits:,}건은 파일에 없으면 새 색인에도 없어요.")
    tell(f"FAQ {summary.entries}개, 문단 {summary.passages}개를 읽었어요. ({summary.seconds:.1f}초)")
    return summary


def fingerprint(faq: Sequence[Path], manuals: Sequence[Path]) -> str:
    """A name that changes with the files, their sizes and times; FileNotFoundError names what is missing."""
    digest = hashlib.sha256()
    for path in (*faq, *manuals):
        if not path.exists():
            raise FileNotFoundError(f"{path}: 파일이나 폴더가 없어요.")
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            stat = file.stat()
            digest.update(f"{file.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]
