import sqlalchemy as sa

from bot.feedback import Feedback, Rated, Thumb
from bot.storage.database import open_database
from bot.storage.tables import feedback

ANSWER = Rated("web-1:7", "web-1", "web", "010-1234-5678인데 반품 되나요?", "7일 안에 돼요.", "faq", 0.97, "F1", "자주 묻는 질문")


def rows(url):
    with open_database(url).connect() as connection:
        return connection.execute(sa.select(feedback)).all()


def test_a_thumb_is_kept_with_question_answer_and_source_changed_and_taken_back(tmp_path):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    thumbs = Feedback(url)
    assert thumbs.rate(ANSWER, Thumb.UP)
    (row,) = rows(url)
    assert (row.thumb, row.question, row.answer, row.source) == ("up", "[전화번호]인데 반품 되나요?", "7일 안에 돼요.", "F1")
    assert thumbs.rate(ANSWER, Thumb.DOWN)
    assert [row.thumb for row in rows(url)] == ["down"]
    assert thumbs.rate(ANSWER, None)
    assert rows(url) == []
