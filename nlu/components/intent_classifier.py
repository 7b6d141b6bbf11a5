"""What our intent classifiers share: their place in Rasa's graph and storage, and the ranking they set.

A subclass learns (`_fit`), keeps what it learnt (`_write`, `_read`) and gives probabilities; it sets `_intents`.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

logger = logging.getLogger(__name__)

Classifier = TypeVar("Classifier", bound="RankingClassifier")


class RankingClassifier(IntentClassifier, GraphComponent):
    """Intents with probabilities, likeliest first; one that learnt nothing predicts nothing."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []

    @classmethod
    def create(
        cls: type[Classifier],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Classifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls: type[Classifier],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Classifier:
        """The trained classifier; one that predicts nothing where the training had no examples."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                component._read(Path(folder))
        except ValueError:
            logger.debug("the model holds no %s", cls.__name__)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and keep what was learnt; fewer than two intents are left unlearnt with a warning."""
        examples = [one for one in training_data.intent_examples if one.get(TEXT) and one.get(INTENT)]
        labels = [one.get(INTENT) for one in examples]
        if len(set(labels)) < 2:
            logger.warning("the training data has %d intents; at least 2 are needed to tell them apart", len(set(labels)))
            return self._resource
        self._fit(examples, labels)
        with self._model_storage.write_to(self._resource) as folder:
            self._write(Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and `intent_ranking` of each message; ties keep the order of the intents' names."""
        for message in messages:
            ranking = self._ranking(message)
            message.set("intent", ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if not self._intents or not self._can_read(message):
            return []
        probabilities = self._probabilities(message)
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        return [{"name": self._intents[i], "confidence": float(probabilities[i])} for i in order]

    @abstractmethod
    def _can_read(self, message: Message) -> bool:
        """Whether the message holds what this classifier looks at."""

    @abstractmethod
    def _fit(self, examples: Sequence[Message], labels: Sequence[str]) -> None:
        """Learn from examples of two intents or more."""

    @abstractmethod
    def _probabilities(self, message: Message) -> np.ndarray:
        """`(k,)`, in the order of `_intents`."""

    @abstractmethod
    def _write(self, folder: Path) -> None:
        """Keep what was learnt in `folder`."""

    @abstractmethod
    def _read(self, folder: Path) -> None:
        """Take back what `_write` kept."""
