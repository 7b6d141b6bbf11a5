"""Pairs scored by the encoder of messages: against numpy by hand, on an encoder made here and on the one that ships."""

import json

import numpy as np
import pytest

from nlu.message_pairs import HEADS_FILE, MESSAGES, MessagePairs, PairHead, default_pairs
from nlu.sentence_encoder import SentenceEncoder, pair_inputs
from nlu.tokenizer import CLS, SEP


class Fixed:
    """Gives the vectors it was made with."""

    def __init__(self, vectors):
        self.vectors = np.array(vectors, np.float32)

    def encode_pairs(self, message, texts, common_ids):
        return self.vectors[: len(texts)]


def test_scores_are_the_heads_log_odds():
    answers, holds = PairHead(np.array([2.0, -1.0]), 0.5), PairHead(np.array([0.0, 1.0]), -0.5)
    pairs = MessagePairs(Fixed([[1, 0], [0.6, 0.8]]), answers, holds, ())
    found = pairs.scores("물음", ["가", "나"])
    assert found.answers == pytest.approx([2.5, 0.9]) and found.holds == pytest.approx([-0.5, 0.3])
    assert [scores.tolist() for scores in pairs.scores("물음", [])] == [[], []]


def test_a_head_is_the_difference_of_yes_and_no():
    document = {"scale": 2, "heads": {"holds": {"labels": ["no", "yes"], "weights": [[1, 0], [3, 1]], "biases": [0.5, 0.0]}}}
    head = PairHead.of(document, "holds", MESSAGES)
    assert head.weights.tolist() == [4.0, 2.0] and head.bias == -1.0


def test_a_pair_is_cut_and_shared_words_are_marked():
    tokenizer = SentenceEncoder(MESSAGES).tokenizer
    ids, types = pair_inputs(tokenizer, "필터 청소", "에어컨 필터는 언제 갈아요", ())
    assert (ids[0], ids[-1], types[0], types[-1]) == (CLS, SEP, 0, 0)
    at = ids.tolist().index(SEP)
    shared = tokenizer.encode("필터").ids[0]
    assert [types[at + 1 + i] for i, token in enumerate(ids[at + 1 : -1]) if token == shared] == [2]
    assert set(types[at + 1 : -1]) == {1, 2} and set(types[: at + 1]) == {0}
    assert len(pair_inputs(tokenizer, "필터 " * 500, "에어컨 " * 500, ())[0]) == 128


def test_missing_files_and_heads_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="sentence_encoder export"):
        MessagePairs.load(tmp_path)
    for path in MESSAGES.iterdir():
        if path.name != HEADS_FILE:
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(FileNotFoundError, match="nlu.transfer.multitask"):
        MessagePairs.load(tmp_path)
    (tmp_path / HEADS_FILE).write_text(json.dumps({"scale": 1, "heads": {}}))
    with pytest.raises(ValueError, match="no head 'answers'"):
        MessagePairs.load(tmp_path)


def test_the_shipped_model_tells_an_answer_from_what_is_merely_near():
    entry = "필터는 얼마나 자주 갈아요? / 필터 교체 주기 — 여섯 달에 한 번 갈아 주세요."
    answered, near = (
        default_pairs().scores(question, [entry]).answers[0] for question in ("필터 몇 달마다 바꿔야 해요", "필터가 비싼데 얼마예요")
    )
    assert answered > near
    assert default_pairs().scores("", ["", "ㅋㅋ", "🙂"]).answers.shape == (3,)


def test_the_shipped_model_tells_the_sentence_that_holds_the_answer():
    texts = ["식기세척기 — 세척 시간은 90분입니다.", "식기세척기 — 세제는 한 알 넣습니다."]
    found = default_pairs().scores("한 번 돌리면 몇 분 걸려요?", texts).holds
    assert found[0] > found[1]
