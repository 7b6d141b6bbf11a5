"""Rasa without TensorFlow, where no component of the bot computes with it.

Rasa 3.6 imports TensorFlow whatever the pipeline is (`rasa.core.policies.policy` reaches it through
`rasa.utils.train_utils`), which takes 4 to 10 s and 300 MB. Its modules only subclass and annotate
with TensorFlow's names while they are imported; only DIET, TED and the like call them later. So
where the bot has none of those, `leave_out()` answers `import tensorflow` with modules whose every
name is an empty class. Using one says what happened and what to do instead of failing oddly.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import tarfile
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

WITHOUT_TENSORFLOW = frozenset(
    """
    CountVectorsFeaturizer CRFEntityExtractor DucklingEntityExtractor EntitySynonymMapper FallbackClassifier
    KeywordIntentClassifier LexicalSyntacticFeaturizer LogisticRegressionClassifier RegexEntityExtractor
    RegexFeaturizer RegexMessageHandler SklearnIntentClassifier WhitespaceTokenizer
    AugmentedMemoizationPolicy MemoizationPolicy RulePolicy
    DefaultPolicyPredictionEnsemble DomainProvider NLUMessageConverter RuleOnlyDataProvider
    """.split()
)
"""Rasa's own classes, as `config.yml` and model files name them, that never call TensorFlow."""

ROOTS = frozenset({"tensorflow", "keras", "tensorflow_addons", "tensorflow_hub", "tensorflow_text"})
"""The top-level modules that are left out."""

OWN_PACKAGES = ("nlu.components.", "bot.")
"""Our components: none uses TensorFlow (a test imports each without it)."""


def needs_tensorflow(components: Iterable[str]) -> list[str]:
    """Those of `components` (class names or dotted paths) that may call TensorFlow, sorted."""
    return sorted(
        name
        for name in set(components)
        if not name.startswith(OWN_PACKAGES) and name.rpartition(".")[2] not in WITHOUT_TENSORFLOW
    )


def components_of_config(config: Mapping[str, Any]) -> list[str]:
    """Names of the pipeline's components and the policies in a `config.yml` that was read."""
    parts = [*(config.get("pipeline") or ()), *(config.get("policies") or ())]
    return [part["name"] for part in parts]


def components_of_model(model: Path) -> list[str]:
    """Dotted paths of the classes that a trained Rasa model (`.tar.gz`) is run with."""
    with tarfile.open(model, "r:gz") as archive:
        member = next((m for m in archive if m.name.lstrip("./") == "metadata.json"), None)
        if member is None:
            raise ValueError(f"{model} holds no metadata.json, so it is no Rasa model")
        metadata = json.load(archive.extractfile(member))
    return [node["uses"] for node in metadata["predict_schema"]["nodes"].values()]


class TensorFlowLeftOutError(RuntimeError):
    """Something called TensorFlow in a process that was started without it."""


class _AbsentType(type):
    """The metaclass of absent names: attributes are absent names again, calling one is an error."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _absent(f"{cls.__module__}.{cls.__qualname__}", name)
        setattr(cls, name, value)
        return value

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        if len(arguments) == 1 and not options and isinstance(arguments[0], types.FunctionType):
            return arguments[0]  # `@tf.function` above a method
        raise TensorFlowLeftOutError(
            f"{cls.__module__}.{cls.__qualname__} was called, but TensorFlow was left out since no component "
            "of the bot is known to need it; start with --tensorflow to load it"
        )


def _absent(module: str, name: str) -> type:
    return _AbsentType(name, (), {"__module__": module, "__init_subclass__": classmethod(lambda cls, **_: None)})


class _AbsentModule(types.ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _absent(self.__name__, name)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] in ROOTS:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__version__ = "0.0.0"


def leave_out() -> bool:
    """Answer later imports of TensorFlow with absent names; False where it is imported already."""
    if "tensorflow" in sys.modules:
        return isinstance(sys.modules["tensorflow"], _AbsentModule)
    sys.meta_path.insert(0, _Finder())
    return True
