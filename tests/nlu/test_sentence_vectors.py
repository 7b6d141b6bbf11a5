"""Which model a name stands for; what ONNX Runtime and sentence-transformers make of the same small random model."""

import json
import shutil

import numpy as np
import pytest

from nlu.sentence_vectors import (
    WORDS,
    MorphemeSums,
    OnnxSentences,
    TorchSentences,
    load_sentence_vectors,
    load_vectors,
    pooled,
    prefixes,
)
from nlu.vectors import StaticVectors

TEXTS = ["배송비는 얼마예요?", "언제 와요", "a", "ㅋㅋ 😀"]
KEYS = [()] * len(TEXTS)


def test_morphemes_go_by_their_keys():
    vectors = StaticVectors.load(WORDS)
    keys = [["배송비/NNG", "얼마/NNG"], ["언제/MAG"]]
    model = load_sentence_vectors(WORDS)
    assert isinstance(model, MorphemeSums)
    np.testing.assert_array_equal(model.encode(["", ""], keys, query=True), vectors.encode_morphemes(keys))


def test_word_vectors_have_sentence_vectors_beside_them():
    plain = StaticVectors.load(WORDS)
    assert plain.sentences.identity == {"kind": "morphemes", "dimension": 256, "source": plain.config.source}
    both = load_vectors(WORDS)
    assert both.sentences.dimension == 256
    np.testing.assert_array_equal(both.morpheme_vector("배송", "NNG"), plain.morpheme_vector("배송", "NNG"))


@pytest.mark.parametrize("name", ["no-such-folder", "/no/such", "./a/b"])
def test_neither_folder_nor_hub_name(name):
    with pytest.raises(FileNotFoundError, match="daedap train sentence"):
        load_sentence_vectors(name)


def test_a_folder_without_a_model_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap train sentence --out"):
        load_sentence_vectors(tmp_path)


def test_pooling_by_hand():
    hidden = np.array([[[1.0, 4.0], [3.0, -2.0], [9.0, 9.0]]])
    mask = np.array([[1, 1, 0]])
    assert pooled(hidden, mask, "mean").tolist() == [[2.0, 1.0]]
    assert pooled(hidden, mask, "max").tolist() == [[3.0, 4.0]]
    assert pooled(hidden, mask, "cls").tolist() == [[1.0, 4.0]]


def test_prefixes_of_the_configuration(tmp_path):
    assert prefixes(tmp_path) == ("", "")
    document = {"prompts": {"query": "query: ", "document": "passage: "}}
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(document), encoding="utf-8")
    assert prefixes(tmp_path) == ("query: ", "passage: ")


@pytest.fixture(scope="module", params=["mean", "cls"])
def tiny(request, tmp_path_factory):
    """A random BERT of two layers with syllables for tokens, as sentence-transformers saves it."""
    pytest.importorskip("sentence_transformers")
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny")
    characters = sorted(set("".join(TEXTS) + "query: passage"))
    vocabulary = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters])}
    backend = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    backend.normalizer, backend.pre_tokenizer = normalizers.NFC(), pre_tokenizers.Split("", "isolated")
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=24, **special).save_pretrained(folder / "bert")
    config = BertConfig(len(vocabulary), 16, 2, 2, 32, max_position_embeddings=32)
    BertModel(config).eval().save_pretrained(folder / "bert")
    parts = [Transformer(str(folder / "bert"), max_seq_length=24), Pooling(16, pooling_mode=request.param), Normalize()]
    prompts = {"query": "query: ", "passage": "passage: "}
    SentenceTransformer(modules=parts, prompts=prompts, device="cpu").save_pretrained(str(folder / "model"))
    return folder / "model"


@pytest.mark.train
def test_a_folder_of_sentence_transformers(tiny):
    from sentence_transformers import SentenceTransformer

    model = load_sentence_vectors(tiny)
    assert isinstance(model, TorchSentences) and model.dimension == 16
    reference = SentenceTransformer(str(tiny), device="cpu")
    for query, prefix in ((True, "query: "), (False, "passage: ")):
        expected = reference.encode([prefix + text for text in TEXTS])
        np.testing.assert_allclose(model.encode(TEXTS, KEYS, query=query), expected, atol=1e-5)
    assert model.encode([], []).shape == (0, 16)


@pytest.mark.train
def test_onnx_equals_sentence_transformers(tiny, tmp_path):
    from retrieval.training.export import export_onnx

    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    export_onnx(folder)
    model = load_sentence_vectors(folder)
    assert isinstance(model, OnnxSentences) and model.dimension == 16
    for query in (True, False):
        expected = TorchSentences(str(tiny)).encode([*TEXTS, "언제 와요 " * 20], [*KEYS, ()], query=query)
        np.testing.assert_allclose(model.encode([*TEXTS, "언제 와요 " * 20], [*KEYS, ()], query=query), expected, atol=1e-4)


@pytest.mark.train
def test_an_index_by_another_model(tiny):
    from retrieval.documents import FaqEntry
    from retrieval.index import Index

    vectors = load_vectors(tiny)
    entries = [FaqEntry(f"e{i}", "", None, text, (), "답") for i, text in enumerate(TEXTS)]
    assert Index.build(entries, [], [], vectors).search_faq("언제 와요", 1)[0].entry.id == "e1"
