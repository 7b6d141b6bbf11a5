"""daedap's encoder with operators that ONNX Runtime has fused: rotary positions and RMS norm.

Inside `fused_operators()` a traced export writes `RotaryEmbedding` (domain com.microsoft) and
`SimplifiedLayerNormalization` in place of the dozen small operators each is made of; run in torch the network
computes what it always does. ONNX Runtime's `MultiHeadAttention` was tried too and left out: on the CPU it took twice
the time of plain products and softmax. The operators are described in
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nlu import encoder


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        return x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6).to(x.dtype) * weight.to(x.dtype)

    @staticmethod
    def symbolic(g: Any, x: Any, weight: Any) -> Any:
        return g.op("SimplifiedLayerNormalization", x, weight, axis_i=-1, epsilon_f=1e-6).setType(x.type())


class _Rotated(torch.autograd.Function):
    """`x (batch, heads, length, width)`, `positions (batch, length)`, tables `(length, width / 2)`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        return encoder.rotate(x, cos, sin)

    @staticmethod
    def symbolic(g: Any, x: Any, positions: Any, cos: Any, sin: Any) -> Any:
        return g.op("com.microsoft::RotaryEmbedding", x, positions, cos, sin, interleaved_i=0).setType(x.type())


def _norm_forward(self: Any, x: Tensor) -> Tensor:
    return _Norm.apply(x, self.weight)


def _attention_forward(self: Any, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
    batch, length, width = x.shape
    split = (batch, length, self.heads, width // self.heads)
    positions = torch.arange(length, device=x.device)[None].expand(batch, length)

    def turned(projected: Tensor, norm: Any) -> Tensor:
        return _Rotated.apply(norm(projected.view(split)).transpose(1, 2), positions, cos[:, 0], sin[:, 0])

    query, key = turned(self.query(x), self.query_norm), turned(self.key(x), self.key_norm)
    mixed = encoder.attend(query, key, self.value(x).view(split).transpose(1, 2), mask)
    return self.output(mixed.transpose(1, 2).reshape(batch, length, width))


@contextmanager
def fused_operators() -> Iterator[None]:
    """Let daedap's encoder be traced with fused operators; other models are not touched."""
    norm, attention = encoder.RMSNorm.forward, encoder.Attention.forward
    encoder.RMSNorm.forward, encoder.Attention.forward = _norm_forward, _attention_forward
    try:
        yield
    finally:
        encoder.RMSNorm.forward, encoder.Attention.forward = norm, attention
