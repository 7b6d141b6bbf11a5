"""An intent classifier that is one matrix: multinomial logistic regression over Rasa's sentence features.

Learns as Rasa's LogisticRegressionClassifier does (scikit-learn). It keeps the
coefficients as plain arrays, since that one's storage (skops) scans every imported module when it is
loaded, which makes Rasa's start 1.5 s and more longer. Predicting needs no scikit-learn.
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
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.intent_classifier import RankingClassifier
from nlu.ridge import softmax

FILE = "linear_classifier.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearClassifier(RankingClassifier):
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
        super().__init__(config, model_storage, resource)
        self._coefficients = np.zeros((0, 0))
        self._intercepts = np.zeros(0)

    def _fit(self, examples: Sequence[Message], labels: Sequence[str]) -> None:
        from sklearn.linear_model import LogisticRegression

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

    def _write(self, folder: Path) -> None:
        np.savez_compressed(
            folder / FILE,
            intents=np.array(self._intents),
            coefficients=self._coefficients.astype(np.float32),
            intercepts=self._intercepts.astype(np.float32),
        )

    def _read(self, folder: Path) -> None:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            self._intents = arrays["intents"].tolist()
            self._coefficients = arrays["coefficients"]
            self._intercepts = arrays["intercepts"]

    def _can_read(self, message: Message) -> bool:
        return message.features_present(TEXT)

    def _probabilities(self, message: Message) -> np.ndarray:
        return softmax(features([message]) @ self._coefficients.T + self._intercepts)[0]


def features(messages: list[Message]) -> scipy.sparse.csr_matrix:
    """`(n, d)` sentence features of the messages' text: the sparse ones, then the dense ones."""
    rows = []
    for message in messages:
        sparse = message.get_sparse_features(attribute=TEXT)[1]
        dense = message.get_dense_features(attribute=TEXT)[1]
        parts = [scipy.sparse.csr_matrix(part.features) for part in (sparse, dense) if part is not None]
        rows.append(scipy.sparse.hstack(parts, format="csr"))
    return scipy.sparse.vstack(rows, format="csr")
