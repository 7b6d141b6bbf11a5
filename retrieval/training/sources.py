"""The texts that the shipped sentence vectors are trained on, read from the project's and the shared data.

Groups are split by a hash of their name: of `paraphrases.csv` a fifth is validation (or one fold of
several, for fitting the ranking on groups the vectors have not seen); of paraKQC 30 % are test and 20 %
validation groups. Validation and test groups are never trained on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.vectors import StaticVectors
from retrieval.training.contrastive import Rows, group_rows, rows_of
from retrieval.training.groups import (
    Group,
    read_kornli,
    read_korsts,
    read_parakqc,
    read_paraphrases,
    read_question_pairs,
    read_reading,
    read_squad,
    read_words,
    split_of,
)

logger = logging.getLogger(__name__)

SHARES = {
    "paraphrases": 2.0,
    "faq": 1.5,
    "words": 1.0,
    "parakqc": 0.5,
    "pairs": 0.5,
    "reading": 1.0,
    "neighbours": 0.5,
    "sts": 0.3,
    "nli": 0.2,
}
"""How often a step takes its batch from each source, beside one another."""
PARAKQC_TEST, PARAKQC_VALIDATION = 30, 20
VALIDATION = 20
"""Per cent of the groups of paraphrases."""


@dataclass(frozen=True)
class Sources:
    """What is trained on, by source, and the groups that are not."""

    train: dict[str, list[Rows]]
    validation: list[Rows]


def is_parakqc_test(group: Group) -> bool:
    """Whether the benchmark asks this group of paraKQC."""
    return split_of(group.name, PARAKQC_VALIDATION, PARAKQC_TEST) == "test"


def fold_of(group: Group, folds: int) -> int:
    """The fold, from 0, a group of paraphrases belongs to; all groups of a trade are spread over the folds."""
    return int.from_bytes(group.name.encode(), "big") % folds


def read_sources(
    own: Path,
    shared: Path | None,
    vectors: StaticVectors,
    *,
    fold: int | None = None,
    folds: int = 3,
    vary: Callable[[str], str] | None = None,
    corpus: Path | None = None,
    articles: int = 6_000,
) -> Sources:
    """Rows of all sources there are: `own` is the project's `data/training`, `shared` the folder of published sets.

    With `fold` that fold of the paraphrases is the validation part. `vary` makes a noisy variant of each
    text of paraphrases. `corpus` has one article a line, `title TAB text`; an article's first two sentences
    are a pair.
    """
    paraphrases = read_paraphrases(own / "paraphrases.csv")
    held = {g.name for g in paraphrases if _is_held(g, fold, folds)}
    train = {
        "paraphrases": group_rows([g for g in paraphrases if g.name not in held], vectors, vary),
        "words": group_rows(read_words(own / "customer_words.txt"), vectors),
        "reading": group_rows([g for file in sorted(own.glob("reading_train*.jsonl")) for g in read_reading(file)], vectors),
    }
    if shared is not None:
        train["reading"] += group_rows(read_reading(shared / "korquad/korquad_v2.1_dev_windows.jsonl"), vectors)
        train["reading"] += group_rows(read_squad(shared / "tydiqa/tydiqa_goldp_ko_train.json"), vectors)
        kqc = read_parakqc(shared / "similarity/parakqc_even_groups.tsv")
        kqc = [g for g in kqc if split_of(g.name, PARAKQC_VALIDATION, PARAKQC_TEST) == "train"]
        train["parakqc"] = group_rows(kqc, vectors)
        train["pairs"] = group_rows(read_question_pairs(shared / "similarity/question_pair_train.csv"), vectors)
        train["sts"] = group_rows(read_korsts(shared / "similarity/sts-train.tsv"), vectors)
        train["nli"] = group_rows(read_kornli(shared / "similarity/xnli.dev.ko.tsv"), vectors)
    if corpus is not None:
        train["neighbours"] = neighbours(corpus, vectors, articles)
    validation = group_rows([g for g in paraphrases if g.name in held], vectors)
    logger.info("groups to train on: %s; validation %d", {name: len(rows) for name, rows in train.items()}, len(validation))
    return Sources(train, validation)


def neighbours(corpus: Path, vectors: StaticVectors, articles: int) -> list[Rows]:
    """The first two sentences of each of the first `articles` of a corpus that are long enough to say something."""
    found: list[Rows] = []
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            sentences = line.partition("\t")[2][:400].split(". ")
            if len(found) < articles and len(sentences) > 2:
                rows = tuple(rows_of(sentence, vectors) for sentence in sentences[:2])
                if min(map(len, rows)) > 3:
                    found.append(Rows(rows))
    return found


def noisy(text: str) -> str:
    """`text` with slips of the fingers, wrong spacing and dropped words, as hurried customers write; always the same."""
    from nlu.transfer.augmentation import Augmentation, augment

    config = Augmentation(rows=1.0, typos=0.04, spacing=0.3, deletion=0.1, swap=0.0, neighbours=0.0)
    return augment(text, config, np.random.default_rng(list(text.encode())))


def _is_held(group: Group, fold: int | None, folds: int) -> bool:
    return split_of(group.name, VALIDATION) == "validation" if fold is None else fold_of(group, folds) == fold
