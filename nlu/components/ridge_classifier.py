"""An intent classifier by ridge regression over n-grams and the dense features before it (`nlu.ridge`).

N-grams of morphemes, characters, jamo and grammar are counted here, over the tokens of KiwiTokenizer;
dense sentence features of featurizers before it are weighted with `dense_weight` and put beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.intent_classifier import RankingClassifier
from nlu.near_duplicates import near_duplicate_groups
from nlu.ngrams import DEFAULT_WEIGHTS, MAX_CHARACTERS, Analyzed, NgramFeatures
from nlu.ridge import Ridge

NGRAMS_FILE = "ngrams.npz"
MODEL_FILE = "ridge.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RidgeClassifier(RankingClassifier):
    """Intents with calibrated probabilities, likeliest first."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["scipy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # strength of the L2 regularization
            "alpha": 0.4,
            # weight of each block of n-grams, and of each dense featurizer's vector
            "ngrams": DEFAULT_WEIGHTS,
            "dense_weight": 1.1,
            # an n-gram of fewer examples is left out
            "min_df": 2,
            # how many intents the ranking holds
            "ranking_length": 10,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._ngrams = NgramFeatures(dict(self._config["ngrams"]), self._config["min_df"])
        self._ridge: Ridge | None = None

    def _fit(self, examples: Sequence[Message], labels: Sequence[str]) -> None:
        self._ngrams.fit([analyzed_of(one) for one in examples])
        groups = near_duplicate_groups([one.get(TEXT) for one in examples])
        self._ridge = Ridge.fit(self._features(examples), labels, groups, self._config["alpha"])
        self._intents = self._ridge.labels

    def _write(self, folder: Path) -> None:
        self._ngrams.save(folder / NGRAMS_FILE)
        self._ridge.save(folder / MODEL_FILE)

    def _read(self, folder: Path) -> None:
        self._ngrams = NgramFeatures.load(folder / NGRAMS_FILE)
        self._ridge = Ridge.load(folder / MODEL_FILE)
        self._intents = self._ridge.labels

    def _can_read(self, message: Message) -> bool:
        return bool(message.get(TOKENS_NAMES[TEXT]))

    def _probabilities(self, message: Message) -> np.ndarray:
        return self._ridge.probabilities(self._features([message]))[0]

    def _features(self, messages: Sequence[Message]) -> scipy.sparse.csr_matrix:
        counted = self._ngrams.transform([analyzed_of(message) for message in messages])
        dense = [message.get_dense_features(attribute=TEXT)[1] for message in messages]
        if dense[0] is None:
            return counted
        rows = np.vstack([part.features for part in dense]).astype(np.float32) * self._config["dense_weight"]
        return scipy.sparse.hstack([counted, scipy.sparse.csr_matrix(rows)], format="csr", dtype=np.float32)


def analyzed_of(message: Message) -> Analyzed:
    """The message's text and the morphemes that KiwiTokenizer found in it."""
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    text = message.get(TEXT) or ""
    kept = [token for token in tokens if token.start < MAX_CHARACTERS]
    return Analyzed(text[:MAX_CHARACTERS], tuple((token.lemma, token.get("tag") or "") for token in kept))
