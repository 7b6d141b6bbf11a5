"""The stand-in for KakaoTalk's platform, and a short run of it against a front over a bot made by hand."""

import asyncio
import importlib.util
import signal
import sys

import pytest

from bot.settings import ROOT

FOLDER = ROOT / "benchmarks" / "channels"


@pytest.fixture(scope="module")
def platform():
    spec = importlib.util.spec_from_file_location("kakao_platform", FOLDER / "kakao_platform.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def bubble(*texts):
    return {"template": {"outputs": [{"simpleText": {"text": text}} for text in texts]}}


def test_lost_doubled_and_disordered_answers_are_counted(platform):
    stand_in = platform.Platform("http://127.0.0.1:9", None, True)
    stand_in.numbers = {1, 2, 3, 4}
    stand_in.result.seconds = [1.0, 2.0, 3.0]
    assert stand_in._see("a", bubble("답 =2=.", "답 =3=."), "response") == 2
    assert stand_in._see("b", bubble("묻기 #1 … 답 =1=."), "press") == 1
    assert stand_in._see("a", bubble("답 =2=."), "callback") == 1
    report = stand_in.result.report(stand_in.numbers)
    assert (report["lost"], report["doubled"], report["out_of_order"], report["max_s"]) == (1, 1, 1, 3.0)
    assert [one[0] for one in platform.strange(stand_in.result)] == [2, 3, 2]


def test_answers_of_a_real_bot_are_told_from_what_the_channel_says_itself(platform):
    stand_in = platform.Platform("http://127.0.0.1:9", None, False)
    assert stand_in._see("a", bubble("7일이에요."), "response") == 1
    assert stand_in._see("a", bubble("답을 찾고 있어요. 조금 걸리니 …"), "response") == 0
    assert stand_in._see("a", bubble("새로 온 답이 없어요. …"), "press") == 0


@pytest.mark.slow
def test_a_short_run_loses_and_doubles_nothing(platform, tmp_path):
    """Times are a fifth of Kakao's: slow answers come within three seconds, a callback within four."""

    async def run():
        front = platform.Front(tmp_path, "--answer-within", "0.8", "--callback-within", "4", "--slow", "1", "3", "--fast", "0.05")
        await front.start()
        try:
            async with platform.Platform(front.url, None, True, press_after_s=0.5) as stand_in:
                return await platform.run(stand_in, [], users=30, rate=10, seconds=6, slow_share=0.25, drain_s=30)
        finally:
            front.kill(signal.SIGINT)

    report = asyncio.run(run())
    assert report["questions"] == 60
    wrong = ("late", "refused", "lost", "doubled", "out_of_order", "invalid_responses")
    assert {name: report[name] for name in wrong} == dict.fromkeys(wrong, 0)
    once = ("callback_addresses_used_twice", "callbacks_after_a_minute", "callbacks_missing")
    assert {name: report[name] for name in once} == dict.fromkeys(once, 0)
    assert report["answered_at_once"] > 0 and report["answered_by_callback"] > 0 and report["answered_later"] > 0
