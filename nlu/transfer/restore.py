"""Float weights of an encoder that ships only as it is served, to go on training from.

    python -m nlu.transfer.restore --model data/models/messages --out FOLDER

`encoder.onnx` (`nlu.sentence_encoder`) holds 8-bit weights with a scale an output column. Multiplied out they are the weights
that are served, to the last digit: a warm start on a machine that has nothing but the repository. Heads that ship
(`heads.json`) come along; those of tasks that are not served begin anew.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlu.message_pairs import HEADS_FILE
from nlu.sentence_encoder import FILE_NAME, SentenceEncoder, message_inputs
from nlu.tokenizer import Tokenizer
from nlu.whole_file import write_whole

if TYPE_CHECKING:
    import torch

PROBE = ("세탁기에서 물이 새요", "배송은 며칠이나 걸리나요?", "필터를 씻어도 되는지 궁금합니다")
ALIKE = 0.99
"""Least cosine between the vectors of PROBE by the restored weights and by the file: activations are rounded in the latter."""


def restore(folder: Path, out: Path) -> Path:
    """Write `model.safetensors` of the encoder in `folder` into `out`, with its configuration, tokenizer and heads.

    ValueError where the file is not one that `nlu.sentence_encoder export` wrote of this configuration. Needs the
    dependency group `train`.
    """
    import torch
    from safetensors.torch import save
    from transformers import AutoConfig, AutoModel

    import nlu.encoder  # noqa: F401  (registers the model type)

    model = AutoModel.from_config(AutoConfig.from_pretrained(folder)).float().eval()
    model.final_norm = torch.nn.Identity()
    weights = {kind: list(found) for kind, found in _weights(folder / FILE_NAME).items()}
    for module in _in_order(model):
        kind = type(module).__name__
        if not weights[kind]:
            raise ValueError(f"{folder / FILE_NAME} has fewer weights than its configuration")
        weight = weights[kind].pop(0)
        if weight.shape != tuple(module.weight.shape):
            raise ValueError(f"{folder / FILE_NAME}: weights of shape {weight.shape} in place of {tuple(module.weight.shape)}")
        with torch.no_grad():
            module.weight.copy_(torch.tensor(weight))
    if any(weights.values()):
        raise ValueError(f"{folder / FILE_NAME} has more weights than its configuration")
    _compare(model, folder)
    out.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(out)
    state = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    write_whole(out / "model.safetensors", lambda file: file.write(save(state, {"format": "pt"})))
    Tokenizer.load(folder).save(out)
    if (folder / HEADS_FILE).is_file():
        shutil.copyfile(folder / HEADS_FILE, out / HEADS_FILE)
    return out


def _weights(file: Path) -> dict[str, Iterator[np.ndarray]]:
    """The weights by the kind of layer they belong to, as torch holds them, in the order in which they are used."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(file)).graph
    values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}

    def multiplied_out(name: str) -> np.ndarray:
        whole = name.removesuffix("_quantized")
        zero, scale = values[f"{whole}_zero_point"], values[f"{whole}_scale"]
        return (values[name].astype(np.float32) - zero.astype(np.float32)) * scale

    def of(operator: str, place: int) -> list[str]:
        names = [node.input[place] for node in graph.node if node.op_type == operator and len(node.input) > place]
        return [name for name in dict.fromkeys(names) if name in values]

    norms = [name for node in graph.node if node.op_type == "Mul" for name in node.input if name in values]
    return {
        "Linear": (multiplied_out(name).T for name in of("MatMulInteger", 1)),
        "Embedding": (multiplied_out(name) for name in of("Gather", 0) if name.endswith("_quantized")),
        "RMSNorm": (values[name] for name in dict.fromkeys(norms) if values[name].ndim == 1 and values[name].dtype == np.float32
                    and not name.endswith("_scale")),
    }  # fmt: skip


def _in_order(model: torch.nn.Module) -> list[torch.nn.Module]:
    """The layers with weights in the order in which they are used."""
    import torch

    used: list[torch.nn.Module] = []
    kinds = ("Linear", "Embedding", "RMSNorm")
    hooks = [
        module.register_forward_hook(lambda module, *_: used.append(module))
        for module in model.modules()
        if type(module).__name__ in kinds
    ]
    ids = torch.arange(5, 9)[None]
    with torch.inference_mode():
        model(ids, None, torch.zeros_like(ids))
    for hook in hooks:
        hook.remove()
    return used


def _compare(model: torch.nn.Module, folder: Path) -> None:
    import torch

    served, tokenizer = SentenceEncoder(folder), Tokenizer.load(folder)
    for text, vector in zip(PROBE, served.encode(PROBE)):
        ids, types = (torch.from_numpy(array)[None] for array in message_inputs(tokenizer, text))
        with torch.inference_mode():
            mean = model(ids, None, types).last_hidden_state[0, 1:-1].mean(0).numpy()
        alike = float(mean @ vector / max(np.linalg.norm(mean), 1e-9))
        if alike < ALIKE:
            raise ValueError(f"restored weights say something else than {folder / FILE_NAME}: cosine {alike:.3f} for {text!r}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m nlu.transfer.restore", description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=Path("data/models/messages"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    print(f"written: {restore(options.model, options.out)}")


if __name__ == "__main__":
    main()
