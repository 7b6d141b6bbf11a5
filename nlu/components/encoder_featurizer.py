"""Dense sentence features: the mean of the encoder's hidden states, by ONNX Runtime (`nlu.sentence_encoder`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.vector_featurizer import VectorFeaturizer
from nlu.sentence_encoder import FILE_NAME, SentenceEncoder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EncoderFeaturizer(VectorFeaturizer):
    """One vector of unit length a message."""

    MODEL_FILE = FILE_NAME

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "kiwipiepy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None, "model": "data/models/messages", "threads": 1}

    def _load(self, folder: Path, config: dict[str, Any]) -> None:
        self._encoder = SentenceEncoder(folder, config["threads"])

    def _vector(self, message: Message) -> np.ndarray | None:
        text = message.get(TEXT)
        return self._encoder.encode([text]) if text else None
