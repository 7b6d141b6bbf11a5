"""Work in the background: all of it, a few at a time, and an end that surely comes."""

import asyncio
import time
from collections import deque

import pytest

from bot.front.slack_pump import Pump


def pump_of(pieces, work, at_once=3):
    waiting = deque(pieces)
    return Pump("test", lambda: waiting.popleft() if waiting else None, work, at_once), waiting


def test_everything_is_done_a_few_at_a_time():
    done, open_now, most = [], 0, 0

    async def work(piece):
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.01)
        open_now -= 1
        done.append(piece)

    async def run():
        pump, _ = pump_of(range(10), work)
        pump.start()
        while len(done) < 10:
            await asyncio.sleep(0.005)
        await pump.stop()

    asyncio.run(run())
    assert (sorted(done), most) == (list(range(10)), 3)


def test_a_failed_piece_or_claim_stops_nothing(caplog):
    done = []

    async def work(piece):
        if piece == 1:
            raise ValueError("one")
        done.append(piece)

    async def run():
        pump, _ = pump_of(range(3), work)
        claim, failures = pump._claim, [OSError("disk")]

        def failing():
            if failures:
                raise failures.pop()
            return claim()

        pump._claim = failing
        pump.start()
        while len(done) < 2:
            await asyncio.sleep(0.005)
            pump.wake()
        await pump.stop()

    asyncio.run(run())
    assert done == [0, 2] and "nothing could be claimed" in caplog.text and "a piece of work failed" in caplog.text


@pytest.mark.parametrize("wakes", [0, 1, 5])
def test_it_ends_though_it_is_woken_at_the_same_moment(wakes):
    async def run():
        for _ in range(200):
            pump, _ = pump_of([], None)
            pump.start()
            await asyncio.sleep(0.001)
            for _ in range(wakes):
                pump.wake()
            await asyncio.wait_for(pump.stop(), 5)

    asyncio.run(run())


def test_what_is_under_way_may_end_and_nothing_new_begins():
    done = []

    async def work(piece):
        await asyncio.sleep(0.2)
        done.append(piece)

    async def run():
        pump, waiting = pump_of(range(5), work, at_once=2)
        pump.start()
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await pump.stop()
        return time.monotonic() - began, len(waiting)

    seconds, left = asyncio.run(run())
    assert (sorted(done), left) == ([0, 1], 3) and seconds < 2
