"""The own subwords of a hub model (BERT, ELECTRA, RoBERTa), in the form of `nlu.tokenizer.Encoding`.

Works from `tokenizer.json` alone, so that serving needs no transformers. Their subwords know no
morphemes: every token counts as the start of one and carries no tag.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nlu.tokenizer import MORPHEME_START, OTHER_TAG, Encoding, Tokenizer

TWO_SEPARATORS = frozenset({"roberta", "xlm-roberta", "camembert"})
"""Model types that write [SEP] twice between two texts, unless their tokenizer says otherwise (klue/roberta-base does)."""


class HubTokenizer:
    """A fast tokenizer of the `tokenizers` library, read from a folder's `tokenizer.json`."""

    def __init__(self, serialized: str):
        from tokenizers import Tokenizer as Backend

        self._serialized = serialized
        self._backend = Backend.from_str(serialized)
        self._backend.no_truncation()
        self._backend.no_padding()
        self.vocabulary: dict[str, int] = self._backend.get_vocab()

    def __len__(self) -> int:
        return self._backend.get_vocab_size()

    def encode(self, text: str) -> Encoding:
        """Tokens of `text` without special ones, with offsets into it."""
        found = self._backend.encode(text, add_special_tokens=False)
        starts, ends = np.array(found.offsets, np.int32).reshape(-1, 2).T
        n = len(found.ids)
        return Encoding(
            np.array(found.ids, np.int32), starts, ends, np.full(n, OTHER_TAG, np.uint8), np.full(n, MORPHEME_START, np.uint8)
        )

    def separators(self, model_type: str) -> int:
        """How often [SEP] stands between two texts: as the tokenizer writes a pair, else as the family does."""
        around = self._backend.num_special_tokens_to_add(True)
        return around - 2 if around in (3, 4) else 2 if model_type in TWO_SEPARATORS else 1

    def save(self, folder: Path | str) -> None:
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_text(self._serialized, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | str) -> HubTokenizer:
        path = Path(folder) / "tokenizer.json"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: the model needs a fast tokenizer")
        json.loads(path.read_text(encoding="utf-8"))
        return cls(path.read_text(encoding="utf-8"))


def load_tokenizer(folder: Path | str):
    """daedap's tokenizer where the folder has one, else the hub model's own."""
    return Tokenizer.load(folder) if (Path(folder) / "daedap_tokenizer.json").is_file() else HubTokenizer.load(folder)
