"""What our dense featurizers share: one vector a message, from a model that lies in a folder."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

Featurizer = TypeVar("Featurizer", bound="VectorFeaturizer")


class VectorFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds sentence features `(1, d)` to each message that `_vector` has something to say of."""

    MODEL_FILE: ClassVar[str]
    """The file of the model's folder that tells one build from another."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        config = self.get_default_config() | config
        super().__init__(name, config)
        self._load(resolved(config["model"]), config)

    @classmethod
    def create(
        cls: type[Featurizer],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Featurizer:
        return cls(config, execution_context.node_name or cls.__name__)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to refuse: a missing file is named when the component is made."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The hash of MODEL_FILE, so that a new model is trained on."""
        path = resolved((cls.get_default_config() | config)["model"]) / cls.MODEL_FILE
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features of each message."""
        for message in messages:
            vector = self._vector(message)
            if vector is not None:
                message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    @abstractmethod
    def _load(self, folder: Path, config: dict[str, Any]) -> None:
        """Load the model in `folder`; FileNotFoundError names the command that makes a missing file."""

    @abstractmethod
    def _vector(self, message: Message) -> np.ndarray | None:
        """`(1, d)` float32, None for a message without text."""


def resolved(path: str) -> Path:
    """`path` in the working directory, else in the project root: models are trained in the one and served from anywhere."""
    if Path(path).exists() or Path(path).is_absolute():
        return Path(path)
    return Path(__file__).resolve().parents[2] / path
