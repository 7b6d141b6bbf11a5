"""What every tokenizer of the pipeline must do, and what is Kiwi's own."""

import unicodedata

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.kiwi_tokenizer import KiwiTokenizer, read_dictionary

CONTEXT = ExecutionContext(GraphSchema({}), model_id="test")
TEXTS = [
    "",
    " ",
    "ㅋ",
    "ㅋㅋㅋ",
    "😀",
    "반품하려면 며칠 안에 신청해야 해요?",
    "했어요",
    "세탁기에서 UE 에러가 떠요",
    unicodedata.normalize("NFD", "환불해 주세요"),
    "a\x00b\u200b c",
    "<b>굵게</b> SELECT * FROM t;",
    "가" * 3000,
]


@pytest.fixture(params=[KiwiTokenizer])
def tokenizer(request, tmp_path):
    config = request.param.get_default_config()
    return request.param.create(config, LocalModelStorage(tmp_path), Resource("tokenizer"), CONTEXT)


class TestContract:
    @pytest.mark.parametrize("text", TEXTS)
    def test_tokens_are_slices_of_the_text_in_order(self, tokenizer, text):
        tokens = tokenizer.tokenize(Message({TEXT: text}), TEXT)
        assert [token.text for token in tokens] == [text[token.start : token.end] for token in tokens]
        assert all(token.text for token in tokens)
        starts = [token.start for token in tokens]
        assert starts == sorted(starts)

    def test_blank_text_has_no_tokens(self, tokenizer):
        assert tokenizer.tokenize(Message({TEXT: " "}), TEXT) == []

    def test_process_sets_the_tokens_of_a_message(self, tokenizer):
        message = Message({TEXT: "배송 조회"})
        tokenizer.process([message])
        assert [token.text for token in message.get("text_tokens")] == ["배송", "조회"]


def test_the_lemma_is_kiwis_form_and_the_text_what_stands_there(tmp_path):
    tokenizer = KiwiTokenizer.create(KiwiTokenizer.get_default_config(), LocalModelStorage(tmp_path), Resource("t"), CONTEXT)
    tokens = tokenizer.tokenize(Message({TEXT: "환불했어요"}), TEXT)
    assert [(t.text, t.lemma, t.start, t.end) for t in tokens] == [
        ("환불", "환불", 0, 2),
        ("했", "하", 2, 3),
        ("했", "었", 2, 3),
        ("어요", "어요", 3, 5),
    ]
    assert tokens[0].get("tag") == "NNG"


def test_the_dictionary_travels_in_the_model(tmp_path):
    dictionary = tmp_path / "words.tsv"
    dictionary.write_text("# names\n뿌까뿌까봇\tNNP\n", encoding="utf-8")
    storage, resource = LocalModelStorage(tmp_path / "model"), Resource("tokenizer")
    (tmp_path / "model").mkdir()
    config = KiwiTokenizer.get_default_config() | {"dictionary_path": str(dictionary)}
    KiwiTokenizer.create(config, storage, resource, CONTEXT).train(TrainingData())
    dictionary.unlink()
    loaded = KiwiTokenizer.load(config, storage, resource, CONTEXT)
    tokens = loaded.tokenize(Message({TEXT: "뿌까뿌까봇이에요"}), TEXT)
    assert (tokens[0].text, tokens[0].get("tag")) == ("뿌까뿌까봇", "NNP")


def test_a_dictionary_may_leave_the_tag_out(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("\ufeff한빛\n\n# 설명\n챗봇\tNNG\n", encoding="utf-8")
    assert read_dictionary(path) == [("한빛", "NNP"), ("챗봇", "NNG")]


def test_a_wrong_line_of_a_dictionary_is_named(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("한빛\tNNP\n가\t나\t다\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_dictionary(path)
