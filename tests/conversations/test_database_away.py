"""The database away in the middle of a conversation, with the real servers and a real PostgreSQL that is killed."""

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.rest_client import RestClient
from bot.servers import Servers
from bot.storage.database import open_database
from bot.storage.tables import repair_requests, turns, unanswered
from tests.bot.storage.postgres_server import Postgres, find_programs

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
WRITTEN_WITHIN_S = 60.0


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    if find_programs() is None:
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    server = Postgres()
    yield server.start()
    server.remove()


def rows(url, table):
    with open_database(url).connect() as connection:
        return connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()


def test_every_turn_is_answered_and_every_row_is_written_later(built, postgres):
    url = postgres.create("away")
    with Servers(built.replace(database_url=url)) as servers:
        servers.wait()
        customer = RestClient(f"{servers.rasa_url}/webhooks/rest/webhook", sender="customer")

        def say(text):
            return "\n".join(reply.text for reply in customer.send(text))

        for text in ("세탁기 수리 접수할게요", "모름", "물이 새요", "서울시 마포구 양화로 12"):
            say(text)
        postgres.kill()
        assert "언제 방문" in say("010-1234-5678")  # the form goes on
        assert "3,000원" in say("배송비는 얼마예요?")
        assert "이대로 접수할까요" in say("아무 때나요")
        told = say("네")
        assert "저장이 늦어지고 있어서 적어 두었다가 곧 옮길게요" in told
        receipt = told.split("접수 번호: ")[1].split()[0]
        assert receipt in say("접수 번호 다시 알려줘")
        assert "모르겠어요" in say("대통령이 누구야")
        say("주문 조회할게요")
        assert "지금은 주문을 찾아볼 수 없어요" in say("D20261103-0012 010-2345-6789")
        postgres.start()
        deadline = time.monotonic() + WRITTEN_WITHIN_S
        while len(rows(url, turns)) < 12 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert "배송 중" in say("주문 조회할게요") + say("D20261103-0012 010-2345-6789")
    assert [row["receipt"] for row in rows(url, repair_requests)] == [receipt]
    assert [row["question"] for row in rows(url, unanswered)] == ["대통령이 누구야"]
    said = [row["text"] for row in rows(url, turns)]
    assert said[:4] == ["세탁기 수리 접수할게요", "모름", "물이 새요", "서울시 마포구 양화로 12"]
    assert (len(said), said[7], said[9]) == (14, "네", "대통령이 누구야")
