from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nlu.transfer.adaptation import (  # noqa: E402
    AdaptationConfig,
    adapt,
    load_masked_lm,
    masked_lm_loss,
    measure_masked_lm,
    windows_of,
)

pytestmark = pytest.mark.train

TEXTS = [f"세종은 {1400 + i}년 {i % 12 + 1}월에 훈민정음을 창제하였다. 필터는 {i % 5 + 1}주마다 씻어 주세요." for i in range(24)]
FAST = AdaptationConfig(epochs=25, batch_tokens=256, learning_rate=5e-3, max_length=32, compute="float32")


def test_learning_goes_on_and_can_be_loaded(encoder, tmp_path):
    held_out = [text.replace("세종은", "세종이") for text in TEXTS[:6]]
    before = load_masked_lm(encoder)
    adapted = adapt(encoder, TEXTS, tmp_path, FAST)
    windows = windows_of(held_out, before, 32)
    assert measure_masked_lm(adapted, windows) < 0.8 * measure_masked_lm(before, windows)
    again = load_masked_lm(tmp_path)
    assert measure_masked_lm(again, windows) == measure_masked_lm(adapted, windows)
    from transformers import AutoModel

    body = AutoModel.from_pretrained(tmp_path).state_dict()
    torch.testing.assert_close(body["layers.0.up.weight"], adapted.model.state_dict()["encoder.layers.0.up.weight"])


def test_windows_hold_all_tokens_and_morphemes_stay_whole(encoder):
    pretrained = load_masked_lm(encoder)
    windows = windows_of(TEXTS[:2], pretrained, 16)
    tokens = sum(len(pretrained.tokenizer.encode(text)) for text in TEXTS[:2])
    short = sum(
        (len(pretrained.tokenizer.encode(text)) % 14) % 8 for text in TEXTS[:2] if len(pretrained.tokenizer.encode(text)) % 14 < 8
    )
    assert windows.tokens == tokens - short + 2 * len(windows.inputs)
    seen = []
    hide = pretrained.model.encoder.forward

    def spy(input_ids, *arguments, **given):
        seen.append(input_ids.clone())
        return hide(input_ids, *arguments, **given)

    pretrained.model.encoder.forward = spy
    masked_lm_loss(pretrained.model, windows, np.arange(1), np.random.default_rng(0), 0.5, "float32", "cpu")
    changed = (seen[0][0].numpy()[: len(windows.morphemes[0])] != windows.inputs[0].input_ids).nonzero()[0]
    assert len(changed) and set(windows.morphemes[0][changed]) - {-1}


def test_the_loss_is_the_mean_over_the_masked_places_of_the_whole_head(encoder):
    pretrained = load_masked_lm(encoder)
    windows = windows_of(TEXTS[:4], pretrained, 32)
    numbers = np.arange(3)
    loss, places = masked_lm_loss(pretrained.model, windows, numbers, np.random.default_rng(1), 0.3, "float32", "cpu")
    from nlu.transfer import adaptation

    captured = {}
    real = adaptation._hide

    def keep(ids, masked, *rest):
        captured["labels"] = np.where(masked, ids, -100)
        real(ids, masked, *rest)
        captured["ids"] = ids.copy()

    adaptation._hide = keep
    try:
        masked_lm_loss(pretrained.model, windows, numbers, np.random.default_rng(1), 0.3, "float32", "cpu")
    finally:
        adaptation._hide = real
    ids = torch.from_numpy(captured["ids"])
    types = torch.zeros_like(ids)
    for row in range(3):
        types[row, 1 : len(windows.inputs[row].input_ids) - 1] = 1
    mask = torch.zeros_like(ids)
    for row in range(3):
        mask[row, : len(windows.inputs[row].input_ids)] = 1
    whole = pretrained.model(ids, mask, types, labels=torch.from_numpy(captured["labels"]))
    assert places == int((captured["labels"] >= 0).sum())
    torch.testing.assert_close(loss, whole.loss, rtol=1e-4, atol=1e-5)


def test_bad_input_is_refused(encoder, tmp_path):
    with pytest.raises(ValueError, match="no eight tokens"):
        adapt(encoder, ["", "ㅋ"], tmp_path, FAST)
    with pytest.raises(ValueError, match="mask_share is 1.5"):
        replace(FAST, mask_share=1.5)
