import numpy as np

from mrc.examples import GoldAnswer, QuestionExample
from mrc.packing import encode_all, pack

TEXT = "세종은 1443년 12월에 훈민정음을 창제하였다."
EXAMPLES = [
    QuestionExample("1", "누가?", TEXT, (GoldAnswer("세종", 0),), "가"),
    QuestionExample("2", "무엇을?", TEXT, (GoldAnswer("훈민정음", 15),), "가"),
    QuestionExample("3", "얼마?", "반품 배송비는 6,000원이며 고객이 부담합니다.", (), "나"),
]


def test_contexts_are_packed_once_and_answers_become_tokens(tokenizer):
    packed = pack(EXAMPLES, tokenizer)
    assert packed.contexts.tolist() == [0, 0, 1] and packed.titles.tolist() == [0, 0, 1]
    assert len(packed.context_offsets) == 3
    np.testing.assert_array_equal(packed.context(0), tokenizer.encode(TEXT).ids)
    np.testing.assert_array_equal(packed.question(1), tokenizer.encode("무엇을?").ids)
    answer = packed.context(0)[packed.start_tokens[1] : packed.end_tokens[1]]
    np.testing.assert_array_equal(answer, tokenizer.encode("훈민정음").ids)
    assert (packed.start_tokens[2], packed.end_tokens[2]) == (-1, -1)


def test_the_cache_gives_the_same_arrays(tokenizer, tmp_path):
    first = pack(EXAMPLES, tokenizer, cache=tmp_path)
    (path,) = tmp_path.glob("*.npz")
    before = path.stat().st_mtime_ns
    again = pack(EXAMPLES, tokenizer, cache=tmp_path)
    assert path.stat().st_mtime_ns == before
    for name in vars(first):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    pack(EXAMPLES[:1], tokenizer, cache=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_texts_are_encoded_in_order(tokenizer):
    texts = [TEXT, "", "세종"]
    assert [encoding.ids.tolist() for encoding in encode_all(texts, tokenizer, 1)] == [
        tokenizer.encode(t).ids.tolist() for t in texts
    ]
