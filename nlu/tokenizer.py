"""Text to subword ids: Kiwi's morphemes first, then WordPiece inside each of them.

Cutting at morpheme boundaries first lets 99.8 % of KorQuAD 1.0's answers begin and end on a token.
Spaces leave no mark in the ids: customers space freely, and morphemes carry what a space would say.
A token that continues a morpheme is written with ## (Wu et al. 2016, arXiv:1609.08144; the greedy
longest match of BERT). Latin letters are folded to lower case.

One object serves training and answering; it is saved with each model as `tokenizer.json` (the
vocabulary in the format of the `tokenizers` library) and `daedap_tokenizer.json` (the format version).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.morphemes import chunks, kiwi_tokens
from nlu.normalize import normalize

FORMAT_VERSION = 1
PAD, UNK, CLS, SEP, MASK = range(5)
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MAX_PIECE_CHARACTERS = 60
CACHE_SIZE = 20_000
"""So many pieces of words are remembered; each takes 450 bytes, and every new number that customers write is one."""

EOJEOL_START, MORPHEME_START, SENTENCE_START = 1, 2, 4
"""Bits of `Encoding.flags`."""

TAGS = (
    "NNG NNP NNB NR NP VV VA VX VCP VCN MM MAG MAJ IC JKS JKC JKG JKO JKB JKV JKQ JX JC EP EF EC ETN ETM XPN XSN XSV "
    "XSA XSM XR SF SP SS SSO SSC SE SO SW SL SH SN SB UN W_URL W_EMAIL W_HASHTAG W_MENTION W_SERIAL W_EMOJI Z_CODA Z_SIOT "
    "USER0 USER1 USER2 USER3 USER4 OTHER"
).split()
"""Kiwi's tag set (after the 세종 tag set); `Encoding.tags` holds places in this list."""
TAG_INDEX = {tag: i for i, tag in enumerate(TAGS)}
OTHER_TAG = TAG_INDEX["OTHER"]


@dataclass(frozen=True)
class Encoding:
    """Tokens of one text, without [CLS] and [SEP]; all arrays are `(tokens,)`.

    `starts` and `ends` are `[start, end)` in characters of the original text (int32), `tags` places
    in `TAGS` (uint8), `flags` the bits above (uint8).
    """

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    tags: np.ndarray
    flags: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


class Tokenizer:
    """WordPiece inside Kiwi's morphemes. `vocabulary` maps a token to its id, special tokens first."""

    def __init__(self, vocabulary: Mapping[str, int]):
        for i, token in enumerate(SPECIAL_TOKENS):
            if vocabulary.get(token) != i:
                raise ValueError(f"vocabulary gives {token} the id {vocabulary.get(token)}, it must be {i}")
        self.vocabulary = dict(vocabulary)
        self.tokens = [token for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
        self._cache: dict[str, tuple[tuple[int, int, int], ...]] = {}

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str, cut: Iterable[tuple[int, int, int, int]] | None = None) -> Encoding:
        """Tokens of `text` in order, with offsets into `text` as given.

        `cut` are the `pieces` of the text in its normal form where they are known: Kiwi is not asked then.
        """
        normalized = normalize(text)
        ids: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        tags: list[int] = []
        flags: list[int] = []
        for start, end, tag, flag in pieces(normalized.text) if cut is None else cut:
            for token_id, a, b in self.subwords(normalized.text[start:end]):
                ids.append(token_id)
                span = normalized.original_span(start + a, start + b)
                starts.append(span[0])
                ends.append(span[1])
                tags.append(tag)
                flags.append(flag)
                flag = 0
        return Encoding(
            np.array(ids, np.int32),
            np.array(starts, np.int32),
            np.array(ends, np.int32),
            np.array(tags, np.uint8),
            np.array(flags, np.uint8),
        )

    def subwords(self, piece: str) -> tuple[tuple[int, int, int], ...]:
        """`(id, start, end)` of the subwords of one morpheme; one [UNK] where it can't be spelt."""
        found = self._cache.get(piece)
        if found is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            found = self._cache[piece] = self._match(piece)
        return found

    def _match(self, piece: str) -> tuple[tuple[int, int, int], ...]:
        if len(piece) > MAX_PIECE_CHARACTERS:
            return ((UNK, 0, len(piece)),)
        text = piece.translate(_LOWER)
        found: list[tuple[int, int, int]] = []
        at = 0
        while at < len(text):
            for end in range(len(text), at, -1):
                token_id = self.vocabulary.get(("##" if at else "") + text[at:end])
                if token_id is not None:
                    break
            else:
                return ((UNK, 0, len(piece)),)
            found.append((token_id, at, end))
            at = end
        return tuple(found)

    def save(self, folder: Path | str) -> None:
        """Write `tokenizer.json` and `daedap_tokenizer.json` into `folder`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {
                    "id": i,
                    "content": token,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                    "special": True,
                }
                for i, token in enumerate(SPECIAL_TOKENS)
            ],
            "normalizer": None,
            "pre_tokenizer": {"type": "WhitespaceSplit"},
            "post_processor": None,
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": False},
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": MAX_PIECE_CHARACTERS,
                "vocab": self.vocabulary,
            },
        }
        (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        note = {"format_version": FORMAT_VERSION, "pre_tokenizer": "kiwi", "vocabulary_size": len(self)}
        (folder / "daedap_tokenizer.json").write_text(json.dumps(note, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | str) -> Tokenizer:
        """The tokenizer saved in `folder`; raises FileNotFoundError or ValueError naming what is off."""
        folder = Path(folder)
        note_path = folder / "daedap_tokenizer.json"
        if not note_path.is_file():
            raise FileNotFoundError(f"{note_path} is missing: `daedap train encoder` writes it with the model")
        note = json.loads(note_path.read_text(encoding="utf-8"))
        if note.get("format_version") != FORMAT_VERSION:
            raise ValueError(f"{note_path} has format version {note.get('format_version')}, this daedap reads {FORMAT_VERSION}")
        document = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        return cls(document["model"]["vocab"])

    @classmethod
    def train(cls, piece_counts: Mapping[str, int], vocabulary_size: int, alphabet_size: int = 3_000) -> Tokenizer:
        """A vocabulary learnt from morphemes and how often each occurs.

        Raises ValueError where the text gives fewer entries than `vocabulary_size` asks for.
        """
        from tokenizers import Tokenizer as Backend
        from tokenizers import models, pre_tokenizers, trainers

        letters = Counter()
        for piece, count in piece_counts.items():
            for character in piece.translate(_LOWER):
                letters[character] += count
        kept = sorted(sorted(letters), key=lambda character: -letters[character])[:alphabet_size]
        inner = {character: chr(_PRIVATE_USE + i) for i, character in enumerate(sorted(kept))}
        backend = Backend(models.BPE())
        backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        trainer = trainers.BpeTrainer(vocab_size=vocabulary_size, special_tokens=list(SPECIAL_TOKENS), show_progress=False)
        backend.train_from_iterator(_training_lines(piece_counts, inner), trainer)
        plain = {code: character for character, code in inner.items()}
        vocabulary = {_written(token, plain): i for token, i in backend.get_vocab().items()}
        if len(vocabulary) < vocabulary_size:
            raise ValueError(
                f"the text allows {len(vocabulary)} vocabulary entries, {vocabulary_size} were asked for: "
                "give more text or a smaller vocabulary"
            )
        return cls(vocabulary)


_PRIVATE_USE = 0xF0000
"""Letters inside a morpheme are trained as letters of this plane: the library then breaks ties in the
same way every time, which it does not when it puts ## before them itself."""
_LOWER = {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}


def _training_lines(piece_counts: Mapping[str, int], inner: Mapping[str, str], line: int = 200) -> Iterable[str]:
    """Lines that hold each piece as often as it was counted, for a trainer that counts words itself."""
    for piece, count in sorted(piece_counts.items()):
        piece = piece.translate(_LOWER)
        if not all(character in inner for character in piece):
            continue
        word = piece[0] + "".join(inner[character] for character in piece[1:])
        while count > 0:
            yield " ".join([word] * min(count, line))
            count -= line


def _written(token: str, plain: Mapping[str, str]) -> str:
    """A trained token in WordPiece's spelling: ## before what continues a morpheme."""
    if token in SPECIAL_TOKENS:
        return token
    return ("##" if token[0] in plain else "") + "".join(plain.get(character, character) for character in token)


def pieces(text: str) -> list[tuple[int, int, int, int]]:
    """`(start, end, tag, flags)` of the morpheme-wise pieces of normalized `text`, spaces left out.

    A contraction (했) is one piece with the tag of its first morpheme. Every character that is not
    white space lies in exactly one piece.
    """
    found: list[tuple[int, int, int, int]] = []
    for at, chunk in chunks(text):
        found.extend(_chunk_pieces(chunk, at))
    return found


def _chunk_pieces(chunk: str, at: int) -> list[tuple[int, int, int, int]]:
    cuts: dict[int, tuple[int, int]] = {0: (OTHER_TAG, -1), len(chunk): (OTHER_TAG, -1)}
    for token in kiwi_tokens(chunk):
        start, end = token.start, token.end
        if end > start:
            old = cuts.get(start)
            if old is None or old[1] < 0:
                cuts[start] = (TAG_INDEX.get(token.tag.partition("-")[0], OTHER_TAG), token.sent_position)
            cuts.setdefault(end, (OTHER_TAG, -1))
    marks = sorted(cuts)
    found: list[tuple[int, int, int, int]] = []
    sentence = -1
    for start, end in zip(marks, marks[1:]):
        tag, number = cuts[start]
        for a, b in _words(chunk, start, end):
            flag = MORPHEME_START
            if a == 0 or chunk[a - 1].isspace():
                flag |= EOJEOL_START
            if number > sentence or not found:
                flag |= SENTENCE_START
                sentence = max(number, sentence)
            found.append((a + at, b + at, tag, flag))
    return found


def _words(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """`[start, end)` of the runs without white space in `text[start:end]`."""
    piece = text[start:end]
    if not any(map(str.isspace, piece)):
        yield start, end
        return
    a = None
    for i in range(start, end):
        if text[i].isspace():
            if a is not None:
                yield a, i
            a = None
        elif a is None:
            a = i
    if a is not None:
        yield a, end
