"""Entities by rule (`nlu.entities`) as a Rasa extractor; their `value` is normalized.

Products and models come from the FAQ files that `faq` names, read when the model is trained. Dates are
counted from today in Asia/Seoul.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.vector_featurizer import resolved
from nlu.entities.catalog import Catalog
from nlu.entities.contacts import ORDER_PATTERN
from nlu.entities.dates import SEOUL
from nlu.entities.extract import extract
from retrieval.ingest.faq import SUFFIXES, read_faq

CATALOG_FILE = "catalog.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityExtractor(EntityExtractorMixin, GraphComponent):
    """product, model, error_code, order_number, phone, date, time, datetime, name."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # folder of FAQ files (CSV, XLSX) whose products and models are known
            "faq": "data/faq",
            # regular expression of the company's order numbers
            "order_pattern": ORDER_PATTERN,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._catalog = Catalog()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> EntityExtractor:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EntityExtractor:
        """The extractor with the catalog kept in the model."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._catalog = Catalog.load(Path(folder) / CATALOG_FILE)
        return component

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The hash of the FAQ files, so that a new product is learnt."""
        files = faq_files(resolved({**cls.get_default_config(), **config}["faq"]))
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest() if files else None

    def train(self, training_data: TrainingData) -> Resource:
        """Collect products, models and codes from the FAQ."""
        self._catalog = read_catalog(resolved(self._config["faq"]))
        with self._model_storage.write_to(self._resource) as folder:
            self._catalog.save(Path(folder) / CATALOG_FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it has."""
        now = datetime.now(SEOUL)
        for message in messages:
            text = message.get(TEXT) or ""
            if not text or text.startswith("/"):
                continue
            nouns = [(t.start, t.end) for t in message.get(TOKENS_NAMES[TEXT]) or [] if t.get("tag") == "NNP"]
            found = extract(text, now, self._catalog, nouns, self._config["order_pattern"])
            entities = [
                {"entity": one.kind, "start": one.start, "end": one.end, "value": one.value, "text": text[one.start : one.end]}
                for one in found
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(entities), add_to_output=True)
        return messages


def faq_files(folder: Path) -> list[Path]:
    """The CSV and XLSX files in `folder` (or the file it is), sorted."""
    if folder.is_file():
        return [folder]
    return sorted(path for path in folder.glob("**/*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []


def read_catalog(folder: Path) -> Catalog:
    """Products, models and error codes of the FAQ files in `folder`; an empty catalog where there are none."""
    entries, _ = read_faq(faq_files(folder))
    texts = (" ".join((entry.question, *entry.phrasings, entry.answer)) for entry in entries)
    return Catalog.from_texts((entry.product or "" for entry in entries), texts)
