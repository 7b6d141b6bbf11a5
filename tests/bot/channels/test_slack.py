"""Slack's payloads, as the documentation shows them, and what becomes of them."""

import pytest

from bot.channels.slack import is_hook, private_sender, read_action, read_command, read_event, thread_sender
from bot.channels.slack_blocks import documents_of
from bot.channels.slack_text import plain_text
from bot.message import Button, Message
from tests.bot.front.slack_stand_in import BOT, CHANNEL, DIRECT, USER, Posted, command, event, pressed


def test_a_mention():
    said = read_event(event("<@UBOT> 배송비 얼마예요?", event_id="Ev1", client_msg_id="c-1"))
    assert said.keys == ("event:Ev1", f"message:{CHANNEL}:1700000000.000100", "client:c-1")
    assert (said.text, said.sender) == ("배송비 얼마예요?", "slack-C0SHOP-1700000000.000100")
    assert (said.to_us, said.is_private, said.to_others) == (True, False, False)
    assert said.answer_thread == "1700000000.000100"


def test_the_same_mention_as_a_message_has_the_same_keys_but_for_the_event():
    mention, message = read_event(event(event_id="Ev1")), read_event(event(kind="message", event_id="Ev2"))
    assert set(mention.keys) & set(message.keys) == {f"message:{CHANNEL}:1700000000.000100"}
    assert (message.to_us, message.text, message.sender) == (True, mention.text, mention.sender)


def test_a_direct_message_is_answered_flat_and_in_a_thread_in_the_thread():
    said = read_event(event("배송비?", kind="message", channel=DIRECT))
    assert (said.sender, said.answer_thread, said.to_us) == (f"slack-{USER}", None, True)
    said = read_event(event("배송비?", kind="message", channel=DIRECT, thread_ts="1700000000.000001"))
    assert (said.sender, said.answer_thread) == (f"slack-{USER}", "1700000000.000001")


def test_a_reply_in_a_thread_belongs_to_the_thread():
    said = read_event(event("그럼요?", kind="message", thread_ts="1700000000.000001"))
    assert (said.sender, said.to_us, said.to_others) == (thread_sender(CHANNEL, "1700000000.000001"), False, False)
    assert read_event(event("<@U2> 봐 주세요", kind="message")).to_others


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "bot_message"},
        {"subtype": "message_changed", "message": {"text": "x"}},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"edited": {"user": USER, "ts": "1.2"}},
        {"hidden": True},
        {"type": "reaction_added"},
        {"ts": None},
        {"ts": "../../etc"},
        {"thread_ts": 5},
        {"channel": "<b>"},
        {"channel": None},
    ],
    ids=str,
)
def test_what_nobody_said_to_us(more):
    assert read_event(event(kind="message") | {"event": event(kind="message")["event"] | more}) is None


@pytest.mark.parametrize(
    "payload", [{}, {"type": "url_verification"}, {"type": "event_callback"}, {"type": "event_callback", "event": []}]
)
def test_what_is_no_event(payload):
    assert read_event(payload) is None


def test_a_picture_with_words_is_words_and_a_text_of_another_kind_is_empty():
    assert read_event(event("이거요", kind="message", subtype="file_share", channel=DIRECT)).text == "이거요"
    assert read_event(event(kind="message", channel=DIRECT, text=["x"])).text == ""


def test_the_bot_is_known_without_authorizations_by_the_event_alone():
    payload = event() | {"authorizations": None}
    said = read_event(payload)
    assert (said.to_us, said.to_others) == (True, False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<@UBOT> 배송비", "배송비"),
        ("<@UBOT|daedap>배송비", "배송비"),
        ("<@U2> 님 <#C1|일반> <#C2>", "@U2 님 #일반 #C2"),
        ("<!here> <!subteam^S1|@상담팀> 안녕", "상담팀 안녕"),
        ("<https://a.com/x?a=1&amp;b=2>", "https://a.com/x?a=1&b=2"),
        ("<http://a.com|a.com>", "a.com"),
        ("<https://a.com|여기>", "여기 (https://a.com)"),
        ("<mailto:a@b.kr|a@b.kr> <tel:0212345678|02-1234-5678>", "a@b.kr 02-1234-5678"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("고마워요 :joy::heart:", "고마워요"),
        ("안녕:wave::skin-tone-2: 하세요", "안녕 하세요"),
        (":+1:", "…"),
        (":감사:", "…"),
        ("오전:10:30:15 도착", "오전:10:30:15 도착"),
        ("12:30:45", "12:30:45"),
        ("  한   줄\n두 줄  ", "한 줄\n두 줄"),
        ("", ""),
        ("ㅋㅋ", "ㅋㅋ"),
        ("a <b> c 1<2", "a <b> c 1<2"),
    ],
)
def test_what_a_person_reads(text, shown):
    assert plain_text(text, frozenset({BOT})) == shown


def message_with_buttons(channel=CHANNEL, thread=None) -> Posted:
    [document] = documents_of(
        Message("고르세요", buttons=(Button("배송비는?", '/ask{"faq_id": "F1"}'), Button("상담원", "/human")))
    )
    return Posted(channel, "1700000000.000200", document["text"], document["blocks"], thread)


def test_a_pressed_button():
    found = read_action(pressed(message_with_buttons(thread="1700000000.000100"), 0))
    assert (found.value, found.title, found.user) == ('/ask{"faq_id": "F1"}', "배송비는?", USER)
    assert (found.sender, found.answer_thread) == (thread_sender(CHANNEL, "1700000000.000100"), "1700000000.000100")
    assert found.keys == (f"action:{CHANNEL}:1700000000.000200:choice",)
    assert read_action(pressed(message_with_buttons(), 1)).keys == found.keys


def test_a_pressed_button_of_a_direct_message_belongs_to_the_person():
    found = read_action(pressed(message_with_buttons(DIRECT), 0))
    assert (found.sender, found.answer_thread) == (private_sender(USER), None)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "view_submission"},
        {"actions": []},
        {"actions": None},
        {"actions": [{"type": "static_select"}]},
        {"actions": ["x"]},
        {"channel": None, "container": None},
        {"user": {}},
    ],
    ids=str,
)
def test_what_is_no_pressed_button(change):
    assert read_action(pressed(message_with_buttons()) | change) is None


def test_a_slash_command():
    found = read_command(command("배송비 &amp; 반품", "https://hooks.slack.com/commands/1", trigger_id="t1"))
    assert (found.text, found.sender, found.keys) == ("배송비 & 반품", private_sender(USER), ("command:t1",))


@pytest.mark.parametrize("missing", ["user_id", "channel_id", "command", "response_url"])
def test_an_incomplete_command(missing):
    form = command("배송비", "https://hooks.slack.com/commands/1")
    del form[missing]
    assert read_command(form) is None


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://hooks.slack.com/commands/T1/2/x", True),
        ("http://hooks.slack.com/commands/T1/2/x", False),
        ("https://hooks.slack.com.evil.kr/x", False),
        ("https://hooks.slack.com@evil.kr/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("https://evil.kr/hooks.slack.com", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:8080/x", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_slack_s_hooks_are_answered_to(url, may):
    assert is_hook(url, "https://slack.com/api/") is may


def test_a_stand_in_may_have_hooks_of_its_own_origin_only():
    assert is_hook("http://127.0.0.1:9/commands/1", "http://127.0.0.1:9/api/")
    assert not is_hook("http://127.0.0.1:10/commands/1", "http://127.0.0.1:9/api/")
