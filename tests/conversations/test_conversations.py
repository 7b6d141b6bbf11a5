"""The scripted conversations, and what the customer hears when the action server is away."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.journal import Journal
from bot.rest_client import RestClient
from bot.servers import Servers
from bot.storage.database import open_database
from bot.storage.tables import events, repair_requests

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
    assert len(SCRIPTS) >= 60


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path, talk, journal):
    problems = play(read_script(path), talk, journal)
    assert not problems, "\n".join(problems)


def test_messages_that_arrive_while_the_last_is_answered_keep_their_order(servers, request):
    """Five messages at once, a few milliseconds apart: each is answered in the light of the one before it."""
    client = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender=request.node.name)
    texts = ["배송비는 얼마예요?", "제주도는요?", "강남 매장 몇 시에 닫아요?", "거기 전화번호는?", QUESTION]
    with ThreadPoolExecutor(len(texts)) as pool:
        waiting = []
        for text in texts:
            waiting.append(pool.submit(client.send, text))
            time.sleep(0.03)
        asked = [one.result()[0].answer["question"] for one in waiting]
    assert asked == [texts[0], "배송비 제주도는?", texts[2], "강남 매장 전화번호는?", QUESTION]


def test_answers_to_a_form_that_arrive_at_once_fill_it_in_their_order(servers, database, request):
    client = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender=request.node.name)
    texts = [text.replace("1234-5678", "5151-6161") for text in CONFIRMABLE] + ["네"]
    with ThreadPoolExecutor(len(texts)) as pool:
        waiting = []
        for text in texts:
            waiting.append(pool.submit(client.send, text))
            time.sleep(0.03)
        said = [one.result()[-1].text for one in waiting]
    asked = ["모델명", "증상", "주소", "전화번호", "언제 방문", "이대로 접수할까요", "접수 번호"]
    assert [word in text for word, text in zip(asked, said)] == [True] * len(asked), said
    assert [sender for sender, _ in requests_of(database, "01051516161")] == [request.node.name]


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


CONFIRMABLE = ("세탁기 수리 접수할게요", "모름", "물이 새요", "서울시 마포구 양화로 12", "010-1234-5678", "아무 때나요")


def requests_of(database, phone="01012345678"):
    """The stored repair requests of all customers with `phone`, as `(sender, receipt)`."""
    with open_database(database).connect() as connection:
        found = connection.execute(sa.select(repair_requests).where(repair_requests.c.phone == phone)).mappings().all()
    return [(row["sender"], row["receipt"]) for row in found]


def test_two_customers_with_one_phone_request_at_once_and_get_a_receipt_each(servers, database):
    customers = [RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender=f"neighbour-{n}") for n in range(2)]
    texts = [text.replace("1234-5678", "7777-8888") for text in CONFIRMABLE] + ["네"]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda customer: [customer.send(text)[-1].text for text in texts][-1], customers))
    stored = requests_of(database, "01077778888")
    assert sorted(sender for sender, _ in stored) == ["neighbour-0", "neighbour-1"]
    assert len({receipt for _, receipt in stored}) == 2
    assert all(dict(stored)[customer.sender] in text for customer, text in zip(customers, said))


def test_an_action_server_killed_in_a_form_loses_nothing_and_stores_once(servers, database, talk, request):
    for text in CONFIRMABLE[:-2]:
        talk(text)
    servers.action.process.kill()
    servers.action.process.wait()
    assert [reply.text for reply in talk("010-3434-5656") if "쉬고 있어요" not in reply.text] == []
    servers.start_action_server()
    servers.wait()
    assert "언제 방문" in talk("010-3434-5656")[-1].text  # the form is where it was
    assert "010-3434-5656" in talk("아무 때나요")[-1].text
    servers.action.process.kill()
    servers.action.process.wait()
    assert "쉬고 있어요" in talk("네")[0].text
    assert requests_of(database, "01034345656") == []
    servers.start_action_server()
    servers.wait()
    receipt = talk("네")[0].text
    talk("네")
    [(sender, stored)] = requests_of(database, "01034345656")
    assert sender == request.node.name and stored in receipt


def test_tries_at_an_order_outlive_the_conversation_begun_anew_and_both_servers(servers, talk):
    talk("주문 조회할게요")
    talk("D20261103-0012 010-3131-1111")
    assert "사람이 확인해" in talk("D20261103-0012 010-3131-2222")[0].text
    talk("처음부터 다시")
    for server in (servers.action, servers.rasa):
        server.process.kill()
        server.process.wait()
    servers.start_action_server()
    servers.start_rasa_server()
    servers.wait()
    assert "사람이 확인해" in talk("주문 조회할게요")[0].text
    assert "배송 중" not in talk("D20261103-0012 010-2345-6789")[0].text


def an_hour_passes(database, sender):
    """Put all that was said an hour back; one event more lets Rasa read the conversation anew."""
    with open_database(database).begin() as connection:
        rows = connection.execute(sa.select(events).where(events.c.sender_id == sender).order_by(events.c.id)).mappings().all()
        for row in rows:
            told = json.loads(row["data"])
            told["timestamp"] -= 3_700
            at = {"timestamp": row["timestamp"] - 3_700, "data": json.dumps(told, ensure_ascii=False)}
            connection.execute(events.update().where(events.c.id == row["id"]).values(at))
        slot = {"event": "slot", "timestamp": told["timestamp"], "name": "repair_name", "value": None}
        added = {
            "sender_id": sender,
            "type_name": "slot",
            "timestamp": told["timestamp"],
            "data": json.dumps(slot),
            "key": f"an hour of {sender}"[:64],
        }
        connection.execute(events.insert().values(added))


def test_a_form_left_for_an_hour_goes_on_where_it_was(database, talk, request):
    for text in CONFIRMABLE[:4]:
        talk(text)
    an_hour_passes(database, request.node.name)
    assert talk("배송비는 얼마예요?")[0].answer["kind"] == "faq"
    said = "\n".join(reply.text for reply in talk("010-2121-4343"))
    assert "언제 방문" in said
    assert "양화로 12" in talk("아무 때나요")[-1].text
    assert requests_of(database, "01021214343") == []
    talk("네")
    assert len(requests_of(database, "01021214343")) == 1


def test_an_order_left_for_an_hour_goes_on_where_it_was(database, talk, request):
    talk("주문 조회할게요")
    talk("D20261103-0012")
    an_hour_passes(database, request.node.name)
    assert talk("배송비는 얼마예요?")[0].answer["kind"] == "faq"
    assert "배송 중" in talk("010-2345-6789")[-1].text
