"""Continued pre-training on the demo company's manuals: what it gains there, and loses on general text."""

from __future__ import annotations

import hashlib

from benchmarks.encoder.setup import ROOT, Setup, general_texts
from nlu.transfer.adaptation import AdaptationConfig, adapt, load_masked_lm, measure_masked_lm, windows_of
from retrieval.ingest.manuals import read_manuals

HELD_OUT = 5
"""One section in so many is held out."""


def manual_texts() -> tuple[list[str], list[str]]:
    """`(training, held out)` passages of the manuals, whole sections on one side."""
    documents, passages, _ = read_manuals([ROOT / "data" / "manuals"])
    texts = {document.id: document.text for document in documents}
    parts: tuple[list[str], list[str]] = ([], [])
    for passage in passages:
        section = f"{passage.document_id} {passage.section}"
        is_held_out = hashlib.sha256(section.encode()).digest()[0] % HELD_OUT == 0
        parts[is_held_out].append(texts[passage.document_id][passage.start : passage.end])
    return parts


def adaptation(setup: Setup) -> dict[str, float]:
    """Masked-LM loss on held-out sections of the manuals and on general text, before and after."""
    training, held_out = manual_texts()
    pretrained = load_masked_lm(setup.encoder)
    manuals, general = windows_of(held_out, pretrained), windows_of(general_texts(setup), pretrained)
    found = {"manuals_before": measure_masked_lm(pretrained, manuals), "general_before": measure_masked_lm(pretrained, general)}
    config = AdaptationConfig(epochs=setup.sizes.adaptation_epochs, learning_rate=3e-4)
    adapted = adapt(setup.encoder, training, setup.work / "manuals", config)
    found |= {"manuals_after": measure_masked_lm(adapted, manuals), "general_after": measure_masked_lm(adapted, general)}
    return {**found, "tokens": windows_of(training, pretrained).tokens, "held_out_tokens": manuals.tokens}
