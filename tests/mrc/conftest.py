"""A tiny real tokenizer and encoder, so that no test needs a model file or the network."""

from __future__ import annotations

import pytest

from nlu.tokenizer import SPECIAL_TOKENS, Tokenizer

SENTENCES = (
    "세종은 1443년 12월에 훈민정음을 창제하였다.",
    "필터는 6개월마다 한 번 청소해 주세요.",
    "반품 배송비는 6,000원이며 고객이 부담합니다.",
    "이순신 장군은 서울에서 태어났다.",
)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """Every syllable of a few sentences is one token, as first and as later part of a morpheme."""
    text = "".join(SENTENCES) + "누구가언제를며칠무엇얼마나요인?abcdefghijklmnopqrstuvwxyz0123456789"
    characters = sorted(set(text.replace(" ", "").lower()))
    tokens = [*SPECIAL_TOKENS, *characters, *("##" + character for character in characters)]
    return Tokenizer({token: i for i, token in enumerate(tokens)})


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory, tokenizer):
    """A folder with a random encoder of two narrow layers."""
    torch = pytest.importorskip("torch")
    from nlu.encoder import EncoderConfig, EncoderForQuestionAnswering

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    config = EncoderConfig(
        vocab_size=len(tokenizer),
        embedding_size=16,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        common_ids=[5, 6],
    )
    model = EncoderForQuestionAnswering(config)
    for parameter in model.parameters():  # blocks begin as the identity: make them do something
        torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    tokenizer.save(folder)
    return folder
