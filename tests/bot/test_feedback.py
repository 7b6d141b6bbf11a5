import pytest

from bot.feedback import Feedback, Rated, Thumb
from bot.storage.database import open_database
from bot.storage.tables import feedback

RATED = Rated("web-1:7", "web-1", "web", "반품 010-1234-5678", "7일 안에 하시면 돼요.", "faq", 0.93, "F1", "자주 묻는 질문")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'daedap.db'}"


def rows(url):
    with open_database(url).connect() as connection:
        return connection.execute(feedback.select().order_by(feedback.c.key)).all()


def test_a_thumb_is_kept_with_question_answer_and_source(url):
    Feedback(url).rate(RATED, Thumb.DOWN)
    [row] = rows(url)
    assert (row.key, row.sender, row.channel, row.thumb) == ("web-1:7", "web-1", "web", "down")
    assert (row.question, row.answer) == ("반품 [전화번호]", "7일 안에 하시면 돼요.")
    assert (row.kind, row.confidence, row.source, row.source_title) == ("faq", 0.93, "F1", "자주 묻는 질문")


def test_an_answer_rated_anew_keeps_one_row_and_a_thumb_taken_back_none(url):
    thumbs = Feedback(url)
    thumbs.rate(RATED, Thumb.DOWN)
    thumbs.rate(RATED, Thumb.UP)
    assert [row.thumb for row in rows(url)] == ["up"]
    thumbs.rate(RATED, None)
    assert rows(url) == []


def test_what_is_too_long_or_no_text_is_cut_and_kept(url):
    odd = Rated("k" * 500, "s" * 500, "c" * 100, "가" * 5_000, "\ud800", source="d" * 900)
    Feedback(url).rate(odd, Thumb.UP)
    [row] = rows(url)
    assert [len(value) for value in (row.key, row.sender, row.channel, row.question, row.source)] == [240, 200, 40, 2_000, 300]
    assert row.answer == "?"
