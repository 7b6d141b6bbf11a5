import json
import subprocess
import sys
import tarfile

import pytest
import ruamel.yaml

from bot import without_tensorflow
from bot.settings import ROOT
from bot.without_tensorflow import WITHOUT_TENSORFLOW, components_of_config, components_of_model, needs_tensorflow

IN_A_PROCESS = """
from bot.without_tensorflow import TensorFlowLeftOutError, leave_out
assert leave_out() and leave_out()
import tensorflow as tf
from tensorflow.keras.utils import Sequence
class Layer(tf.keras.layers.Layer):
    @tf.function
    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x
assert issubclass(Layer, tf.keras.layers.Layer) and tf.Tensor is tf.Tensor
for use in (lambda: tf.constant([1.0]), lambda: tf.keras.Model(), Sequence):
    try:
        use()
    except TensorFlowLeftOutError as error:
        print(error)
"""
TRAINED = "import sys, bot.without_tensorflow as w; w.leave_out(); import rasa.model_training, rasa.core.run, {modules}"


def run(code):
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)


def test_absent_names_can_be_subclassed_and_annotated_with_but_not_used():
    result = run(IN_A_PROCESS)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "tensorflow.constant",
        "tensorflow.keras.Model",
        "tensorflow.keras.utils.Sequence",
    ]
    assert all("--tensorflow" in line for line in lines)


def test_rasa_and_our_components_are_imported_without_it():
    modules = ", ".join(f"nlu.components.{path.stem}" for path in sorted((ROOT / "nlu" / "components").glob("[a-z]*.py")))
    result = run(TRAINED.format(modules=modules) + "; print(sys.modules['tensorflow'].__version__)")
    assert result.stdout.splitlines()[-1:] == ["0.0.0"], result.stderr


def test_once_imported_it_stays(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    finders = list(sys.meta_path)
    assert without_tensorflow.leave_out() is False
    assert sys.meta_path == finders


def test_what_needs_it():
    assert needs_tensorflow(["RulePolicy", "nlu.components.kiwi_tokenizer.KiwiTokenizer"]) == []
    assert needs_tensorflow(["rasa.core.policies.rule_policy.RulePolicy", "TEDPolicy", "DIETClassifier"]) == [
        "DIETClassifier",
        "TEDPolicy",
    ]
    assert needs_tensorflow(["somewhere.Unknown"]) == ["somewhere.Unknown"]


def test_our_configuration_does_not_need_it():
    config = ruamel.yaml.YAML(typ="safe").load((ROOT / "config.yml").read_text(encoding="utf-8"))
    names = components_of_config(config)
    assert "nlu.components.kiwi_tokenizer.KiwiTokenizer" in names and "RulePolicy" in names
    assert needs_tensorflow(names) == []


def test_the_names_are_rasa_s():
    from rasa.engine.recipes.default_components import DEFAULT_COMPONENTS

    own = {component.__name__ for component in DEFAULT_COMPONENTS}
    graph = {
        "DefaultPolicyPredictionEnsemble",
        "DomainProvider",
        "NLUMessageConverter",
        "RuleOnlyDataProvider",
        "RegexMessageHandler",
    }
    assert WITHOUT_TENSORFLOW <= own | graph
    for name in ("DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy", "LanguageModelFeaturizer"):
        assert name in own and name not in WITHOUT_TENSORFLOW


def test_the_components_of_a_model_are_read_from_it(tmp_path):
    metadata = {"predict_schema": {"nodes": {"a": {"uses": "x.A"}, "b": {"uses": "rasa.B"}}}}
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "metadata.json", "metadata.json")
    assert components_of_model(tmp_path / "model.tar.gz") == ["x.A", "rasa.B"]


def test_what_is_no_model_is_told(tmp_path):
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz"):
        pass
    with pytest.raises(ValueError, match="no metadata.json"):
        components_of_model(tmp_path / "other.tar.gz")
