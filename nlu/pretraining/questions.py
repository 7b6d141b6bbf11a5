"""Questions made from packed tokens while training runs, so that no two epochs see the same ones.

A question is a sentence of an article with a span cut out and an interrogative put in, words dropped,
swapped and replaced by near ones; it is asked of a window of text around that sentence (a cloze, after
Hermann et al. 2015, arXiv:1506.03340) or, so that copying does not help, of another place of the
article where the same span stands (recurring span selection, Ram et al. 2021, arXiv:2101.00438). Some
windows do not hold the answer: their target is token 0, [CLS].

Everything is done on ids, tags and flags (`nlu.tokenizer`): no Kiwi, no text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlu.tokenizer import CLS, EOJEOL_START, MASK, MORPHEME_START, SENTENCE_START, SEP, TAG_INDEX, Tokenizer

ARRAYS = ("ids", "tags", "flags", "articles")
"""The files of a shard; `articles` is written last."""
NOMINAL = np.zeros(256, bool)
NOMINAL[[TAG_INDEX[tag] for tag in "NNG NNP NNB NR SN SL SH XPN XSN W_SERIAL".split()]] = True
NAME, NUMBER, UNIT, ENDING = (TAG_INDEX[tag] for tag in ("NNP", "SN", "NNB", "EF"))
PUNCTUATION = {TAG_INDEX[tag] for tag in ("SF", "SP", "SE")}
TIME_UNITS = "년 월 일 시 분 세기 년대".split()
PLACE_PARTICLES = "에서 에 으로 로".split()
PERSON_PARTICLES = "이 가 은 는 께서 에게 의 을 를".split()


@dataclass(frozen=True)
class QuestionConfig:
    """How questions are made; shares are probabilities."""

    max_question_tokens: int = 40
    max_answer_tokens: int = 12
    recurring_share: float = 0.3
    unanswerable_share: float = 0.12
    clause_share: float = 0.06
    drop_share: float = 0.35
    """Each question drops a share of its words drawn between 0 and this."""
    neighbour_share: float = 0.12
    reorder_share: float = 0.3
    mask_share: float = 0.15
    whole_morphemes: bool = True
    """Whether all tokens of a morpheme are masked together; else each is drawn alone."""


class Shard(NamedTuple):
    """Token arrays with the places where articles, sentences and nominal runs begin and end."""

    ids: np.ndarray
    tags: np.ndarray
    flags: np.ndarray
    articles: np.ndarray
    sentences: np.ndarray
    run_starts: np.ndarray
    run_ends: np.ndarray

    @classmethod
    def load(cls, folder: Path, split: str, number: int) -> Shard:
        """One shard as `nlu.pretraining.prepare` wrote it, memory-mapped."""
        ids, tags, flags, articles = (
            np.load(folder / f"{split}-{number:05}.{name}.npy", mmap_mode="r") for name in ARRAYS
        )
        sentence_starts = (flags & SENTENCE_START) > 0
        nominal = NOMINAL[tags]
        before = np.concatenate(([False], nominal[:-1] & ~sentence_starts[1:]))
        run_starts = np.flatnonzero(nominal & ~before & ((flags & MORPHEME_START) > 0))
        after = np.concatenate((nominal[1:] & ~sentence_starts[1:], [False]))
        run_ends = np.flatnonzero(nominal & ~after) + 1
        run_ends = run_ends[np.searchsorted(run_ends, run_starts, "right")]
        return cls(ids, tags, flags, articles, np.flatnonzero(sentence_starts), run_starts, run_ends)


class Window(NamedTuple):
    """One training example; all arrays `(length,)`."""

    ids: np.ndarray
    token_types: np.ndarray
    masked_places: np.ndarray
    masked_ids: np.ndarray
    start: int
    end: int


class QuestionMaker:
    """Draws windows of `length` tokens, [CLS] question [SEP] text [SEP], from shards.

    `neighbours (vocab, n)` uint16 names words near each token (0 where there is none), `common_ids`
    the tokens that are never marked as standing in the question.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        common_ids: np.ndarray,
        neighbours: np.ndarray | None = None,
        config: QuestionConfig = QuestionConfig(),
    ):
        self.config = config
        self.vocabulary_size = len(tokenizer)
        self.neighbours = neighbours
        self.is_common = np.zeros(len(tokenizer), bool)
        self.is_common[common_ids] = True

        def spell(*morphemes: str) -> list[int]:
            return [i for morpheme in morphemes for i, _, _ in tokenizer.subwords(morpheme)]

        def ids_of(words: list[str]) -> set[int]:
            return {ids[0] for ids in map(spell, words) if len(ids) == 1}

        self.time_units = ids_of(TIME_UNITS)
        self.place_particles = ids_of(PLACE_PARTICLES)
        self.person_particles = ids_of(PERSON_PARTICLES)
        self.when, self.where, self.who, self.what = spell("언제"), spell("어디"), spell("누구"), spell("무엇")
        self.how_many, self.how_much = spell("몇"), spell("얼마")
        self.which = [spell("어느"), spell("어떤"), spell("무슨")]
        self.how = [spell("어떻게"), spell("왜"), spell("무엇")]
        self.endings = [
            spell(*words.split())
            for words in (
                "인가 ?",
                "인가요 ?",
                "일까 ?",
                "이 에요 ?",
                "은 ?",
                "는 ?",
                "나요 ?",
                "이 었 나 ?",
                "인지 알려 줘",
                "니 ?",
                "?",
            )
        ]
        self.links = [
            spell(*words.split()) for words in ("것 은", "는 것 은", "한 것 은", "때 는", "곳 은", "사람 은", "은", "는")
        ]

    def window(self, shard: Shard, rng: np.random.Generator, length: int) -> Window:
        """One window out of a random article of the shard."""
        while True:
            made = self._try(shard, rng, length)
            if made is not None:
                return made

    def text_window(self, shard: Shard, rng: np.random.Generator, length: int) -> Window:
        """One window of text alone, `[CLS] [SEP] text [SEP]`, with no question to answer."""
        while True:
            at = int(rng.integers(max(len(shard.ids) - length, 1)))
            article_start = int(shard.articles[int(np.searchsorted(shard.articles, at, "right")) - 1])
            made = self._assemble(shard, rng, np.zeros(0, np.int64), length, (at, at), None, article_start)
            if made is not None:
                return made

    def _try(self, shard: Shard, rng: np.random.Generator, length: int) -> Window | None:
        config = self.config
        sentence = int(rng.integers(len(shard.sentences) - 1))
        first, last = int(shard.sentences[sentence]), int(shard.sentences[sentence + 1])
        if last - first < 8 or last - first > 200:
            return None
        span = self._choose_span(shard, rng, first, last)
        if span is None:
            return None
        start, end = span
        article = int(np.searchsorted(shard.articles, first, "right")) - 1
        article_start = int(shard.articles[article])
        article_end = int(shard.articles[article + 1]) if article + 1 < len(shard.articles) else len(shard.ids)
        source = (start, end, first, last)
        kind = rng.random()
        if kind < config.recurring_share:
            elsewhere = self._recurrence(shard, rng, start, end, first, last, article_start, article_end)
            if elsewhere is not None:
                # the question comes from here, the window from there
                question = self._question(shard, rng, *source)
                return self._assemble(shard, rng, question, length, elsewhere, (first, last), article_start)
        question = self._question(shard, rng, *source)
        if kind > 1 - config.unanswerable_share:
            other = (
                int(rng.integers(article_start, max(article_end - length, article_start + 1)))
                if rng.random() < 0.6
                else int(rng.integers(len(shard.ids)))
            )
            if other - length < start < other + length:
                return None
            return self._assemble(shard, rng, question, length, (other, other), None, article_start)
        return self._assemble(shard, rng, question, length, (start, end), None, article_start)

    def _choose_span(self, shard: Shard, rng: np.random.Generator, first: int, last: int) -> tuple[int, int] | None:
        if rng.random() < self.config.clause_share:
            eojeols = np.flatnonzero(shard.flags[first:last] & EOJEOL_START) + first
            if len(eojeols) < 6:
                return None
            i = int(rng.integers(len(eojeols) - 3))
            j = min(i + int(rng.integers(2, 5)), len(eojeols) - 1)
            return (int(eojeols[i]), int(eojeols[j])) if eojeols[j] - eojeols[i] <= self.config.max_answer_tokens else None
        a, b = np.searchsorted(shard.run_starts, (first, last))
        if a == b:
            return None
        weights = np.array([self._weight(shard, int(s), int(e)) for s, e in zip(shard.run_starts[a:b], shard.run_ends[a:b])])
        total = weights.sum()
        if total <= 0:
            return None
        i = a + int(np.searchsorted(np.cumsum(weights), rng.random() * total, "right"))
        start, end = int(shard.run_starts[i]), int(shard.run_ends[i])
        eojeols = np.flatnonzero(shard.flags[start:end] & EOJEOL_START)
        if len(eojeols) > 1 and rng.random() < 0.35:  # a part of a long run: its last words, or its first
            cut = start + int(eojeols[int(rng.integers(1, len(eojeols)))])
            start, end = (cut, end) if rng.random() < 0.7 else (start, cut)
        return (start, end) if 0 < end - start <= self.config.max_answer_tokens else None

    def _weight(self, shard: Shard, start: int, end: int) -> float:
        tags = shard.tags[start:end]
        if end - start > 2 * self.config.max_answer_tokens:
            return 0.0
        if (tags == NUMBER).any():
            return 2.0
        if (tags == NAME).any():
            return 2.0
        if end - start == 1 and self.is_common[shard.ids[start]]:
            return 0.05
        return 0.3 if tags[0] == UNIT else 1.0

    def _recurrence(self, shard, rng, start, end, first, last, article_start, article_end) -> tuple[int, int] | None:
        """Another place in the article, outside the sentence, where the same tokens stand as a whole."""
        if end - start == 1 and self.is_common[shard.ids[start]]:
            return None
        span = shard.ids[start:end]
        text = shard.ids[article_start:article_end]
        places = np.flatnonzero(text[: len(text) - len(span) + 1] == span[0]) + article_start
        places = places[(places < first) | (places >= last)]
        rng.shuffle(places)
        for place in places[:8].tolist():
            if np.array_equal(shard.ids[place : place + len(span)], span):
                whole = shard.flags[place] & MORPHEME_START and (
                    place + len(span) == len(shard.ids) or shard.flags[place + len(span)] & MORPHEME_START
                )
                if whole:
                    return place, place + len(span)
        return None

    def _question(self, shard: Shard, rng: np.random.Generator, start: int, end: int, first: int, last: int) -> np.ndarray:
        config = self.config
        ids, tags, flags = (np.asarray(array[first:last]) for array in (shard.ids, shard.tags, shard.flags))
        a, b = start - first, end - first
        while len(ids) > b and tags[-1] in PUNCTUATION:
            ids, tags, flags = ids[:-1], tags[:-1], flags[:-1]
        if rng.random() < 0.7:
            while len(ids) > b and tags[-1] == ENDING:
                ids, tags, flags = ids[:-1], tags[:-1], flags[:-1]
        asked = self._interrogative(shard, rng, start, end)
        word = np.cumsum((flags & EOJEOL_START) > 0)
        answer_words = set(word[a:b].tolist())
        kept = self._kept_words(rng, word, a, b)
        groups: list[list[int]] = []
        place = None
        for number in kept:
            members = np.flatnonzero(word == number)
            if number in answer_words:
                group = [int(ids[m]) for m in members if m < a]
                if place is None:
                    place = len(groups)
                    group += asked
                group += [int(ids[m]) for m in members if m >= b]
            else:
                group = [self._near(rng, int(ids[m])) for m in members]
            if group:
                groups.append(group)
        draw = rng.random()
        if place is not None and place < len(groups) and draw < config.reorder_share:
            moved = groups.pop(place)  # "… 것은 무엇인가?": the interrogative goes to the end
            groups.append(self.links[int(rng.integers(len(self.links)))] if rng.random() < 0.6 else [])
            groups.append(asked if rng.random() < 0.7 else moved)
        elif draw < config.reorder_share + 0.1 and len(groups) > 3:
            i = int(rng.integers(len(groups) - 1))
            groups[i], groups[i + 1] = groups[i + 1], groups[i]
        flat = [token for group in groups for token in group]
        flat += self.endings[int(rng.integers(len(self.endings)))] if rng.random() < 0.8 else []
        return np.array(flat[: config.max_question_tokens], np.int64)

    def _kept_words(self, rng: np.random.Generator, word: np.ndarray, a: int, b: int) -> list[int]:
        """Numbers of the words the question keeps: some near the answer, fewer than there were."""
        config = self.config
        low, high = int(word[0]), int(word[-1])
        first_answer, last_answer = int(word[a]), int(word[b - 1])
        reach = int(rng.integers(5, 14))
        low, high = max(low, first_answer - reach), min(high, last_answer + reach)
        numbers = np.arange(low, high + 1)
        keep = rng.random(len(numbers)) >= rng.random() * config.drop_share
        keep |= (numbers >= first_answer) & (numbers <= last_answer)
        return numbers[keep].tolist()

    def _near(self, rng: np.random.Generator, token: int) -> int:
        if self.neighbours is None or rng.random() >= self.config.neighbour_share:
            return token
        near = int(self.neighbours[token, int(rng.integers(self.neighbours.shape[1]))])
        return near or token

    def _interrogative(self, shard: Shard, rng: np.random.Generator, start: int, end: int) -> list[int]:
        tags = shard.tags[start:end]
        last = int(shard.ids[end - 1])
        after = int(shard.ids[end]) if end < len(shard.ids) else 0
        draw = rng.random()
        if not NOMINAL[tags].all():
            return self.how[int(rng.integers(len(self.how)))]
        if (tags == NUMBER).any():
            if last in self.time_units and draw < 0.5:
                return self.when
            if tags[-1] != NUMBER and draw < 0.9:
                return [*self.how_many, last]
            return self.how_much if draw < 0.5 else self.how_many
        if draw < 0.3:
            return [*self.which[int(rng.integers(len(self.which)))], last]
        if after in self.place_particles and draw < 0.7:
            return self.where
        if (tags == NAME).any() and after in self.person_particles and draw < 0.7:
            return self.who
        return self.what

    def _assemble(
        self,
        shard: Shard,
        rng: np.random.Generator,
        question: np.ndarray,
        length: int,
        answer: tuple[int, int],
        without: tuple[int, int] | None,
        article_start: int,
    ) -> Window | None:
        """Place text around `answer` (empty: none to point at), clear of the sentence `without`."""
        room = length - len(question) - 3
        start, end = answer
        low, high = max(end - room, 0), start
        low = max(low, article_start if article_start <= start else 0)
        if without is not None:
            if without[1] <= start:
                low = max(low, without[1])
            elif without[0] < start + room:  # the source sentence follows: stop before it
                high = min(high, without[0] - room)
                if high < low:
                    return None
        if low > high:
            return None
        begins = np.searchsorted(shard.sentences, (low, high + 1))
        if begins[0] < begins[1] and rng.random() < 0.85:
            context_start = int(shard.sentences[int(rng.integers(begins[0], begins[1]))])
        else:
            context_start = int(rng.integers(low, high + 1))
        context_start = min(context_start, len(shard.ids) - room)
        context = np.asarray(shard.ids[context_start : context_start + room]).astype(np.int64)
        flags = np.asarray(shard.flags[context_start : context_start + room])
        offset = len(question) + 2
        ids = np.empty(length, np.int64)
        ids[0], ids[1 : offset - 1], ids[offset - 1], ids[offset:-1], ids[-1] = CLS, question, SEP, context, SEP
        a, b = start - context_start, end - context_start
        masked = self._masked(rng, flags)
        token_types = np.zeros(length, np.int64)
        in_question = np.zeros(self.vocabulary_size, bool)
        in_question[question] = True
        in_question &= ~self.is_common
        if b > a:
            masked[a:b] = False
        token_types[offset:-1] = 1 + (in_question[context] & ~masked)
        places = np.flatnonzero(masked) + offset
        masked_ids = ids[places]
        draw = rng.random(len(places))
        ids[places[draw < 0.85]] = MASK
        random = places[draw >= 0.95]
        ids[random] = rng.integers(5, self.vocabulary_size, len(random))
        if b > a:
            return Window(ids, token_types, places, masked_ids, offset + a, offset + b - 1)
        return Window(ids, token_types, places, masked_ids, 0, 0)

    def _masked(self, rng: np.random.Generator, flags: np.ndarray) -> np.ndarray:
        """True for the tokens that are masked, those of a morpheme together."""
        if not self.config.whole_morphemes:
            return rng.random(len(flags)) < self.config.mask_share
        morpheme = np.cumsum((flags & MORPHEME_START) > 0)
        drawn = rng.random(int(morpheme[-1]) + 1) < self.config.mask_share
        return drawn[morpheme]


class Batch(NamedTuple):
    """Arrays of one batch: `ids`, `token_types (batch, length)`; the rest flat, as `EncoderForPreTraining.losses` takes them."""

    ids: np.ndarray
    token_types: np.ndarray
    masked_places: np.ndarray
    masked_ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def collate(windows: list[Window], mask_share: float) -> Batch:
    """A batch with a fixed number of masked places (so that a compiled step fits every batch)."""
    length = len(windows[0].ids)
    places = np.concatenate([window.masked_places + i * length for i, window in enumerate(windows)])
    masked_ids = np.concatenate([window.masked_ids for window in windows])
    room = int(len(windows) * length * mask_share)
    places, masked_ids = places[:room], masked_ids[:room]
    missing = room - len(places)
    return Batch(
        np.stack([window.ids for window in windows]),
        np.stack([window.token_types for window in windows]),
        np.concatenate((places, np.zeros(missing, np.int64))),
        np.concatenate((masked_ids, np.full(missing, -100, np.int64))),
        np.array([window.start for window in windows]),
        np.array([window.end for window in windows]),
    )
