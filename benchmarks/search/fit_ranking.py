"""Fits `retrieval/ranking.json`: channel weights of FAQ and passage search, and the FAQ's confidence.

Nothing under tests/data is read. What is read, from the folder of shared data:

- an FAQ (`--faq`): the i-th phrasing of every entry is taken out and asked, for each i
- similarity/parakqc_even_groups.tsv: 300 groups as another FAQ, three sentences an entry, the same way
- korquad/korquad_v2.1_dev_windows.jsonl, tydiqa/tydiqa_goldp_ko_train.json: questions and their texts
- dialogue/ChatbotData.csv: small talk, as questions that no entry answers

Weights: softmax over all entries, the right one's log-probability maximised (listwise; Cao et al.
2007), none negative, those of the question channels at least MIN_QUESTION_WEIGHT, since what is
taken out here is often asked word for word in practice. Confidence: logistic regression over the
best hit of the questions taken out (once with their entry there, once without it; once after a sentence
of small talk, as long-winded customers write), of known
questions with a word dropped or a letter wrong, and of small talk and other FAQs' questions.

    python benchmarks/search/fit_ranking.py --faq data/faq/daedap.csv --data ../shared/data
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from nlu.vectors import StaticVectors
from retrieval.calibration import Calibration, best_features
from retrieval.collection import Collection, Query
from retrieval.documents import FaqEntry
from retrieval.faq_search import FaqSearcher
from retrieval.fusion import CHANNELS, FAQ_CHANNELS, FORMAT_VERSION, RANKING_FILE
from retrieval.ingest import read_faq
from retrieval.ngrams import FINALS, INITIALS, VOWELS, jamo

ROOT = Path(__file__).resolve().parents[2]
MIN_QUESTION_WEIGHT = 2.0
L2 = 1e-3
SHARES = {"held_out": 0.25, "wordy": 0.2, "known": 0.15, "entry_out": 0.15, "foreign": 0.25}
"""What part each kind of question has in the fit of the confidence."""


class Case(NamedTuple):
    """Channel scores (n, c) of one question's candidates; `right` is the row of the right one, -1 for none."""

    channels: np.ndarray
    right: int


def held_out(
    entries: Sequence[FaqEntry], vectors: StaticVectors, folds: int = 3, change: Callable[[str], str] = str
) -> list[Case]:
    cases = []
    for fold in range(folds):
        kept = [replace(e, phrasings=e.phrasings[:fold] + e.phrasings[fold + 1 :]) for e in entries]
        searcher = FaqSearcher.build(kept, vectors)
        cases += [
            ask(searcher, change(e.phrasings[fold]), place, vectors) for place, e in enumerate(entries) if len(e.phrasings) > fold
        ]
    return cases


def ask(searcher: FaqSearcher, question: str, place: int, vectors: StaticVectors) -> Case:
    scores = searcher.score(Query.of(question, vectors))
    found = np.flatnonzero(scores.places == place)
    return Case(scores.channels, int(found[0]) if len(found) else -1)


SLIPS = ("ㄱㄲㅋ", "ㄷㄸㅌ", "ㅂㅃㅍ", "ㅅㅆ", "ㅈㅉㅊ", "ㅔㅖㅐ", "ㅓㅏ", "ㅗㅜ", "ㅚㅙㅞ", "ㅣㅢ")
"""Letters that are heard or typed for one another."""


def damaged(question: str, chance: random.Random) -> str:
    """`question` with a word dropped, or with three of its letters taken for others that sound alike."""
    words = question.split()
    if len(words) > 2 and chance.random() < 0.5:
        del words[chance.randrange(len(words))]
        return " ".join(words)
    letters = [list(jamo(c)) for c in question]
    places = [(i, j) for i, syllable in enumerate(letters) if len(syllable) > 1 for j in (0, 1)]
    for i, j in chance.sample(places, min(3, len(places))):
        like = next((slip for slip in SLIPS if letters[i][j] in slip), letters[i][j])
        letters[i][j] = chance.choice(like)
    return "".join(_composed(syllable) for syllable in letters)


def _composed(letters: list[str]) -> str:
    if len(letters) == 1:
        return letters[0]
    final = FINALS.index(letters[2]) if len(letters) > 2 else 0
    return chr(0xAC00 + INITIALS.index(letters[0]) * 588 + VOWELS.index(letters[1]) * 28 + final)


def fit_weights(sets: Sequence[Sequence[Case]], lowest: np.ndarray) -> np.ndarray:
    """Weights (c,) that make the right candidates likeliest; each set counts the same."""

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = L2 * weights @ weights, 2 * L2 * weights
        for cases in sets:
            for channels, right in cases:
                scores = channels @ weights
                probabilities = np.exp(scores - scores.max())
                probabilities /= probabilities.sum()
                total -= np.log(probabilities[right] + 1e-12) / len(cases)
                gradient = gradient - (channels[right] - probabilities @ channels) / len(cases)
        return total, gradient

    found = minimize(loss, np.maximum(lowest, 1.0), jac=True, method="L-BFGS-B", bounds=[(low, None) for low in lowest])
    return np.round(found.x, 3)


def fit_confidence(kinds: dict[str, list[Case]], weights: np.ndarray) -> Calibration:
    """How likely the FAQ has an answer, from the best candidate's scores."""
    cases = [(kind, case) for kind, group in kinds.items() for case in group]
    x = np.array([best_features(case.channels @ weights, case.channels) for _, case in cases], float)
    y = np.array([case.right >= 0 for _, case in cases], float)
    w = np.array([SHARES[kind] / len(kinds[kind]) for kind, _ in cases])

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ parameters[:-1] + parameters[-1]
        error = w * (1 / (1 + np.exp(-z)) - y)
        value = (w * (np.logaddexp(0, z) - y * z)).sum() + L2 / 10 * parameters[:-1] @ parameters[:-1]
        return value, np.append(x.T @ error + L2 / 5 * parameters[:-1], error.sum())

    bounds = [(0, None)] * x.shape[1] + [(None, None)]
    found = minimize(loss, np.append(np.full(x.shape[1], 0.1), -3.0), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(("fused", *FAQ_CHANNELS), tuple(np.round(found.x[:-1], 4).tolist()), round(float(found.x[-1]), 4))


def reliability(kinds: dict[str, list[Case]], weights: np.ndarray, calibration: Calibration) -> dict[str, object]:
    """Expected calibration error of the first hit (ten bins; Naeini et al. 2015) and how each kind fares at two thresholds."""
    said, true, importance, by_kind = [], [], [], {}
    for kind, cases in kinds.items():
        top = []
        for channels, right in cases:
            fused = channels @ weights
            confidences = calibration.confidences(fused, channels)
            top.append((confidences.max(), int(np.argmax(fused)) == right))
        p, y = np.array(top).T
        said, true, importance = [*said, *p], [*true, *y], [*importance, *[SHARES[kind] / len(cases)] * len(cases)]
        by_kind[kind] = {
            f"{name}_at_{t}": round(float(value), 3)
            for t in (0.5, 0.7)
            for name, value in (("answered", (p >= t).mean()), ("answered_right", ((p >= t) * y).mean()))
        }
    p, y, w = map(np.array, (said, true, importance))
    bins = np.minimum((p * 10).astype(int), 9)
    error = sum(abs((w * (p - y))[bins == b].sum()) for b in range(10)) / w.sum()
    return {"ece": round(float(error), 3), **by_kind}


def recalls(cases: Sequence[Case], weights: np.ndarray) -> dict[str, float]:
    scored = [(channels @ weights, right) for channels, right in cases if right >= 0]
    ranks = [int((scores > scores[right]).sum()) for scores, right in scored]
    return {"n": len(cases)} | {f"recall_at_{k}": round(sum(rank < k for rank in ranks) / len(cases), 3) for k in (1, 4)}


def passage_cases(data: Path, vectors: StaticVectors, limit: int) -> list[Case]:
    """Questions of the reading data over their own texts, each text with its article's title."""
    windows = [json.loads(line) for line in (data / "korquad/korquad_v2.1_dev_windows.jsonl").open(encoding="utf-8")][:limit]
    pairs = [(w["question"], f"{w['title']}\n{w['context']}"[:600]) for w in windows]
    for article in json.loads((data / "tydiqa/tydiqa_goldp_ko_train.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = f"{article.get('title', '')}\n{paragraph['context']}"[:600]
            pairs += [(qa["question"], text) for qa in paragraph["qas"]]
    pairs = pairs[: 2 * limit]
    texts = list(dict.fromkeys(text for _, text in pairs))
    collection = Collection.build(texts, vectors)
    cases = []
    for question, text in pairs:
        scored = collection.score(Query.of(question, vectors))
        places = scored.candidates()
        found = np.flatnonzero(places == texts.index(text))
        if len(found):
            cases.append(Case(scored.at(places), int(found[0])))
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--faq", type=Path, default=ROOT / "data/faq/daedap.csv")
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared data")
    parser.add_argument("--out", type=Path, default=RANKING_FILE)
    options = parser.parse_args()
    vectors = StaticVectors.load(ROOT / "data/models/vectors")
    chance = random.Random(0)

    entries, _ = read_faq([options.faq])
    groups = defaultdict(list)
    with (options.data / "similarity/parakqc_even_groups.tsv").open(encoding="utf-8") as file:
        for group, sentence in list(csv.reader(file, delimiter="\t"))[1:]:
            groups[group].append(sentence)
    sentences = list(groups.values())
    others = [FaqEntry(str(i), "", None, s[0], tuple(s[1:3]), "") for i, s in enumerate(sentences[:300])]
    with (options.data / "dialogue/ChatbotData.csv").open(encoding="utf-8") as file:
        talk = chance.sample([row["Q"] for row in csv.DictReader(file)], 800)
    foreign = {"faq": talk + [s[3] for s in sentences], "others": talk + [s[0] for s in sentences[300:]]}

    kinds: dict[str, list[Case]] = {kind: [] for kind in SHARES}
    sets = []
    for name, faq, folds in (("faq", entries, 3), ("others", others, 2)):
        cases = held_out(faq, vectors, folds)
        sets.append(cases)
        wordy = held_out(faq, vectors, folds, lambda question: f"{chance.choice(talk)} {question}")
        kinds["wordy"] += wordy
        sets.append(wordy)
        searcher = FaqSearcher.build(faq, vectors)
        kinds["held_out"] += cases
        kinds["entry_out"] += [Case(np.delete(c.channels, c.right, axis=0), -1) for c in cases]
        known = [(place, question) for place, entry in enumerate(faq) for question in entry.questions]
        kinds["known"] += [ask(searcher, damaged(question, chance), place, vectors) for place, question in known]
        kinds["foreign"] += [ask(searcher, question, -1, vectors) for question in foreign[name]]
    lowest = np.array([MIN_QUESTION_WEIGHT if name.startswith("question") else 0.0 for name in FAQ_CHANNELS])
    weights = fit_weights([*sets, kinds["known"]], lowest)
    passages = passage_cases(options.data, vectors, 1_000)
    passage_weights = fit_weights([passages], np.zeros(len(CHANNELS)))
    calibration = fit_confidence(kinds, weights)
    document = {
        "format_version": FORMAT_VERSION,
        "faq_weights": dict(zip(FAQ_CHANNELS, weights.tolist())),
        "passage_weights": dict(zip(CHANNELS, passage_weights.tolist())),
        "confidence": calibration.to_json(),
        "fitted_by": "benchmarks/search/fit_ranking.py",
        "in_sample": {
            "faq_phrasings_held_out": recalls(sets[0], weights),
            "faq_phrasings_held_out_after_small_talk": recalls(sets[1], weights),
            "parakqc_held_out": recalls(sets[2], weights),
            "confidence": reliability(kinds, weights, calibration),
            "passages": recalls(passages, passage_weights),
        },
    }
    options.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
