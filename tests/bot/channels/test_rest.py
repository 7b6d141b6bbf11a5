"""What the REST channel takes from a request; whole turns are played by tests/conversations."""

import asyncio
from types import SimpleNamespace

import pytest

from bot.channels.rest import GuardedRest


def taken(body):
    """`(text, input_channel, metadata)` of a request with the JSON `body`."""
    channel, request = GuardedRest.from_credentials(None), SimpleNamespace(json=body)
    return channel._extract_message(request), channel._extract_input_channel(request), channel.get_metadata(request)


def sender(body):
    return asyncio.run(GuardedRest()._extract_sender(SimpleNamespace(json=body)))


def test_it_answers_where_rasa_s_own_channel_does():
    assert (GuardedRest.name(), GuardedRest().url_prefix()) == ("rest", "rest")


def test_a_message_is_taken_as_it_is():
    body = {"sender": "a", "message": "반품", "metadata": {"x": 1}, "input_channel": "web"}
    assert taken(body) == ("반품", "web", {"x": 1})
    assert sender(body) == "a"


@pytest.mark.parametrize("body", [{}, {"message": None}, {"message": ["가"]}, {"message": 7}, [], None, "글"])
def test_what_is_no_message_counts_as_empty(body):
    assert taken(body) == ("", "rest", None)


@pytest.mark.parametrize("body", [{"metadata": "x"}, {"input_channel": 7}])
def test_fields_of_a_wrong_type_are_left_out(body):
    assert taken(body) == ("", "rest", None)


def test_those_without_a_sender_do_not_share_a_conversation():
    senders = {sender(body) for body in ({}, {"sender": ""}, {"sender": None}, [], None)}
    assert len(senders) == 5
    assert "default" not in senders


def test_a_sender_is_bounded():
    assert sender({"sender": "가" * 500}) == "가" * 200
    assert sender({"sender": 7}) == "7"
