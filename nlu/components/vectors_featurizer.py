"""Dense sentence features: the weighted mean of the morphemes' static vectors (`nlu.vectors`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS, TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.vector_featurizer import VectorFeaturizer
from nlu.vectors import CONFIG_NAME, StaticVectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class VectorsFeaturizer(VectorFeaturizer):
    """One vector of unit length a message; zeros where no morpheme has one.

    All morphemes count, particles and endings as well: they tell a question from a wish.
    """

    MODEL_FILE = CONFIG_NAME

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None, "model": "data/models/vectors"}

    def _load(self, folder: Path, config: dict[str, Any]) -> None:
        self._vectors = StaticVectors.load(folder)

    def _vector(self, message: Message) -> np.ndarray | None:
        if not message.get(TEXT):
            return None
        tokens = message.get(TOKENS_NAMES[TEXT]) or []
        keys = [f"{token.lemma}/{token.get('tag')}" for token in tokens]
        return self._vectors.encode_morphemes([keys])
