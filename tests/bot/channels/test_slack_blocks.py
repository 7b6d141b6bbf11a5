"""Messages as Block Kit: by hand, and whatever is said within Slack's limits."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.slack_blocks import documents_of, escape, link, pieces, with_choice
from bot.message import Button, Message, Sender, Source
from tests.bot.front.slack_stand_in import refusal_of


def kinds(document) -> list[str]:
    return [block["type"] for block in document["blocks"]]


def test_an_answer_from_a_manual():
    source = Source("규정", "반품 & 규정", "1장", 3, "받은 날부터 7일 안에", (6, 8), 16, 18)
    [document] = documents_of(Message("‘7일’이라고 나와 있어요.", source=source), "https://bot.example.com/")
    section, sentence, cited = document["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": "‘7일’이라고 나와 있어요.", "verbatim": True}
    assert sentence["elements"][0] == {
        "type": "rich_text_quote",
        "elements": [
            {"type": "text", "text": "받은 날부터"},
            {"type": "text", "text": " 7", "style": {"bold": True}},
            {"type": "text", "text": "일 안에"},
        ],
    }
    address = f"https://bot.example.com/documents/{quote('규정')}?start=16&amp;end=18#here"
    assert cited["elements"][0]["text"] == f"출처: <{address}|반품 &amp; 규정 &gt; 1장 (3쪽)>"
    assert document["text"] == "‘7일’이라고 나와 있어요.\n“받은 날부터 7일 안에”\n출처: 반품 &amp; 규정 &gt; 1장 (3쪽)"


def test_without_an_address_of_our_own_the_source_is_named_only():
    [document] = documents_of(Message("네", source=Source("F1", "자주 묻는 질문")), None)
    assert document["blocks"][-1]["elements"][0]["text"] == "출처: 자주 묻는 질문"


def test_link_image_and_buttons():
    message = Message(
        "고르세요",
        link="https://a.kr/b|c?d=1&e=2",
        image="https://a.kr/그림.png",
        buttons=(Button("하나", "/ask"), Button("둘", "/human")),
    )
    [document] = documents_of(message)
    assert kinds(document) == ["section", "context", "image", "actions"]
    assert document["blocks"][1]["elements"][0]["text"] == "<https://a.kr/b%7Cc?d=1&amp;e=2|자세히 보기>"
    row = document["blocks"][3]
    assert [(one["action_id"], one["text"]["text"], one["value"]) for one in row["elements"]] == [
        ("choice:0", "하나", "/ask"),
        ("choice:1", "둘", "/human"),
    ]
    assert refusal_of(document["blocks"]) is None


def test_what_the_bot_says_mentions_nobody():
    [document] = documents_of(Message("<!channel> <@U1> & <b>"))
    assert document["blocks"][0]["text"]["text"] == document["text"] == "&lt;!channel&gt; &lt;@U1&gt; &amp; &lt;b&gt;"


def test_web_addresses_in_a_text_become_links():
    [document] = documents_of(Message("https://a.kr/x?a=1&b=2에서 보세요 (http://b.kr)."))
    assert document["blocks"][0]["text"]["text"] == "<https://a.kr/x?a=1&amp;b=2>에서 보세요 (<http://b.kr>)."


def test_an_agent_is_named():
    [document] = documents_of(Message("제가 볼게요", Sender.AGENT), agent="김<상담>")
    assert document["blocks"][0]["elements"][0]["text"] == "상담원 김&lt;상담&gt;"
    [document] = documents_of(Message("제가 볼게요", Sender.AGENT))
    assert document["blocks"][0]["elements"][0]["text"] == "상담원"


def test_buttons_without_a_text_have_their_titles_for_notifications():
    [document] = documents_of(Message("", buttons=(Button("하나", "/a"), Button("둘", "/b"))))
    assert (document["text"], kinds(document)) == ("하나 · 둘", ["actions"])


def test_a_long_text_is_cut_at_sentences_into_several_messages():
    sentence = "세탁기의 필터는 한 달에 한 번 닦아 주세요. "
    documents = documents_of(Message(sentence * 200, buttons=(Button("네", "/a"),)))
    assert [kinds(one) for one in documents] == [["section"], ["section", "actions"]]
    assert "".join(one["text"] + " " for one in documents) == sentence * 200
    assert all(one["text"].endswith("주세요.") for one in documents)


def test_thirty_buttons_are_two_rows_of_one_choice():
    [document] = documents_of(Message("?", buttons=tuple(Button(f"{n}", f"/{n}") for n in range(30))))
    rows = document["blocks"][1:]
    assert [len(row["elements"]) for row in rows] == [25, 5]
    assert {row["block_id"].partition(":")[0] for row in rows} == {"choice"}


def test_a_choice_takes_the_place_of_the_buttons():
    [document] = documents_of(Message("고르세요", image="https://a.kr/b.png", buttons=(Button("하나", "/a"),)))
    image = document["blocks"][1] | {"image_width": 3, "fallback": "x"}
    shown = with_choice([document["blocks"][0], image, *document["blocks"][2:]], "하나 <b>", "U1")
    assert [block["type"] for block in shown] == ["section", "image", "context"]
    assert shown[2]["elements"][0]["text"] == "선택: 하나 &lt;b&gt; (<@U1>)"
    assert with_choice([], "하나")[0]["elements"][0]["text"] == "선택: 하나"
    assert refusal_of(shown) is None


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 10, []),
        ("가나다", 10, ["가나다"]),
        ("&&&", 7, ["&amp;"] * 3),
        ("가나다라마바", 4, ["가나다라", "마바"]),
        ("가나. 다라. 마바", 9, ["가나. 다라.", "마바"]),
        ("한 줄\n두 줄", 5, ["한 줄", "두 줄"]),
    ],
)
def test_pieces(text, limit, parts):
    assert pieces(text, limit) == parts


def test_links_hold_no_signs_of_slack_s_own():
    assert link("https://a.kr/<x>|y z", "a|b>") == "<https://a.kr/%3Cx%3E%7Cy%20z|a¦b&gt;>"


WORDS = st.text(st.sampled_from("가나다 abc&<>.\n*_~`|👍ㅋ\u0301"), max_size=9_000) | st.text(max_size=400)
SOURCES = st.none() | st.builds(
    Source,
    document=st.text(min_size=1, max_size=80),
    title=WORDS,
    section=st.none() | WORDS,
    page=st.none() | st.integers(1, 999),
    sentence=st.none() | WORDS,
    start=st.just(1),
    end=st.just(2),
)
BUTTONS = st.lists(st.builds(Button, title=WORDS, payload=st.text(min_size=1, max_size=3_000)), max_size=60).map(tuple)


@settings(max_examples=150, deadline=None)
@given(WORDS, SOURCES, BUTTONS, st.sampled_from(Sender))
def test_whatever_is_said_slack_takes_it(text, source, buttons, sender):
    message = Message(text, sender, buttons, source, link="https://a.kr/" + "x" * 50, image="https://a.kr/b.png")
    documents = documents_of(message, "https://bot.example.com")
    for document in documents:
        assert refusal_of(document["blocks"]) is None
        assert 1 <= len(document["text"]) <= 4_000
        assert "<" not in document["text"] and ">" not in document["text"]
    said = "".join(one["text"] for one in documents)
    assert all(escape(part) in said for part in text.split()[:3] if len(part) < 100)
