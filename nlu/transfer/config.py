"""How a task is fine-tuned: one frozen configuration in which each device of transfer is a field.

Every device is off (or at its plain value) by default except dropout, the running average and early
stopping; `benchmarks/encoder` measures each against leaving it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nlu.transfer.augmentation import Augmentation

ALL_LAYERS = -1


class Task(str, Enum):
    """What the head predicts: one of the labels, or a number."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Pooling(str, Enum):
    """What of the last layer the head sees: [CLS], the mean of all tokens, or their mean and maximum."""

    CLS = "cls"
    MEAN = "mean"
    MEAN_MAX = "mean_max"


@dataclass(frozen=True)
class TransferConfig:
    """One fine-tuning run; `daedap runs` shows it beside the run's metrics."""

    epochs: float = 4.0
    max_minutes: float | None = None
    """Stop after so long; the learning rate then falls with whichever is further, steps or minutes."""
    batch_size: int = 32
    learning_rate: float = 5e-4
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    max_length: int = 128
    """Tokens of a row with special ones; longer texts are cut, of a pair the second one."""
    pooling: Pooling = Pooling.MEAN_MAX
    label_smoothing: float = 0.0
    """So much of the target goes to all labels alike (Szegedy et al. 2016, arXiv:1512.00567)."""
    compute: str = "auto"
    """bfloat16 (activations too), autocast or float32; see `nlu.transfer.compute`."""
    threads: int | None = None
    seed: int = 0

    frozen_layers: int = 0
    """The embeddings and so many of the lowest layers keep their weights; -1 freezes the whole encoder, so
    that only the head learns. Keeps general knowledge (Lee et al. 2019, arXiv:1911.03090; the features
    of ELMo, Peters et al. 2019, arXiv:1903.05987) and saves the backward pass below."""
    gradual_unfreezing: float = 0.0
    """The head learns alone at first; then layer after layer, from the top down, joins in over this share
    of the training (Howard & Ruder 2018, ULMFiT, arXiv:1801.06146, section 3.3)."""
    layer_decay: float = 1.0
    """Each layer below the top learns at this times the rate of the one above: discriminative learning
    rates (ULMFiT, section 3.2, with 1/2.6; Clark et al. 2020, ELECTRA, arXiv:2003.10555, with 0.8)."""
    dropout: float = 0.1
    """Share of activations dropped in the encoder and before the head (Srivastava et al. 2014, JMLR 15)."""
    token_dropout: float = 0.0
    """Share of a row's tokens replaced by [MASK] in training (word dropout, Iyyer et al. 2015, ACL)."""
    layers: int | None = None
    """Capacity: keep only so many of the lowest layers (Sajjad et al. 2020, arXiv:2004.03844)."""
    hidden_size: int | None = None
    """Capacity: another width, from random weights only (`random_start`)."""
    random_start: bool = False
    """Draw all weights anew: what the same network learns without pre-training."""
    average_decay: float = 0.99
    """Of the running average of the weights that is validated and kept (Polyak & Juditsky 1992); 0: none."""
    evaluate_every: int = 100
    """Steps from one validation to the next."""
    patience: int = 5
    """Validations without a better score after which training stops; the best weights are kept (early
    stopping, Prechelt 1998). 0 trains to the end and keeps the last weights."""
    augmentation: Augmentation = Augmentation()
    """Noise on the training texts, drawn anew in each epoch."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pooling", Pooling(self.pooling))
        for name in ("epochs", "batch_size", "learning_rate", "evaluate_every"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be above 0")
        for name in ("warmup_share", "dropout", "token_dropout", "average_decay", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, it must lie in [0, 1)")
        if self.patience < 0:
            raise ValueError(f"patience is {self.patience}, it must be 0 (off) or more")
        if self.max_length < 8:
            raise ValueError(f"max_length is {self.max_length}, it must be 8 or more")
        check_devices(self)
        if self.hidden_size is not None and not self.random_start:
            raise ValueError(f"hidden_size is {self.hidden_size}: another width needs random_start, trained weights have theirs")


def check_devices(config) -> None:
    """Raise ValueError where a device that readers and classifiers share has an impossible value."""
    if config.frozen_layers < ALL_LAYERS:
        raise ValueError(f"frozen_layers is {config.frozen_layers}, it must be -1 (all), 0 (none) or more")
    if not 0 <= config.gradual_unfreezing <= 1:
        raise ValueError(f"gradual_unfreezing is {config.gradual_unfreezing}, it must lie in [0, 1]")
    if not 0 < config.layer_decay <= 1:
        raise ValueError(f"layer_decay is {config.layer_decay}, it must lie in (0, 1]")
    if config.compute not in ("auto", "bfloat16", "autocast", "float32"):
        raise ValueError(f"compute is {config.compute!r}, it must be auto, bfloat16, autocast or float32")
