"""The tracker store beside Rasa's own, and while the database is away."""

import asyncio
import time

import pytest
import sqlalchemy as sa
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.utils.endpoints import EndpointConfig

from bot.rasa_server import tracker_store
from bot.storage.database import open_database
from bot.storage.outbox import Outbox
from bot.storage.tables import events
from bot.storage.tracker_store import DatabaseTrackerStore, PromptLockStore

DOMAIN = Domain.from_dict({"slots": {"product": {"type": "text", "mappings": [{"type": "custom"}]}}, "intents": ["ask"]})


@pytest.fixture
def outbox(database_url, tmp_path):
    opened = Outbox(database_url, tmp_path / "rows.kept")
    yield opened
    opened.close()


@pytest.fixture
def store(outbox):
    return DatabaseTrackerStore(DOMAIN, database_url=outbox.url, outbox=outbox)


def turn_events(number):
    return [
        UserUttered(f"질문 {number} 😀", {"name": "ask", "confidence": 1.0}),
        SlotSet("product", f"세탁기 {number}"),
        BotUttered(f"답 {number}", metadata={"utter_action": "utter_x"}),
        ActionExecuted("action_listen"),
    ]


START = (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"))


async def talk(store, sender, *batches):
    """Each batch of events as Rasa does a turn: the tracker is fetched, changed and saved."""
    for batch in batches:
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        tracker.update_with_events(list(batch), DOMAIN)
        await store.save(tracker)


def shape(tracker):
    return [{name: value for name, value in event.as_dict().items() if name != "timestamp"} for event in tracker.events]


def texts(tracker):
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_keeps_what_rasa_s_own_store_keeps(store, outbox, tmp_path):
    theirs = SQLTrackerStore(DOMAIN, db=str(tmp_path / "rasa.db"))
    batches = [[*START, *turn_events(1)], turn_events(2), [*START, *turn_events(3)], turn_events(4)]

    async def run():
        for one in (store, theirs):
            await talk(one, "web-1", *batches)
        for full in ("retrieve", "retrieve_full_tracker"):
            fresh = DatabaseTrackerStore(DOMAIN, database_url=outbox.url, outbox=outbox)
            ours, reference = await getattr(fresh, full)("web-1"), await getattr(theirs, full)("web-1")
            assert texts(ours) == texts(reference)
            assert shape(ours) == shape(reference)
            assert ours.slots["product"].value == "세탁기 4"
        return await store.keys(), await store.retrieve("web-2")

    assert asyncio.run(run()) == (["web-1"], None)


def test_rasa_s_own_store_reads_it(tmp_path):
    outbox = Outbox(f"sqlite:///{tmp_path / 'd.db'}")
    ours, fresh = (DatabaseTrackerStore(DOMAIN, database_url=outbox.url, outbox=outbox) for _ in range(2))

    async def run():
        await talk(ours, "web-1", [*START, *turn_events(1)], turn_events(2))
        theirs = SQLTrackerStore(DOMAIN, db=str(tmp_path / "d.db"))
        return shape(await theirs.retrieve("web-1")), shape(await fresh.retrieve("web-1"))

    theirs, again = asyncio.run(run())
    outbox.close()
    assert theirs == again and len(again) == 2 + 2 * 4


def test_a_conversation_under_way_is_not_read_again_unless_another_wrote(store, outbox):
    async def run():
        await talk(store, "web-1", [*START, *turn_events(1)])
        kept = await store.retrieve("web-1")
        kept.update_with_events(turn_events(2), DOMAIN)
        await store.save(kept)
        assert await store.retrieve("web-1") is kept
        other = DatabaseTrackerStore(DOMAIN, database_url=outbox.url, outbox=outbox)
        await talk(store, "web-1", turn_events(3))
        await talk(other, "web-1", turn_events(4))
        return texts(await store.retrieve("web-1"))

    assert asyncio.run(run()) == [f"질문 {number} 😀" for number in (1, 2, 3, 4)]


def test_what_is_remembered_is_bounded_in_conversations_and_in_events(store, monkeypatch):
    async def run(*senders):
        for sender in senders:
            await talk(store, sender, [*START, *turn_events(1)])
        return list(store._remembered)

    monkeypatch.setattr("bot.storage.tracker_store.REMEMBERED", 3)
    assert asyncio.run(run("a", "b", "c", "d")) == ["b", "c", "d"]
    monkeypatch.setattr("bot.storage.tracker_store.REMEMBERED_EVENTS", 15)  # two conversations of seven events
    assert asyncio.run(run("e")) == ["d", "e"]


def test_a_turn_that_failed_half_way_leaves_nothing(store):
    async def run():
        await talk(store, "web-1", [*START, *turn_events(1)])
        broken = await store.retrieve("web-1")
        broken.update_with_events(turn_events(9), DOMAIN)  # and then the turn raises
        await talk(store, "web-1", turn_events(2))
        return texts(await store.retrieve("web-1"))

    assert asyncio.run(run()) == ["질문 1 😀", "질문 2 😀"]


def test_who_was_forgotten_is_not_remembered(store):
    async def run():
        await talk(store, "web-1", [*START, *turn_events(1)])
        with open_database(store.url).begin() as connection:
            connection.execute(events.delete())
        return await store.retrieve("web-1")

    assert asyncio.run(run()) is None


class Away(Outbox):
    """Says that the database is away as long as a test wants."""

    away = False

    @property
    def is_away(self):
        return self.away or super().is_away


@pytest.fixture
def away(database_url, tmp_path):
    opened = Away(database_url, tmp_path / "rows.kept")
    yield opened
    opened.close()


def test_a_conversation_goes_on_while_the_database_is_away_and_nothing_is_lost(away):
    store = DatabaseTrackerStore(DOMAIN, database_url=away.url, outbox=away)

    async def before():
        await talk(store, "web-1", [*START, *turn_events(1)])
        away.away = True
        await talk(store, "web-1", turn_events(2), turn_events(3))
        await talk(store, "web-2", [*START, *turn_events(1)])
        tracker = await store.retrieve("web-1")
        assert (texts(tracker), tracker.slots["product"].value) == ([f"질문 {n} 😀" for n in (1, 2, 3)], "세탁기 3")
        await store.save(tracker)
        restarted = DatabaseTrackerStore(DOMAIN, database_url=away.url, outbox=away)  # Rasa was killed meanwhile
        assert texts(await restarted.retrieve("web-2")) == ["질문 1 😀"]
        return restarted

    restarted = asyncio.run(before())
    away.away = False
    asyncio.run(talk(restarted, "web-1", turn_events(4)))
    until(lambda: away.rows.count() == 0)
    fresh = DatabaseTrackerStore(DOMAIN, database_url=away.url, outbox=away)
    assert texts(asyncio.run(fresh.retrieve("web-1"))) == [f"질문 {n} 😀" for n in (1, 2, 3, 4)]
    with open_database(away.url).connect() as connection:
        keys = connection.execute(sa.select(events.c.key)).scalars().all()
    assert len(keys) == len(set(keys)) == 3 + 4 * 4 + 3 + 4


@pytest.mark.postgres
def test_a_turn_goes_on_while_postgresql_does_not_answer(postgres, postgres_url, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.storage.tracker_store.TIMEOUT_S", 0.3)
    outbox = Outbox(postgres_url, tmp_path / "rows.kept")
    store = DatabaseTrackerStore(DOMAIN, database_url=postgres_url, outbox=outbox)
    asyncio.run(talk(store, "web-1", [*START, *turn_events(1)]))
    with open_database(postgres_url).begin() as blocking:
        blocking.execute(sa.text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
        asyncio.run(talk(store, "web-1", turn_events(2)))
        assert outbox.rows.has("events", "web-1")
    until(lambda: outbox.rows.count() == 0)
    fresh = DatabaseTrackerStore(DOMAIN, database_url=postgres_url, outbox=outbox)
    assert texts(asyncio.run(fresh.retrieve("web-1"))) == ["질문 1 😀", "질문 2 😀"]
    outbox.close()


def test_rasa_finds_it_by_its_name_and_a_wrong_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DAEDAP_DATABASE_URL", f"sqlite:///{tmp_path / 'd.db'}")
    found = tracker_store(EndpointConfig(type="bot.storage.tracker_store.DatabaseTrackerStore"))
    assert isinstance(found, DatabaseTrackerStore) and found.url == f"sqlite:///{tmp_path / 'd.db'}"
    assert TrackerStore.create(found) is found
    for wrong in (None, EndpointConfig(type="bot.storage.tracker_store.NoStore"), EndpointConfig(type="no.such.Store")):
        with pytest.warns(UserWarning) if wrong else _nothing(), pytest.raises(ValueError, match="tracker_store"):
            tracker_store(wrong)
    assert isinstance(LockStore.create(EndpointConfig(type="bot.storage.tracker_store.PromptLockStore")), PromptLockStore)


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


def test_messages_of_one_sender_are_served_in_their_order_and_soon():
    locks, order = PromptLockStore(), []

    async def one(number):
        async with locks.lock("web-1"):
            await asyncio.sleep(0.01)
            order.append(number)

    async def run():
        await asyncio.gather(*(one(number) for number in range(5)))

    started = time.monotonic()
    asyncio.run(run())
    assert order == [0, 1, 2, 3, 4]
    assert time.monotonic() - started < 2  # Rasa's own waits a second a message


def test_inside_rasa_s_fail_safe_store(store):
    async def run():
        safe = FailSafeTrackerStore(store)
        await talk(safe, "web-1", [*START, *turn_events(1)], turn_events(2))
        return texts(await safe.retrieve("web-1"))

    assert asyncio.run(run()) == ["질문 1 😀", "질문 2 😀"]
