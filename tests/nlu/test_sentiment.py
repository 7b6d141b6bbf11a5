import numpy as np
import pytest

from nlu.ngrams import analyzed
from nlu.sentiment import (
    LABELS,
    MESSAGE_ENCODER,
    STATIC_VECTORS,
    ReviewModel,
    SentimentModel,
    cross_validated,
    evaluate,
    message_vectors,
    read_reviews,
    read_support,
)

PRAISE = ["정말 재미있어요", "최고의 영화", "감동적이고 좋아요", "너무 좋은 영화", "재미있고 감동이에요"] * 4
BLAME = ["정말 재미없어요", "최악의 영화", "지루하고 별로예요", "돈이 아까운 영화", "지루하고 최악이에요"] * 4
SUPPORT = {
    "positive": ["감사합니다 최고예요", "정말 좋아요", "마음에 들어요", "덕분에 해결됐어요", "친절해요", "아주 만족해요"],
    "neutral": ["배송 언제 와요", "환불 되나요", "영업시간 알려 주세요", "설치비 얼마예요", "필터 어디서 사요", "주차되나요"],
    "negative": ["별로예요", "실망했어요", "너무 불편해요", "아쉽네요", "답답하네요", "속상해요 정말"],
    "angry": ["당장 환불해!!", "장난해요 지금?", "열받네 진짜", "화가 나 죽겠네!", "책임자 나오라고 해!", "ㅅㅂ 환불해"],
}
TEXTS = [text for texts in SUPPORT.values() for text in texts]
GOLD = [label for label, texts in SUPPORT.items() for _ in texts]


@pytest.fixture(scope="module")
def reviews():
    return ReviewModel.fit([analyzed(text) for text in PRAISE + BLAME], [1] * len(PRAISE) + [0] * len(BLAME), min_df=2)


@pytest.fixture(scope="module")
def model(reviews):
    return SentimentModel.fit(reviews, TEXTS, GOLD)


def test_reviews_tell_praise_from_blame(reviews):
    scores = reviews.scores([analyzed("재미있어요"), analyzed("지루해요"), analyzed("세탁기")])
    assert scores[0] > 0 > scores[1]
    assert scores[2] == pytest.approx(reviews.intercept, abs=1e-5)


def test_what_was_learnt_is_recognized(model):
    found = model.predict([analyzed(text) for text in TEXTS])
    assert [one.name for one in found] == GOLD
    assert all(sum(one.probabilities) == pytest.approx(1.0, abs=1e-5) for one in found)
    assert found[0].confidence == max(found[0].probabilities) == found[0].probabilities[LABELS.index("positive")]


@pytest.mark.parametrize("text", ["", "😀", "ㅋ", "가" * 10_000, "\x00", "SELECT 1"])
def test_any_text_has_a_label(model, text):
    assert model.predict([analyzed(text)])[0].name in LABELS


def test_saved_and_loaded_say_the_same(model, tmp_path):
    model.save(tmp_path)
    again = SentimentModel.load(tmp_path)
    for one, other in zip(model.predict([analyzed(t) for t in TEXTS]), again.predict([analyzed(t) for t in TEXTS])):
        assert other.name == one.name
        assert other.probabilities == pytest.approx(one.probabilities, abs=2e-2)


def test_a_missing_model_names_its_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m nlu.sentiment train"):
        SentimentModel.load(tmp_path)


def test_every_text_is_predicted_once_in_cross_validation(reviews):
    predicted = cross_validated(reviews, TEXTS, GOLD, folds=3)
    assert len(predicted) == len(TEXTS)
    assert set(predicted) <= set(LABELS)


def test_an_unknown_label_is_refused_with_its_line(reviews, tmp_path):
    with pytest.raises(ValueError, match="happy"):
        SentimentModel.fit(reviews, ["글", "글자"], ["happy", "angry"])
    path = tmp_path / "s.csv"
    path.write_text("label,utterance\nangry,야\nsad,글\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3"):
        read_support(path)


def test_reviews_are_read_whatever_their_characters(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_text("document\tlabel\n좋다\x85정말\t1\n\t0\n별로\t0\n", encoding="utf-8")
    assert read_reviews(path) == (["좋다\x85정말", "별로"], [1, 0])


def test_the_own_examples_are_enough_and_none_stands_twice():
    from collections import Counter

    from bot.settings import ROOT

    texts, labels = read_support(ROOT / "data" / "training" / "support_sentiment.csv")
    assert min(Counter(labels).values()) >= 100
    assert len(set(texts)) == len(texts)


def test_a_model_learnt_with_vectors_uses_them_and_wants_them(reviews, tmp_path):
    places = {label: place for place, label in enumerate(LABELS)}
    vectors = np.eye(8, dtype=np.float32)[[places[label] for label in GOLD]]
    SentimentModel.fit(reviews, TEXTS, GOLD, vectors=vectors).save(tmp_path)
    model = SentimentModel.load(tmp_path)
    assert model.config.encoder_dimension == 8
    unknown = [analyzed("ㅇ")] * len(LABELS)
    assert [found.name for found in model.predict(unknown, np.eye(8, dtype=np.float32)[:4])] == list(LABELS)
    with pytest.raises(ValueError, match="vectors of 8 dimensions, these have 0"):
        model.predict(unknown)


def test_a_saved_model_is_scored_on_a_file(reviews, tmp_path):
    vectors = message_vectors(TEXTS, MESSAGE_ENCODER, STATIC_VECTORS)
    SentimentModel.fit(reviews, TEXTS, GOLD, vectors=vectors).save(tmp_path)
    rows = [*zip(GOLD, TEXTS), ("angry", "감사합니다 최고예요")]
    (tmp_path / "data.csv").write_text("label,utterance\n" + "".join(f"{a},{b}\n" for a, b in rows), encoding="utf-8")
    found = evaluate(tmp_path / "data.csv", tmp_path, MESSAGE_ENCODER)
    assert found["n"] == 25
    assert found["accuracy"] == pytest.approx(24 / 25)
    assert (found["angry_recall"], found["neutral_recall"]) == (pytest.approx(6 / 7, abs=1e-4), 1.0)
