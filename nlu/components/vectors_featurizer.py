"""Dense sentence features: the weighted mean of the morphemes' static vectors (`nlu.vectors`)."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS, TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.encoder_featurizer import resolved
from nlu.morphemes import CONTENT_TAGS
from nlu.vectors import CONFIG_NAME, StaticVectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class VectorsFeaturizer(DenseFeaturizer, GraphComponent):
    """One vector of unit length a message; zeros where no morpheme has one."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None, "model": "data/models/vectors"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to refuse: a missing file is named when the component is made."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> VectorsFeaturizer:
        return cls(config, execution_context.node_name or cls.__name__)

    def __init__(self, config: dict[str, Any], name: str) -> None:
        config = self.get_default_config() | config
        super().__init__(name, config)
        self._vectors = StaticVectors.load(resolved(config["model"]))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The hash of the vectors' configuration, which tells one build from another."""
        path = resolved((cls.get_default_config() | config)["model"]) / CONFIG_NAME
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features of each message's tokens."""
        for message in messages:
            tokens = message.get(TOKENS_NAMES[TEXT])
            if tokens:
                keys = [f"{token.lemma}/{token.get('tag')}" for token in tokens if token.get("tag") in CONTENT_TAGS]
                vector = self._vectors.encode_morphemes([keys])
                message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages
