"""Turns of KakaoTalk: in time, by callback or at the next message; in order, none lost, none doubled."""

import asyncio
from collections import defaultdict

import pytest
from aiohttp import web

from bot.channels import kakao_texts as texts
from bot.channels.kakao import Inbound
from bot.channels.kakao_speech import ANSWERS, MORE
from bot.front import texts as front_texts
from bot.front.kakao_config import KakaoConfig
from bot.front.kakao_handover import AgentWords, Glance
from bot.front.kakao_hosts import CallbackHosts
from bot.front.kakao_store import KakaoStore
from bot.front.kakao_turns import KakaoTurns
from bot.front.metrics import Metrics
from bot.front.upstream import AwayError
from bot.message import Message, Sender

USER = "kakao-u"
SOON_S = 0.1


class Bot:
    """Answers `text` with `답:text`, once its gate is open; notes what was said in order."""

    def __init__(self):
        self.said, self.gates, self.failure, self.is_ready = [], {}, None, True
        self.at_once, self.most_at_once = defaultdict(int), 0

    def hold(self, text):
        self.gates[text] = asyncio.Event()

    async def say(self, text, sender, channel="web"):
        assert channel == "kakao"
        self.at_once[sender] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[sender])
        self.said.append(text)
        try:
            if text in self.gates:
                await self.gates[text].wait()
            if self.failure:
                raise self.failure
            return () if text == "상담원에게" else (Message(f"답:{text}"),)
        finally:
            self.at_once[sender] -= 1

    async def ready(self):
        return {"rasa": self.is_ready, "answers": True}


class Agents:
    def __init__(self):
        self.words, self.handover, self.marked, self.failure = [], None, [], None

    def look(self, sender):
        if self.failure:
            raise self.failure
        return Glance(tuple(one for one in self.words if one.id not in self.marked), self.handover)

    def arrived(self, id):
        self.marked.append(id)
        return True


class Platform:
    """Takes callbacks; answers with `status` and `body`."""

    def __init__(self):
        self.got, self.status, self.body, self.came = [], 200, {"status": "SUCCESS"}, asyncio.Event()
        self.location = None

    async def take(self, request):
        self.got.append((request.path, await request.json()))
        self.came.set()
        headers = {"Location": self.location} if self.location else None
        return web.json_response(self.body, status=self.status, headers=headers)

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/callback/token"
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()


class Customer:
    """Talks with the turns as Kakao would, and hands out what it gets."""

    def __init__(self, turns, user=USER):
        self.turns, self.user = turns, user

    async def says(self, text, callback_url=None, wait_s=SOON_S, hands_out=True, **asked):
        until = asyncio.get_running_loop().time() + wait_s
        reply = await self.turns.answer(Inbound(self.user, text, callback_url, **asked), self.user, None, until)
        if hands_out:
            self.turns.sent(reply)
        return reply.response


def words(response):
    return [output["simpleText"]["text"] for output in response["template"]["outputs"]]


def labels(response):
    return [reply["label"] for reply in response["template"].get("quickReplies", ())]


@pytest.fixture
def play(tmp_path):
    """Runs `scene(turns, bot, ...)` over turns of its own."""

    def run(scene, humans=None, restart=None, **settings):
        async def whole():
            bot = Bot()

            def opened():
                config = KakaoConfig(callback_hosts=CallbackHosts(("127.0.0.1",)), **settings)
                return KakaoTurns(KakaoStore(tmp_path / "kakao.db"), bot, Metrics(), config, humans=humans)

            turns = opened()
            try:
                if restart is None:
                    await scene(turns, bot)
                else:
                    await scene(turns, bot)
                    for gate in bot.gates.values():
                        gate.clear()
                    for tasks in list(turns._open.values()):
                        for task in list(tasks.values()):
                            task.cancel()
                    await turns.finish()
                    turns = opened()
                    turns.recover()
                    await restart(turns, bot)
            finally:
                for gate in bot.gates.values():
                    gate.set()
                await turns.finish()

        asyncio.run(whole())

    return run


async def soon(condition):
    """Until `condition` holds; the test's own time-out ends it otherwise."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


def test_a_quick_answer_is_the_response(play):
    async def scene(turns, bot):
        assert words(await Customer(turns).says("반품은?")) == ["답:반품은?"]
        assert bot.said == ["반품은?"]

    play(scene)


def test_a_slow_answer_comes_with_the_next_message(play):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        interim = await customer.says("느린 것")
        assert (words(interim), labels(interim)) == ([texts.SEARCHING], ["답변 보기"])
        bot.gates["느린 것"].set()
        later = await customer.says("다른 것", wait_s=5)
        assert words(later) == ["앞서 하신 말씀 ‘느린 것’의 답이에요.\n답:느린 것", "답:다른 것"]
        assert words(await customer.says("또", wait_s=5)) == ["답:또"]

    play(scene)


def test_the_button_shows_the_answer_when_it_is_there(play):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        await customer.says("느린 것")
        still = await customer.says("답변 보기", shows=ANSWERS)
        assert (words(still), labels(still)) == ([texts.STILL_SEARCHING], ["답변 보기"])
        bot.gates["느린 것"].set()
        assert words(await customer.says("답변 보기", shows=ANSWERS, wait_s=5)) == ["답:느린 것"]
        assert words(await customer.says("답변 보기", shows=ANSWERS)) == [texts.NO_ANSWERS]
        assert bot.said == ["느린 것"]

    play(scene)


def test_messages_of_a_customer_reach_the_bot_one_after_another(play):
    async def scene(turns, bot):
        bot.hold("1")
        customer, other = Customer(turns), Customer(turns, "kakao-v")
        asked = [asyncio.create_task(customer.says(str(number), wait_s=5)) for number in range(1, 6)]
        assert words(await other.says("나", wait_s=5)) == ["답:나"]  # others do not wait
        bot.gates["1"].set()
        assert [words(response) for response in await asyncio.gather(*asked)] == [[f"답:{number}"] for number in range(1, 6)]
        assert [text for text in bot.said if text != "나"] == ["1", "2", "3", "4", "5"]
        assert bot.most_at_once == 1

    play(scene)


def test_an_answer_that_a_request_waits_for_is_not_shown_in_another(play):
    async def scene(turns, bot):
        bot.hold("1")
        customer = Customer(turns)
        first = asyncio.create_task(customer.says("1", wait_s=5))
        await soon(lambda: bot.said == ["1"])
        asked = asyncio.create_task(customer.says("답변 보기", shows=ANSWERS, wait_s=5))
        await asyncio.sleep(0)
        bot.gates["1"].set()
        assert sorted(map(words, await asyncio.gather(first, asked))) == sorted([["답:1"], [texts.NO_ANSWERS]])

    play(scene)


def test_a_response_that_reached_nobody_is_shown_again(play):
    async def scene(turns, bot):
        reply = await turns.answer(Inbound(USER, "반품은?"), USER, None, asyncio.get_running_loop().time() + 5)
        turns.lost(reply)
        assert words(await Customer(turns).says("답변 보기", shows=ANSWERS)) == ["답:반품은?"]

    play(scene)


@pytest.mark.parametrize(
    ("failure", "text"), [(AwayError("nobody"), front_texts.AWAY), (RuntimeError("broken"), front_texts.FAILED)]
)
def test_a_bot_that_fails_is_told(play, failure, text):
    async def scene(turns, bot):
        bot.failure = failure
        assert words(await Customer(turns).says("반품은?")) == [text]

    play(scene)


def test_too_many_waiting_messages_are_refused_with_a_sentence(play):
    async def scene(turns, bot):
        bot.hold("1")
        customer = Customer(turns)
        await customer.says("1")
        await customer.says("2")
        assert words(await customer.says("3"))[0] == texts.TOO_MANY_WAITING
        bot.gates["1"].set()
        assert len(words(await customer.says("답변 보기", shows=ANSWERS, wait_s=5))) == 2
        assert bot.said == ["1", "2"]

    play(scene, waiting_per_user=2)


def test_who_names_nobody_is_not_told_to_come_back(play):
    async def scene(turns, bot):
        bot.hold("1")
        reply = await turns.answer(Inbound(None, "1"), "kakao-x", None, asyncio.get_running_loop().time() + SOON_S)
        assert words(reply.response) == [front_texts.AWAY]

    play(scene)


def test_a_long_answer_is_read_on(play):
    async def scene(turns, bot):
        customer = Customer(turns)
        text = "문장이에요. " * 800
        first = await customer.says(text, wait_s=5)
        more = first["template"]["quickReplies"][0]
        assert more["label"] == "이어서 보기"
        second = await customer.says("이어서 보기", shows=MORE, more=more["extra"]["id"])
        again = await customer.says("이어서 보기", shows=MORE, more=more["extra"]["id"])
        assert words(again) == words(second)
        said = "".join(words(first) + words(second)).replace(texts.READ_ON, "")
        assert "".join(said.split()) == "".join(f"답:{text}".split())
        assert words(await customer.says("이어서 보기", shows=MORE)) == [texts.NO_MORE]
        assert words(await Customer(turns, "kakao-v").says("x", shows=MORE, more=more["extra"]["id"])) == [texts.NO_MORE]

    play(scene)


def test_a_callback_brings_the_answer_once(play):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        async with Platform() as platform:
            promise = await customer.says("느린 것", platform.url)
            assert promise == {"version": "2.0", "useCallback": True, "data": {"text": texts.SEARCHING_CALLBACK}}
            bot.gates["느린 것"].set()
            await platform.came.wait()
            await soon(lambda: not turns._tasks)
            assert [(path, words(response)) for path, response in platform.got] == [("/callback/token", ["답:느린 것"])]
            assert words(await customer.says("다음", wait_s=5)) == ["답:다음"]

    play(scene)


def test_a_quick_answer_needs_no_callback(play):
    async def scene(turns, bot):
        async with Platform() as platform:
            assert words(await Customer(turns).says("반품은?", platform.url, wait_s=5)) == ["답:반품은?"]
            assert platform.got == []

    play(scene)


def test_a_callback_never_comes_before_the_response_that_promises_it(play):
    async def scene(turns, bot):
        bot.hold("느린 것")
        async with Platform() as platform:
            until = asyncio.get_running_loop().time() + SOON_S
            reply = await turns.answer(Inbound(USER, "느린 것", platform.url), USER, None, until)
            bot.gates["느린 것"].set()
            await asyncio.sleep(0.05)
            assert platform.got == []
            turns.sent(reply)
            await platform.came.wait()

    play(scene)


@pytest.mark.parametrize(
    ("status", "body"), [(500, {}), (404, {}), (200, {"status": "FAIL"}), (200, {"status": "ERROR"}), (307, {}), (302, {})]
)
def test_a_callback_that_kakao_does_not_take_is_not_sent_again(play, status, body):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        async with Platform() as platform:
            platform.status, platform.body, platform.location = status, body, platform.url + "/elsewhere"
            await customer.says("느린 것", platform.url)
            bot.gates["느린 것"].set()
            await platform.came.wait()
            await soon(lambda: not turns._tasks)
            assert len(platform.got) == 1  # no redirect was followed either
            assert words(await customer.says("답변 보기", shows=ANSWERS)) == ["답:느린 것"]

    play(scene)


@pytest.mark.parametrize("url", ["http://127.0.0.2:9/x", "https://evil.example/x", "http://127.0.0.1@evil.example/x", "x"])
def test_a_foreign_callback_address_is_as_good_as_none(play, url):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        assert words(await customer.says("느린 것", url)) == [texts.SEARCHING]
        bot.gates["느린 것"].set()
        assert words(await customer.says("답변 보기", shows=ANSWERS, wait_s=5)) == ["답:느린 것"]

    play(scene)


def test_an_answer_later_than_a_minute_is_shown_at_the_next_message(play):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        async with Platform() as platform:
            await customer.says("느린 것", platform.url)
            await platform.came.wait()
            await soon(lambda: not turns._tasks)
            [(_, response)] = platform.got
            assert (words(response), labels(response)) == ([texts.STILL_SEARCHING], ["답변 보기"])
            bot.gates["느린 것"].set()
            assert words(await customer.says("답변 보기", shows=ANSWERS, wait_s=5)) == ["답:느린 것"]
            assert len(platform.got) == 1

    play(scene, answer_within_s=0.1, callback_within_s=0.3)


def test_a_callback_that_is_awaited_is_not_shown_at_the_next_message(play):
    async def scene(turns, bot):
        bot.hold("느린 것")
        customer = Customer(turns)
        async with Platform() as platform:
            await customer.says("느린 것", platform.url)
            assert words(await customer.says("답변 보기", shows=ANSWERS)) == [texts.NO_ANSWERS]
            bot.gates["느린 것"].set()
            await platform.came.wait()
            assert words(platform.got[0][1]) == ["답:느린 것"]

    play(scene)


def test_a_restart_asks_again_what_was_open_in_order(play):
    async def scene(turns, bot):
        bot.hold("1")
        customer = Customer(turns)
        await customer.says("1")
        await customer.says("2")

    async def restart(turns, bot):
        bot.gates.clear()
        bot.said.clear()
        shown = await Customer(turns).says("3", wait_s=5)
        assert bot.said == ["1", "2", "3"]
        assert [text.split("\n")[-1] for text in words(shown)] == ["답:1", "답:2", "답:3"]

    play(scene, restart=restart)


def test_a_restart_keeps_answers_that_nobody_had_come_for(play):
    async def scene(turns, bot):
        bot.hold("1")
        await Customer(turns).says("1")
        bot.gates["1"].set()
        await soon(lambda: not turns._open)

    async def restart(turns, bot):
        assert words(await Customer(turns).says("답변 보기", shows=ANSWERS)) == ["답:1"]

    play(scene, restart=restart)


def test_a_restart_waits_until_the_bot_can_answer(play):
    async def scene(turns, bot):
        bot.hold("1")
        await Customer(turns).says("1")
        bot.is_ready = False

    async def restart(turns, bot):
        bot.gates.clear()
        bot.said.clear()
        await asyncio.sleep(0.05)
        assert bot.said == []
        bot.is_ready = True
        assert words(await Customer(turns).says("답변 보기", shows=ANSWERS, wait_s=5)) == ["답:1"]

    play(scene, restart=restart)


def test_a_promised_callback_is_sent_after_a_restart(play):
    places = {}

    async def scene(turns, bot):
        bot.hold("1")
        places["platform"] = await Platform().__aenter__()
        await Customer(turns).says("1", places["platform"].url)

    async def restart(turns, bot):
        bot.gates.clear()
        platform = places["platform"]
        await platform.came.wait()
        await soon(lambda: not turns._tasks)
        assert [words(response) for _, response in platform.got] == [["답:1"]]
        assert words(await Customer(turns).says("답변 보기", shows=ANSWERS)) == [texts.NO_ANSWERS]
        await platform.__aexit__()

    play(scene, restart=restart)


def test_an_agent_s_words_come_with_the_next_message(play):
    agents = Agents()
    agents.handover = 7
    agents.words = [
        AgentWords(3, Message("확인해 볼게요.", Sender.AGENT), 1.0),
        AgentWords(4, Message("됐어요.", Sender.AGENT), 2.0),
    ]

    async def scene(turns, bot):
        customer = Customer(turns)
        response = await customer.says("상담원에게", wait_s=5)
        assert words(response) == [f"상담원: 확인해 볼게요.\n\n상담원: 됐어요.\n\n{texts.HANDED_ON}\n\n{texts.NO_FIRST_WORD}"]
        assert labels(response) == ["답변 보기"]
        await soon(lambda: agents.marked == [3, 4])
        assert words(await customer.says("답변 보기", shows=ANSWERS)) == [texts.NO_AGENT_YET]

    play(scene, humans=agents)


def test_the_customer_is_told_once_that_nobody_speaks_first(play):
    agents = Agents()

    async def scene(turns, bot):
        customer = Customer(turns)
        assert words(await customer.says("네")) == ["답:네"]
        agents.handover = 7
        assert words(await customer.says("상담원 불러 줘")) == ["답:상담원 불러 줘", texts.NO_FIRST_WORD]
        assert words(await customer.says("상담원에게")) == [texts.HANDED_ON]
        agents.handover = 8
        assert words(await customer.says("또 불러 줘")) == ["답:또 불러 줘", texts.NO_FIRST_WORD]

    play(scene, humans=agents)


def test_words_that_could_not_be_marked_are_shown_once(play):
    agents = Agents()
    agents.words = [AgentWords(3, Message("네.", Sender.AGENT), 1.0)]
    agents.arrived = lambda id: (_ for _ in ()).throw(RuntimeError("database"))

    async def scene(turns, bot):
        customer = Customer(turns)
        assert words(await customer.says("답변 보기", shows=ANSWERS)) == ["상담원: 네."]
        assert words(await customer.says("답변 보기", shows=ANSWERS)) == [texts.NO_ANSWERS]

    play(scene, humans=agents)


def test_a_database_that_fails_holds_up_no_answer(play):
    agents = Agents()
    agents.failure = RuntimeError("database")

    async def scene(turns, bot):
        assert words(await Customer(turns).says("반품은?")) == ["답:반품은?"]

    play(scene, humans=agents)
