"""In which arithmetic a network runs.

`bfloat16` rounds the weights as the network sees them, so that activations are bfloat16 too (the
optimizer keeps float32 weights): a third faster on two cores than `autocast`. Both only where the
processor has bfloat16; `float32` elsewhere.
"""

from __future__ import annotations

from typing import Any

import torch

from nlu.encoder import has_bfloat16


def default_compute(model: Any, device: str) -> str:
    """What `compute="auto"` means for this model on this device: bfloat16 was tried on daedap's encoder only."""
    if not has_bfloat16(device):
        return "float32"
    return "bfloat16" if model.config.model_type == "daedap" else "autocast"


def run_network(model: torch.nn.Module, given: dict[str, torch.Tensor], device: str, compute: str) -> Any:
    """The network's output for the keyword arguments `given`, in this arithmetic."""
    if compute == "bfloat16" and has_bfloat16(device):
        rounded = {name: p.to(torch.bfloat16) for name, p in model.named_parameters()}
        return torch.func.functional_call(model, rounded, (), given)
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=compute != "float32" and has_bfloat16(device)):
        return model(**given)
