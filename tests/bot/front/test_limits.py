import pytest

from bot.front.limits import OpenCount, RateLimit


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_so_many_a_minute_then_wait():
    clock = Clock()
    limit = RateLimit(3, clock)
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 20]
    assert limit.take("b") == 0
    clock.now = 19.9
    assert limit.take("a") == 1
    clock.now = 20.0
    assert [limit.take("a"), limit.take("a")] == [0, 20]


def test_no_more_than_the_limit_is_saved_up():
    clock = Clock()
    limit = RateLimit(2, clock)
    limit.take("a")
    clock.now = 10_000.0
    assert [limit.take("a") for _ in range(3)] == [0, 0, 30]


def test_memory_is_bounded():
    limit = RateLimit(1, Clock(), max_keys=2)
    for key in "abc":
        limit.take(key)
    assert limit.take("c") == 60
    assert limit.take("a") == 0  # forgotten


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="1 or more"):
        RateLimit(0)


def test_open_streams_are_counted():
    count = OpenCount(2)
    assert [count.enter("a") for _ in range(3)] == [True, True, False]
    count.leave("a")
    assert count.enter("a") and count.enter("b")
    assert count.total == 3
    for key in "aab":
        count.leave(key)
    assert count.total == 0
