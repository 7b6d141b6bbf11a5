"""The encoder: a small BERT with rotary positions, pre-norm blocks and squared ReLU.

Follows BERT (Devlin et al. 2019, arXiv:1810.04805) in inputs and heads, with the factorized
embedding of ALBERT (arXiv:1909.11942), rotary positions (Su et al. 2021, arXiv:2104.09864), RMS norm
before each block and on queries and keys (arXiv:1910.07467, arXiv:2010.04245), squared ReLU (So et
al. 2021, arXiv:2109.08668) and no biases. Leaves out absolute positions and the pooler: on two cores
the absolute positions of plain BERT did not learn to point at spans in the time there was.

Importing this module registers the model type `daedap`, so that
`AutoModel.from_pretrained("data/models/encoder")` loads it.

Token types: 0 a special token or a question's, 1 a context's, 2 a context's that also stands in the
question (`nlu.features`).
"""

from __future__ import annotations

import os
import subprocess
import sys

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import BaseModelOutput, MaskedLMOutput, QuestionAnsweringModelOutput

ONEDNN_ISA, WITHOUT_AMX = "ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16"
"""What torch's oneDNN is told by, and its newest instructions below AMX; bfloat16 is slower with them than float32."""


class EncoderConfig(PretrainedConfig):
    """Size of the network; `common_ids` are the commonest tokens, never marked as standing in the question."""

    model_type = "daedap"

    def __init__(
        self,
        vocab_size: int = 16_000,
        embedding_size: int = 128,
        hidden_size: int = 256,
        num_hidden_layers: int = 4,
        num_attention_heads: int = 4,
        intermediate_size: int = 1024,
        type_vocab_size: int = 3,
        rope_theta: float = 10_000.0,
        hidden_dropout_prob: float = 0.0,
        initializer_range: float = 0.02,
        common_ids: list[int] | None = None,
        pad_token_id: int = 0,
        **kwargs,
    ):
        if hidden_size % num_attention_heads or (hidden_size // num_attention_heads) % 2:
            raise ValueError(f"hidden_size {hidden_size} does not split into {num_attention_heads} heads of an even width")
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.type_vocab_size = type_vocab_size
        self.rope_theta = rope_theta
        self.hidden_dropout_prob = hidden_dropout_prob
        self.initializer_range = initializer_range
        self.common_ids = common_ids or []
        super().__init__(pad_token_id=pad_token_id, **kwargs)


class RMSNorm(nn.Module):
    """x / rms(x) · weight over the last axis, in the input's dtype."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6).to(x.dtype) * self.weight.to(x.dtype)


def rotary_tables(length: int, width: int, theta: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos and sin, each `(length, width / 2)` float32, of the angles position · theta^(-2i/width)."""
    rates = theta ** (-torch.arange(0, width, 2, device=device, dtype=torch.float32) / width)
    angles = torch.arange(length, device=device, dtype=torch.float32)[:, None] * rates[None, :]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (x[i], x[i + width/2]) of the last axis by its position's angle."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """softmax(query · keyᵀ / √width) · value over the last two axes; `mask` is true where a key may be seen.

    On the CPU written out: compiled, its backward pass takes half the time of the fused kernel's.
    """
    if query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e4)
    return torch.softmax(scores.float(), -1).to(value.dtype) @ value


class Attention(nn.Module):
    def __init__(self, config: EncoderConfig):
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.query_norm = RMSNorm(width // self.heads)
        self.key_norm = RMSNorm(width // self.heads)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        split = (batch, length, self.heads, width // self.heads)
        query = rotate(self.query_norm(self.query(x).view(split)), cos, sin).transpose(1, 2)
        key = rotate(self.key_norm(self.key(x).view(split)), cos, sin).transpose(1, 2)
        value = self.value(x).view(split).transpose(1, 2)
        mixed = attend(query, key, value, mask)
        return self.output(mixed.transpose(1, 2).reshape(batch, length, width))


class Block(nn.Module):
    def __init__(self, config: EncoderConfig):
        super().__init__()
        self.attention_norm = RMSNorm(config.hidden_size)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.hidden_size)
        self.up = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self.dropout(self.attention(self.attention_norm(x), cos, sin, mask))
        hidden = F.relu(self.up(self.feed_forward_norm(x)))
        return x + self.dropout(self.down(hidden * hidden))


class EncoderPreTrainedModel(PreTrainedModel):
    config_class = EncoderConfig
    base_model_prefix = "encoder"
    _no_split_modules = ["Block"]
    _supports_sdpa = True

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, RMSNorm):
            nn.init.ones_(module.weight)
        if isinstance(module, Block):  # blocks begin as the identity
            nn.init.zeros_(module.attention.output.weight)
            nn.init.zeros_(module.down.weight)


class EncoderModel(EncoderPreTrainedModel):
    """Token ids `(batch, length)` to `last_hidden_state` `(batch, length, hidden_size)`."""

    def __init__(self, config: EncoderConfig):
        super().__init__(config)
        self.word_embeddings = nn.Embedding(config.vocab_size, config.embedding_size)
        self.embedding_projection = nn.Linear(config.embedding_size, config.hidden_size, bias=False)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.embedding_norm = RMSNorm(config.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))
        self.final_norm = RMSNorm(config.hidden_size)
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        return self.word_embeddings

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        self.word_embeddings = value

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        **_: object,
    ) -> BaseModelOutput:
        x = self.embedding_projection(self.word_embeddings(input_ids))
        if token_type_ids is not None:
            x = x + self.token_type_embeddings(token_type_ids)
        x = self.dropout(self.embedding_norm(x))
        width = self.config.hidden_size // self.config.num_attention_heads
        cos, sin = rotary_tables(input_ids.shape[1], width, self.config.rope_theta, x.device)
        cos, sin = cos[:, None, :].to(x.dtype), sin[:, None, :].to(x.dtype)
        mask = None
        if attention_mask is not None:
            mask = attention_mask[:, None, None, :].to(torch.bool)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return BaseModelOutput(last_hidden_state=self.final_norm(x))


class EncoderForQuestionAnswering(EncoderPreTrainedModel):
    """`start_logits` and `end_logits` `(batch, length)`; the logits at token 0, [CLS], stand for "no answer"."""

    def __init__(self, config: EncoderConfig):
        super().__init__(config)
        self.encoder = EncoderModel(config)
        self.qa_outputs = nn.Linear(config.hidden_size, 2)
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
        **_: object,
    ) -> QuestionAnsweringModelOutput:
        hidden = self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state
        logits = self.qa_outputs(hidden).float()
        if attention_mask is not None:
            logits = logits.masked_fill(attention_mask[..., None] == 0, -1e4)
        start_logits, end_logits = logits.unbind(-1)
        loss = None
        if start_positions is not None and end_positions is not None:
            loss = (F.cross_entropy(start_logits, start_positions) + F.cross_entropy(end_logits, end_positions)) / 2
        return QuestionAnsweringModelOutput(loss=loss, start_logits=start_logits, end_logits=end_logits)


class EncoderForPreTraining(EncoderPreTrainedModel):
    """The encoder with the heads it is pre-trained by: masked tokens and the span of a made question.

    The token head is tied to the embedding and computed at masked places only.
    """

    _tied_weights_keys: dict[str, str] = {}

    def __init__(self, config: EncoderConfig):
        super().__init__(config)
        self.encoder = EncoderModel(config)
        self.mlm_transform = nn.Linear(config.hidden_size, config.embedding_size, bias=False)
        self.mlm_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.qa_outputs = nn.Linear(config.hidden_size, 2)
        self.post_init()

    def token_logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary `(places, vocab_size)` for hidden states `(places, hidden_size)`."""
        return F.linear(self.mlm_transform(hidden), self.encoder.word_embeddings.weight, self.mlm_bias)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
        **_: object,
    ) -> MaskedLMOutput:
        hidden = self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state
        logits = self.token_logits(hidden)
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits.view(-1, self.config.vocab_size).float(), labels.view(-1), ignore_index=-100)
        return MaskedLMOutput(loss=loss, logits=logits)

    def losses(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor,
        masked_places: Tensor,
        masked_ids: Tensor,
        start_positions: Tensor,
        end_positions: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Masked-LM loss, span loss and the number of spans pointed at exactly.

        `masked_places (m,)` index the flattened batch and `masked_ids (m,)` say what stood there
        (-100 fills up); positions `(batch,)` are tokens, 0 for a question the window does not answer.
        """
        hidden = self.encoder(input_ids, None, token_type_ids).last_hidden_state
        at_masks = hidden.reshape(-1, hidden.shape[-1]).index_select(0, masked_places)
        masked_lm = F.cross_entropy(self.token_logits(at_masks).float(), masked_ids, ignore_index=-100)
        start_logits, end_logits = self.qa_outputs(hidden).float().unbind(-1)
        span = (F.cross_entropy(start_logits, start_positions) + F.cross_entropy(end_logits, end_positions)) / 2
        exact = ((start_logits.argmax(-1) == start_positions) & (end_logits.argmax(-1) == end_positions)).sum()
        return masked_lm, span, exact


def has_bfloat16(device: str) -> bool:
    """Whether bfloat16 is native there: Ampere and later GPUs, x86 with AVX512-BF16 or AMX."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu._is_avx512_bf16_supported()) and os.environ.get(ONEDNN_ISA) != WITHOUT_AMX


def keep_off_broken_amx() -> None:
    """Tell torch not to use AMX where it is named among the processor's features but traps, as in some virtual machines.

    There the first product in bfloat16 ends the process ("Illegal instruction"), those of torch's own optimizers too, so
    another process tries. Called at import, before torch multiplies; processes started from this one inherit what is found.
    """
    if not torch.cpu._is_amx_tile_supported() or ONEDNN_ISA in os.environ:
        return
    script = "import torch; a = torch.ones(64, 64, dtype=torch.bfloat16); raise SystemExit(float((a @ a)[0, 0]) != 64.0)"
    if subprocess.run([sys.executable, "-c", script], capture_output=True).returncode:
        os.environ[ONEDNN_ISA] = WITHOUT_AMX


def register() -> None:
    """Make `AutoConfig` and the `AutoModel` classes know the model type; called at import."""
    AutoConfig.register(EncoderConfig.model_type, EncoderConfig, exist_ok=True)
    AutoModel.register(EncoderConfig, EncoderModel, exist_ok=True)
    AutoModelForQuestionAnswering.register(EncoderConfig, EncoderForQuestionAnswering, exist_ok=True)
    AutoModelForMaskedLM.register(EncoderConfig, EncoderForPreTraining, exist_ok=True)


keep_off_broken_amx()
register()
