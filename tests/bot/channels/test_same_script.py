"""One conversation says the same in every channel.

Another channel is a class with `say` and `press` (see `same_script.py`) and a line in `CHANNELS`.
"""

import asyncio
from threading import Thread

import pytest

from bot.front import slack_config
from bot.front.config import FrontConfig
from bot.front.server import uvicorn_server
from bot.scripted import read_script
from bot.servers import Servers, free_port
from bot.settings import ROOT
from tests.bot.front.slack_stand_in import SECRET, TOKEN, SlackStandIn

from .same_script import Heard, KakaoChannel, RestChannel, SlackChannel, TerminalChannel, WidgetChannel, heard_in

SCRIPTS = (
    "offered_question",
    "manual",
    "statute",
    "faq_return_period",
    "human_after_unknown",
    "talk_product_follow_up",
    "talk_which_product_button",
    "repair_cancelled_at_summary",
    "bad_sql_and_html",
)
"""Those whose answers are never one of several."""
CHANNELS = {
    "terminal": lambda place: TerminalChannel(place["rasa"]),
    "widget": lambda place: WidgetChannel(place["front"]),
    "kakao": lambda place: KakaoChannel(place["front"]),
    "slack": lambda place: SlackChannel(place["front"], place["slack"]),
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(built, tmp_path_factory):
    """Where the channels are: the addresses of Rasa and of a front before it."""
    folder = tmp_path_factory.mktemp("same")
    config = FrontConfig(port=free_port(), conversations=folder / "web.db")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DAEDAP_KAKAO_SECRET", raising=False)
        slack = SlackStandIn()
        for name, value in (
            (slack_config.TOKEN, TOKEN),
            (slack_config.SIGNING_SECRET, SECRET),
            (slack_config.API_URL, slack.api_url),
        ):
            environment.setenv(name, value)
        with Servers(built.replace(database_url=f"sqlite:///{folder / 'daedap.db'}")) as servers:
            servers.wait()
            front = uvicorn_server(config, servers)
            thread = Thread(target=lambda: asyncio.run(front.serve()), daemon=True)
            thread.start()
            yield {"rasa": servers.rasa_url, "front": f"http://127.0.0.1:{config.port}", "slack": slack}
            front.should_exit = True
            thread.join(10)
        slack.stop()


@pytest.fixture(scope="module")
def in_rest(place):
    """What is heard over REST, by script."""
    kept: dict[str, list[Heard]] = {}

    def hear(name: str) -> list[Heard]:
        if name not in kept:
            kept[name] = heard_in(script(name), RestChannel(place["rasa"]))
        return kept[name]

    return hear


def script(name):
    return read_script(ROOT / "tests" / "conversations" / f"{name}.yml")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_channel_says_what_rest_says(place, in_rest, name, channel):
    assert heard_in(script(name), CHANNELS[channel](place)) == in_rest(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_something_is_said_in_every_turn(in_rest, name):
    assert all(heard.lines for heard in in_rest(name))
