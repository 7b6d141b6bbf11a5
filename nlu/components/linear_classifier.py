"""An intent classifier that is one matrix: multinomial logistic regression over Rasa's sentence features.

Learns as Rasa's LogisticRegressionClassifier does (scikit-learn). It keeps the
coefficients as plain arrays, since that one's storage (skops) scans every imported module when it is
loaded, which makes Rasa's start 1.5 s and more longer. Predicting needs no scikit-learn.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

logger = logging.getLogger(__name__)

FILE = "linear_classifier.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearClassifier(IntentClassifier, GraphComponent):
    """Intents with probabilities, likeliest first."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # inverse strength of the L2 regularization
            "C": 10.0,
            # null, or "balanced" to weigh each intent alike; null leaves a message of unknown words to the commonest
            "class_weight": None,
            "max_iter": 200,
            "tol": 1e-4,
            "random_state": 42,
            # how many intents the ranking holds
            "ranking_length": 10,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._coefficients = np.zeros((0, 0))
        self._intercepts = np.zeros(0)

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> LinearClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearClassifier:
        """The trained classifier; one that predicts nothing where the training had no examples."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder, np.load(folder / FILE, allow_pickle=False) as arrays:
                component._intents = arrays["intents"].tolist()
                component._coefficients = arrays["coefficients"]
                component._intercepts = arrays["intercepts"]
        except ValueError:
            logger.debug("the model holds no %s", cls.__name__)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the coefficients; fewer than two intents are left unlearnt with a warning."""
        from sklearn.linear_model import LogisticRegression

        examples = [example for example in training_data.intent_examples if example.get(TEXT) and example.get(INTENT)]
        labels = [example.get(INTENT) for example in examples]
        if len(set(labels)) < 2:
            logger.warning("the training data has %d intents; at least 2 are needed to tell them apart", len(set(labels)))
            return self._resource
        regression = LogisticRegression(
            C=self._config["C"],
            class_weight=self._config["class_weight"],
            max_iter=self._config["max_iter"],
            tol=self._config["tol"],
            random_state=self._config["random_state"],
            multi_class="multinomial",
        )
        regression.fit(features(examples), labels)
        self._intents = regression.classes_.tolist()
        self._coefficients = regression.coef_
        self._intercepts = regression.intercept_
        if len(self._intents) == 2:  # scikit-learn keeps one row, of which the other is the opposite
            self._coefficients = np.vstack([-self._coefficients, self._coefficients])
            self._intercepts = np.concatenate([-self._intercepts, self._intercepts])
        self.persist()
        return self._resource

    def persist(self) -> None:
        """Keep intents and coefficients in the model."""
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(
                folder / FILE,
                intents=np.array(self._intents),
                coefficients=self._coefficients.astype(np.float32),
                intercepts=self._intercepts.astype(np.float32),
            )

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and `intent_ranking` of each message; ties keep the order of the intents' names."""
        for message in messages:
            ranking = self._ranking(message)
            message.set("intent", ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if not self._intents or not message.features_present(TEXT):
            return []
        probabilities = softmax(features([message]) @ self._coefficients.T + self._intercepts)[0]
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        return [{"name": self._intents[i], "confidence": float(probabilities[i])} for i in order]


def features(messages: list[Message]) -> scipy.sparse.csr_matrix:
    """`(n, d)` sentence features of the messages' text: the sparse ones, then the dense ones."""
    rows = []
    for message in messages:
        sparse = message.get_sparse_features(attribute=TEXT)[1]
        dense = message.get_dense_features(attribute=TEXT)[1]
        parts = [scipy.sparse.csr_matrix(part.features) for part in (sparse, dense) if part is not None]
        rows.append(scipy.sparse.hstack(parts, format="csr"))
    return scipy.sparse.vstack(rows, format="csr")


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row-wise softmax of `scores (n, k)`."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
