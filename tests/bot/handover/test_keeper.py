import threading

import pytest

from bot.handover.config import HumanConfig
from bot.handover.desk import Desk
from bot.handover.keeper import Keeper, rounds_of


@pytest.fixture
def keep():
    """A running keeper; it is stopped in the end."""
    started = []

    def keep(*rounds):
        started.append(Keeper(list(rounds), pause_s=0.001, pause_away_s=0.002).start())

    yield keep
    for keeper in started:
        keeper.stop()


def counted(n, work=lambda: None):
    """A round, and the event of its `n`-th time."""
    reached, times = threading.Event(), []

    def one():
        times.append(1)
        if len(times) >= n:
            reached.set()
        work()
        return 0

    return one, reached


def test_every_round_is_done_again_and_again(keep):
    (first, first_reached), (second, second_reached) = counted(3), counted(3)
    keep(first, second)
    assert first_reached.wait(5) and second_reached.wait(5)


def test_a_round_that_fails_is_tried_again(keep):
    def fail():
        raise RuntimeError("away")

    failing, reached = counted(3, fail)
    keep(failing)
    assert reached.wait(5)


def test_the_webhook_is_a_round_where_one_is_configured(queue):
    with_hook = HumanConfig(webhook_url="https://example.com/h", webhook_secret="s" * 32)
    assert len(rounds_of(Desk(HumanConfig(), queue))) == 1
    rounds = rounds_of(Desk(with_hook, queue))
    assert [one.__qualname__ for one in rounds] == ["Desk.sweep", "Notifier.run"]
