"""A checkpoint as a model folder: half-precision weights, configuration, tokenizer.

`AutoModel.from_pretrained(folder)` loads it after `import nlu.encoder`; a training run warm-starts from
it (`train(…, start_from=folder)`), since the heads of pre-training are saved with it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from nlu.pretraining.train import checkpoints
from nlu.tokenizer import Tokenizer


def export(run: Path, corpus: Path, out: Path) -> dict[str, int]:
    """Write the newest checkpoint of `run` into `out`; returns its `step` and `tokens`.

    Raises FileNotFoundError where `run` holds no checkpoint, and OSError on a full disk: a model that lay in
    `out` before then stays as it was.
    """
    import torch
    from safetensors import SafetensorError

    from nlu.encoder import EncoderConfig, EncoderForPreTraining

    found = checkpoints(run)
    if not found:
        raise FileNotFoundError(f"{run} holds no checkpoint: `daedap train encoder run` writes them")
    state = torch.load(found[-1], map_location="cpu")
    config = EncoderConfig.from_dict(state["model_config"])
    model = EncoderForPreTraining(config)
    model.load_state_dict(state["model"])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as name:
        try:
            model.half().save_pretrained(name)
            Tokenizer.load(corpus).save(name)
        except (OSError, SafetensorError) as error:
            raise OSError(f"{out} could not be written, what lay there before is kept: {error}") from error
        for written in Path(name).iterdir():
            written.replace(out / written.name)
    return {"step": state["step"], "tokens": state["tokens"]}
