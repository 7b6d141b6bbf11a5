"""The team's channel: hand-overs of every channel as threads, whose replies reach the customer."""

import pytest

from bot.channels.slack import read_action, read_event
from bot.front.slack_inbox import Where
from bot.front.slack_team import Team, place_of
from bot.handover.delivery import Deliveries
from bot.handover.queue import Handovers
from bot.handover.rows import Kind, State
from bot.handover.summary import Summary, Tried
from bot.storage.database import open_database
from tests.bot.front.slack_bench import Bench
from tests.bot.front.slack_stand_in import BOT, CHANNEL, DIRECT, TEAM_CHANNEL, USER, SlackStandIn, event, pressed

SUMMARY = Summary("상담원 <불러> 주세요", (Tried("환불 언제 돼요?", "none"),), (("product", "세탁기"),), "angry")


@pytest.fixture
def slack():
    slack = SlackStandIn()
    yield slack
    slack.stop()


@pytest.fixture
def handovers(tmp_path):
    return Handovers(open_database(f"sqlite:///{tmp_path / 'd.db'}"))


@pytest.fixture
def bench(slack, tmp_path, handovers):
    return bench_of(slack, tmp_path, handovers)


def bench_of(slack, folder, handovers, clock=None, channel=TEAM_CHANNEL):
    def make(outbox, places):
        return Team(channel, outbox, places, lambda: handovers, None)

    return Bench(slack, folder, clock=clock, make_team=make, team_channel=channel)


def go(bench, rounds=3):
    """Look round and say everything, as time passes."""
    for _ in range(rounds):
        bench.service.team.look_round()
        bench.pass_time(3)


def press(bench, message, title, user="U0KIM"):
    """Press the button that says `title`; whether it counted."""
    [row] = [block for block in message.blocks if block["type"] == "actions"]
    number = [element["text"]["text"] for element in row["elements"]].index(title)
    return bench.service.press(read_action(pressed(message, number, user, user.lower())))


def reply(bench, root, text, ts="1700000500.000100", user="U0KIM"):
    payload = event(text, kind="message", channel=TEAM_CHANNEL, thread_ts=root.ts, ts=ts, user=user)
    return bench.service.hear(read_event(payload))


def root_of(slack):
    [root] = [message for message in slack.messages if message.channel == TEAM_CHANNEL and message.thread_ts is None]
    return root


def thread_of(slack):
    root = root_of(slack)
    return [message.text for message in slack.messages if message.thread_ts == root.ts]


def shown(message):
    texts = [str(block.get("text", {}).get("text", "")) for block in message.blocks]
    return "\n".join(
        texts + [element["text"] for block in message.blocks if block["type"] == "context" for element in block["elements"]]
    )


def titles(message):
    return [element["text"]["text"] for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


@pytest.mark.parametrize(("channel", "named"), [("web", "웹"), ("kakao", "카카오톡"), ("slack", "슬랙")])
def test_a_waiting_customer_of_any_channel_becomes_a_thread(bench, slack, handovers, channel, named):
    opened, _ = handovers.open(f"{channel}-1", channel, SUMMARY)
    go(bench)
    root = root_of(slack)
    assert titles(root) == ["맡기"]
    for part in (f"상담 요청 #{opened.id} · {named}", "상담원 &lt;불러&gt; 주세요", "환불 언제 돼요?", "세탁기", "상태: 기다림"):
        assert part in shown(root)
    assert ("다음에 말을 걸 때" in shown(root)) is (channel == "kakao")


def test_a_whole_talk(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    handovers.hear(opened.id, "거기 <계세요>?")
    go(bench)
    root = root_of(slack)
    assert thread_of(slack) == ["손님: 거기 &lt;계세요&gt;?"]
    assert press(bench, root, "맡기")
    go(bench)
    there = handovers.get(opened.id)
    assert (there.state, there.agent) == (State.ACTIVE, "김상담")
    assert titles(root) == ["끝내기", "대기열로 돌려놓기"] and "상태: 상담 중(김상담)" in shown(root)
    assert reply(bench, root, "안녕하세요 &lt;손님&gt;")
    go(bench)
    said = [(one.sender.value, one.text) for one in handovers.said(opened.id)]
    assert said[-1] == ("agent", "안녕하세요 <손님>")
    handovers.hear(opened.id, "네 안녕하세요")
    go(bench)
    assert thread_of(slack)[-1] == "손님: 네 안녕하세요"
    assert not any("안녕하세요 &lt;손님&gt;" in text for text in thread_of(slack))  # what was said here is not said here again
    assert press(bench, root, "끝내기")
    go(bench)
    there = handovers.get(opened.id)
    assert (there.state, there.closed_by.value) == (State.CLOSED, "agent")
    assert titles(root) == [] and "상태: 끝남" in shown(root)
    assert [delivery.text for delivery in Deliveries(handovers.engine).undelivered("web-")][1] == "안녕하세요 <손님>"
    before = len(slack.messages)
    go(bench)
    assert len(slack.messages) == before


def test_a_reply_takes_a_customer_who_waits(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    assert reply(bench, root_of(slack), "제가 볼게요")
    go(bench)
    there = handovers.get(opened.id)
    assert (there.state, there.agent) == (State.ACTIVE, "김상담")
    assert [one.text for one in handovers.said(opened.id) if one.sender.value == "agent"] == ["제가 볼게요"]


def test_a_colleague_speaks_with_the_agent_s_name_and_each_reply_counts_once(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    press(bench, root_of(slack), "맡기")
    go(bench)
    assert reply(bench, root_of(slack), "저도 봤어요", user="U0LEE")
    assert not reply(bench, root_of(slack), "저도 봤어요", user="U0LEE")
    go(bench)
    assert [one.text for one in handovers.said(opened.id) if one.sender.value == "agent"] == ["저도 봤어요"]
    assert handovers.get(opened.id).agent == "김상담"


def test_a_reply_said_twice_by_a_process_that_died_in_between_is_said_once(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    team = bench.service.team
    assert [team.say(opened.id, "김상담", "네", "1.1") for _ in range(2)] == [None, None]
    assert [one.text for one in handovers.said(opened.id) if one.sender.value == "agent"] == ["네"]


@pytest.mark.parametrize("text", ["// 이 손님 아는 분?", "<@UBOT> 배송비?", ""])
def test_notes_and_questions_to_the_bot_stay_in_the_team(bench, slack, handovers, text):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    reply(bench, root_of(slack), text)
    go(bench)
    assert [one for one in handovers.said(opened.id) if one.sender.value == "agent"] == []
    assert handovers.get(opened.id).state is State.WAITING
    assert bench.bot.told == ([("배송비?", f"slack-{TEAM_CHANNEL}-{root_of(slack).ts}", "slack")] if BOT in text else [])


def test_other_talk_in_the_team_s_channel_is_left_alone(bench, slack, handovers):
    handovers.open("web-1", "web", SUMMARY)
    go(bench)
    assert not bench.service.hear(read_event(event("점심?", kind="message", channel=TEAM_CHANNEL)))
    other = event("네", kind="message", channel=TEAM_CHANNEL, thread_ts="1700000000.000009", ts="1700000000.000010")
    assert not bench.service.hear(read_event(other))


def test_who_is_too_late_is_told(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    root = root_of(slack)
    handovers.take(opened.id, "박상담")  # at a terminal
    press(bench, root, "맡기")
    go(bench)
    assert [(one["user"], one["text"]) for one in slack.whispers] == [
        ("U0KIM", f"#{opened.id} 손님은 맡을 수 없어요. 지금 상태: 상담 중(박상담)")
    ]
    handovers.hand_back(opened.id)
    reply(bench, root, "늦었나요?")
    go(bench)
    assert slack.whispers[1]["text"] == "이 답글은 손님에게 가지 않았어요. 지금 상태: 끝남"
    assert slack.whispers[1]["thread_ts"] == root.ts


def test_what_is_said_at_a_terminal_is_seen_here(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    handovers.take(opened.id, "박상담")
    handovers.say(opened.id, "박상담", "제가 볼게요")
    go(bench)
    assert thread_of(slack) == [
        "(봇) 박상담 상담원이 연결됐어요. 이제 상담원과 이야기하실 수 있어요.",
        "상담원 박상담: 제가 볼게요",
    ]


def test_back_into_the_queue_and_taken_again(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    root = root_of(slack)
    for title, state in (("맡기", State.ACTIVE), ("대기열로 돌려놓기", State.WAITING), ("맡기", State.ACTIVE)):
        assert press(bench, root, title)
        go(bench)
        assert handovers.get(opened.id).state is state
    assert root.renderings == 4


def test_of_two_who_press_at_once_one_counts(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    root = root_of(slack)
    assert [press(bench, root, "맡기", user) for user in ("U0KIM", "U0LEE")] == [True, False]
    go(bench)
    assert handovers.get(opened.id).agent == "김상담"


def test_buttons_count_in_the_team_s_channel_only(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    root = root_of(slack)
    forged = pressed(root, 0, "U0KIM") | {"channel": {"id": CHANNEL}}
    assert not bench.service.press(read_action(forged))
    go(bench)
    assert handovers.get(opened.id).state is State.WAITING


def test_who_left_a_phone_number_is_to_be_called(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY, Kind.ASKING)
    go(bench)
    assert slack.messages == []  # the bot still asks for the number
    handovers.keep_contact(opened.id, "홍길동", "010-1234-5678")
    handovers.turn_into_message(opened.id)
    go(bench)
    root = root_of(slack)
    assert "홍길동 [전화번호]" in shown(root) and "연락을 마치면" in shown(root)
    reply(bench, root, "전화드릴게요")
    press(bench, root, "맡기")
    go(bench)
    assert "전화로 연락해 주세요" in slack.whispers[0]["text"]
    assert "홍길동 010-1234-5678" in shown(root)
    press(bench, root, "끝내기")
    go(bench)
    assert handovers.get(opened.id).state is State.CLOSED and titles(root) == []
    assert "1234-5678" not in shown(root)


def test_a_customer_who_leaves_is_seen(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    handovers.leave(opened.id)
    go(bench)
    assert thread_of(slack) == ["손님: (손님이 상담을 그만두었어요.)"]
    assert titles(root_of(slack)) == []


def test_a_long_complaint_is_shown_whole(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    text = "필터를 닦았는데도 물이 새요. " * 200
    handovers.hear(opened.id, text)
    go(bench)
    assert " ".join(thread_of(slack)) == f"손님: {text.strip()}"


def test_two_fronts_show_everything_once(slack, tmp_path, handovers):
    one = bench_of(slack, tmp_path, handovers)
    two = bench_of(slack, tmp_path, handovers, one.clock)
    opened, _ = handovers.open("slack-U0ANNA", "slack", SUMMARY)
    handovers.hear(opened.id, "여보세요")
    for _ in range(3):
        for bench in (one, two):
            bench.service.team.look_round()
        one.pass_time(3)
    handovers.take(opened.id, "박상담")
    handovers.say(opened.id, "박상담", "네")
    for _ in range(3):
        for bench in (two, one):
            bench.service.team.look_round()
        two.pass_time(3)
    root = root_of(slack)
    assert thread_of(slack) == [
        "손님: 여보세요",
        "(봇) 박상담 상담원이 연결됐어요. 이제 상담원과 이야기하실 수 있어요.",
        "상담원 박상담: 네",
    ]
    assert root.renderings == 2
    assert slack.texts(DIRECT) == ["박상담 상담원이 연결됐어요. 이제 상담원과 이야기하실 수 있어요.", "네"]


def test_an_agent_s_words_reach_the_customer_where_he_asked(bench, slack, handovers):
    bench.service.hear(read_event(event("상담원", kind="message", channel=DIRECT)))
    bench.service.hear(read_event(event("<@UBOT> 상담원")))
    bench.settle()
    for sender in (f"slack-{USER}", "slack-C0SHOP-1700000000.000100"):
        opened, _ = handovers.open(sender, "slack", SUMMARY)
        handovers.take(opened.id, "박상담")
        handovers.say(opened.id, "박상담", f"네 {opened.id}")
    go(bench)
    assert slack.read("네 1", DIRECT).thread_ts is None
    assert slack.read("네 2", CHANNEL).thread_ts == "1700000000.000100"
    assert "상담원 박상담" in shown(slack.read("네 2", CHANNEL))
    assert Deliveries(handovers.engine).undelivered("slack-") == []


def test_without_a_team_channel_agents_words_still_reach_slack(slack, tmp_path, handovers):
    bench = bench_of(slack, tmp_path, handovers, channel=None)
    opened, _ = handovers.open(f"slack-{USER}", "slack", SUMMARY)
    handovers.take(opened.id, "박상담")
    go(bench)
    assert (
        slack.texts(DIRECT) == ["박상담 상담원이 연결됐어요. 이제 상담원과 이야기하실 수 있어요."]
        and slack.texts(TEAM_CHANNEL) == []
    )


def test_while_slack_is_away_a_hand_over_waits_longer_than_an_answer(bench, slack, handovers):
    slack.stop()
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    handovers.hear(opened.id, "여보세요")
    bench.service.team.look_round()
    bench.pass_time(3_600, step=60)
    handovers.leave(opened.id)
    slack.start()
    bench.pass_time(60, step=10)
    go(bench)
    assert thread_of(slack) == ["손님: 여보세요", "손님: (손님이 상담을 그만두었어요.)"] and titles(root_of(slack)) == []


def test_a_bot_that_is_not_in_the_team_s_channel_yet_is_waited_for(bench, slack, handovers):
    slack.channels.discard(TEAM_CHANNEL)
    handovers.open("web-1", "web", SUMMARY)
    go(bench)
    slack.channels.add(TEAM_CHANNEL)
    bench.pass_time(40)
    assert titles(root_of(slack)) == ["맡기"]


def test_a_database_that_is_away_loses_no_reply(bench, slack, handovers, monkeypatch):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)

    def away(*arguments):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(handovers, "get", away)
        reply(bench, root_of(slack), "네")
        bench.pass_time(12)
    bench.pass_time(6)
    assert [one.text for one in handovers.said(opened.id) if one.sender.value == "agent"] == ["네"]


@pytest.mark.parametrize(
    ("sender", "where"),
    [("slack-U1", Where("U1", None, "U1")), ("slack-C1-1700000000.000100", Where("C1", "1700000000.000100", ""))],
)
def test_where_a_conversation_is_by_its_name(sender, where):
    assert place_of(sender) == where


def test_an_agent_whose_name_slack_does_not_say(bench, slack, handovers):
    opened, _ = handovers.open("web-1", "web", SUMMARY)
    go(bench)
    reply(bench, root_of(slack), "네", user="U0NEW")
    go(bench)
    assert handovers.get(opened.id).agent == "담당"
