"""An intent classifier by ridge regression over n-grams and the dense features before it (`nlu.ridge`).

N-grams of morphemes, characters, jamo and grammar are counted here, over the tokens of KiwiTokenizer;
dense sentence features of featurizers before it are weighted with `dense_weight` and put beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.near_duplicates import near_duplicate_groups
from nlu.ngrams import DEFAULT_WEIGHTS, MAX_CHARACTERS, Analyzed, NgramFeatures
from nlu.ridge import Ridge

logger = logging.getLogger(__name__)

NGRAMS_FILE = "ngrams.npz"
MODEL_FILE = "ridge.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RidgeClassifier(IntentClassifier, GraphComponent):
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
            "alpha": 0.3,
            # weight of each block of n-grams, and of each dense featurizer's vector
            "ngrams": DEFAULT_WEIGHTS,
            "dense_weight": 0.8,
            # an n-gram of fewer examples is left out
            "min_df": 2,
            # how many intents the ranking holds
            "ranking_length": 10,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._ngrams = NgramFeatures(dict(self._config["ngrams"]), self._config["min_df"])
        self._ridge: Ridge | None = None

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> RidgeClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RidgeClassifier:
        """The trained classifier; one that predicts nothing where the training had no examples."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                component._ngrams = NgramFeatures.load(folder / NGRAMS_FILE)
                component._ridge = Ridge.load(folder / MODEL_FILE)
        except ValueError:
            logger.debug("the model holds no %s", cls.__name__)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples; fewer than two intents are left unlearnt with a warning."""
        examples = [one for one in training_data.intent_examples if one.get(TEXT) and one.get(INTENT)]
        labels = [one.get(INTENT) for one in examples]
        if len(set(labels)) < 2:
            logger.warning("the training data has %d intents; at least 2 are needed to tell them apart", len(set(labels)))
            return self._resource
        self._ngrams.fit([analyzed_of(one) for one in examples])
        groups = near_duplicate_groups([one.get(TEXT) for one in examples])
        self._ridge = Ridge.fit(self._features(examples), labels, groups, self._config["alpha"])
        self.persist()
        return self._resource

    def persist(self) -> None:
        """Keep n-grams and coefficients in the model."""
        with self._model_storage.write_to(self._resource) as folder:
            self._ngrams.save(folder / NGRAMS_FILE)
            self._ridge.save(folder / MODEL_FILE)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and `intent_ranking` of each message; ties keep the order of the intents' names."""
        for message in messages:
            ranking = self._ranking(message)
            message.set("intent", ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if self._ridge is None or not message.get(TOKENS_NAMES[TEXT]):
            return []
        probabilities = self._ridge.probabilities(self._features([message]))[0]
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        return [{"name": self._ridge.labels[i], "confidence": float(probabilities[i])} for i in order]

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
