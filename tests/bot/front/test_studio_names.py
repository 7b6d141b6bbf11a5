"""What the studio calls things."""

from bot.answer import Kind
from bot.front.studio_names import KINDS, by_channel, channel_name, kind_name
from retrieval.calibration import CHANNELS, FAQ_CHANNELS


def test_parts_are_grouped_by_the_text_in_which_they_were_found():
    parts = {"question_lexical": 1.0, "question_dense": 0.5, "answer_ngrams": 0.25}
    assert by_channel(parts) == [("질문", [("낱말", 1.0), ("뜻", 0.5)]), ("답변", [("글자", 0.25)])]


def test_every_channel_of_search_and_every_kind_of_answer_has_a_korean_name():
    shown = by_channel({name: 1.0 for name in (*CHANNELS, *FAQ_CHANNELS)})
    assert [group for group, _ in shown] == ["문단", "질문", "항목 전체", "답변"]
    assert all([name for name, _ in row] == ["낱말", "글자", "뜻"] for _, row in shown)
    assert set(KINDS) == {kind.value for kind in Kind}


def test_what_has_no_name_is_shown_as_it_is():
    assert (kind_name("other"), channel_name("telegram"), channel_name("kakao")) == ("other", "telegram", "카카오톡")
