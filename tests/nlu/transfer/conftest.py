"""A tiny real tokenizer, encoder and rows that a network of two narrow layers can learn."""

from __future__ import annotations

import pytest

from nlu.tokenizer import SPECIAL_TOKENS, Tokenizer
from nlu.transfer.examples import TextExample

GOOD, BAD = ("좋아요", "최고예요", "빨라요", "예뻐요"), ("나빠요", "별로예요", "느려요", "싫어요")
THINGS = ("배송이", "색이", "필터가", "상담이", "가격이", "포장이")


def rows(count: int) -> list[TextExample]:
    """Reviews, good and bad in turn."""
    made = []
    for i in range(count):
        words = GOOD if i % 2 else BAD
        made.append(
            TextExample(f"{THINGS[i % 6]} {words[i % 4]} {THINGS[i * 7 % 6]} {words[i * 5 % 4]}", "good" if i % 2 else "bad")
        )
    return made


@pytest.fixture(scope="session")
def reviews() -> list[TextExample]:
    return rows(64)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    characters = sorted(set("".join((*GOOD, *BAD, *THINGS)) + "세종은 년월일훈민정음을창제하였다필터씻어주abc0123456789.?!"))
    characters.remove(" ")
    tokens = [*SPECIAL_TOKENS, *characters, *("##" + character for character in characters)]
    return Tokenizer({token: i for i, token in enumerate(tokens)})


@pytest.fixture(scope="session")
def encoder(tmp_path_factory, tokenizer):
    """A folder with a random encoder of three narrow layers, with the head of masked tokens."""
    torch = pytest.importorskip("torch")
    from nlu.encoder import EncoderConfig, EncoderForPreTraining

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    config = EncoderConfig(
        vocab_size=len(tokenizer),
        embedding_size=16,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
    )
    model = EncoderForPreTraining(config)
    for parameter in model.parameters():  # blocks begin as the identity: make them do something
        if parameter.ndim == 2:
            torch.nn.init.normal_(parameter, std=0.15)
    model.save_pretrained(folder)
    tokenizer.save(folder)
    return folder
