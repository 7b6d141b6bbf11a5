"""The company's own words: product names and model numbers learnt from its texts, and what people add by hand.

A file `dictionary.tsv` in the index's folder, one word a line: `word TAB what it means`. A learnt word means
itself; a line written by hand may give any other words, such as `통돌이 TAB 세탁기`. Where a query has the
word, in whatever spacing, or from three syllables on one that sounds like it, what it means is looked for
as well. Lines that begin with # say where the next ones come from and may be edited like the others; a word
that was taken out by hand is kept out by a line `word TAB -`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.morphemes import analyze, kiwi
from nlu.normalize import normalize
from retrieval.ngrams import ALIKE, CODE, jamo

FILE = "dictionary.tsv"
LEFT_OUT = "-"
MAX_LEARNT = 300
MIN_COUNT, MAX_WORD_CHARACTERS, MIN_SCORE, MIN_POS_SCORE = 4, 10, 0.2, -3.0
"""What Kiwi's word extraction asks of a word: how often it stands, how long it is, how much it looks like a noun."""
SOUND_SYLLABLES = 3
HEAD = "# 말<TAB>뜻하는 말. 손으로 고치고 더할 수 있어요. 뺄 말은 뜻을 - 로 적어요.\n"


@dataclass(frozen=True)
class DictionaryWord:
    """`means` is what is looked for where a query has `word`; "-" for a word that is not to be learnt again."""

    word: str
    means: str


class Dictionary:
    """Words by their letters without spaces; safe to share between threads."""

    def __init__(self, words: Iterable[DictionaryWord] = ()) -> None:
        self.words = tuple(words)
        used = [word for word in self.words if word.means != LEFT_OUT]
        self._terms = {word.word: _terms(word.means) for word in used}
        self._squeezed = [(_squeezed(word.word), word) for word in used if _squeezed(word.word)]
        self._sounds = [(_sound(squeezed), word) for squeezed, word in self._squeezed if len(squeezed) >= SOUND_SYLLABLES]

    def meant(self, text: str) -> list[str]:
        """`form/tag` of what the words in `text` mean, those left out that `text` itself says."""
        squeezed = _squeezed(text)
        if not squeezed or not self._squeezed:
            return []
        sound = _sound(squeezed)
        found = [word for own, word in self._squeezed if own in squeezed and _squeezed(word.means) not in squeezed]
        found += [word for own, word in self._sounds if own in sound and _squeezed(word.word) not in squeezed]
        return list(dict.fromkeys(term for word in found for term in self._terms[word.word]))

    def with_learnt(self, words: Iterable[str]) -> Dictionary:
        """These words, which win, and the learnt ones that are new."""
        known = {_squeezed(word.word) for word in self.words}
        new = [DictionaryWord(word, word) for word in words if _squeezed(word) not in known]
        return Dictionary((*self.words, *new))

    def save(self, file: Path) -> None:
        lines = [HEAD, *(f"{word.word}\t{word.means}\n" for word in self.words)]
        unfinished = file.with_name(f".{file.name}")
        unfinished.write_text("".join(lines), encoding="utf-8")
        unfinished.replace(file)

    @classmethod
    def load(cls, file: Path) -> Dictionary:
        """The words of a file; none where there is no file. ValueError names a line that is not `word TAB meaning`."""
        if not file.is_file():
            return cls()
        words = []
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            word, tab, means = line.partition("\t")
            if not tab or not word.strip() or not means.strip():
                raise ValueError(f"{file} {number}행: '말<TAB>뜻하는 말'이어야 해요. 지금은 {line!r}예요.")
            words.append(DictionaryWord(word.strip(), means.strip()))
        return cls(words)


def learn(texts: Sequence[str], products: Iterable[str] = ()) -> list[str]:
    """Product names, model numbers and words that stand out in `texts`, at most `MAX_LEARNT`.

    Words come from Kiwi's extraction of unknown nouns (after Kim & Tanaka-Ishii's branching entropy), those
    that Kiwi analyzes as one noun already left out.
    """
    found = [name for name in dict.fromkeys(products) if name]
    codes = [code for text in texts for code in CODE.findall(normalize(text).text) if any(c.isdigit() for c in code)]
    found += dict.fromkeys(codes)
    for form, *_ in kiwi().extract_words(list(texts), MIN_COUNT, MAX_WORD_CHARACTERS, MIN_SCORE, MIN_POS_SCORE):
        if len(analyze(form)) > 1:
            found.append(form)
    return list(dict.fromkeys(found))[:MAX_LEARNT]


def _terms(text: str) -> list[str]:
    return [f"{m.form}/{m.tag}" for m in analyze(text) if m.is_content]


def _squeezed(text: str) -> str:
    return "".join(c for c in normalize(text).text.lower() if c.isalnum())


def _sound(squeezed: str) -> str:
    return jamo(squeezed).translate(ALIKE)
