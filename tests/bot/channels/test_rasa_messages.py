"""Rasa's bubbles as messages and back; the bubbles are made as the actions make them."""

import pytest

from bot.actions.replies import buttons
from bot.answer import Answer, Candidate, Kind, Source
from bot.channels.rasa_messages import bubbles_of, in_handover, messages_of, span_in
from bot.message import Button, Message, Sender, plain
from bot.messages import LINK, render

MANUAL = Source("세탁기", "세탁기 사용설명서", "3장 청소", 12, 100, 104)
STEPS = "1. 끕니다.\n2. 뺍니다."
HUMAN = Button("상담원 연결", "/human")
ANSWERS = {
    "faq": Answer("?", Kind.FAQ, "7일이에요.", 0.9, "반품은?", Source("F1", "자주 묻는 질문", "반품")),
    "faq with a link": Answer(
        "?", Kind.FAQ, "7일이에요.\n" + LINK.format(link="https://a.kr/x"), 0.9, "반품은?", Source("F1", "자주 묻는 질문", "반품")
    ),
    "span": Answer("?", Kind.MANUAL, "월 1회", 0.8, "필터는 월 1회 청소하세요.", MANUAL),
    "sentence": Answer("?", Kind.MANUAL, "월 1회 청소하세요.", 0.8, "필터를 봅니다. 월 1회 청소하세요.", MANUAL),
    "steps": Answer("?", Kind.MANUAL, STEPS, 0.8, STEPS, MANUAL),
    "related": Answer(
        "?", Kind.CLARIFY, "자신이 없어요.", 0.3, "필터는 월 1회 청소하세요.", MANUAL, (Candidate("F1", "반품은?", 0.3),)
    ),
    "offer": Answer("?", Kind.CLARIFY, "찾으시는 질문이 있나요?", 0.3, candidates=(Candidate("F1", "반품은?", 0.3),)),
    "none": Answer("?", Kind.NONE, "잘 모르겠어요.", 0.0),
}


def bubbles(answer):
    said = {"recipient_id": "a", "text": render(answer), "buttons": buttons(answer)}
    return [said, {"recipient_id": "a", "custom": {"daedap": answer.to_json()}}]


def message(name):
    [one] = messages_of(bubbles(ANSWERS[name]))
    return one


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_that_was_said_is_lost(name):
    said = sorted(render(ANSWERS[name]).split("\n"))
    assert sorted(plain(message(name)).split("\n")) == said


@pytest.mark.parametrize("name", ANSWERS)
def test_the_source_is_a_part_of_its_own(name):
    one = message(name)
    assert "출처" not in one.text
    assert (one.source is None) == (ANSWERS[name].source is None)
    assert one.kind == ANSWERS[name].kind.value


def test_a_span_is_marked_in_its_sentence():
    source = message("span").source
    assert source.sentence[slice(*source.span)] == "월 1회"
    assert (source.document, source.section, source.page, source.start, source.end) == ("세탁기", "3장 청소", 12, 100, 104)
    assert message("span").text == "‘월 1회’라고 나와 있어요."


def test_what_is_only_related_is_not_marked():
    assert message("related").source.span is None


def test_an_entry_has_no_place_in_a_document():
    one = message("faq with a link")
    assert (one.text, one.link, one.source.is_document, one.source.sentence) == ("7일이에요.", "https://a.kr/x", False, None)


def test_a_link_that_could_run_stays_text():
    text = LINK.format(link="javascript:alert(1)")
    [one] = messages_of(bubbles(Answer("?", Kind.FAQ, text, 0.9, "q", Source("F1", "t"))))
    assert (one.text, one.link) == (text, None)


def test_offers_come_as_buttons():
    assert message("offer").buttons == (Button("반품은?", '/ask{"faq_id": "F1"}'), HUMAN)


def test_a_bubble_that_only_carries_the_answer_joins_the_text_before_it():
    found = messages_of([*bubbles(ANSWERS["none"]), {"recipient_id": "a", "text": "또 물어보세요."}])
    assert [one.text for one in found] == ["잘 모르겠어요.", "또 물어보세요."]
    assert found[0].answer == ANSWERS["none"].to_json()


def test_an_answer_of_another_version_is_shown_as_text():
    [one] = messages_of([{"text": "7일\n출처: 규정"}, {"custom": {"daedap": {"kind": "new", "strange": 1}}}])
    assert (one.text, one.source) == ("7일\n출처: 규정", None)


def test_empty_bubbles_are_left_out():
    assert messages_of([{"recipient_id": "a"}, {"text": ""}, {"text": None, "buttons": None}]) == ()


def test_an_image_is_shown_where_it_is_an_address():
    assert messages_of([{"image": "https://a.kr/x.png"}]) == (Message("", image="https://a.kr/x.png"),)
    assert messages_of([{"text": "네", "image": "javascript:x"}]) == (Message("네"),)


@pytest.mark.parametrize("name", ANSWERS)
def test_messages_go_back_to_what_rasa_gives(name):
    assert messages_of(bubbles_of(message(name), "a")) == (message(name),)


@pytest.mark.parametrize(
    ("sentence", "answer", "span"),
    [("가 나 다", "나", (2, 3)), ("가 나 다", "나  다", (2, 5)), ("가", "나", None), ("가", " ", None)],
)
def test_where_a_span_is(sentence, answer, span):
    assert span_in(sentence, answer) == span


def test_an_agent_s_words_are_told_from_the_bot_s():
    bubbles = [{"text": "상담이 끝났어요."}, {"text": "제가 볼게요."}, {"custom": {"daedap_agent": True}}]
    assert [(one.text, one.sender) for one in messages_of(bubbles)] == [
        ("상담이 끝났어요.", Sender.BOT),
        ("제가 볼게요.", Sender.AGENT),
    ]
    assert bubbles_of(messages_of(bubbles)[1], "s") == [{"recipient_id": "s", **bubble} for bubble in bubbles[1:]]


def test_silence_while_a_human_has_the_conversation_is_no_failure():
    silent = [{"recipient_id": "s", "custom": {"daedap_handover": {"state": "active"}}}]
    assert (messages_of(silent), in_handover(silent), in_handover([]), in_handover([{"text": "네"}])) == ((), True, False, False)
