"""Entities, sentiment and features as Rasa components: what messages get, and what a stored one gives back."""

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.entity_extractor import EntityExtractor, faq_files, read_catalog
from nlu.components.kiwi_tokenizer import KiwiTokenizer
from nlu.components.sentiment_classifier import SentimentClassifier
from nlu.components.vectors_featurizer import VectorsFeaturizer
from nlu.ngrams import analyzed
from nlu.sentiment import ReviewModel, SentimentModel

CONTEXT = ExecutionContext(GraphSchema({}), model_id="test")
FAQ = "id,product,question,phrasings,answer\n1,오븐,OV-2는 얼마예요?,,OV-2는 10만 원이에요. E01 에러는 문이에요.\n"


@pytest.fixture
def storage(tmp_path):
    (tmp_path / "storage").mkdir()
    return LocalModelStorage(tmp_path / "storage"), Resource("component")


def tokenized(text, storage):
    message = Message({TEXT: text})
    tokenizer = KiwiTokenizer.create(KiwiTokenizer.get_default_config(), *storage, CONTEXT)
    message.set("text_tokens", tokenizer.tokenize(message, TEXT))
    return message


@pytest.fixture
def faq(tmp_path):
    path = tmp_path / "faq" / "a.csv"
    path.parent.mkdir()
    path.write_text(FAQ, encoding="utf-8")
    return path.parent


def test_products_and_models_come_from_the_faq(faq, storage):
    config = EntityExtractor.get_default_config() | {"faq": str(faq)}
    EntityExtractor.create(config, *storage, CONTEXT).train(TrainingData())
    (faq / "a.csv").unlink()  # what was learnt is in the model
    loaded = EntityExtractor.load(config, *storage, CONTEXT)
    message = tokenized("ov2 오븐 e01 떠요 010-1234-5678", storage)
    loaded.process([message])
    found = {(one["entity"], one["value"], one["text"]) for one in message.get("entities")}
    assert found == {
        ("model", "OV-2", "ov2"),
        ("product", "오븐", "오븐"),
        ("error_code", "E01", "e01"),
        ("phone", "01012345678", "010-1234-5678"),
    }
    assert {one["extractor"] for one in message.get("entities")} == {"EntityExtractor"}


def test_a_button_has_no_entities_of_ours(faq, storage):
    config = EntityExtractor.get_default_config() | {"faq": str(faq)}
    component = EntityExtractor.create(config, *storage, CONTEXT)
    component.train(TrainingData())
    message = Message({TEXT: '/ask{"faq_id": "010-1234-5678"}'})
    component.process([message])
    assert message.get("entities") is None


def test_a_new_faq_changes_the_fingerprint(faq):
    before = EntityExtractor.fingerprint_addon({"faq": str(faq)})
    (faq / "a.csv").write_text(FAQ + "2,식빵기계,어때요?,,좋아요.\n", encoding="utf-8")
    assert EntityExtractor.fingerprint_addon({"faq": str(faq)}) != before
    assert len(faq_files(faq)) == 1


def test_without_an_faq_there_is_an_empty_catalog(tmp_path):
    assert read_catalog(tmp_path / "nowhere").products == ()


@pytest.fixture
def sentiment(tmp_path):
    reviews = ReviewModel.fit([analyzed(t) for t in ["좋아요", "싫어요"] * 4], [1, 0] * 4, min_df=1)
    texts = ["감사해요 좋아요", "정말 좋아요", "실망이에요", "별로예요"]
    texts += ["당장 환불해!!", "장난해 지금!!", "배송 언제 와요", "얼마예요"]
    labels = ["positive", "positive", "negative", "negative", "angry", "angry", "neutral", "neutral"]
    SentimentModel.fit(reviews, texts, labels).save(tmp_path / "sentiment")
    return {"model": str(tmp_path / "sentiment"), "angry_threshold": 0.3}


def test_sentiment_and_insult_are_set_and_stored(sentiment, storage):
    SentimentClassifier.create(sentiment, *storage, CONTEXT).train(TrainingData())
    loaded = SentimentClassifier.load(sentiment, *storage, CONTEXT)
    messages = [tokenized(text, storage) for text in ("당장 환불해!!", "배송 언제 와요", "ㅅㅂ", "/human")]
    loaded.process(messages)
    assert [message.get("sentiment")["name"] for message in messages[:2]] == ["angry", "neutral"]
    assert [message.get("insult")["found"] for message in messages] == [False, False, True, False]
    assert messages[3].get("sentiment") == {"name": "neutral", "confidence": 1.0}


def test_anger_that_is_not_sure_is_called_negative(sentiment, storage):
    config = sentiment | {"angry_threshold": 1.0}
    component = SentimentClassifier.create(config, *storage, CONTEXT)
    component.train(TrainingData())
    message = tokenized("당장 환불해!!", storage)
    component.process([message])
    assert message.get("sentiment")["name"] == "negative"


def test_static_vectors_are_features(storage):
    component = VectorsFeaturizer.create(VectorsFeaturizer.get_default_config() | {"alias": "v"}, *storage, CONTEXT)
    message = tokenized("배송비가 얼마예요", storage)
    component.process([message])
    features = message.get_dense_features(TEXT)[1].features
    assert features.shape == (1, 256)
    assert float((features**2).sum()) == pytest.approx(1.0, abs=1e-4)
