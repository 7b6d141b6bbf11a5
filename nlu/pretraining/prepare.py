"""Text to packed arrays: clean the articles, cut them with Kiwi, learn a vocabulary, write token arrays.

Input is one article a line, `title<TAB>text`, plain or `.xz`. Output is a folder:

    tokenizer.json, daedap_tokenizer.json     the tokenizer
    train-00000.{ids,tags,flags,articles}.npy one shard: tokens (uint16), tags and flags (uint8, see
                                              nlu.tokenizer) and the first token of each article (int64)
    validation-00000.…                        the articles held out (about one in a hundred, by title)
    prepare.json                              what it was made from

Shards are written under a temporary name and renamed, so that a run that was killed goes on where it
stopped and a training run may read the folder while it grows.
"""

from __future__ import annotations

import hashlib
import html
import json
import logging
import lzma
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from nlu.normalize import normalize
from nlu.pretraining.questions import ARRAYS
from nlu.tokenizer import SENTENCE_START, Tokenizer, pieces
from nlu.whole_file import write_whole

logger = logging.getLogger(__name__)

_EMPTY_BRACKETS = re.compile(r"\(\s*[-,;:·~\s]*\)")
_SPACES = re.compile(r"[ \t\u00a0]+")


@dataclass(frozen=True)
class PrepareConfig:
    """How a corpus is prepared; saved as `prepare.json` and compared when a run goes on."""

    vocabulary_size: int = 16_000
    vocabulary_articles: int = 4_000
    articles_per_shard: int = 4_000
    validation_share: int = 100
    """One article in so many is held out."""
    min_tokens: int = 60

    def __post_init__(self) -> None:
        if not 6 < self.vocabulary_size < 65_536:
            raise ValueError(f"vocabulary_size is {self.vocabulary_size}, it must lie between 7 and 65535")


def clean(text: str) -> str:
    """An article's text without what the extraction from wiki mark-up left behind."""
    return _SPACES.sub(" ", _EMPTY_BRACKETS.sub("", html.unescape(text))).strip()


def read_articles(path: Path) -> Iterator[tuple[str, str]]:
    """`(title, text)` of each line of a plain or .xz file; raises ValueError where it is not UTF-8."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    opened = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")
    with opened as lines:
        try:
            for line in lines:
                title, _, text = line.rstrip("\n").partition("\t")
                if text:
                    yield title, text
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8: {error}") from error


def is_validation(title: str, share: int) -> bool:
    """Whether the article of this title is held out; the same in every run."""
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:4], "big") % share == 0


def prepare(
    texts: list[Path],
    out: Path,
    config: PrepareConfig = PrepareConfig(),
    *,
    vocabulary_texts: Iterable[str] = (),
    tokenizer: Tokenizer | None = None,
    processes: int = 2,
    max_articles: int | None = None,
) -> Path:
    """Write the packed arrays of `texts` into `out` and return it; goes on where an earlier run stopped.

    `vocabulary_texts` are further lines (talk, reviews) for the vocabulary alone. Raises ValueError
    for an empty corpus or a vocabulary larger than the text allows.
    """
    out.mkdir(parents=True, exist_ok=True)
    note = {"config": asdict(config), "texts": [path.name for path in texts]}
    note_path = out / "prepare.json"
    if note_path.is_file() and json.loads(note_path.read_text())["config"] != note["config"]:
        raise ValueError(f"{out} was prepared with another configuration: choose another folder or remove it")
    note_path.write_text(json.dumps(note, indent=1, ensure_ascii=False))
    if (out / "tokenizer.json").is_file():
        tokenizer = Tokenizer.load(out)
    elif tokenizer is None:
        tokenizer = learn_vocabulary(texts, vocabulary_texts, config, processes)
    tokenizer.save(out)
    articles = ((title, text) for path in texts for title, text in read_articles(path))
    if max_articles is not None:
        articles = islice(articles, max_articles)
    _write_shards(articles, out, config, tokenizer, processes)
    return out


def learn_vocabulary(texts: list[Path], further: Iterable[str], config: PrepareConfig, processes: int) -> Tokenizer:
    """The tokenizer for a corpus, from its first articles and `further` lines (counted three times)."""
    sample = [text for _, text in islice((a for path in texts for a in read_articles(path)), config.vocabulary_articles)]
    if not sample:
        raise ValueError(f"the corpus is empty: {', '.join(map(str, texts))}")
    counts: Counter[str] = Counter()
    with multiprocessing.Pool(processes) as pool:
        for part in pool.imap_unordered(_count, _batches(sample, 50)):
            counts.update(part)
        for part in pool.imap_unordered(_count, _batches(further, 2_000)):
            counts.update({piece: 3 * n for piece, n in part.items()})
    counts = Counter({piece: n for piece, n in counts.items() if n > 1 and len(piece) <= 24}) or counts
    logger.info("vocabulary of %d from %d different morphemes", config.vocabulary_size, len(counts))
    return Tokenizer.train(counts, config.vocabulary_size)


def _count(texts: list[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        normal = normalize(clean(text)).text
        counts.update(normal[start:end] for start, end, _, _ in pieces(normal))
    return counts


def _batches(items: Iterable, size: int) -> Iterator[list]:
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch


def _write_shards(articles: Iterator, out: Path, config: PrepareConfig, tokenizer: Tokenizer, processes: int) -> None:
    from tqdm import tqdm

    started = time.monotonic()
    characters = tokens = number = 0
    with multiprocessing.Pool(processes, initializer=_start_worker, initargs=(tokenizer.vocabulary,)) as pool:
        progress = tqdm(unit="article", disable=None)
        for shard in _batches(articles, config.articles_per_shard):
            if not _has_shard(out, number):
                encoded = pool.imap(partial(_encode, share=config.validation_share), _batches(shard, 40))
                kept = [article for batch in encoded for article in batch if len(article[1]) >= config.min_tokens]
                for name, held_out in (("validation", True), ("train", False)):
                    save_shard(out, name, number, [article[1:] for article in kept if article[0] is held_out])
                characters += sum(len(text) for _, text in shard)
                tokens += sum(len(article[1]) for article in kept)
                seconds = time.monotonic() - started
                logger.info("shard %d: %.1f M tokens, %.0f characters/s", number, tokens / 1e6, characters / seconds)
            progress.update(len(shard))
            number += 1
        progress.close()
    if number == 0:
        raise ValueError("the corpus is empty: no line of the form title<TAB>text")


def _has_shard(out: Path, number: int) -> bool:
    return all((out / f"{split}-{number:05}.{name}.npy").is_file() for split in ("train", "validation") for name in ARRAYS)


def save_shard(out: Path, split: str, number: int, articles: list[tuple]) -> None:
    """Write articles, each `(ids, tags, flags)`, as one shard."""
    empty = (np.zeros(0, np.uint16), np.zeros(0, np.uint8), np.zeros(0, np.uint8))
    columns = list(zip(*articles)) or [(part,) for part in empty]
    arrays = dict(zip(ARRAYS, (np.concatenate(column) for column in columns)))
    arrays["articles"] = np.cumsum([0, *(len(article[0]) for article in articles)])[:-1].astype(np.int64)
    for name in ARRAYS:  # `articles` comes last: a reader looks for it
        array = arrays[name]
        write_whole(out / f"{split}-{number:05}.{name}.npy", lambda file, array=array: np.save(file, array))


_worker_tokenizer: Tokenizer | None = None


def _start_worker(vocabulary: dict[str, int]) -> None:
    global _worker_tokenizer
    _worker_tokenizer = Tokenizer(vocabulary)


def _encode(articles: list[tuple[str, str]], share: int) -> list[tuple]:
    assert _worker_tokenizer is not None
    encoded = []
    for title, text in articles:
        tokens = _worker_tokenizer.encode(clean(text))
        if len(tokens):
            tokens.flags[0] |= SENTENCE_START
        encoded.append((is_validation(title, share), tokens.ids.astype(np.uint16), tokens.tags, tokens.flags))
    return encoded
