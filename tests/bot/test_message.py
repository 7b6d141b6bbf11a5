import pytest

from bot.message import Button, Message, Sender, Source, is_web_address, plain

SENTENCE = "필터는 월 1회 청소하세요."
SOURCE = Source("세탁기", "세탁기 사용설명서", "3장 청소", 12, SENTENCE, (4, 8), 100, 104)
FULL = Message(
    "‘월 1회’라고 나와 있어요.",
    buttons=(Button("상담원 연결", "/human"),),
    source=SOURCE,
    image="https://example.com/filter.png",
    link="https://example.com/filter",
    kind="manual",
    id=7,
    client_id="a1",
)


@pytest.mark.parametrize("message", [FULL, Message("네"), Message("제가 볼게요.", Sender.AGENT), Message("", source=SOURCE)])
def test_json_gives_the_same_message_back(message):
    assert Message.from_json(message.to_json()) == message


def test_json_leaves_out_what_is_empty_and_what_the_cascade_keeps_for_itself():
    assert Message("네", answer={"confidence": 0.4}).to_json() == {"text": "네", "sender": "bot"}


def test_text_alone_says_everything():
    assert plain(FULL) == (
        "‘월 1회’라고 나와 있어요.\n“필터는 월 1회 청소하세요.”\n출처: 세탁기 사용설명서 > 3장 청소 (12쪽)\n"
        "자세히 보기: https://example.com/filter\nhttps://example.com/filter.png"
    )


def test_the_span_lies_in_its_sentence():
    assert SENTENCE[slice(*SOURCE.span)] == "월 1회"
    for span in ((-1, 2), (3, 3), (0, len(SENTENCE) + 1)):
        with pytest.raises(ValueError, match="does not lie"):
            Source("a", "b", sentence=SENTENCE, span=span)


@pytest.mark.parametrize("url", ["https://example.com/a?b=c#d", "http://127.0.0.1:5005/x"])
def test_addresses_of_the_web(url):
    assert is_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//example.com",
        "https://",
        "java\nscript:x",
        " https://a.b",
        "",
        7,
    ],
)
def test_what_could_run_is_no_address(url):
    assert not is_web_address(url)
    with pytest.raises(ValueError, match="http"):
        Message("x", link=url)
