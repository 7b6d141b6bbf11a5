"""Objectives of pre-training, each given the same processor time on a small network, judged by what they serve for.

Kept small (4 layers × 128, windows of 128 tokens): an hour and a half would be needed for the shipped
size. Measured after fine-tuning: accuracy on reviews, F1 of reading. Processor time, not steps, is what
all have the same of; one thread each.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.encoder.reading import fine_tuned
from benchmarks.encoder.setup import Setup, sentiment
from benchmarks.encoder.transfer import column
from nlu.encoder import EncoderConfig, EncoderForPreTraining, has_bfloat16
from nlu.features import COMMON_TOKENS, commonest_ids
from nlu.pretraining.evaluate import evaluate
from nlu.pretraining.questions import QuestionConfig, QuestionMaker, Window, collate
from nlu.pretraining.train import Corpus, TrainConfig, make_optimizers, start_from_vectors
from nlu.tokenizer import Tokenizer

SMALL = TrainConfig(
    hidden_size=128, num_hidden_layers=4, num_attention_heads=4, intermediate_size=512, embedding_size=128,
    windows_per_micro_batch=32, warmup_steps=30,
)  # fmt: skip
WARMUP_SHARE, DECAY_SHARE = 0.05, 0.3
RTD_WEIGHT = 50.0
"""Of the loss of replaced tokens beside that of the generator (Clark et al. 2020, table 6)."""


@dataclass(frozen=True)
class Objective:
    """What a variant learns by, and what its token vectors start from."""

    starts_from_kiwi: bool = True
    has_questions: bool = True
    replaces_tokens: bool = False
    questions: QuestionConfig = QuestionConfig()


OBJECTIVES = {
    "masked morphemes and spans, from Kiwi's vectors": Objective(),
    "the same from random vectors": Objective(starts_from_kiwi=False),
    "masked morphemes alone": Objective(has_questions=False),
    "tokens masked one by one, and spans": Objective(questions=QuestionConfig(whole_morphemes=False)),
    "without recurring spans": Objective(questions=QuestionConfig(recurring_share=0.0)),
    "replaced tokens and spans": Objective(replaces_tokens=True),
}


def measure(setup: Setup, name: str) -> dict[str, float]:
    """Pre-train a variant, then what it is good for; its own losses on held-out windows too."""
    folder = setup.work / "objectives" / str(list(OBJECTIVES).index(name))
    steps = pretrain(OBJECTIVES[name], setup, folder)
    rows = replace(sentiment(setup, setup.sizes.device_rows))
    reviews = column(rows, setup, f"objective-{folder.name}", encoder=folder)
    read = fine_tuned(setup, f"objective-reading-{folder.name}", encoder=folder, steps=setup.sizes.objective_reading_steps)
    own = evaluate(folder, setup.corpus, windows=144)
    if OBJECTIVES[name].replaces_tokens:
        own.pop("masked_lm")  # its head is the generator's
    if not OBJECTIVES[name].has_questions:
        own = {"masked_lm": own["masked_lm"]}
    return {"steps": steps, "sentiment_accuracy": reviews["accuracy"], "reading_f1": read["f1"], **own}


def pretrain(objective: Objective, setup: Setup, out: Path) -> int:
    """Train for `objective_seconds` of processor time and write the model folder `out`; returns the steps."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    tokenizer = Tokenizer.load(setup.corpus)
    corpus = Corpus(setup.corpus, "train")
    common = commonest_ids([np.asarray(corpus.shard(0).ids)], COMMON_TOKENS)
    neighbours = np.load(setup.corpus / "neighbours.npy")
    maker = QuestionMaker(tokenizer, np.array(common), neighbours, objective.questions)
    config = EncoderConfig(vocab_size=len(tokenizer), common_ids=common, **SMALL.architecture)
    model = EncoderForPreTraining(config)
    if objective.starts_from_kiwi:
        start_from_vectors(model, setup.corpus / "token_vectors.npy")
    generator = EncoderForPreTraining(EncoderConfig.from_dict({**config.to_dict(), "num_hidden_layers": 1}))
    detector = torch.nn.Linear(config.hidden_size, 1)
    parts = torch.nn.ModuleDict({"model": model})
    if objective.replaces_tokens:
        generator.encoder.word_embeddings = model.encoder.word_embeddings  # shared, as in ELECTRA
        parts.update({"generator": generator, "detector": detector})
    optimizers = make_optimizers(parts, SMALL)
    numbers = corpus.numbers()[:4]
    started, step, share = time.process_time(), 0, 0.0
    while share < 1:
        rng = np.random.default_rng((1, step))
        draw = maker.window if objective.has_questions else maker.text_window
        windows = [
            draw(corpus.shard(numbers[int(rng.integers(len(numbers)))]), rng, SMALL.length)
            for _ in range(SMALL.windows_per_micro_batch)
        ]
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16("cpu")):
            loss = _loss(objective, model, generator, detector, windows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        rate = min(1.0, share / WARMUP_SHARE + 0.02, (1 - share) / DECAY_SHARE)
        for optimizer, full in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = full * rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        share = (time.process_time() - started) / setup.sizes.objective_seconds
    model.save_pretrained(out)
    tokenizer.save(out)
    return step


def _loss(objective: Objective, model, generator, detector, windows: list[Window]) -> torch.Tensor:
    batch = [torch.from_numpy(array) for array in collate(windows, 0.16)]
    if not objective.replaces_tokens:
        masked_lm, span, _ = model.losses(*batch)
        return masked_lm + span if objective.has_questions else masked_lm
    ids, types, places, gold, starts, ends = batch
    generated, _, _ = generator.losses(*batch)
    real = gold >= 0
    replaced, is_replaced = _replace(generator, ids, types, places[real], gold[real])
    hidden = model.encoder(replaced, None, types).last_hidden_state
    start_logits, end_logits = model.qa_outputs(hidden).float().unbind(-1)
    span = (F.cross_entropy(start_logits, starts) + F.cross_entropy(end_logits, ends)) / 2
    seen = F.binary_cross_entropy_with_logits(detector(hidden)[..., 0].float(), is_replaced)
    return generated + RTD_WEIGHT * seen + span


@torch.no_grad()
def _replace(generator, ids, types, places, gold) -> tuple[torch.Tensor, torch.Tensor]:
    """The windows with the generator's guesses (drawn) at the masked places, and 1.0 where a guess is wrong."""
    hidden = generator.encoder(ids, None, types).last_hidden_state
    scores = generator.token_logits(hidden.reshape(-1, hidden.shape[-1]).index_select(0, places)).float()
    drawn = torch.distributions.Categorical(logits=scores).sample()
    replaced, wrong = ids.clone(), torch.zeros(ids.shape)
    replaced.view(-1)[places] = drawn
    wrong.view(-1)[places] = (drawn != gold).float()
    return replaced, wrong
