from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.handover.delivery import Deliveries
from bot.message import Message, Sender


@pytest.fixture
def url(either_url):
    return either_url


@pytest.fixture
def talk(queue, summary):
    """A customer with this sender id and channel, taken by an agent."""

    def take(sender, channel="web"):
        number = queue.open(sender, channel, summary)[0].id
        queue.take(number, "김상담")
        return number

    return take


def test_each_channel_gets_what_is_for_its_customers_in_order(engine, queue, talk):
    web, slack = talk("web-a"), talk("slack-U1", "slack")
    queue.say(web, "김상담", "첫째")
    queue.say(slack, "김상담", "슬랙")
    queue.hear(web, "손님 말")
    queue.say(web, "김상담", "둘째")
    found = Deliveries(engine).undelivered("web-")
    assert [(one.recipient, one.sender, one.text) for one in found[1:]] == [
        ("web-a", Sender.AGENT, "첫째"),
        ("web-a", Sender.AGENT, "둘째"),
    ]
    assert (found[0].sender, found[0].agent) == (Sender.BOT, "김상담")  # that somebody is there now
    assert found[1].message == Message("첫째", Sender.AGENT)
    assert [one.text for one in Deliveries(engine).undelivered(channel="slack")[1:]] == ["슬랙"]
    assert Deliveries(engine).undelivered(recipient="web-b") == []


def test_a_prefix_is_taken_as_it_stands(engine, talk):
    talk("web-a")
    assert Deliveries(engine).undelivered("web_") == Deliveries(engine).undelivered("%") == []


def test_of_many_one_marks(engine, queue, talk):
    talk("web-a")
    number = Deliveries(engine).undelivered("web-")[0].id
    together = Barrier(8)

    def work(_):
        together.wait()
        return Deliveries(engine).mark_delivered(number)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [False] * 7 + [True]
    assert Deliveries(engine).undelivered("web-") == []


def test_what_was_said_before_the_end_still_arrives(engine, queue, talk):
    number = talk("web-a")
    queue.say(number, "김상담", "안녕히 가세요.")
    queue.hand_back(number, "김상담")
    assert [one.text for one in Deliveries(engine).undelivered("web-")][1] == "안녕히 가세요."
