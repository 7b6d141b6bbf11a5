"""What every intent classifier of the pipeline must do, and that ours agrees with scikit-learn."""

import numpy as np
import pytest
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.linear_classifier import LinearClassifier
from nlu.components.ridge_classifier import RidgeClassifier
from nlu.ridge import softmax

CONTEXT = ExecutionContext(GraphSchema({}), model_id="test")
ROWS = [[3, 0, 0], [2, 1, 0], [0, 3, 0], [0, 2, 1], [0, 0, 3], [1, 0, 2]]
INTENTS = ["greet", "greet", "ask", "ask", "human", "human"]


def message(row, intent=None):
    data = {TEXT: "글"} | ({INTENT: intent} if intent else {})
    made = Message(data)
    if row is not None:
        words = [word for word, count in zip(("가", "나", "다"), row) for _ in range(count)]
        tokens = [Token(word, i, i + 1, data={"tag": "NNG"}, lemma=word) for i, word in enumerate(words)]
        made.set("text_tokens", tokens)
        made.set(TEXT, "".join(words) or "글")
        features = scipy.sparse.coo_matrix(np.array([row], dtype=float))
        made.add_features(Features(features, FEATURE_TYPE_SENTENCE, TEXT, "made by hand"))
    return made


def examples(rows=ROWS, intents=INTENTS):
    return TrainingData([message(row, intent) for row, intent in zip(rows, intents)])


@pytest.fixture(params=[LinearClassifier, RidgeClassifier])
def classifier_class(request):
    return request.param


@pytest.fixture
def train(classifier_class, tmp_path):
    def trained(data, **config):
        storage, resource = LocalModelStorage(tmp_path), Resource("classifier")
        config = classifier_class.get_default_config() | config
        component = classifier_class.create(config, storage, resource, CONTEXT)
        component.train(data)
        return component, classifier_class.load(config, storage, resource, CONTEXT)

    return trained


def predict(component, row):
    made = message(row)
    component.process([made])
    return made.get("intent"), made.get("intent_ranking")


class TestContract:
    def test_the_training_examples_are_recognized(self, train):
        component, _ = train(examples())
        assert [predict(component, row)[0]["name"] for row in ROWS] == INTENTS

    def test_the_ranking_is_sorted_and_adds_up_to_one(self, train):
        component, _ = train(examples())
        intent, ranking = predict(component, [1, 1, 0])
        confidences = [one["confidence"] for one in ranking]
        assert intent == ranking[0]
        assert confidences == sorted(confidences, reverse=True)
        assert sum(confidences) == pytest.approx(1.0, abs=1e-6)
        assert sorted(one["name"] for one in ranking) == ["ask", "greet", "human"]

    def test_a_loaded_one_predicts_the_same(self, train):
        component, loaded = train(examples())
        for row in (*ROWS, [0, 0, 0]):
            (_, made), (_, again) = predict(component, row), predict(loaded, row)
            assert [one["name"] for one in made] == [one["name"] for one in again]
            assert [one["confidence"] for one in made] == pytest.approx([one["confidence"] for one in again], abs=1e-5)

    def test_a_message_without_features_has_no_intent(self, train):
        component, _ = train(examples())
        assert predict(component, None) == ({"name": None, "confidence": 0.0}, [])

    def test_two_intents_are_told_apart(self, train):
        component, loaded = train(examples(ROWS[:4], INTENTS[:4]))
        assert [predict(one, [3, 0, 0])[0]["name"] for one in (component, loaded)] == ["greet", "greet"]

    def test_one_intent_is_too_few(self, train, caplog):
        _, loaded = train(examples(ROWS[:2], INTENTS[:2]))
        assert predict(loaded, [3, 0, 0])[0]["name"] is None
        assert "at least 2" in caplog.text


@pytest.mark.parametrize("classifier_class", [LinearClassifier], indirect=True)
def test_probabilities_are_scikit_learns(train):
    from sklearn.linear_model import LogisticRegression

    _, loaded = train(examples())
    reference = LogisticRegression(C=10.0, max_iter=200, random_state=42, multi_class="multinomial").fit(ROWS, INTENTS)
    for row in ([1, 1, 0], [0, 0, 0], [0, 5, 2]):
        expected = dict(zip(reference.classes_, reference.predict_proba([row])[0]))
        found = {one["name"]: one["confidence"] for one in predict(loaded, row)[1]}
        assert found == pytest.approx(expected, abs=1e-5)


def test_softmax_by_hand():
    assert softmax(np.array([[0.0, np.log(3.0)]])).tolist() == [[pytest.approx(0.25), pytest.approx(0.75)]]
