import json

import numpy as np
import pytest

from bot.choice import (
    CANDIDATES,
    CHOICE_FILE,
    HEADING_CHARACTERS,
    MANUAL_FEATURES,
    UNIT_CHARACTERS,
    Choice,
    default_choice,
    heading_of,
    manual_features,
    unit_text,
)
from bot.decision import Decision
from bot.evidence import FEATURES as EVIDENCE
from bot.evidence import NULL_FEATURES
from bot.faq_judge import FEATURES, Judged
from nlu.message_pairs import PairScores
from nlu.sentences import Unit, UnitKind


def choice(faq=None, manual=None):
    return Choice(
        {**dict.fromkeys(("bias", *FEATURES), 0.0), **(faq or {})},
        {**dict.fromkeys(MANUAL_FEATURES, 0.0), **(manual or {})},
        0.5,
        0.2,
    )


def rows(names, *values):
    """A row of features a value, all zero but for the named one."""
    return np.array([[value if name == given else 0.0 for name in names] for given, value in values]).reshape(
        len(values), len(names)
    )


def test_probabilities_by_hand():
    faq, manual = rows(FEATURES, ("answers", 1.0), ("answers", 0.0)), rows(MANUAL_FEATURES, ("evidence", 1.0))
    found = choice({"answers": np.log(2)}, {"evidence": np.log(4)}).probabilities(faq, manual)
    np.testing.assert_allclose(found[0], [2 / 8, 1 / 8])
    np.testing.assert_allclose(found[1], [4 / 8])
    alone, nothing = choice({"bias": np.log(3)}).probabilities(faq[:1], manual[:0])
    np.testing.assert_allclose(alone, [3 / 4])
    assert len(nothing) == 0


class Pairs:
    def __init__(self):
        self.texts = []

    def scores(self, message, texts):
        self.texts = list(texts)
        return PairScores(np.zeros(len(texts)), np.arange(len(texts), dtype=np.float32))


class Said:
    """A candidate as far as the choice looks at it."""

    def __init__(self, word, reader, **features):
        passage = type("P", (), {"document_id": "d", "title": "설명서", "section": "1장 > 반품"})
        self.reading = type("R", (), {"text": word, "passage": passage, "place": lambda start, end: (start, end)})
        self.span = type("S", (), {"start": 0, "end": len(word)})
        self.unit = type("U", (), {"start": 0, "end": len(word), "leads": ()})
        self.text = word
        self.given = {"reader": reader, **features}
        self.features = np.array([self.given.get(name, 0.0) for name in EVIDENCE])

    def feature(self, name):
        return self.given.get(name, 0.0)


def gathered(*candidates, wants_fact=True, names_sibling=False):
    question = type("Q", (), {"text": "며칠이에요?", "wants_fact": wants_fact})
    matrix = np.array([one.features for one in candidates]).reshape(len(candidates), len(EVIDENCE))
    given = {"question": question, "candidates": list(candidates), "features": matrix}
    return type("G", (), {**given, "null_features": np.zeros(len(NULL_FEATURES)), "names_sibling": names_sibling})


BY_READER = Decision(np.array([1.0 if name == "reader" else 0.0 for name in EVIDENCE]), np.zeros(len(NULL_FEATURES)))


def test_what_is_seen_in_a_sentence():
    pairs = Pairs()
    low = Said("3일", 1.0, row_of_other=1.0, soft_context=0.9)
    high = Said("7일", 2.0, soft_context=0.1, quantity_missing=1.0)
    candidates, features = manual_features(gathered(low, high, names_sibling=True), BY_READER, pairs)
    assert candidates == [high, low]
    assert pairs.texts == ["설명서 > 반품 — 7일", "설명서 > 반품 — 3일"]
    rest = [0.0, 0.0, 0.0]
    assert features.tolist() == [[1.0, 2.0, 0.0, 1.0, 1.0, 0.0, 1.0, *rest], [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, *rest]]
    many = [Said(f"{i}일", float(i)) for i in range(CANDIDATES + 3)]
    candidates, _ = manual_features(gathered(*many), BY_READER, pairs)
    assert candidates == many[:2:-1]


def test_an_entry_takes_from_the_manuals_what_it_has():
    judged = Judged(rows(FEATURES, ("answers", 1.0)), np.array([0.9]), np.array([0.0]))
    made = choice({"answers": np.log(6)}, {"bias": np.log(3)})
    weighed = made.weigh(judged, gathered(Said("7일", 1.0)), BY_READER, Pairs())
    assert weighed.faq == pytest.approx([6 / 10])
    assert weighed.best[0].text == "7일" and weighed.best[1] == pytest.approx(3 / 10)
    own_words = judged._replace(at_least=np.array([0.8]))
    assert made.weigh(own_words, gathered(Said("7일", 1.0)), BY_READER, Pairs()).faq == pytest.approx([0.8])
    nothing = made.weigh(judged.none(), gathered(), BY_READER, Pairs())
    assert nothing.best is None and len(nothing.faq) == 0


def test_weights_of_other_features_and_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match="manual weights are of"):
        Choice(dict.fromkeys(("bias", *FEATURES), 0.0), {"bias": 1.0}, 0.5, 0.2)
    file = tmp_path / "choice.json"
    document = json.loads(CHOICE_FILE.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**document, "format_version": 99}), encoding="utf-8")
    with pytest.raises(ValueError, match="format 99"):
        Choice.load(file)


def test_what_ships_speaks_for_and_against_as_it_should():
    shipped = default_choice()
    assert 0 < shipped.related_at < shipped.answer_at < 1
    assert min(shipped.faq_weights[name] for name in ("confidence", "answers", "code_found")) > 0
    assert max(shipped.faq_weights[name] for name in ("quantity_missing", "product_other")) < 0
    assert min(shipped.manual_weights[name] for name in ("evidence", "holds")) > 0 > shipped.manual_weights["sibling"]


def test_a_unit_is_read_with_its_heading_and_what_announces_it():
    text = "다음 경우에는 환불하지 않습니다:\n1. 조립한\n   가구"
    unit = Unit(text.index("1."), len(text), UnitKind.ITEM, ((0, text.index("\n")),))
    assert (
        unit_text(heading_of("규정", "3장 > 환불"), text, unit)
        == "규정 > 환불 — 다음 경우에는 환불하지 않습니다: — 1. 조립한 가구"
    )
    assert heading_of("규정", "") == "규정"
    long = unit_text("장" * 99, "가" * 999, Unit(0, 999, UnitKind.SENTENCE))
    assert long == f"{'장' * HEADING_CHARACTERS} — {'가' * UNIT_CHARACTERS}"
