import pytest

from nlu.sentence_vectors import SENTENCES, WORDS
from nlu.vectors import StaticVectors
from retrieval.documents import FaqEntry
from retrieval.training.adaptation import AdaptationResult, Adapted, adapt, hold_back

WORDS_OF = [
    "배송",
    "환불",
    "결제",
    "회원",
    "설치",
    "수리",
    "청소",
    "소음",
    "충전",
    "지도",
    "필터",
    "세제",
    "탈수",
    "건조",
    "냉방",
]


def entries() -> list[FaqEntry]:
    return [
        FaqEntry(f"e{i}", "", None, f"{word} 방법", (f"{word} 절차", f"{word} 순서는요"), f"{word} 안내예요.")
        for i, word in enumerate(WORDS_OF)
    ]


def test_the_last_phrasing_of_every_third_entry_is_held_back():
    kept, held = hold_back(entries())
    assert held[:2] == [("배송 순서는요", 0), ("회원 순서는요", 3)] and len(held) == 5
    assert kept[0].phrasings == ("배송 절차",) and kept[1].phrasings == ("환불 절차", "환불 순서는요")


def test_entries_with_one_phrasing_are_left_alone():
    single = [FaqEntry("e", "", None, "가", ("나",), "다")]
    assert hold_back(single) == (single, [])


def test_too_few_phrasings_to_measure_are_refused():
    vectors = StaticVectors.load(WORDS)
    with pytest.raises(ValueError, match="남겨 두고 재려면"):
        adapt(entries()[:6], vectors, vectors)


@pytest.mark.train
def test_what_is_measured():
    adapted = adapt(entries(), StaticVectors.load(SENTENCES), StaticVectors.load(WORDS), steps=2)
    assert adapted.result.n == 5 and 0.6 <= adapted.result.before <= 1.0
    assert adapted.vectors.config.weighting == "own"


@pytest.mark.parametrize("before, after, is_better", [(0.5, 0.6, True), (0.6, 0.6, False), (0.6, 0.5, False)])
def test_only_what_is_better_is_published(before, after, is_better):
    assert Adapted(None, AdaptationResult(10, before, after)).is_better is is_better
