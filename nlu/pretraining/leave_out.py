"""Keep what an encoder is tested on out of its text: leave out a test set's articles and what shares text with them.

An article is left out where its title is one of the test set's, or where it shares `length` characters in a
row with one of its paragraphs (white space folded). Exact: a shared run of n characters holds, in the
article, a run of n // 2 characters that begins at a multiple of n // 2, which a table of all such runs of
the paragraphs finds; then the run is lengthened to both sides.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.normalize import normalize
from nlu.pretraining.prepare import clean, read_articles
from nlu.whole_file import write_whole

logger = logging.getLogger(__name__)

SHARED_CHARACTERS = 40
_SPACES = re.compile(r"\s+")
_QUALIFIER = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True)
class TestSet:
    """Titles and paragraphs that must stay unseen."""

    titles: frozenset[str]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """One article that was left out; `shared` is the text it shares, empty where the title decided."""

    title: str
    shared: str


def folded(text: str) -> str:
    """`text` in normal form with single spaces."""
    return _SPACES.sub(" ", normalize(clean(text)).text).strip()


def folded_title(title: str) -> str:
    """A title without spaces, underscores and a qualifier in brackets: 세종_(조선) as 세종."""
    return _QUALIFIER.sub("", folded(title.replace("_", " "))).replace(" ", "")


def read_test_set(paths: Sequence[Path]) -> TestSet:
    """Titles and paragraphs of SQuAD or KorQuAD 1.0 files (`.json`, or `.jsonl` with `title` and `context`).

    Raises FileNotFoundError, and ValueError for a file that is not UTF-8, no such JSON or without paragraphs.
    """
    titles: set[str] = set()
    paragraphs: dict[str, None] = {}
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
        before = len(paragraphs)
        try:
            for title, context in _contexts(path):
                titles.add(folded_title(title))
                paragraphs[folded(context)] = None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is no SQuAD file in UTF-8: {type(error).__name__} {error}") from error
        if len(paragraphs) == before:
            raise ValueError(f"{path} holds no paragraph: nothing would be left out")
    return TestSet(frozenset(titles) - {""}, tuple(paragraphs))


def _contexts(path: Path) -> Iterator[tuple[str, str]]:
    content = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".jsonl":
        for line in content.splitlines():
            record = json.loads(line)
            yield record["title"], record["context"]
        return
    for article in json.loads(content)["data"]:
        for paragraph in article["paragraphs"]:
            yield article["title"], paragraph["context"]


class SharedText:
    """Finds text that shares `length` characters in a row with one of `paragraphs` (folded)."""

    def __init__(self, paragraphs: Iterable[str], length: int = SHARED_CHARACTERS):
        if length < 4:
            raise ValueError(f"length is {length}, runs of 4 characters or more can be looked for")
        self.length, self.step = length, length // 2
        self._paragraphs = tuple(paragraphs)
        self._places: dict[str, list[tuple[int, int]]] = {}
        for number, paragraph in enumerate(self._paragraphs):
            for at in range(len(paragraph) - self.step + 1):
                self._places.setdefault(paragraph[at : at + self.step], []).append((number, at))

    def find(self, text: str) -> str:
        """The first shared run of at least `length` characters, as long as it is; empty where there is none."""
        text = folded(text)
        for at in range(0, len(text) - self.step + 1, self.step):
            for number, place in self._places.get(text[at : at + self.step], ()):
                start, end = _lengthened(text, at, self._paragraphs[number], place, self.step)
                if end - start >= self.length:
                    return text[start:end]
        return ""


def _lengthened(text: str, at: int, paragraph: str, place: int, length: int) -> tuple[int, int]:
    """`[start, end)` in `text` of the longest run around `[at, at + length)` that `paragraph` has around `place`."""
    before = 0
    while before < min(at, place) and text[at - before - 1] == paragraph[place - before - 1]:
        before += 1
    after = length
    while at + after < len(text) and place + after < len(paragraph) and text[at + after] == paragraph[place + after]:
        after += 1
    return at - before, at + after


def leave_out(texts: Sequence[Path], test_set: TestSet, out: Path, length: int = SHARED_CHARACTERS) -> tuple[int, list[LeftOut]]:
    """Write the articles of `texts` (`title<TAB>text` a line) that may be trained on to `out`.

    Returns how many were kept, and those left out. Raises ValueError for a text that is not UTF-8 or
    an empty corpus; then, and on a full disk, an earlier `out` stays as it was.
    """
    shared = SharedText(test_set.paragraphs, length)
    kept = 0
    left: list[LeftOut] = []

    def write(file) -> None:
        nonlocal kept
        for path in texts:
            for title, text in read_articles(path):
                found = "" if folded_title(title) in test_set.titles else shared.find(text)
                if found or folded_title(title) in test_set.titles:
                    left.append(LeftOut(title, found))
                    continue
                file.write(f"{title}\t{text}\n".encode())
                kept += 1
        if not kept and not left:
            raise ValueError(f"the corpus is empty: {', '.join(map(str, texts))} hold no line of the form title<TAB>text")

    write_whole(out, write)
    logger.info("%d articles kept, %d left out", kept, len(left))
    return kept, left
