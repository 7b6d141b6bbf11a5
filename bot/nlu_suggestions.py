"""What a team should write next: which intents are confused, by which messages, and which still gain from examples."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.nlu_comparison import candidates
from bot.nlu_examples import read_examples
from nlu.cross_validation import CurvePoint, cross_validate, learning_curve, stratified_folds


@dataclass(frozen=True)
class Suggestions:
    """Confused pairs with their messages, the commonest first, and each intent's learning curve."""

    n: int
    macro_f1: float
    accuracy: float
    out_of_scope_auroc: float | None
    confusions: tuple[tuple[tuple[str, str], tuple[str, ...]], ...]
    curves: dict[str, list[CurvePoint]]

    def most_worthwhile(self) -> list[tuple[str, list[CurvePoint]]]:
        """Intents with their curves, the steepest last step first."""
        return sorted(self.curves.items(), key=lambda item: (item[1][-2].f1 - item[1][-1].f1, item[1][-1].f1))

    def to_json(self) -> dict[str, Any]:
        """The document `daedap evaluate nlu --suggest --json` prints."""
        pairs = [{"intent": a, "predicted": b, "utterances": list(texts)} for (a, b), texts in self.confusions]
        auroc = self.out_of_scope_auroc
        return {
            "n": self.n,
            "macro_f1": round(self.macro_f1, 4),
            "accuracy": round(self.accuracy, 4),
            "out_of_scope_auroc": None if auroc is None else round(auroc, 4),
            "confusions": pairs,
            "curves": self.curves,
        }


def suggestions(folder: Path, classifier: str | None = None) -> Suggestions:
    """Suggestions by cross-validation of the shipped classifier (or the one named) on the examples below `folder`."""
    examples = read_examples(folder)
    texts, labels = [e.text for e in examples], [e.intent for e in examples]
    if len(set(labels)) < 2:
        raise ValueError(f"{folder}: 의도가 두 가지 이상 있어야 견줄 수 있어요.")
    made = candidates()
    make = made[classifier or next(iter(made))]
    fold = stratified_folds(texts, labels)
    found = cross_validate(make, texts, labels, fold)
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mistake in found.mistakes:
        pairs[mistake.intent, mistake.predicted].append(mistake.text)
    ordered = sorted(((pair, tuple(texts)) for pair, texts in pairs.items()), key=lambda item: (-len(item[1]), item[0]))
    curves = learning_curve(make, texts, labels, fold)
    return Suggestions(len(texts), found.macro_f1, found.accuracy, found.out_of_scope_auroc, tuple(ordered), curves)
