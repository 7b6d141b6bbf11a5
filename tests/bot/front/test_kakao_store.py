"""What customers have not got yet survives, in order, and is taken once."""

import pytest

from bot.channels.kakao_speech import quick_reply, said
from bot.front.kakao_store import KakaoStore, OpenTurn


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    opened = KakaoStore(tmp_path / "kakao.db", clock=clock)
    yield opened
    opened.close()


def reopened(tmp_path, clock):
    return KakaoStore(tmp_path / "kakao.db", clock=clock)


def texts(found):
    return [one.speech.parts[0].text for one in found]


def test_an_answer_is_taken_once(store):
    number = store.ask("u", "반품은?", None)
    assert (store.take("u"), store.waiting("u")) == ([], 1)
    store.answer(number, said("7일이에요.", quick_reply("네", {"payload": "/x"})))
    [found] = store.take("u")
    assert (found.id, found.about, found.speech) == (number, "반품은?", said("7일이에요.", quick_reply("네", {"payload": "/x"})))
    assert (store.take("u"), store.waiting("u")) == ([], 0)


def test_what_did_not_arrive_is_there_again(store):
    store.answer(store.ask("u", "a", None), said("A"))
    [found] = store.take("u")
    store.give_back([found.id])
    assert texts(store.take("u")) == ["A"]


def test_what_arrived_is_gone(store, tmp_path, clock):
    store.answer(store.ask("u", "a", None), said("A"))
    store.shown([one.id for one in store.take("u")])
    again = reopened(tmp_path, clock)
    assert (again.recover(), again.take("u")) == ([], [])


def test_customers_are_kept_apart(store):
    store.answer(store.ask("u", "a", None), said("A"))
    assert store.take("v") == []


def test_answers_that_others_wait_for_are_left(store):
    first, second = store.ask("u", "a", None), store.ask("u", "b", None)
    store.answer(first, said("A"))
    store.answer(second, said("B"))
    assert texts(store.take("u", but={first})) == ["B"]
    assert texts(store.take("u")) == ["A"]


def test_all_comes_in_the_order_in_which_it_was_said(store, clock):
    number = store.ask("u", "a", None)
    clock.now += 10
    store.answer(number, said("A"))
    store.tell("u", "words-1", said("그 사이 상담원이"), at=clock.now - 5)
    assert texts(store.take("u")) == ["그 사이 상담원이", "A"]


def test_the_same_words_are_told_once(store):
    assert store.tell("u", "words-1", said("네"))
    store.shown([one.id for one in store.take("u")])
    assert not store.tell("u", "words-1", said("네"))
    assert store.take("u") == []


def test_a_restart_loses_nothing(store, tmp_path, clock):
    store.answer(store.ask("u", "a", None), said("A"))
    store.take("u")  # being shown when the front died
    number = store.ask("u", "내 번호는 010-1234-5678이야", "https://b.kr")
    promised = store.ask("v", "b", None)
    store.promise(promised, "https://bot-api.kakao.com/x", 50)
    again = reopened(tmp_path, clock)
    assert again.recover() == [
        OpenTurn(number, "u", "내 번호는 010-1234-5678이야", "https://b.kr", None, None),
        OpenTurn(promised, "v", "b", None, "https://bot-api.kakao.com/x", clock.now + 50),
    ]
    assert texts(again.take("u")) == ["A"]


def test_what_the_customer_said_is_forgotten_once_it_is_answered(store, tmp_path):
    number = store.ask("u", "내 번호는 010-1234-5678이야", None)
    store.answer(number, said("네"))
    [found] = store.take("u")
    assert found.about == "내 번호는 [전화번호]이야"
    rows = store._db.execute("SELECT text, about FROM said").fetchall()
    assert rows == [(None, "내 번호는 [전화번호]이야")]


def test_a_pressed_button_has_no_words(store):
    store.answer(store.ask("u", "/human", None), said("네"))
    assert store.take("u")[0].about == ""


def test_an_answer_that_is_there_is_not_changed(store):
    number = store.ask("u", "a", None)
    store.answer(number, said("A"))
    store.answer(number, said("B"))
    assert texts(store.take("u")) == ["A"]


def test_rests_are_read_by_number_or_the_newest_unread(store):
    first, second = store.keep_rest("u", said("1")), store.keep_rest("u", said("2"))
    assert store.rest("u", first) == (first, said("1"))
    assert store.rest("u", None) == (second, said("2"))
    store.read(second)
    assert store.rest("u", None) == (first, said("1"))
    assert store.rest("u", second) == (second, said("2"))
    store.read(first)
    assert store.rest("u", None) is None
    assert store.rest("v", first) is None


def test_what_nobody_came_for_is_forgotten(store, clock):
    store.answer(store.ask("u", "a", None), said("A"))
    clock.now += 8 * 86_400
    store.ask("v", "b", None)
    assert store.take("u") == []


def test_the_file_is_for_its_owner_alone(store, tmp_path):
    assert (tmp_path / "kakao.db").stat().st_mode & 0o077 == 0
