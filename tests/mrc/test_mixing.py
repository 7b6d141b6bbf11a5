"""Weights between two readers: by hand, and on tiny models."""

import pytest

from mrc.mixing import Mixture, best_mixture

OLD = Mixture(0.0, 60.0, 70.0)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([Mixture(0.5, 65.0, 69.5), Mixture(1.0, 70.0, 60.0)], 0.5),
        ([Mixture(0.5, 65.0, 69.0), Mixture(1.0, 65.0, 69.0)], 0.5),
        ([Mixture(0.5, 65.0, 68.9), Mixture(1.0, 59.0, 75.0)], 0.0),
        ([Mixture(0.5, 65.0, 69.5), Mixture(1.0, 70.0, 71.0)], 1.0),
    ],
)
def test_the_best_that_forgets_little(others, expected):
    assert best_mixture([OLD, *others], 1.0).share == expected


@pytest.mark.train
def test_the_mixture_left_in_the_model_is_the_one_chosen(tiny_encoder, tokenizer, monkeypatch):
    torch = pytest.importorskip("torch")
    from mrc import mixing
    from mrc.models import load_model
    from mrc.reader import ReaderConfig

    loaded = load_model(tiny_encoder)
    old = {name: value.clone() for name, value in loaded.model.state_dict().items()}
    for parameter in loaded.model.parameters():
        torch.nn.init.normal_(parameter)
    new = {name: value.clone() for name, value in loaded.model.state_dict().items()}
    for name, value in mixing.mixed(old, new, 1.0).items():
        torch.testing.assert_close(value, new[name])
    for name, value in mixing.mixed(old, new, 0.0).items():
        assert torch.equal(value, old[name])

    def scores(reader, examples):
        weights = loaded.model.state_dict()
        share = next(
            s for s in (0.0, 0.5, 1.0) if all(torch.allclose(weights[n], w) for n, w in mixing.mixed(old, new, s).items())
        )
        return 0.0, {"company": {0.0: 50, 0.5: 60, 1.0: 70}, "general": {0.0: 80, 0.5: 79.5, 1.0: 60}}[examples][share]

    monkeypatch.setattr(mixing, "quick_score", scores)
    found = mixing.choose_mixture(loaded.model, old, tokenizer, ReaderConfig(), "company", "general", (0.5, 1.0), 1.0)
    assert found == mixing.Mixture(0.5, 60, 79.5)
    expected = mixing.mixed(old, new, 0.5)
    assert all(torch.allclose(weight, expected[name]) for name, weight in loaded.model.state_dict().items())
