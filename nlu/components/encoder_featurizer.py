"""Dense sentence features: the mean of the encoder's hidden states, by ONNX Runtime (`nlu.sentence_encoder`)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.sentence_encoder import FILE_NAME, SentenceEncoder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """One vector of unit length a message."""

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "kiwipiepy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None, "model": "data/models/messages", "threads": 1}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to refuse: a missing file is named when the component is made."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> EncoderFeaturizer:
        return cls(config, execution_context.node_name or cls.__name__)

    def __init__(self, config: dict[str, Any], name: str) -> None:
        config = self.get_default_config() | config
        super().__init__(name, config)
        self._encoder = SentenceEncoder(resolved(config["model"]), config["threads"])

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The file's hash, so that a new encoder is trained on."""
        path = resolved((cls.get_default_config() | config)["model"]) / FILE_NAME
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features of each message's text."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                vector = self._encoder.encode([text])
                message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages


def resolved(path: str) -> Path:
    """`path` in the working directory, else in the project root: models are trained in the one and served from anywhere."""
    if Path(path).exists() or Path(path).is_absolute():
        return Path(path)
    return Path(__file__).resolve().parents[2] / path
