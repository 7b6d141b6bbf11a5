"""Float weights from the served file, on a network made here."""

import json

import numpy as np
import pytest

from nlu.sentence_encoder import export
from nlu.tokenizer import SPECIAL_TOKENS, Tokenizer

pytestmark = pytest.mark.train
SIZES = {"embedding_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
HEADS = {"scale": 12.0, "heads": {}}


@pytest.fixture
def folder(tmp_path):
    torch = pytest.importorskip("torch")
    from nlu.encoder import EncoderConfig, EncoderModel

    torch.manual_seed(0)
    letters = [*SPECIAL_TOKENS, *"배송환불언제와요", *(f"##{c}" for c in "배송환불언제와요")]
    model = EncoderModel(EncoderConfig(vocab_size=len(letters), **SIZES))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    made = tmp_path / "served"
    model.save_pretrained(made)
    Tokenizer({letter: i for i, letter in enumerate(letters)}).save(made)
    (made / "heads.json").write_text(json.dumps(HEADS))
    export(made, layer=2)
    return made


def test_the_restored_weights_are_those_that_are_served(folder, tmp_path):
    from safetensors.numpy import load_file

    from nlu.transfer.restore import restore

    given = load_file(folder / "model.safetensors")
    found = load_file(restore(folder, tmp_path / "restored") / "model.safetensors")
    assert set(found) == {name for name in given if not name.startswith("final_norm")}
    for name, value in found.items():
        step = np.abs(given[name]).max() / 127 + 2e-3  # of eight bits, and of half precision
        assert np.abs(value.astype(np.float32) - given[name]).max() <= step, name
    assert json.loads((tmp_path / "restored" / "heads.json").read_text()) == HEADS
    assert Tokenizer.load(tmp_path / "restored").encode("배송").ids.tolist() == Tokenizer.load(folder).encode("배송").ids.tolist()


@pytest.mark.parametrize(("layers", "message"), [(1, "more weights"), (3, "fewer weights")])
def test_a_file_of_another_configuration_is_refused(folder, tmp_path, layers, message):
    from nlu.transfer.restore import restore

    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": layers}))
    with pytest.raises(ValueError, match=message):
        restore(folder, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
