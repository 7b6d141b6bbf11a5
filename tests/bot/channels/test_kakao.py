"""What a skill request of KakaoTalk's says."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.kakao import Inbound, base_address, inbound_of
from bot.channels.kakao_speech import ANSWERS, MORE
from bot.settings import ROOT

SAMPLES = ROOT / "tests" / "data" / "kakao"
LIMIT = 1_000


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def with_extra(extra, utterance="반품은?"):
    payload = sample("request_faq")
    payload["action"]["clientExtra"] = extra
    payload["userRequest"]["utterance"] = utterance
    return inbound_of(payload, LIMIT)


@pytest.mark.parametrize(
    ("name", "user", "text"),
    [
        ("request_minimal", "bot\nu1", "안녕하세요"),
        (
            "request_faq",
            "5ae9b76d7409b11ec845b746\n226f81aef15e8f5890425bbeaa5978d54dfc98fadcaa076ed1f635eda11204ba30",
            "환불은 언제 되나요?",
        ),
        ("request_callback", "5ae9b76d7409b11ec845b746\nbotUserKey-1", "세탁기 설명서에서 필터 청소 주기를 찾아줘"),
    ],
)
def test_the_samples(name, user, text):
    inbound = inbound_of(sample(name), LIMIT)
    assert (inbound.user, inbound.text, inbound.shows) == (user, text, None)


def test_the_callback_address_is_taken():
    assert inbound_of(sample("request_callback"), LIMIT).callback_url == "http://127.0.0.1:8099/v1/bots/test/callback/token"
    assert inbound_of(sample("request_faq"), LIMIT).callback_url is None


@pytest.mark.parametrize(
    "extra", [None, {}, "null", "", "{", "[]", "7", 7, [], True, {"payload": None}, {"payload": ""}, {"faq_id": 3}]
)
def test_an_extra_that_says_nothing_leaves_the_utterance(extra):
    assert with_extra(extra).text == "반품은?"


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        ({"payload": "/human"}, "/human"),
        ('{"payload": "/human"}', "/human"),
        ({"payload": '/ask{"faq_id": "F1"}'}, '/ask{"faq_id": "F1"}'),
        ({"faq_id": "washer-10"}, '/ask{"faq_id": "washer-10"}'),
        ({"payload": "가" * 1001}, "반품은?"),
    ],
)
def test_a_pressed_button_says_its_payload(extra, text):
    assert with_extra(extra).text == text


@pytest.mark.parametrize(
    ("extra", "utterance", "shows", "more"),
    [
        ({"show": "answers"}, "아무 말", ANSWERS, None),
        ({"show": "more", "id": 7}, "아무 말", MORE, 7),
        ({"show": "more", "id": "7"}, "아무 말", MORE, None),
        ({"show": "more", "id": True}, "아무 말", MORE, None),
        ({"show": "more", "id": -1}, "아무 말", MORE, None),
        (None, " 답변  보기", ANSWERS, None),
        ("null", "이어서 보기", MORE, None),
        (None, "이어서 보기가 뭐예요?", None, None),
        ({"payload": "/human"}, "답변 보기", None, None),
    ],
)
def test_what_is_kept_is_asked_for_by_click_or_by_word(extra, utterance, shows, more):
    inbound = with_extra(extra, utterance)
    assert (inbound.shows, inbound.more) == (shows, more)


def test_a_long_utterance_stays_recognizably_too_long():
    payload = sample("request_minimal")
    payload["userRequest"]["utterance"] = "가" * 100_000
    assert len(inbound_of(payload, LIMIT).text) == LIMIT + 1


def test_two_bots_have_their_own_customers():
    payload, other = sample("request_minimal"), sample("request_minimal")
    other["bot"]["id"] = "other"
    assert inbound_of(payload, LIMIT).user != inbound_of(other, LIMIT).user


def test_the_development_channel_of_a_bot_has_the_same_customers():
    payload, other = sample("request_minimal"), sample("request_minimal")
    other["bot"]["id"] = "bot!"
    assert inbound_of(payload, LIMIT).user == inbound_of(other, LIMIT).user


@pytest.mark.parametrize("user", [None, "", " ", "null", [], {}, {"id": None}, {"id": ["a"]}, {"id": True}, 7])
def test_who_names_nobody_is_nobody(user):
    payload = sample("request_minimal")
    payload["userRequest"]["user"] = user
    assert inbound_of(payload, LIMIT).user is None


@pytest.mark.parametrize("payload", [None, [], "글", 7, {}, {"userRequest": None}, {"userRequest": []}, {"action": "x"}])
def test_what_is_no_request_says_nothing(payload):
    assert inbound_of(payload, LIMIT) == Inbound(None, "")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.just("null"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = [("userRequest",), ("userRequest", "user"), ("userRequest", "user", "id"), ("userRequest", "utterance")]
PATHS += [("userRequest", "callbackUrl"), ("action",), ("action", "clientExtra"), ("bot",), ("bot", "id")]


@given(st.sampled_from(PATHS), ANYTHING)
def test_whatever_stands_in_a_field_something_is_made_of_it(path, value):
    payload = copy.deepcopy(sample("request_callback"))
    place = payload
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    inbound = inbound_of(payload, LIMIT)
    assert isinstance(inbound.text, str) and len(inbound.text) <= LIMIT + 1
    assert inbound.user is None or isinstance(inbound.user, str)
    assert inbound.callback_url is None or isinstance(inbound.callback_url, str)


@pytest.mark.parametrize(
    ("public_url", "scheme", "host", "base"),
    [
        ("https://bot.example.com", "http", "127.0.0.1:8080", "https://bot.example.com"),
        (None, "https", "bot.example.com", "https://bot.example.com"),
        (None, "http", None, None),
        (None, "http", "a/b", None),
        (None, "http", "user@host", None),
        (None, "http", "a b", None),
    ],
)
def test_where_customers_reach_the_front(public_url, scheme, host, base):
    assert base_address(public_url, scheme, host) == base
