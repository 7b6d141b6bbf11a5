import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.transfer import augmentation
from nlu.transfer.augmentation import (
    KEY_ROWS,
    SHIFTED,
    Augmentation,
    augment,
    change_spacing,
    compose,
    delete_eojeols,
    keys_of,
    near_forms,
    neighbour_keys,
    replace_by_neighbours,
    slip_fingers,
    swap_eojeols,
)

TEXT = "예쁜 병을 닫았는데 세탁기 필터를 어떻게 청소해요? ㅋㅋ 값이 괜찮아요 UE"


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("syllable", "keys"),
    [("왕", "ㅇㅗㅏㅇ"), ("값", "ㄱㅏㅂㅅ"), ("꽤", "ㄲㅗㅐ"), ("의", "ㅇㅡㅣ"), ("ㅋ", "ㅋ"), ("A", "A"), ("가", "ㄱㅏ")],
)
def test_the_keys_of_a_syllable(syllable, keys):
    assert keys_of(syllable) == keys


@given(
    st.text(alphabet=st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")) | st.sampled_from(" aA1?😀"), max_size=30)
)
def test_what_is_taken_apart_composes_again(text):
    assert compose("".join(map(keys_of, text))) == text


def test_a_final_moves_to_the_next_syllable_as_an_input_method_moves_it():
    assert compose("ㄷㅏㄹㄱ") == "닭"
    assert compose("ㄷㅏㄹㄱㅣ") == "달기"
    assert compose("ㅏㅇㅏㄱ") == "ㅏ악"


def test_neighbours_touch_each_other_and_shift_stays_on_its_key():
    assert neighbour_keys("ㅁ") == ("ㄴ", "ㅂ", "ㅈ", "ㅋ")
    assert set(neighbour_keys("ㅆ")) == {"ㄱ", "ㄹ", "ㅅ", "ㅎ", "ㅛ"}
    for key in "".join(KEY_ROWS):
        assert all(key in neighbour_keys(SHIFTED.get(near, near)) or SHIFTED.get(near) == key for near in neighbour_keys(key))


def test_slips_touch_the_share_of_syllables_asked_for():
    long = "세탁기필터청소" * 300
    changed = [slip_fingers(long, share, rng()) for share in (0.0, 0.1)]
    assert changed[0] == long
    slipped = [slip_fingers(syllable, 0.1, generator) != syllable for generator in [rng(3)] for syllable in long]
    assert 0.08 < np.mean(slipped) < 0.12
    assert slip_fingers("UE 12 😀 ㅋㅋ", 1.0, rng()) == "UE 12 😀 ㅋㅋ"


def test_spacing_changes_spaces_alone():
    noisy = change_spacing(TEXT, 0.5, rng())
    assert noisy != TEXT and noisy.replace(" ", "") == TEXT.replace(" ", "")
    assert change_spacing("가나다 라", 1.0, rng(1)).count(" ") <= 2


def test_eojeols_are_left_out_and_swapped_but_never_all():
    words = TEXT.split()
    kept = delete_eojeols(TEXT, 0.4, rng()).split()
    assert 0 < len(kept) < len(words) and [word for word in words if word in kept] == kept
    assert delete_eojeols(TEXT, 1.0, rng()) == words[0]
    swapped = swap_eojeols(TEXT, 0.4, rng()).split()
    assert swapped != words and sorted(swapped) == sorted(words)


def test_neighbours_are_near_words_of_the_same_kind():
    assert "가격" in near_forms("값", "NNG")
    assert near_forms("뷁뷁", "NNG") == ()


def test_particles_follow_the_word_that_was_put_in(monkeypatch):
    monkeypatch.setattr(augmentation, "near_forms", lambda form, tag: {"병": ("주전자",)}.get(form, ()))
    assert replace_by_neighbours("예쁜 병을 닫았는데 UE 에러", 1.0, rng()) == "예쁜 주전자를 닫았는데 UE 에러"


@pytest.mark.parametrize("text", ["", " ", "ㅋ", "😀", "e\u0301 세탁기", "e", "각".encode().decode()])
def test_odd_texts_pass(text):
    strong = Augmentation(rows=1.0, typos=1.0, spacing=1.0, deletion=1.0, swap=1.0, neighbours=1.0)
    for seed in range(5):
        noisy = augment(text, strong, rng(seed))
        assert bool(noisy.strip()) == bool(text.strip())


def test_only_the_share_of_rows_asked_for_is_touched():
    noise = Augmentation(rows=0.3, typos=1.0)
    generator = rng()
    assert 0.25 < np.mean([augment("세탁기 필터", noise, generator) != "세탁기 필터" for _ in range(400)]) < 0.35
    assert augment(TEXT, noise, rng(5)) == augment(TEXT, noise, rng(5))


def test_shares_are_checked():
    with pytest.raises(ValueError, match="augmentation.typos is 1.5"):
        Augmentation(typos=1.5)
