"""The exported encoder against torch, on a network made here."""

import numpy as np
import pytest

from nlu.sentence_encoder import FILE_NAME, SentenceEncoder, export, with_borders
from nlu.tokenizer import CLS, SEP


def test_borders():
    assert with_borders(np.array([7, 8])).tolist() == [CLS, 7, 8, SEP]


def test_a_missing_file_names_its_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m nlu.sentence_encoder export"):
        SentenceEncoder(tmp_path)


@pytest.fixture
def folder(tmp_path):
    torch = pytest.importorskip("torch")
    from nlu.encoder import EncoderConfig, EncoderForPreTraining
    from nlu.tokenizer import SPECIAL_TOKENS, Tokenizer

    torch.manual_seed(0)
    letters = [*SPECIAL_TOKENS, *"배송환불언제와요", *(f"##{c}" for c in "배송환불언제와요")]
    sizes = {"embedding_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = EncoderConfig(vocab_size=len(letters), **sizes)
    model = EncoderForPreTraining(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(tmp_path)
    Tokenizer({letter: i for i, letter in enumerate(letters)}).save(tmp_path)
    return tmp_path


@pytest.mark.train
def test_the_export_is_the_mean_of_the_block_s_hidden_states(folder):
    import torch
    from transformers import AutoModel

    export(folder, layer=1)
    encoder = SentenceEncoder(folder)
    ids = with_borders(encoder.tokenizer.encode("배송 언제 와요").ids)
    model = AutoModel.from_pretrained(folder).float().eval()
    model.layers, model.final_norm = model.layers[:1], torch.nn.Identity()
    with torch.inference_mode():
        given = torch.from_numpy(ids)[None]
        hidden = model(given, None, torch.zeros_like(given)).last_hidden_state
        expected = hidden[0, 1:-1].mean(0).numpy()
    found = encoder.encode(["배송 언제 와요"])[0]
    assert found @ (expected / np.linalg.norm(expected)) == pytest.approx(1.0, abs=0.01)  # int8 against float32
    assert encoder.encode(["", "배송"])[0].tolist() == [0.0] * 32
    assert (folder / FILE_NAME).stat().st_size < 200_000


@pytest.mark.train
def test_a_block_that_is_not_there_is_refused(folder):
    with pytest.raises(ValueError, match="block 9"):
        export(folder, layer=9)
