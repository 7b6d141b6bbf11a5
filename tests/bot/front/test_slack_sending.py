"""What is to be said reaches the stand-in of Slack once, in order, whatever goes wrong on the way."""

import aiohttp
import pytest

from bot.channels.slack import read_action, read_command, read_event
from bot.front.slack_outbox import POST, ToSay
from bot.front.slack_sending import retry_after
from bot.front.slack_turns import post
from bot.front.upstream import AwayError
from bot.message import Button, Message
from tests.bot.front.slack_bench import Bench, Echo
from tests.bot.front.slack_stand_in import CHANNEL, DIRECT, USER, Mishap, Posted, SlackStandIn, command, event, pressed


@pytest.fixture
def slack():
    slack = SlackStandIn()
    yield slack
    slack.stop()


@pytest.fixture
def bench(slack, tmp_path):
    return Bench(slack, tmp_path)


def hear(bench, text="배송비?", **more):
    return bench.service.hear(read_event(event(f"<@UBOT> {text}", **more)))


def test_a_mention_is_answered_in_its_thread(bench, slack):
    assert hear(bench)
    bench.settle()
    [said] = slack.messages
    assert (said.channel, said.text, said.thread_ts) == (CHANNEL, "답: 배송비?", "1700000000.000100")
    assert bench.bot.told == [("배송비?", "slack-C0SHOP-1700000000.000100", "slack")]


def test_a_direct_message_is_answered_flat(bench, slack):
    bench.service.hear(read_event(event("안녕", kind="message", channel=DIRECT)))
    bench.settle()
    assert [(one.channel, one.thread_ts) for one in slack.messages] == [(DIRECT, None)]


def test_who_asked_in_a_thread_goes_on_without_naming_the_bot(bench, slack):
    hear(bench)
    more = {"kind": "message", "thread_ts": "1700000000.000100"}
    follow = read_event(event("그럼 반품은?", ts="1700000001.000100", **more))
    others = read_event(event("저도요", ts="1700000002.000100", user="U0BERT", **more))
    aside = read_event(event("<@U0BERT> 봤어요?", ts="1700000003.000100", **more))
    assert [bench.service.hear(one) for one in (follow, others, aside)] == [True, False, False]
    bench.settle()
    assert slack.texts() == ["답: 배송비?", "답: 그럼 반품은?"]


def test_where_threads_are_not_followed_the_bot_must_be_named(slack, tmp_path):
    bench = Bench(slack, tmp_path, follow_threads=False)
    hear(bench)
    assert not bench.service.hear(
        read_event(event("그럼?", kind="message", ts="1700000001.000100", thread_ts="1700000000.000100"))
    )


def test_talk_among_people_is_left_alone(bench):
    assert not bench.service.hear(read_event(event("점심?", kind="message")))


def test_one_conversation_keeps_its_order(bench, slack):
    for number in range(5):
        hear(bench, f"{number}", ts=f"170000000{number}.000100", thread_ts="1700000000.000001")
    bench.settle()
    bench.pass_time(3)
    assert slack.texts() == [f"답: {number}" for number in range(5)]


def test_429_is_waited_for_and_no_call_comes_before(bench, slack):
    slack.mishaps.append(Mishap("chat.postMessage", status=429, retry_after=30, error="ratelimited"))
    hear(bench)
    bench.settle()
    bench.service.outbox.put([post("other", DIRECT, None, {"text": "다른 곳"}, 600.0)])
    bench.pass_time(29)
    assert slack.methods() == ["chat.postMessage"]
    bench.pass_time(1)
    assert slack.texts() == ["답: 배송비?"] and slack.texts(DIRECT) == ["다른 곳"]


def test_a_dead_slack_loses_nothing_within_ten_minutes(bench, slack):
    slack.stop()
    for number in range(6):
        hear(bench, f"{number}", ts=f"170000000{number}.000100", thread_ts="1700000000.000001")
    bench.pass_time(595, step=5)
    assert slack.messages == []
    slack.start()
    bench.pass_time(35)
    assert slack.texts() == [f"답: {number}" for number in range(6)]
    bench.pass_time(60, step=5)
    assert len(slack.messages) == 6


def test_what_could_not_be_said_within_ten_minutes_is_given_up(bench, slack, caplog):
    slack.stop()
    hear(bench)
    bench.pass_time(605, step=5)
    slack.start()
    bench.pass_time(60, step=5)
    assert slack.messages == [] and bench.service.outbox.counts() == {"lost": 1}
    assert "given up after" in caplog.text


@pytest.mark.parametrize("thread", [None, "1700000000.000100"])
@pytest.mark.parametrize(
    "mishap",
    [
        Mishap("chat.postMessage", takes=True, breaks=True),
        Mishap("chat.postMessage", breaks=True),
        Mishap("chat.postMessage", status=503),
        Mishap("chat.postMessage", status=500, takes=True),
        Mishap("chat.postMessage", error="fatal_error"),
    ],
    ids=str,
)
def test_where_the_answer_was_lost_the_message_is_said_once(bench, slack, mishap, thread):
    slack.mishaps.append(mishap)
    bench.service.outbox.put([post("a", CHANNEL, thread, {"text": "한 번"}, 600.0)])
    bench.settle()
    bench.pass_time(5)
    assert slack.texts() == ["한 번"]
    asked = "conversations.replies" if thread else "conversations.history"
    assert slack.methods().count(asked) == 1


def test_a_direct_message_by_user_id_is_found_again_too(bench, slack):
    slack.mishaps.append(Mishap("chat.postMessage", takes=True, breaks=True))
    bench.service.outbox.put([post("a", USER, None, {"text": "한 번"}, 600.0)])
    bench.settle()
    bench.pass_time(5)
    assert slack.texts(DIRECT) == ["한 번"] and "conversations.open" in slack.methods()


def test_while_slack_cannot_be_asked_nothing_is_said_again(bench, slack):
    slack.mishaps += [Mishap("chat.postMessage", takes=True, breaks=True), Mishap("conversations.history", status=503)]
    slack.mishaps.append(Mishap("conversations.history", status=429, retry_after=5, error="ratelimited"))
    bench.service.outbox.put([post("a", CHANNEL, None, {"text": "한 번"}, 600.0)])
    bench.settle()
    bench.pass_time(20)
    assert slack.texts() == ["한 번"] and slack.methods().count("chat.postMessage") == 1


def test_a_process_that_died_while_saying_is_followed_by_one_that_looks(slack, tmp_path):
    one = Bench(slack, tmp_path)
    two = Bench(slack, tmp_path, clock=one.clock)
    one.service.outbox.put([post("a", CHANNEL, None, {"text": "한 번"}, 600.0)])
    claimed = one.service.outbox.claim()
    slack.answer("chat.postMessage", claimed.document, "Bearer xoxb-1-test")  # said, and then it died
    two.pass_time(20)
    assert slack.texts() == ["한 번"] and two.service.outbox.counts() == {"said": 1}


def test_wrong_blocks_leave_the_text(bench, slack):
    document = {"text": "글", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]}
    bench.service.outbox.put([post("a", CHANNEL, None, document, 600.0)])
    bench.settle()
    assert [(one.text, one.blocks) for one in slack.messages] == [("글", [])]


def test_what_slack_refuses_for_good_holds_up_nobody(bench, slack):
    bench.service.outbox.put(
        [ToSay("a", "C9", POST, {"channel": "C9", "text": "?"}, 600.0), post("b", CHANNEL, None, {"text": "네"}, 600.0)]
    )
    bench.settle()
    assert slack.texts() == ["네"] and bench.service.outbox.lost_why() == "channel_not_found"


def test_a_wrong_token_may_be_set_right(bench, slack):
    slack.mishaps.append(Mishap("chat.postMessage", error="invalid_auth"))
    hear(bench)
    bench.settle()
    bench.pass_time(2)
    assert slack.texts() == ["답: 배송비?"]


def test_a_choice_is_shown_in_place_of_the_buttons_and_answered_once(slack, tmp_path):
    offer = (Message("어느 것인가요?", buttons=(Button("배송비", '/ask{"faq_id": "F1"}'), Button("상담원 연결", "/human"))),)
    bench = Bench(slack, tmp_path, Echo(replies=offer))
    hear(bench)
    bench.settle()
    shown = slack.messages[0]
    bench.bot.replies = None
    first, second = read_action(pressed(shown, 0)), read_action(pressed(shown, 1))
    assert [bench.service.press(one) for one in (first, first, second)] == [True, False, False]
    bench.settle()
    assert [block["type"] for block in shown.blocks] == ["section", "context"]
    assert shown.blocks[1]["elements"][0]["text"] == f"선택: 배송비 (<@{USER}>)"
    assert [one.text for one in slack.messages[1:]] == ['답: /ask{"faq_id": "F1"}']
    assert slack.messages[1].thread_ts == "1700000000.000100"
    assert [told[1] for told in bench.bot.told] == ["slack-C0SHOP-1700000000.000100"] * 2


def test_a_command_is_answered_to_who_typed_it_and_a_choice_too(slack, tmp_path):
    bench = Bench(slack, tmp_path, Echo(replies=(Message("?", buttons=(Button("배송비", "/human"),)),)))
    bench.service.command(read_command(command("배송비", slack.hook())))
    bench.settle()
    [answer] = slack.hooked
    assert (answer["response_type"], answer["text"], answer["replace_original"]) == ("ephemeral", "?", False)
    bench.bot.replies = None
    payload = pressed(Posted(CHANNEL, "1700000005.000100", "?", answer["blocks"]), hook=slack.hook("two"))
    payload["container"]["is_ephemeral"] = True
    bench.service.press(read_action(payload))
    bench.settle()
    replaced, answered = slack.hooked[1:]
    assert (replaced["replace_original"], replaced["blocks"][-1]["elements"][0]["text"]) == (True, "선택: 배송비")
    assert answered["text"] == "답: /human"
    assert {told[1] for told in bench.bot.told} == {f"slack-{USER}"} and slack.messages == []


def test_a_response_url_that_ran_out_becomes_a_direct_message(bench, slack):
    slack.hook_status = 404
    bench.service.command(read_command(command("배송비", slack.hook())))
    bench.settle()
    assert slack.texts(DIRECT) == ["답: 배송비"] and slack.hooked == []


def test_more_than_a_response_url_takes_goes_on_as_direct_messages(slack, tmp_path):
    bench = Bench(slack, tmp_path, Echo(replies=tuple(Message(f"{number}") for number in range(6))))
    bench.service.command(read_command(command("다", slack.hook())))
    bench.pass_time(6)
    assert [one["text"] for one in slack.hooked] == ["0", "1", "2", "3"]
    assert slack.texts(DIRECT) == ["4", "5"]


def test_a_bot_that_is_being_started_is_waited_for(bench, slack):
    def nobody():
        error = AwayError("ClientConnectorError")
        error.__cause__ = aiohttp.ClientConnectorError(None, OSError())
        return error

    bench.bot.failures = [nobody() for _ in range(10)]
    hear(bench)
    bench.pass_time(19)
    assert slack.messages == []
    bench.pass_time(2)
    assert slack.texts() == ["답: 배송비?"]
    bench.bot.failures = [nobody() for _ in range(100)]
    hear(bench, ts="1700000009.000100")
    bench.pass_time(88)
    assert len(slack.messages) == 1
    bench.pass_time(4)
    assert "가져오지 못했어요" in slack.messages[1].text


def test_a_bot_that_fails_says_so(bench, slack):
    bench.bot.failures = [AwayError("TimeoutError"), RuntimeError("x")]
    hear(bench)
    hear(bench, ts="1700000009.000100")
    bench.settle()
    assert len(slack.messages) == 2 and all("다시" in one.text for one in slack.messages)


def test_silence_that_is_meant_says_nothing(slack, tmp_path):
    bench = Bench(slack, tmp_path, Echo(replies=()))
    hear(bench)
    bench.settle()
    assert slack.messages == [] and bench.service.inbox.waiting() == 0


def test_a_message_that_kills_processes_is_answered_with_a_sentence(slack, tmp_path):
    benches = [Bench(slack, tmp_path)]
    hear(benches[0])
    for _ in range(3):
        benches[-1].service.inbox.claim()  # and the process dies
        benches.append(Bench(slack, tmp_path, clock=benches[0].clock))
        benches[0].clock.now += 20
    benches[-1].settle()
    assert len(slack.messages) == 1 and "문제가 생겼어요" in slack.messages[0].text
    assert benches[-1].bot.told == []


@pytest.mark.parametrize(("value", "seconds"), [("30", 30), ("0", 1), (None, 30), ("x", 30), ("99999", 600), ("2.5", 2.5)])
def test_retry_after(value, seconds):
    assert retry_after(value) == seconds
