"""A checkpoint as a model folder: half-precision weights, configuration, tokenizer.

`AutoModel.from_pretrained(folder)` loads it after `import nlu.encoder`; a training run warm-starts from
it (`train(…, start_from=folder)`), since the heads of pre-training are saved with it.
"""

from __future__ import annotations

from pathlib import Path

from nlu.pretraining.train import checkpoints
from nlu.tokenizer import Tokenizer


def export(run: Path, corpus: Path, out: Path) -> dict[str, int]:
    """Write the newest checkpoint of `run` into `out`; returns its `step` and `tokens`.

    Raises FileNotFoundError where `run` holds no checkpoint.
    """
    import torch

    from nlu.encoder import EncoderConfig, EncoderForPreTraining

    found = checkpoints(run)
    if not found:
        raise FileNotFoundError(f"{run} holds no checkpoint: `daedap train encoder run` writes them")
    state = torch.load(found[-1], map_location="cpu")
    config = EncoderConfig.from_dict(state["model_config"])
    model = EncoderForPreTraining(config)
    model.load_state_dict(state["model"])
    model.half().save_pretrained(out)
    Tokenizer.load(corpus).save(out)
    return {"step": state["step"], "tokens": state["tokens"]}
