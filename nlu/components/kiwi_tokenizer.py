"""Rasa's tokenizer on Kiwi: a token a morpheme.

`Token.text` is the surface slice of the message, `Token.lemma` Kiwi's form of it, so 했어요 gives 하,
었, 어요 over the characters they stand in. Featurizers count lemmas (`use_lemma`), extractors use the
offsets. Follows Rasa's JiebaTokenizer: a user dictionary is copied into the model and read from there.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.morphemes import add_user_words, analyze

logger = logging.getLogger(__name__)

DICTIONARY_FILE = "user_dictionary.tsv"
DEFAULT_TAG = "NNP"
WARM_UP = "안녕하세요"
"""Analyzed once when a model is loaded: Kiwi builds its dictionary at the first text, which takes 1 s."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class KiwiTokenizer(Tokenizer):
    """Morphemes of a message as Rasa's tokens, in order of their place in the text."""

    @staticmethod
    def supported_languages() -> list[str]:
        return ["ko"]

    @staticmethod
    def required_packages() -> list[str]:
        return ["kiwipiepy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # file of `form<TAB>tag` lines with words that Kiwi does not know, or null
            "dictionary_path": None,
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> KiwiTokenizer:
        """A tokenizer for training; its dictionary is read from where `dictionary_path` points."""
        if config["dictionary_path"] is not None:
            add_user_words(read_dictionary(Path(config["dictionary_path"])))
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KiwiTokenizer:
        """A tokenizer of a trained model; its dictionary is read from the model, and Kiwi made ready."""
        if config["dictionary_path"] is not None:
            with model_storage.read_from(resource) as folder:
                add_user_words(read_dictionary(Path(folder) / DICTIONARY_FILE))
        analyze(WARM_UP)
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the dictionary in the model; there is nothing else to learn."""
        path = self._config["dictionary_path"]
        if path is not None:
            with self._model_storage.write_to(self._resource) as folder:
                shutil.copyfile(path, Path(folder) / DICTIONARY_FILE)
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """A token for each morpheme that stands on at least one character of the text."""
        text = message.get(attribute)
        tokens = [
            Token(text[m.start : m.end], m.start, m.end, data={"tag": m.tag}, lemma=m.form)
            for m in analyze(text)
            if m.end > m.start
        ]
        return self._apply_token_pattern(tokens)


def read_dictionary(path: Path) -> list[tuple[str, str]]:
    """`(form, tag)` of each line of a user dictionary; the tag may be missing (then NNP).

    Empty lines and lines that begin with `#` are skipped. Raises `FileNotFoundError` and, for a line
    of more than two columns, `ValueError` with its number.
    """
    words: list[tuple[str, str]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) > 2 or not columns[0]:
            raise ValueError(f"{path}, line {number}: {line!r} is not `form<TAB>tag`")
        words.append((columns[0], columns[1] if len(columns) == 2 and columns[1] else DEFAULT_TAG))
    return words
