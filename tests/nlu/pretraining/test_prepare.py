import lzma
import resource

import numpy as np
import pytest

from nlu.pretraining.prepare import PrepareConfig, clean, is_validation, prepare, read_articles, save_shard
from nlu.tokenizer import SENTENCE_START, Tokenizer

CONFIG = PrepareConfig(vocabulary_size=160, articles_per_shard=40, validation_share=8, min_tokens=20)


def all_ids(folder, split: str) -> np.ndarray:
    return np.concatenate([np.load(path) for path in sorted(folder.glob(f"{split}-*.ids.npy"))])


def test_what_extraction_left_behind_is_removed():
    assert clean("환경 디자인( - , )은   과정이다.") == "환경 디자인은 과정이다."
    assert clean("&lt;도적들의 무도회&gt;에 출연했다.") == "<도적들의 무도회>에 출연했다."


def test_articles_are_packed_with_their_tokens(corpus, texts):
    tokenizer = Tokenizer.load(corpus)
    packed, starts = np.load(corpus / "train-00000.ids.npy"), np.load(corpus / "train-00000.articles.npy")
    kept = [(title, text) for title, text in read_articles(texts) if not is_validation(title, 8)]
    assert np.array_equal(packed[: starts[1]], tokenizer.encode(clean(kept[0][1])).ids)
    assert (np.load(corpus / "train-00000.flags.npy")[starts] & SENTENCE_START).all()


def test_the_split_is_by_article_and_loses_none(corpus, texts):
    counts = {split: sum(len(np.load(p)) for p in corpus.glob(f"{split}-*.articles.npy")) for split in ("train", "validation")}
    held_out = sum(is_validation(title, 8) for title, _ in read_articles(texts))
    assert counts == {"train": 60 - held_out, "validation": held_out} and held_out > 0


def test_a_second_run_is_the_same_and_a_killed_one_goes_on(corpus, texts, tmp_path):
    again = prepare([texts], tmp_path / "again", CONFIG, processes=1)
    assert np.array_equal(all_ids(again, "train"), all_ids(corpus, "train"))
    (again / "train-00001.articles.npy").unlink()
    before = (again / "train-00000.ids.npy").stat().st_mtime_ns
    prepare([texts], again, CONFIG, processes=1)
    assert np.array_equal(all_ids(again, "train"), all_ids(corpus, "train"))
    assert (again / "train-00000.ids.npy").stat().st_mtime_ns == before


def test_another_configuration_is_refused(corpus, texts):
    with pytest.raises(ValueError, match="another configuration"):
        prepare([texts], corpus, PrepareConfig(vocabulary_size=159), processes=1)


def test_an_empty_corpus_is_an_error(tmp_path):
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(ValueError, match="empty"):
        prepare([tmp_path / "empty.txt"], tmp_path / "out", CONFIG, processes=1)


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "cp949.txt"
    path.write_bytes("제목\t세탁기 설명".encode("cp949"))
    with pytest.raises(ValueError, match="cp949.txt is not UTF-8"):
        list(read_articles(path))


def test_compressed_text_is_read(tmp_path):
    path = tmp_path / "a.txt.xz"
    path.write_bytes(lzma.compress("제목\t본문이다.\n".encode()))
    assert list(read_articles(path)) == [("제목", "본문이다.")]


def test_a_vocabulary_that_does_not_fit_16_bits_is_refused():
    with pytest.raises(ValueError, match="70000"):
        PrepareConfig(vocabulary_size=70_000)


def test_a_vocabulary_larger_than_the_text_allows_is_an_error(texts, tmp_path):
    with pytest.raises(ValueError, match="5000 were asked for"):
        prepare([texts], tmp_path, PrepareConfig(vocabulary_size=5_000), processes=1)


def test_a_full_disk_is_named_and_no_half_shard_is_left(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    article = (np.zeros(5_000, np.uint16), np.zeros(5_000, np.uint8), np.zeros(5_000, np.uint8))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        with pytest.raises(OSError, match="train-00000.ids.npy could not be written, nothing was left there"):
            save_shard(tmp_path, "train", 0, [article])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
