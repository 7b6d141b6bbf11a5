"""Sets `sentiment` and `insult` of each message (`nlu.sentiment`, `nlu.insults`); routing looks at both.

    "sentiment": {"name": "angry", "confidence": 0.81}, "insult": {"found": true}

The model also looks at the vectors of the featurizers with the aliases `featurizers` (`alias: encoder` in config.yml),
side by side in the order of the pipeline.
A message below `angry_threshold` is not called angry: an apology out of place is worse than a missed one.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.ridge_classifier import analyzed_of
from nlu.components.vector_featurizer import resolved
from nlu.insults import find_insult
from nlu.sentiment import CONFIG_FILE, RIDGE_FILE, SentimentModel

NEUTRAL = {"name": "neutral", "confidence": 1.0}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentimentClassifier(GraphComponent):
    """How the customer feels, and whether the message insults."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"model": "data/models/sentiment", "angry_threshold": 0.6, "featurizers": ["encoder", "vectors"]}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._model: SentimentModel | None = None

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SentimentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentimentClassifier:
        """The classifier with the model kept in Rasa's storage."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = SentimentModel.load(Path(folder))
        return component

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The model's hash, so that a new one is taken over."""
        folder = resolved({**cls.get_default_config(), **config}["model"])
        files = [folder / name for name in (CONFIG_FILE, RIDGE_FILE)]
        return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest() if all(map(Path.is_file, files)) else None

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the model, which `python -m nlu.sentiment train` made, in Rasa's storage."""
        source = resolved(self._config["model"])
        self._model = SentimentModel.load(source)
        with self._model_storage.write_to(self._resource) as folder:
            for path in source.iterdir():
                if path.suffix in (".npz", ".json"):
                    shutil.copyfile(path, Path(folder) / path.name)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set both; what a button sends ("/ask…") is neutral."""
        for message in messages:
            text = message.get(TEXT) or ""
            sentiment, insult = dict(NEUTRAL), False
            if text.strip() and not text.startswith("/") and self._model is not None:
                found = self._model.predict([analyzed_of(message)], self._vector_of(message))[0]
                sentiment = {"name": self._named(found.name, found.confidence), "confidence": round(found.confidence, 4)}
                insult = find_insult(text).found
            message.set("sentiment", sentiment, add_to_output=True)
            message.set("insult", {"found": insult}, add_to_output=True)
        return messages

    def _vector_of(self, message: Message) -> np.ndarray | None:
        """What the featurizers said of the message, None where the model wants nothing of them."""
        if self._model is None or not self._model.config.encoder_dimension:
            return None
        _, found = message.get_dense_features(TEXT, self._config["featurizers"])
        if found is None:  # a message without known tokens
            return np.zeros((1, self._model.config.encoder_dimension), np.float32)
        return np.asarray(found.features, np.float32)

    def _named(self, name: str, confidence: float) -> str:
        return "negative" if name == "angry" and confidence < self._config["angry_threshold"] else name
