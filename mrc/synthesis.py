"""Questions made from plain text: passages with question and answer span, without a human.

    python -m mrc.synthesis --texts FILE.xz --out made.jsonl --max 200000

Texts have one article a line, `title<TAB>text` (plain or .xz). The output is JSON lines as
`mrc.examples` reads them. The same seed and texts give the same questions, however many processes run.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from mrc.answer_candidates import AnswerKind, Candidate, candidates
from mrc.manual_questions import casual, manual_questions, sentences_of, sounds_like_a_customer
from mrc.question_forms import Questioner
from nlu.morphemes import Morpheme, analyze
from nlu.sentences import UnitKind, units

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SynthesisConfig:
    """How many questions of what; weights say how gladly a kind of answer is taken."""

    passage_characters: int = 480
    """Passages end at the sentence that passes this length."""
    questions_per_passage: int = 3
    max_passages_per_article: int = 12
    seed: int = 0
    person_weight: float = 3.0
    place_weight: float = 2.5
    date_weight: float = 2.0
    number_weight: float = 2.5
    typed_weight: float = 2.5
    thing_weight: float = 0.35
    title_weight: float = 1.5
    """Of a thing with a name of its own."""

    def weight(self, candidate: Candidate) -> float:
        """How gladly the candidate is asked for."""
        if candidate.kind is AnswerKind.THING:
            return self.title_weight if candidate.is_named else self.thing_weight
        return {
            AnswerKind.PERSON: self.person_weight,
            AnswerKind.PLACE: self.place_weight,
            AnswerKind.COUNTRY: self.place_weight,
            AnswerKind.YEAR: self.date_weight,
            AnswerKind.DAY: self.date_weight,
            AnswerKind.NUMBER: self.number_weight,
            AnswerKind.MONEY: self.number_weight,
            AnswerKind.TYPED: self.typed_weight,
        }[candidate.kind]


class MadeQuestion(NamedTuple):
    """`context[answer_start:answer_start + len(answer)] == answer`."""

    title: str
    question: str
    answer: str
    answer_start: int
    context: str
    kind: str


def questions_from(title: str, text: str, config: SynthesisConfig = SynthesisConfig()) -> Iterator[MadeQuestion]:
    """Questions over the passages of one article, in the order of the text."""
    rng = random.Random(f"{config.seed}\t{title}\t{text[:200]}")
    for number, (start, end, sentences) in enumerate(passages(text, config.passage_characters)):
        if number >= config.max_passages_per_article:
            break
        yield from _passage_questions(title, text[start:end], start, sentences, config, rng)


def passages(text: str, characters: int) -> Iterator[tuple[int, int, list[list[Morpheme]]]]:
    """`(start, end, sentences)` of consecutive passages; sentences are morphemes with offsets into `text`."""
    held: list[list[Morpheme]] = []
    for sentence in _sentences(analyze(text)):
        held.append(sentence)
        if held[-1][-1].end - held[0][0].start >= characters:
            yield held[0][0].start, held[-1][-1].end, held
            held = []
    if held:
        yield held[0][0].start, held[-1][-1].end, held


def _sentences(morphemes: Sequence[Morpheme]) -> Iterator[list[Morpheme]]:
    sentence: list[Morpheme] = []
    for morpheme in morphemes:
        if sentence and morpheme.sentence != sentence[-1].sentence:
            yield sentence
            sentence = []
        sentence.append(morpheme)
    if sentence:
        yield sentence


STYLE_DRAWS = 5
"""So often a question is drawn anew that ends as an examination's does."""


def questions_from_manual(title: str, context: str, seed: int = 0, *, at_most: int = 12) -> list[MadeQuestion]:
    """Questions over one passage of a manual, as its customers would put them, in the order of the text.

    Rows, labelled items and sentences that tell what to do, what may be done and why are asked for as a whole
    (`mrc.manual_questions`); numbers, dates, names and places inside sentences by `mrc.question_forms`.
    """
    rng = random.Random(f"{seed}\t{title}\t{context}")
    made = [(a.question, a.start, a.end, a.kind) for a in manual_questions(context, rng)]
    made += _named_and_counted(context, rng)
    if len(made) > at_most:
        made = sorted(rng.sample(made, at_most), key=lambda one: one[1])
    questions = dict.fromkeys((casual(question, rng), start, end, kind) for question, start, end, kind in made)
    return [MadeQuestion(title, question, context[start:end], start, context, kind) for question, start, end, kind in questions]


def _named_and_counted(context: str, rng: random.Random) -> Iterator[tuple[str, int, int, str]]:
    for unit in units(context):
        if unit.kind is UnitKind.ROW:
            continue
        for sentence in sentences_of(context, unit):
            if 4 <= len(sentence) <= 90:
                yield from _of_sentence(context, sentence, rng)


def _of_sentence(context: str, sentence: list[Morpheme], rng: random.Random) -> Iterator[tuple[str, int, int, str]]:
    questioner = Questioner(context, sentence, "", rng)
    for candidate in candidates(sentence, context):
        if rng.random() > min(1.0, SynthesisConfig().weight(candidate) / 2):
            continue
        drawn = (questioner.question(candidate) for _ in range(STYLE_DRAWS))
        question = next((one for one in drawn if one and sounds_like_a_customer(one)), None)
        start, end = sentence[candidate.first].start, sentence[candidate.last - 1].end
        if question and context.count(context[start:end]) <= 3:
            yield question, start, end, candidate.kind.value


def _passage_questions(
    title: str, context: str, offset: int, sentences: list[list[Morpheme]], config: SynthesisConfig, rng: random.Random
) -> Iterator[MadeQuestion]:
    found: list[tuple[float, int, Candidate]] = []
    local = [[m._replace(start=m.start - offset, end=m.end - offset) for m in sentence] for sentence in sentences]
    for number, sentence in enumerate(local):
        if not 6 <= len(sentence) <= 90:
            continue
        for candidate in candidates(sentence, context):
            found.append((rng.random() ** (1 / config.weight(candidate)), number, candidate))
    found.sort(key=lambda item: -item[0])
    questioners: dict[int, Questioner] = {}
    made: list[MadeQuestion] = []
    asked: set[int] = set()
    for _, number, candidate in found[: 6 * config.questions_per_passage]:
        if len(made) >= config.questions_per_passage:
            break
        if number in asked and rng.random() < 0.6:
            continue
        if number not in questioners:
            questioners[number] = Questioner(context, local[number], title, rng)
        question = questioners[number].question(candidate)
        if question is None:
            continue
        start, end = local[number][candidate.first].start, local[number][candidate.last - 1].end
        answer = context[start:end]
        if context.count(answer) > 3:
            continue
        asked.add(number)
        made.append(MadeQuestion(title, question, answer, start, context, candidate.kind.value))
    yield from made


def synthesize(
    articles: Iterable[tuple[str, str]], config: SynthesisConfig = SynthesisConfig(), *, processes: int = 1
) -> Iterator[MadeQuestion]:
    """Questions over all articles, in their order."""
    if processes < 2:
        for title, text in articles:
            yield from questions_from(title, text, config)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for batch in pool.imap(partial(_batch_questions, config=config), _batches(articles, 32)):
            yield from batch


def _batch_questions(articles: list[tuple[str, str]], config: SynthesisConfig) -> list[MadeQuestion]:
    return [made for title, text in articles for made in questions_from(title, text, config)]


def _batches(items: Iterable[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def write_questions(
    texts: Path, out: Path, n: int, config: SynthesisConfig = SynthesisConfig(), *, skip: int = 0, processes: int = 2
) -> int:
    """Write at most `n` questions over the articles of `texts` after the first `skip`; returns how many."""
    from nlu.pretraining.prepare import clean, read_articles

    started = time.monotonic()
    articles = ((title, clean(text)) for title, text in islice(read_articles(texts), skip, None))
    temporary = out.with_suffix(".part")
    written = 0
    with temporary.open("w", encoding="utf-8") as file:
        for made in islice(synthesize(articles, config, processes=processes), n):
            written += 1
            file.write(json.dumps({"id": f"made-{written}", **made._asdict()}, ensure_ascii=False) + "\n")
            if written % 10_000 == 0:
                logger.info("%d questions, %.0f a second", written, written / (time.monotonic() - started))
    temporary.replace(out)
    logger.info("%d questions in %.0f s: %s", written, time.monotonic() - started, out)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description="Make questions from plain text.")
    parser.add_argument("--texts", type=Path, required=True, help="one article a line, title<TAB>text; .xz or plain")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines to write")
    parser.add_argument("--max", type=int, default=200_000, help="questions to write at most")
    parser.add_argument("--skip", type=int, default=0, help="articles to leave out at the beginning")
    parser.add_argument("--per-passage", type=int, default=SynthesisConfig.questions_per_passage)
    parser.add_argument("--characters", type=int, default=SynthesisConfig.passage_characters, help="length of a passage")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = SynthesisConfig(
        passage_characters=arguments.characters, questions_per_passage=arguments.per_passage, seed=arguments.seed
    )
    write_questions(arguments.texts, arguments.out, arguments.max, config, skip=arguments.skip, processes=arguments.processes)


if __name__ == "__main__":
    main()
