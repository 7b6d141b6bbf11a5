"""What is kept in the file: once, in order, and taken over from a process that died."""

import pytest

from bot.front.slack_inbox import Inbox, Places, Where
from bot.front.slack_outbox import POST, UPDATE, Outbox, ToSay
from bot.front.slack_store import ALIVE_S, DAY_S, SlackStore
from tests.bot.front.slack_bench import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stores(tmp_path, clock):
    """Two processes' views of one file."""
    return [SlackStore(tmp_path / "slack.db", clock) for _ in range(2)]


def say(key, lane="C1", patience_s=600.0, method=POST):
    return ToSay(key, lane, method, {"channel": lane, "text": key}, patience_s)


def test_a_message_is_taken_once_under_any_of_its_names_by_any_process(stores):
    one, two = map(Inbox, stores)
    assert one.take(("event:1", "message:C:1"), "a", {"n": 1})
    assert not two.take(("event:1", "message:C:1"), "a", {"n": 1})
    assert not two.take(("event:2", "message:C:1"), "a", {"n": 1})
    assert not one.take(("event:2",), "a", {"n": 1})  # a name it came under once is known from then on
    assert two.take(("event:3", "message:C:2"), "a", {"n": 2})
    assert one.waiting() == 2


def test_a_conversation_is_worked_on_in_order_one_at_a_time(stores):
    one, two = map(Inbox, stores)
    for number, conversation in enumerate("aab"):
        one.take((f"event:{number}",), conversation, {"n": number})
    first, other = one.claim(), two.claim()
    assert (first.document["n"], other.document["n"]) == (0, 2)
    assert (one.claim(), two.claim()) == (None, None)
    assert one.finish(first)
    assert two.claim().document["n"] == 1


def test_what_a_dead_process_worked_on_is_taken_over_and_its_late_answer_dropped(stores, clock):
    one, two = map(Inbox, stores)
    one.take(("event:1",), "a", {"n": 1})
    dead = one.claim()
    assert two.claim() is None
    clock.now += ALIVE_S + 1
    taken = two.claim()
    assert (taken.id, taken.claims) == (dead.id, 2)
    assert not one.finish(dead, [say("late")])
    assert two.finish(taken, [say("answer")])
    assert Outbox(stores[0]).counts() == {"waiting": 1}


def test_a_process_that_ends_gives_back_at_once(stores):
    one, two = map(Inbox, stores)
    one.take(("event:1",), "a", {"n": 1})
    one.claim()
    stores[0].close()
    assert two.claim().document == {"n": 1}


def test_a_process_that_is_busy_stays_alive(stores, clock):
    one, two = map(Inbox, stores)
    one.take(("event:1",), "a", {})
    one.claim()
    for _ in range(4):
        clock.now += ALIVE_S / 2
        assert one.claim() is None and two.claim() is None


def test_postponed_work_waits_and_does_not_count(stores, clock):
    inbox = Inbox(stores[0])
    inbox.take(("event:1",), "a", {})
    inbox.postpone(inbox.claim(), 2.0)
    assert inbox.claim() is None
    clock.now += 2
    assert inbox.claim().claims == 1


def test_what_is_said_once_under_a_key_is_not_put_again(stores):
    one, two = map(Outbox, stores)
    assert (one.put([say("a"), say("b")]), two.put([say("b"), say("c")])) == (2, 1)
    one.said(one.claim(), "1.1")
    assert two.put([say("a")]) == 0
    assert (one.ts_of("a"), two.key_at("C1", "1.1"), one.ts_of("c")) == ("1.1", "a", None)


def test_a_channel_keeps_its_order_and_others_do_not_wait(stores):
    one, two = map(Outbox, stores)
    one.put([say("a1", "A"), say("a2", "A"), say("b1", "B")])
    first = one.claim()
    assert (first.key, two.claim().key, two.claim()) == ("a1", "b1", None)
    one.again(first, "away", False)
    assert one.claim() is None  # the second of A does not overtake the first
    one.store.clock.now += 1
    assert one.claim().key == "a1"


def test_a_channel_hears_three_at_once_and_then_one_a_second(stores, clock):
    outbox = Outbox(stores[0])
    outbox.put([say(f"m{number}") for number in range(5)])

    def now():
        said = []
        while (saying := outbox.claim()) is not None:
            outbox.said(saying, None)
            said.append(saying.key)
        return said

    assert now() == ["m0", "m1", "m2"]
    clock.now += 0.9
    assert now() == []
    clock.now += 0.1
    assert now() == ["m3"]
    clock.now += 60
    assert now() == ["m4"]


def test_pauses_grow_and_time_runs_out(stores, clock):
    outbox = Outbox(stores[0])
    outbox.put([say("a", patience_s=100.0)])
    tried_at = []
    for _ in range(400):
        saying = outbox.claim()
        if saying is not None:
            tried_at.append(round(clock.now - clock.start, 1))
            if not outbox.again(saying, "away", False):
                break
        clock.now += 0.5
    assert tried_at == [0, 1, 3, 7, 15, 31, 61, 91, 100]
    assert (outbox.counts(), outbox.lost_why()) == ({"lost": 1}, "away")


def test_waiting_as_told_holds_the_method_for_every_process_and_loses_no_patience(stores, clock):
    one, two = map(Outbox, stores)
    one.put([say("a", "A", 10.0), say("b", "B", 10.0), say("c", "C", method=UPDATE)])
    one.wait(one.claim(), 30.0)
    assert two.claim().key == "c"
    assert two.claim() is None
    clock.now += 30
    again = two.claim()
    assert again.key == "a"
    assert two.again(again, "away", False)  # its ten seconds are not over: it waited because it was told to


def test_a_dead_process_s_message_may_have_been_said(stores, clock):
    one, two = map(Outbox, stores)
    one.put([say("a")])
    assert not one.claim().is_uncertain
    clock.now += ALIVE_S + 1
    taken = two.claim()
    assert taken.is_uncertain
    one.said(taken, "1.1")  # of the process that no longer has it: not noted
    assert two.counts() == {"waiting": 1}


def test_each_message_has_a_mark_of_its_own(stores):
    outbox = Outbox(stores[0])
    outbox.put([say("a", "A"), say("b", "B"), say("c", "C", method=UPDATE)])
    marks = [outbox.claim().document.get("metadata") for _ in range(3)]
    assert marks[2] is None
    assert len({one["event_payload"]["mark"] for one in marks[:2]}) == 2


def test_what_was_said_is_not_kept(tmp_path, stores):
    outbox = Outbox(stores[0])
    outbox.put([say("비밀")])
    outbox.said(outbox.claim(), "1.1")
    assert stores[0].look("SELECT document FROM outbox") == [("{}",)]


def test_places(stores):
    inbox, places = Inbox(stores[0]), Places(stores[0])
    for number, where in enumerate([Where("U1", None, "U1"), Where("D1", "1.1", "U1"), Where("U1", None, "U1")]):
        inbox.take((f"event:{number}",), "slack-U1", {}, where=where)
    assert Places(stores[1]).of("slack-U1") == Where("D1", "1.1", "U1")
    assert places.of("slack-U2") is None


def test_what_is_long_over_is_forgotten(stores, clock):
    inbox, outbox = Inbox(stores[0]), Outbox(stores[0])
    inbox.take(("event:1",), "a", {})
    outbox.put([say("said"), say("waiting", "C2", 10**8)])
    outbox.said(outbox.claim(), "1.1")
    clock.now += 31 * DAY_S
    stores[0].prune()
    assert outbox.counts() == {"waiting": 1}
    assert inbox.take(("event:1",), "a", {})


def test_a_failed_change_is_taken_back(stores):
    with pytest.raises(KeyError), stores[0].change() as db:
        db.execute("INSERT INTO seen VALUES ('k', 1)")
        raise KeyError
    assert stores[1].look("SELECT * FROM seen") == []
