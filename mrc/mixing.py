"""Weights between an old reader and a new one, and which of them to take.

What lies on the line between the weights before and after a fine-tuning often keeps most of what was learnt
and forgets less (Wortsman et al. 2022, arXiv:2109.01903, and Ilharco et al. 2022, arXiv:2208.05592).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from mrc.evaluation import quick_score
from mrc.examples import QuestionExample
from mrc.reader import Reader, ReaderConfig

logger = logging.getLogger(__name__)


class Mixture(NamedTuple):
    """`share` of the way from the old weights to the new ones; F1 on the company's and on general questions."""

    share: float
    company_f1: float
    general_f1: float


def mixed(old: dict[str, Any], new: dict[str, Any], share: float) -> dict[str, Any]:
    """The weights `share` of the way from `old` to `new`; what is no floating-point number is the new one's."""
    return {
        name: (old[name].float() + share * (value.float() - old[name].float())).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in new.items()
    }


def best_mixture(found: Sequence[Mixture], max_loss: float) -> Mixture:
    """The best on the company's questions among those that lose at most `max_loss` on general ones against share 0.

    The smaller share where two are as good. Share 0, the old reader, must be among them.
    """
    old = next(one for one in found if one.share == 0)
    allowed = [one for one in found if one.general_f1 >= old.general_f1 - max_loss]
    return max(allowed, key=lambda one: (one.company_f1, -one.share))


def choose_mixture(
    model: Any,
    old: dict[str, Any],
    tokenizer: Any,
    config: ReaderConfig,
    company: Sequence[QuestionExample],
    general: Sequence[QuestionExample],
    shares: Sequence[float],
    max_loss: float,
) -> Mixture:
    """Leave in `model`, which holds the new weights, the best mixture with the `old` ones; share 0 is measured too."""
    from mrc.training import torch_backend

    new = {name: value.clone() for name, value in model.state_dict().items()}
    device = next(model.parameters()).device.type
    found = []
    for share in (0.0, *shares):
        model.load_state_dict(mixed(old, new, share))
        reader = Reader(tokenizer, torch_backend(model, device), config)
        found.append(Mixture(share, quick_score(reader, company)[1], quick_score(reader, general)[1]))
        logger.info("share %.2f of the new weights: F1 %.2f, on general questions %.2f", *found[-1])
    chosen = best_mixture(found, max_loss)
    model.load_state_dict(mixed(old, new, chosen.share))
    return chosen
