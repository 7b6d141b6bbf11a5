import pytest

torch = pytest.importorskip("torch")

from nlu.transfer.layers import (  # noqa: E402
    count_layers,
    depth_of,
    freeze_below,
    lowest_trained_depth,
    parameter_groups,
    schedule,
    truncate,
    update_average,
)

pytestmark = pytest.mark.train


@pytest.fixture
def model(encoder):
    from transformers import AutoModel

    import nlu.encoder  # noqa: F401

    return torch.nn.ModuleDict({"encoder": AutoModel.from_pretrained(encoder), "classifier": torch.nn.Linear(32, 2)})


@pytest.fixture(params=["bert", "roberta", "electra"])
def hub_encoder(request):
    import transformers

    name = {"bert": "Bert", "roberta": "Roberta", "electra": "Electra"}[request.param]
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48, "vocab_size": 40}
    return getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**sizes))


def test_depths_rise_from_embeddings_to_head(model):
    depths = {name: depth_of(name, 3) for name, _ in model.named_parameters()}
    assert depths["encoder.word_embeddings.weight"] == depths["encoder.embedding_norm.weight"] == 0
    assert depths["encoder.layers.0.attention.query.weight"] == 1
    assert depths["encoder.layers.2.down.weight"] == depths["encoder.final_norm.weight"] == 3
    assert depths["classifier.weight"] == 4


def test_layers_of_the_hub_families_are_found_and_truncated(hub_encoder):
    assert count_layers(hub_encoder) == 3
    ids = torch.randint(5, 40, (2, 7))
    before = hub_encoder.eval()(ids, output_hidden_states=True).hidden_states[2]
    truncate(hub_encoder, 2)
    assert count_layers(hub_encoder) == hub_encoder.config.num_hidden_layers == 2
    torch.testing.assert_close(hub_encoder(ids).last_hidden_state, before)


def test_a_truncated_encoder_keeps_its_lowest_layers(model):
    encoder = model["encoder"]
    bottom = encoder.layers[0].up.weight
    truncate(encoder, 1)
    assert len(encoder.layers) == encoder.config.num_hidden_layers == 1 and encoder.layers[0].up.weight is bottom
    with pytest.raises(ValueError, match="layers is 2, the encoder has 1"):
        truncate(encoder, 2)


def test_rates_fall_by_layer_and_vectors_do_not_decay(model):
    groups = parameter_groups(model, learning_rate=1.0, layer_decay=0.5, weight_decay=0.01)
    rates = {id(p): group["base_lr"] for group in groups for p in group["params"]}
    named = dict(model.named_parameters())
    expected = {
        "encoder.word_embeddings.weight": 0.125,
        "encoder.layers.0.up.weight": 0.25,
        "encoder.layers.1.up.weight": 0.5,
        "encoder.layers.2.up.weight": 1.0,
        "encoder.final_norm.weight": 1.0,
        "classifier.weight": 1.0,
    }
    assert {name: rates[id(named[name])] for name in expected} == expected
    decays = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    assert decays[id(named["classifier.bias"])] == 0.0 and decays[id(named["classifier.weight"])] == 0.01
    assert len(rates) == len(named)


@pytest.mark.parametrize(("depth", "frozen"), [(0, set()), (2, {0, 1}), (4, {0, 1, 2, 3})])
def test_frozen_parameters_get_no_gradient(model, depth, frozen):
    freeze_below(model, depth)
    hidden = model["encoder"](torch.randint(5, 40, (2, 7))).last_hidden_state
    model["classifier"](hidden.mean(1)).sum().backward()
    without = {depth_of(name, 3) for name, p in model.named_parameters() if p.grad is None and "token_type" not in name}
    assert without == frozen


def test_the_number_that_learns_is_counted(model):
    assert freeze_below(model, 4) == 32 * 2 + 2
    assert freeze_below(model, 0) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("progress", "frozen", "gradual", "depth"),
    [
        (0.0, 0, 0.0, 0),
        (0.0, 2, 0.0, 3),
        (0.5, -1, 0.0, 5),
        (0.0, 0, 0.5, 5),
        (0.1, 0, 0.5, 4),
        (0.45, 0, 0.5, 1),
        (0.5, 0, 0.5, 0),
        (0.9, 3, 0.5, 4),
        (0.0, 9, 0.0, 5),
    ],
)
def test_which_layers_learn_when(progress, frozen, gradual, depth):
    assert lowest_trained_depth(progress, 4, frozen, gradual) == depth


def test_the_schedule():
    assert [round(schedule(p, 0.2), 3) for p in (0.1, 0.2, 0.6, 1.0, 1.1)] == [0.5, 1.0, 0.5, 0.0, 0.0]


def test_the_average_of_weights(model):
    average = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    update_average(average, model, 0.75)
    torch.testing.assert_close(average["classifier.weight"], 0.25 * model.state_dict()["classifier.weight"])
