import pytest

torch = pytest.importorskip("torch")

from nlu.encoder import EncoderConfig, EncoderForQuestionAnswering, EncoderModel, attend, rotary_tables, rotate  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture
def config() -> EncoderConfig:
    torch.manual_seed(0)
    return EncoderConfig(
        vocab_size=50, embedding_size=8, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )


def trained(model):
    """Blocks begin as the identity: give them weights, so that a test sees them."""
    for parameter in model.parameters():
        if parameter.ndim == 2:
            torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def test_attention_is_that_of_pytorch():
    torch.manual_seed(1)
    query, key, value = torch.randn(3, 2, 4, 7, 8)
    mask = torch.ones(2, 1, 1, 7, dtype=torch.bool)
    mask[0, ..., 5:] = False
    reference = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    assert torch.allclose(attend(query, key, value, mask), reference, atol=1e-5)


def test_rotary_positions_depend_on_the_distance_alone():
    cos, sin = rotary_tables(12, 8, 10_000.0, torch.device("cpu"))
    torch.manual_seed(0)
    query, key = torch.randn(2, 8)
    at = lambda a, b: float(rotate(query, cos[a], sin[a]) @ rotate(key, cos[b], sin[b]))  # noqa: E731
    assert at(2, 5) == pytest.approx(at(7, 10), abs=1e-5)
    assert at(2, 5) != pytest.approx(at(2, 6), abs=1e-3)


def test_padding_changes_nothing(config):
    model = trained(EncoderModel(config))
    ids = torch.randint(5, 50, (1, 9))
    padded = torch.cat([ids, torch.zeros(1, 4, dtype=torch.long)], 1)
    mask = (torch.arange(13) < 9).long()[None]
    alone = model(ids, torch.ones_like(ids)).last_hidden_state
    assert torch.allclose(model(padded, mask).last_hidden_state[:, :9], alone, atol=1e-5)


def test_a_saved_model_gives_the_same_logits(config, tmp_path):
    from transformers import AutoModelForQuestionAnswering

    model = trained(EncoderForQuestionAnswering(config))
    model.save_pretrained(tmp_path)
    loaded = AutoModelForQuestionAnswering.from_pretrained(tmp_path).eval()
    ids = torch.randint(5, 50, (2, 9))
    types = torch.randint(0, 3, (2, 9))
    assert torch.equal(loaded(ids, token_type_ids=types).start_logits, model(ids, token_type_ids=types).start_logits)


def test_the_loss_is_the_mean_of_both_ends(config):
    model = trained(EncoderForQuestionAnswering(config))
    ids = torch.randint(5, 50, (2, 9))
    start, end = torch.tensor([1, 0]), torch.tensor([3, 0])
    out = model(ids, start_positions=start, end_positions=end)
    by_hand = -(out.start_logits.log_softmax(-1)[[0, 1], start].mean() + out.end_logits.log_softmax(-1)[[0, 1], end].mean()) / 2
    assert float(out.loss.detach()) == pytest.approx(float(by_hand.detach()), abs=1e-6)


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="hidden_size 30"):
        EncoderConfig(hidden_size=30, num_attention_heads=4)
