"""Turns wait for one another in order; who has no more patience is told so; nobody's place is lost."""

import asyncio

import pytest
from aiohttp import web

from bot.front.turnstile import BusyError, Turnstile
from bot.front.upstream import AwayError, Upstream


def test_so_many_at_once_and_the_others_in_the_order_they_came():
    async def scene():
        turnstile, order, most, inside = Turnstile(2), [], 0, 0

        async def one(number):
            nonlocal most, inside
            async with turnstile.turn(5.0):
                inside += 1
                most = max(most, inside)
                order.append(number)
                await asyncio.sleep(0.01)
                inside -= 1

        await asyncio.gather(*(one(number) for number in range(7)))
        return order, most, turnstile.waiting

    assert asyncio.run(scene()) == ([0, 1, 2, 3, 4, 5, 6], 2, 0)


def test_patience_ends_and_the_place_goes_to_the_next():
    async def scene():
        turnstile = Turnstile(1)
        async with turnstile.turn(5.0):
            with pytest.raises(BusyError):
                async with turnstile.turn(0.01):
                    raise AssertionError("there was no place")
            given_up = asyncio.create_task(turnstile.turn(5.0).__aenter__())
            await asyncio.sleep(0)
            assert turnstile.waiting == 1
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
        async with turnstile.turn(0.1):
            return turnstile.waiting

    assert asyncio.run(scene()) == 0


def test_a_turn_that_fails_gives_its_place_back():
    async def scene():
        turnstile = Turnstile(1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with turnstile.turn(0.1):
                    raise ZeroDivisionError

    asyncio.run(scene())


def test_nobody_lets_no_turn_through():
    with pytest.raises(ValueError, match="at_once is 0"):
        Turnstile(0)


def test_widget_and_rest_share_the_bot_and_other_webhooks_do_not_wait():
    """A Rasa made by hand counts how many requests it has at a time."""

    async def scene():
        inside, most = 0, 0

        async def turn(request):
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.02)
            inside -= 1
            return web.json_response([{"recipient_id": "a", "text": "네"}])

        async def other(request):
            return web.json_response({"most": inside})

        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", turn)
        app.router.add_get("/webhooks/telegram/webhook", other)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        upstream = Upstream(f"http://127.0.0.1:{runner.addresses[0][1]}", "http://127.0.0.1:9", 5.0, turns_at_once=3)
        said = [asyncio.create_task(upstream.say("가", f"s{number}")) for number in range(6)]
        passed = [asyncio.create_task(upstream.webhook("POST", "rest/webhook", "", [], b"{}")) for _ in range(6)]
        await asyncio.sleep(0.01)
        assert (await upstream.webhook("GET", "telegram/webhook", "", [], b""))[0] == 200
        assert upstream.turnstile.waiting > 0
        replies = await asyncio.gather(*said)
        statuses = [status for status, _, _ in await asyncio.gather(*passed)]
        await upstream.close()
        await runner.cleanup()
        return most, [reply[0].text for reply in replies], statuses

    assert asyncio.run(scene()) == (3, ["네"] * 6, [200] * 6)


def test_who_waits_too_long_hears_that_the_bot_is_away(monkeypatch):
    monkeypatch.setattr("bot.front.upstream.PATIENCE_S", 0.01)

    async def scene():
        upstream = Upstream("http://127.0.0.1:9", "http://127.0.0.1:9", 0.01, turns_at_once=1)
        async with upstream.turnstile.turn(1.0):
            with pytest.raises(AwayError, match="no place"):
                await upstream.say("가", "s")
            with pytest.raises(AwayError, match="BusyError"):
                await upstream.webhook("POST", "rest/webhook", "", [], b"{}")
        await upstream.close()

    asyncio.run(scene())
