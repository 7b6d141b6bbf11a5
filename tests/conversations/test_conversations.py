"""The scripted conversations, and what the customer hears when the action server is away."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.journal import Journal
from bot.rest_client import RestClient
from bot.servers import Servers

from .runner import play, read_script

SCRIPTS = sorted(Path(__file__).parent.glob("*.yml"))
QUESTION = "반품하려면 며칠 안에 신청해야 해요?"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('conversations') / 'journal.db'}"


@pytest.fixture(scope="module")
def servers(built, database):
    with Servers(built.replace(database_url=database)) as started:
        started.wait()
        yield started


@pytest.fixture(scope="module")
def journal(database):
    opened = Journal(database)
    yield opened
    opened.close()


@pytest.fixture
def talk(servers, request):
    """Sends a message as a customer of this test alone."""
    return RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender=request.node.name).send


def test_there_are_enough_scripts():
    assert len(SCRIPTS) >= 20


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path, talk, journal):
    problems = play(read_script(path), talk, journal)
    assert not problems, "\n".join(problems)


def test_broken_requests_are_refused_and_harm_nothing(servers, talk):
    import requests

    url = f"{servers.rasa_url}/webhooks/rest/webhook"
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(url, data="{nope", timeout=10).status_code == 400
        assert session.post(url, data="가" * 2_000_000, timeout=10).status_code == 413
        assert "비어 있어요" in session.post(url, json={"message": ["가"]}, timeout=10).json()[0]["text"]
    assert "자동" in talk("안녕하세요")[0].text


def test_the_management_api_is_closed(servers):
    import requests

    with requests.Session() as session:
        session.trust_env = False
        for path in ("status", "domain", "conversations/a/tracker", "version"):
            assert session.get(f"{servers.rasa_url}/{path}", timeout=10).status_code == 404


def test_the_customer_hears_that_the_answers_are_away_and_talks_on_when_they_are_back(servers, talk):
    assert talk(QUESTION)[0].answer["kind"] == "faq"
    servers.action.process.kill()
    servers.action.process.wait()
    assert "잠시 쉬고 있어요" in talk(QUESTION)[0].text
    assert "자동" in talk("안녕하세요")[0].text  # what Rasa knows by itself goes on
    servers.start_action_server()
    servers.wait()
    assert talk(QUESTION)[0].answer["kind"] == "faq"


def test_an_action_server_that_hangs_counts_as_away_and_holds_up_nobody_else(servers, talk):
    other = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender="somebody else")
    servers.action.process.send_signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(talk, QUESTION)
            assert "자동" in other.send("안녕하세요")[0].text
            assert not waiting.done()
            assert "잠시 쉬고 있어요" in waiting.result()[0].text
    finally:
        servers.action.process.send_signal(signal.SIGCONT)
    assert talk(QUESTION)[0].answer["kind"] == "faq"
