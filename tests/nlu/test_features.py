import numpy as np
import pytest

from nlu.features import InputLayout, commonest_ids, context_windows, pad_inputs, reader_inputs


def test_the_layout_by_hand():
    found = reader_inputs(np.array([10, 11, 12]), np.array([20, 11, 12, 21, 10]), (1, 4), common_ids={12})
    assert found.input_ids.tolist() == [2, 10, 11, 12, 3, 11, 12, 21, 3]
    assert found.token_type_ids.tolist() == [0, 0, 0, 0, 0, 2, 1, 1, 0]
    assert (found.context_at, found.window) == (5, (1, 4))


def test_unknown_tokens_never_match():
    assert reader_inputs(np.array([1]), np.array([1, 7])).token_type_ids.tolist() == [0, 0, 0, 1, 1, 0]


def test_long_questions_are_cut():
    found = reader_inputs(np.arange(5, 205), np.array([200, 300]))
    assert found.context_at == 66
    assert found.token_type_ids[-3:].tolist() == [1, 1, 0]  # 200 stood in the part cut off


def test_two_separators_and_no_match_type():
    layout = InputLayout(cls_id=0, sep_id=2, pad_id=1, separators=2, has_match_type=False)
    found = reader_inputs(np.array([10]), np.array([10]), layout=layout)
    assert found.input_ids.tolist() == [0, 10, 2, 2, 10, 2]
    assert found.token_type_ids.tolist() == [0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize("tokens", [1, 40, 80, 81, 500])
def test_windows_cover_the_context_and_overlap(tokens):
    windows = context_windows(13, tokens, 96, 32)  # room for 80
    assert windows[0][0] == 0 and windows[-1][1] == tokens
    assert all(end - start <= 80 for start, end in windows)
    assert all(before[1] - after[0] == 32 for before, after in zip(windows, windows[1:]))


def test_no_context_has_no_windows_and_no_room_is_an_error():
    assert context_windows(10, 0, 96, 32) == []
    with pytest.raises(ValueError, match="no room"):
        context_windows(60, 10, 62, 32)


def test_padding():
    inputs = [reader_inputs(np.array([10]), np.arange(20, 20 + n)) for n in (1, 4)]
    input_ids, attention_mask, token_type_ids = pad_inputs(inputs, multiple=16)
    assert input_ids.shape == (2, 16)
    assert attention_mask.sum(1).tolist() == [5, 8]
    assert input_ids[0, 5:].tolist() == [0] * 11 and token_type_ids[0, 5:].sum() == 0


def test_commonest_ids():
    assert commonest_ids([np.array([7, 7, 9, 2, 2, 2]), np.array([9, 9, 8])], 2) == [7, 9]
