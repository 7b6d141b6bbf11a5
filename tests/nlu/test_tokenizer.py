import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.tokenizer import EOJEOL_START, SENTENCE_START, SPECIAL_TOKENS, TAGS, UNK, Tokenizer, pieces

WORDS = "반품 하 려면 며칠 안 에 신청 했 어요 ? 세탁 ##기 세 ##탁 dw - f 2 ##1".split()


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer({token: i for i, token in enumerate((*SPECIAL_TOKENS, *WORDS))})


def spelt(tokenizer: Tokenizer, text: str) -> list[str]:
    return [tokenizer.tokens[i] for i in tokenizer.encode(text).ids]


def test_words_are_cut_at_morphemes_first(tokenizer):
    assert spelt(tokenizer, "반품하려면 며칠 안에 신청했어요?") == "반품 하 려면 며칠 안 에 신청 했 어요 ?".split()


def test_the_longest_match_wins_and_case_is_folded(tokenizer):
    assert spelt(tokenizer, "세탁기") == ["세탁", "##기"]
    assert spelt(tokenizer, "DW-F21") == ["dw", "-", "f", "2", "##1"]


def test_what_cannot_be_spelt_is_one_unknown_token(tokenizer):
    encoding = tokenizer.encode("뷁 반품")
    assert encoding.ids[0] == UNK and (encoding.starts[0], encoding.ends[0]) == (0, 1)


def test_spaces_do_not_change_the_ids(tokenizer):
    assert spelt(tokenizer, "반품  하려면\n며칠") == spelt(tokenizer, "반품하려면 며칠")


def test_decomposed_and_full_width_text_give_the_same_ids_and_original_offsets(tokenizer):
    text = unicodedata.normalize("NFD", "반품 신청했어요？")
    encoding = tokenizer.encode(text)
    assert np.array_equal(encoding.ids, tokenizer.encode("반품 신청했어요?").ids)
    assert unicodedata.normalize("NFC", text[encoding.starts[1] : encoding.ends[1]]) == "신청"


def test_tags_and_flags_say_what_each_token_is(tokenizer):
    encoding = tokenizer.encode("반품 신청했어요? 며칠 안에")
    assert [TAGS[t] for t in encoding.tags[:3]] == ["NNG", "NNG", "XSV"]
    assert [bool(f & EOJEOL_START) for f in encoding.flags] == [True, True, False, False, False, True, True, False]
    assert [bool(f & SENTENCE_START) for f in encoding.flags] == [True, False, False, False, False, True, False, False]


def test_empty_text_has_no_tokens(tokenizer):
    assert len(tokenizer.encode("")) == 0 and len(tokenizer.encode(" \n ")) == 0


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("반품 하려면며칠ㅋㅎ!\n\t🙂環境abDW-21%（Ａ）한"), max_size=60))
def test_every_visible_character_lies_in_one_token_and_offsets_are_in_order(text: str):
    tokenizer = Tokenizer({token: i for i, token in enumerate((*SPECIAL_TOKENS, *WORDS))})
    encoding = tokenizer.encode(text)
    covered = [i for a, b in zip(encoding.starts, encoding.ends) for i in range(a, b)]
    visible = [i for i, c in enumerate(text) if not (c.isspace() or c == "\u3000")]
    assert covered == visible


def test_pieces_cover_text_and_know_sentences():
    text = "문이 열렸다. 닫아라."
    found = pieces(text)
    assert "".join(text[a:b] for a, b, _, _ in found) == text.replace(" ", "")
    assert [text[a:b] for a, b, _, flag in found if flag & SENTENCE_START] == ["문", "닫"]


def test_a_saved_tokenizer_gives_the_same_ids(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    loaded = Tokenizer.load(tmp_path)
    assert loaded.vocabulary == tokenizer.vocabulary
    assert np.array_equal(loaded.encode("반품 며칠 세탁기").ids, tokenizer.encode("반품 며칠 세탁기").ids)


def test_subwords_are_those_of_the_tokenizers_library(tokenizer, tmp_path):
    from tokenizers import Tokenizer as Reference

    tokenizer.save(tmp_path)
    reference = Reference.from_file(str(tmp_path / "tokenizer.json"))
    for piece in ["세탁기", "21", "반품", "뷁", "세탁", "세"]:
        assert [i for i, _, _ in tokenizer.subwords(piece)] == reference.encode(piece).ids


def test_another_format_is_refused(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    (tmp_path / "daedap_tokenizer.json").write_text(json.dumps({"format_version": 99}))
    with pytest.raises(ValueError, match="format version 99"):
        Tokenizer.load(tmp_path)


def test_a_missing_tokenizer_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap train encoder"):
        Tokenizer.load(tmp_path)


def test_special_tokens_must_come_first():
    with pytest.raises(ValueError, match=r"\[PAD\]"):
        Tokenizer({"반품": 0})


def test_a_vocabulary_larger_than_the_text_allows_is_an_error():
    with pytest.raises(ValueError, match="500 were asked for"):
        Tokenizer.train({"반품": 3, "배송": 2}, 500)


def test_a_vocabulary_is_learnt_from_counts():
    tokenizer = Tokenizer.train({"반품": 30, "배송": 20, "반송": 1}, 11)
    assert [tokenizer.tokens[i] for i, _, _ in tokenizer.subwords("반품")] == ["반품"]
    assert [tokenizer.tokens[i] for i, _, _ in tokenizer.subwords("반송")] == ["반", "##송"]


def test_however_many_numbers_are_written_so_many_pieces_are_remembered(tokenizer, monkeypatch):
    monkeypatch.setattr("nlu.tokenizer.CACHE_SIZE", 3)
    for number in range(10):
        tokenizer.subwords(f"21{number}")
        assert len(tokenizer._cache) <= 3
    assert tokenizer.subwords("21") == tokenizer.subwords("21") == tokenizer._match("21")
