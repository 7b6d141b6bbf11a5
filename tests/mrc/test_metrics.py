import math

import pytest

from mrc.metrics import exact_match, f1, normalize_answer, roc_auc


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("《세종》 대왕!", "세종 대왕"),
        ("'세종'대왕", "세종 대왕"),
        ("1,443년", "1443년"),
        ("(주)대답  전자", "주 대답 전자"),
        ("iPhone-X", "iphonex"),
        ("a<b>c", "a b c"),
        ("“인용”", "“인용”"),
        ("", ""),
    ],
)
def test_normalization_follows_the_official_script(text, normal):
    assert normalize_answer(text) == normal


def test_exact_match_counts_inner_spaces():
    assert exact_match("세종 대왕", ["세종대왕"]) == 0.0
    assert exact_match("세종 대왕.", ["이순신", "세종 대왕"]) == 1.0


def test_f1_is_over_characters_without_spaces():
    # predicted 세종대왕 (4), gold 세종 (2): 2 common, precision 1/2, recall 1 -> 2/3
    assert f1("세종 대왕", ["세종"]) == pytest.approx(2 / 3)
    assert f1("세종 대왕", ["세종대왕"]) == 1.0


def test_f1_is_over_a_multiset_and_takes_the_best_answer():
    # 가가나 against 가나나: common 가, 나 -> 2 of 3 each way
    assert f1("가가나", ["가나나", "다"]) == pytest.approx(2 / 3)


def test_an_empty_prediction_scores_nothing():
    assert (exact_match("", ["답"]), f1("", ["답"]), f1("!", ["답"])) == (0.0, 0.0, 0.0)


def test_roc_auc_counts_ties_half():
    # pairs (3>2) (3>1) (2=2) (2>1): 3.5 of 4
    assert roc_auc([3, 2], [2, 1]) == pytest.approx(0.875)
    assert math.isnan(roc_auc([], [1]))
