"""How good an encoder is on held-out articles; what a run's log says, as a picture and as numbers."""

from __future__ import annotations

import json
from pathlib import Path

SIZES = Path(__file__).parent / "sizes"
"""Configurations for `TrainConfig`, a size a file: mini is the one that ships, small and base are for GPUs."""


def evaluate(model: Path, corpus: Path, *, windows: int = 288, length: int = 128, batch: int = 36) -> dict[str, float]:
    """`masked_lm` and `span` loss and the share of `exact` spans on windows of held-out articles.

    The same windows as a training run of that length and micro-batch validates on. Raises
    FileNotFoundError where the corpus or the model is missing.
    """
    import numpy as np
    import torch

    from nlu.encoder import EncoderForPreTraining, has_bfloat16
    from nlu.features import COMMON_TOKENS, commonest_ids
    from nlu.pretraining.questions import QuestionConfig, QuestionMaker, collate
    from nlu.pretraining.train import Corpus, draw_windows
    from nlu.tokenizer import Tokenizer

    if not (corpus / "validation-00000.articles.npy").is_file():
        raise FileNotFoundError(f"{corpus} holds no packed arrays: `daedap train encoder prepare` writes them")
    if not (model / "config.json").is_file():
        raise FileNotFoundError(f"{model / 'config.json'} is missing: `daedap train encoder export` writes it")
    network = EncoderForPreTraining.from_pretrained(model, dtype=torch.float32).eval()
    common = commonest_ids([np.asarray(Corpus(corpus, "train").shard(0).ids)], COMMON_TOKENS)
    neighbours = corpus / "neighbours.npy"
    maker = QuestionMaker(Tokenizer.load(corpus), np.array(common), np.load(neighbours) if neighbours.is_file() else None)
    held_out = Corpus(corpus, "validation")
    sums = np.zeros(3)
    batches = max(1, windows // batch)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16("cpu")):
        for index in range(batches):
            drawn = draw_windows(maker, held_out, np.random.default_rng((7, index)), batch, length)
            losses = network.losses(*map(torch.from_numpy, collate(drawn, QuestionConfig.mask_share)))
            sums += [losses[0].item(), losses[1].item(), losses[2].item() / batch]
    return dict(zip(("masked_lm", "span", "exact"), (sums / batches).round(4).tolist()))


def read_log(run: Path) -> list[dict]:
    """The records of `log.jsonl`; a last line cut short by a kill is left out."""
    path = run / "log.jsonl"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: `daedap train encoder run` writes it")
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def last_validation(run: Path) -> dict[str, float]:
    """Step, tokens and losses of the newest validation; empty where there was none."""
    found = [record for record in read_log(run) if "validation" in record]
    return {"step": found[-1]["step"], "tokens": found[-1]["tokens"], **found[-1]["validation"]} if found else {}


def draw_learning_curve(run: Path, out: Path) -> Path:
    """Losses over tokens seen, in training and on held-out articles, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    records = read_log(run)
    trained = [record for record in records if "masked_lm" in record]
    validated = [record for record in records if "validation" in record]
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4))
    for axis, name, title in zip(
        axes, ("masked_lm", "span", "exact"), ("masked morphemes (loss)", "span (loss)", "spans exactly right (share)")
    ):
        axis.plot([r["tokens"] / 1e6 for r in trained], [r[name] for r in trained], label="training", linewidth=0.7)
        axis.plot(
            [r["tokens"] / 1e6 for r in validated], [r["validation"][name] for r in validated], label="validation", marker="."
        )
        axis.set_xlabel("million tokens")
        axis.set_title(title)
        axis.legend()
    figure.tight_layout()
    figure.savefig(out, dpi=80)
    pyplot.close(figure)
    return out
