"""Requests are written once, orders are found by both numbers."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.skills.guesses import Guesses
from bot.skills.order_guesses import guessed_wrongly, too_many
from bot.skills.order_store import OrderStore, bare, read_orders
from bot.skills.repair import Draft
from bot.skills.repair_store import RepairRequest, RepairStore, receipt_of
from bot.storage.database import open_database
from bot.storage.tables import order_guesses, orders, repair_requests

ORDERS = """number,phone,name,product,state,ordered_on,expected_on,delivered_on,carrier,tracking_number
D20261103-0012,010-2345-6789,김하늘,세탁기,배송 중,2026-11-03,2026-11-24,,대답택배,6400
D20261103-0013,010-2345-6789,김하늘,에어컨,배송 완료,2026-11-03,,2026-11-05,대답택배,6401
D20261110-0107,010-8765-4321,이도윤,건조기,설치 예정,2026-11-10,,,,
"""


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'd.db'}"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


def rows(url, table):
    with open_database(url).connect() as connection:
        return connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()


def request_of(config, now, key="k", sender="web-1", **values):
    values = {"product": "세탁기", "model": "", "symptom": "물이 새요", "phone": "01012345678", "date": "any"} | values
    return RepairRequest.of(Draft(values, key=key), config, sender, "web", now)


def test_a_request_is_written_once_however_often_it_is_confirmed(url, config, now):
    store = RepairStore(url)
    request = request_of(config, now)
    assert [store.save(request), store.save(request)] == [True, True]
    [row] = rows(url, repair_requests)
    assert (row["receipt"], row["sender"], row["channel"], row["state"]) == (request.receipt, "web-1", "web", "received")
    assert (row["product"], row["model"], row["symptom"], row["address"], row["phone"]) == (
        "세탁기",
        None,
        "물이 새요",
        None,
        "01012345678",
    )
    assert row["requested_at"] == datetime(2026, 11, 23, 1)


def test_two_customers_with_the_same_phone_have_a_request_each(url, config, now):
    store = RepairStore(url)
    for key, sender in (("k1", "web-1"), ("k2", "web-2")):
        store.save(request_of(config, now, key, sender))
    found = rows(url, repair_requests)
    assert [row["sender"] for row in found] == ["web-1", "web-2"]
    assert len({row["receipt"] for row in found}) == 2


def test_the_same_key_of_two_customers_is_not_the_same_request(url, config, now):
    store = RepairStore(url)
    store.save(request_of(config, now, "k", "web-1"))
    assert request_of(config, now, "k", "web-2").key != request_of(config, now, "k", "web-1").key


def test_everything_fits_into_the_table(url, config, own_config, now):
    long = {"symptom": "😀" * 500, "address": "가" * 200, "product": "세탁기"}
    assert RepairStore(url).save(request_of(config, now, sender="x" * 500, **long))
    assert rows(url, repair_requests)[0]["symptom"] == "😀" * 500
    assert (
        RepairRequest.of(Draft({"floor": "3", "note": ""}, key="k"), own_config, "s", "c", now).details
        == '{"floor": "3", "note": null}'
    )


def test_a_receipt_names_the_day_in_korea(now):
    assert (
        receipt_of("k", datetime.fromisoformat("2026-11-22T20:00:00+00:00"), "AS") == "AS261123-" + receipt_of("k", now, "")[7:]
    )
    assert len(receipt_of("k", now, "")) == 15


def test_orders_are_loaded_from_the_file_and_again(url, file):
    store = OrderStore(url, file)
    assert store.find("D20261103-0012", "010-2345-6789").state == "배송 중"
    file.write_text(ORDERS.replace("배송 중", "배송 완료"), encoding="utf-8")
    assert OrderStore(url, file).find("D20261103-0012", "01023456789").state == "배송 완료"
    assert len(rows(url, orders)) == 3


def test_an_order_is_found_by_both_numbers_only(url, file):
    store = OrderStore(url, file)
    assert store.find("D20261103-0013", "01023456789").product == "에어컨"
    assert store.find("20261110-0107", "01087654321").product == "건조기"
    assert store.find("d202611100107", "01087654321").product == "건조기"
    for number, phone in [
        ("D20261103-0012", "01087654321"),
        ("D20261110-0107", "01023456789"),
        ("", "01023456789"),
        ("%", "%"),
        ("D20261103-0012", ""),
    ]:
        assert store.find(number, phone) is None


def test_who_guesses_is_stopped_from_whichever_conversation(url, file):
    store = OrderStore(url, file)
    for guess in range(9):
        assert store.find(f"D20261199-{guess:04d}", "01087654321") is None
    assert store.find("D20261110-0107", "01087654321").product == "건조기"
    assert store.find("D20261199-9999", "01087654321") is None  # the tenth
    assert store.find("D20261110-0107", "01087654321") is None
    assert store.find("D20261103-0013", "01023456789").product == "에어컨"
    assert OrderStore(url, file).find("D20261110-0107", "01087654321") is None  # another process, or the same begun anew


def test_guesses_in_the_database_count_for_an_hour_and_say_no_number(url):
    noon = datetime(2026, 11, 24, 12)
    with open_database(url).begin() as connection:
        guessed_wrongly(connection, "number 1", "phone 01012345678", now=noon)
        guessed_wrongly(connection, "number 2", "phone 01012345678", now=noon + timedelta(minutes=30))
        assert too_many(connection, "phone 01012345678", limit=2, now=noon + timedelta(minutes=59))
        assert not too_many(connection, "number 1", "number 2", limit=2, now=noon + timedelta(minutes=59))
        assert not too_many(connection, "phone 01012345678", limit=2, now=noon + timedelta(minutes=60))
        guessed_wrongly(connection, "number 3", now=noon + timedelta(minutes=61))
    left = rows(url, order_guesses)
    assert len(left) == 3 and "01012345678" not in str(left)


def test_guesses_are_forgotten_in_time_and_in_number(monkeypatch):
    now = [0.0]
    guesses = Guesses(limit=2, window_s=10, clock=lambda: now[0])
    guesses.wrong("a", "b")
    now[0] = 9
    guesses.wrong("a")
    assert (guesses.too_many("a"), guesses.too_many("b"), guesses.too_many("b", "a")) == (True, False, True)
    now[0] = 11
    assert not guesses.too_many("a")
    monkeypatch.setattr("bot.skills.guesses.MAX_KEYS", 3)
    for key in "cdefd":
        guesses.wrong(key)
    assert guesses.too_many("d") and not guesses.too_many("a", "b", "c")


def test_orders_away_are_told_apart_from_none(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError):
        OrderStore("postgresql://nobody@127.0.0.1:9/none").find("D20261103-0012", "01023456789")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("number,phone\n1,2\n", "product, state"),
        ("number,phone,product,state\n1,010,세탁기,\n", "2번째 줄의 state"),
        ("number,phone,product,state,ordered_on\n1,010,세탁기,끝,내일\n", "2번째 줄의 ordered_on"),
    ],
)
def test_a_wrong_order_file_is_named(tmp_path, text, message):
    (tmp_path / "o.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_orders(tmp_path / "o.csv")


def test_the_demo_s_orders_can_be_read():
    from bot.settings import DEMO_CONFIG

    found = read_orders(DEMO_CONFIG.parent / "orders.csv")
    assert len({row["number"] for row in found}) == len(found) == 6


def test_what_leads_an_order_number_goes_without_saying():
    assert [bare(number) for number in ("D20261103-0012", "20261103 0012", "no-2026b", "")] == [
        "202611030012",
        "202611030012",
        "2026B",
        "",
    ]
