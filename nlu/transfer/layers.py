"""Devices that act on a network's layers: freezing, gradual unfreezing, rates by depth, dropout, capacity.

Works by parameter names, on daedap's encoder and on the BERT family of the transformers library.
Depth 0 is the embeddings, 1 … n the layers from the bottom, n + 1 what stands above them (the head).
"""

from __future__ import annotations

import re
from typing import Any

import torch

from nlu.transfer.config import ALL_LAYERS

_LAYER = re.compile(r"\blayers?\.(\d+)\.")
_ENCODER_TOP = re.compile(r"\bfinal_norm\b|\bpooler\b")


def count_layers(model: torch.nn.Module) -> int:
    """How many layers the network has; raises ValueError where their names are not understood."""
    numbers = [int(match.group(1)) for name, _ in model.named_parameters() if (match := _LAYER.search(name))]
    if not numbers:
        raise ValueError(f"{type(model).__name__} has no parameters of the form layer.N or layers.N: its layers are not known")
    return max(numbers) + 1


def depth_of(name: str, layers: int) -> int:
    """The depth of the parameter of this name in a network of so many layers."""
    match = _LAYER.search(name)
    if match:
        return int(match.group(1)) + 1
    if "embedding" in name:
        return 0
    return layers if _ENCODER_TOP.search(name) else layers + 1


def parameter_groups(
    model: torch.nn.Module, *, learning_rate: float, layer_decay: float = 1.0, weight_decay: float = 0.0
) -> list[dict[str, Any]]:
    """Optimizer groups by depth and by whether weights decay (matrices only), with their full rate as `base_lr`.

    The head and the top layer learn at `learning_rate`, each layer below at `layer_decay` times the one above.
    """
    layers = count_layers(model)
    groups: dict[tuple[float, float], list] = {}
    for name, parameter in model.named_parameters():
        rate = learning_rate * layer_decay ** (layers - min(depth_of(name, layers), layers))
        decay = weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": params, "lr": rate, "base_lr": rate, "weight_decay": decay} for (rate, decay), params in groups.items()]


def lowest_trained_depth(progress: float, layers: int, frozen_layers: int = 0, gradual_unfreezing: float = 0.0) -> int:
    """The lowest depth that learns at `progress` in [0, 1] of the training; what lies below keeps its weights.

    >>> [lowest_trained_depth(p, 4, gradual_unfreezing=0.5) for p in (0.0, 0.1, 0.2, 0.49, 0.5)]
    [5, 4, 3, 1, 0]
    """
    bottom = layers + 1 if frozen_layers == ALL_LAYERS else min(frozen_layers, layers) + 1 if frozen_layers else 0
    if progress >= gradual_unfreezing:
        return bottom
    thawed = int(progress / gradual_unfreezing * (layers + 1) + 1e-9)
    return max(bottom, layers + 1 - thawed)


def freeze_below(model: torch.nn.Module, depth: int) -> int:
    """Let the parameters from `depth` up learn and no others; returns how many numbers learn."""
    layers = count_layers(model)
    trained = 0
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(depth_of(name, layers) >= depth)
        if parameter.requires_grad:
            trained += parameter.numel()
        else:
            parameter.grad = None
    return trained


def set_dropout(model: torch.nn.Module, share: float) -> None:
    """Drop this share in all of the model's dropout layers, whatever its own configuration says."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share


def truncate(encoder: Any, layers: int) -> None:
    """Keep the lowest `layers` layers; raises ValueError where there are fewer."""
    total = count_layers(encoder)
    if not 1 <= layers <= total:
        raise ValueError(f"layers is {layers}, the encoder has {total}: it must lie between 1 and {total}")
    for module in encoder.modules():
        for name, child in module.named_children():
            if isinstance(child, torch.nn.ModuleList) and name in ("layer", "layers") and len(child) == total:
                setattr(module, name, child[:layers])
    encoder.config.num_hidden_layers = layers


@torch.no_grad()
def update_average(average: dict[str, torch.Tensor], model: torch.nn.Module, decay: float) -> None:
    """average ← decay · average + (1 − decay) · weights."""
    state = model.state_dict()
    names = [name for name, value in average.items() if value.is_floating_point()]
    torch._foreach_lerp_([average[name] for name in names], [state[name] for name in names], 1 - decay)


def schedule(progress: float, warmup_share: float) -> float:
    """The learning rate's factor at `progress` in [0, 1]: up to 1 over the warm-up, then linearly to 0.

    >>> [round(schedule(p, 0.2), 2) for p in (0.1, 0.2, 0.6, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if progress < warmup_share:
        return max(progress / warmup_share, 0.01)
    return max(0.0, (1 - progress) / (1 - warmup_share))
