"""Training and scoring end to end, with our pipeline and a handful of examples."""

import shutil

import pytest

from bot.nlu_evaluation import Utterance, evaluate
from bot.rasa_training import prepare_process, train
from bot.settings import ROOT
from bot.without_tensorflow import components_of_model, needs_tensorflow

DOMAIN = """
version: "3.1"
intents: [greet, ask]
actions: [action_answer]
responses:
  utter_greet: [{text: "안녕하세요."}]
"""
DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - 안녕하세요
    - 안녕
    - 반가워요
    - ㅎㅇ
- intent: ask
  examples: |
    - 배송 언제 와요
    - 환불은 며칠 걸려요
    - 배송비가 얼마예요
    - 환불 언제 돼요
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
- rule: ask
  steps: [{intent: ask}, {action: action_answer}]
- rule: unsure
  steps: [{intent: nlu_fallback}, {action: action_answer}]
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "data" / "rasa").mkdir(parents=True)
    shutil.copy(ROOT / "config.yml", root)
    shutil.copy(ROOT / "data" / "rasa" / "user_dictionary.tsv", root / "data" / "rasa")
    (root / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    (root / "data" / "rasa" / "all.yml").write_text(DATA, encoding="utf-8")
    return train(root / "out", "tiny", root=root, force=True)


@pytest.mark.slow
def test_the_model_has_the_name_asked_for_and_needs_no_tensorflow(model):
    assert (model.name, model.parent.name) == ("tiny.tar.gz", "out")
    assert needs_tensorflow(components_of_model(model)) == []


@pytest.mark.slow
def test_a_trained_model_knows_its_examples(model):
    known = [Utterance("greet", "안녕하세요"), Utterance("greet", "ㅎㅇ"), Utterance("ask", "배송비가 얼마예요")]
    result = evaluate(model, known)
    assert (result.n, result.accuracy, result.macro_f1, result.confusions) == (3, 1.0, 1.0, ())
    assert result.latency_ms_p50 > 0


@pytest.mark.slow
def test_what_is_mistaken_is_told(model):
    result = evaluate(model, [Utterance("ask", "안녕하세요"), Utterance("greet", "안녕하세요")])
    assert [(wrong.utterance, wrong.intent, wrong.predicted) for wrong in result.confusions] == [("안녕하세요", "ask", "greet")]
    assert result.accuracy == 0.5


def test_a_configuration_with_diet_keeps_tensorflow(tmp_path):
    (tmp_path / "config.yml").write_text("pipeline: [{name: DIETClassifier}]\npolicies: [{name: RulePolicy}]\n")
    assert prepare_process(tmp_path) is False
