"""Where callbacks may go: nobody makes this server call another."""

import pytest

from bot.front.kakao_hosts import CallbackHosts

OWN = "https://bot-api.kakao.com/v1/bots/5ae9!/callback/-dam_d%2Fx"


def allowed(url, *entries):
    found = (CallbackHosts(entries) if entries else CallbackHosts()).allowed(url)
    return None if found is None else str(found)


@pytest.mark.parametrize(
    "url", [OWN, "https://bot-api.kakao.com:443/x", "https://a.b.kakao.com/x?y=1", "https://BOT-API.kakao.com/x"]
)
def test_kakao_s_own_addresses(url):
    assert allowed(url) is not None


def test_an_address_is_called_as_it_is():
    assert allowed(OWN) == OWN


@pytest.mark.parametrize(
    "url",
    [
        "http://bot-api.kakao.com/x",
        "https://bot-api.kakao.com:8443/x",
        "https://kakao.com/x",
        "https://evilkakao.com/x",
        "https://bot-api.kakao.com.evil.example/x",
        "https://evil.example/?h=bot-api.kakao.com",
        "https://evil.example#bot-api.kakao.com",
        "https://bot-api.kakao.com@evil.example/x",
        "https://user:pw@bot-api.kakao.com/x",
        "https://@bot-api.kakao.com/x",
        "https://evil.example\\@bot-api.kakao.com/x",
        "https://bot-api.kakao.com\\.evil.example/x",
        "https://bot-api.kakao.com\t.evil.example/",
        "https://bot-api.kakao.com /x",
        "https://bot-api。kakao。com/x",
        "https://ｂot-api.kakao.com/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1:5005/x",
        "http://[::1]:5005/x",
        "http://localhost/x",
        "http://169.254.169.254/latest",
        "https://2130706433/x",
        "ftp://bot-api.kakao.com/x",
        "file:///etc/passwd",
        "//bot-api.kakao.com/x",
        "bot-api.kakao.com/x",
        "https:///x",
        "https://:443/x",
        "https://bot-api.kakao.com:port/x",
        "https://bot-api.kakao.com:99999/x",
        "https://[bot-api.kakao.com/x",
        "javascript:alert(1)",
        "",
        "null",
    ],
)
def test_every_other_address_is_refused(url):
    assert allowed(url) is None


@pytest.mark.parametrize(
    ("entry", "url", "is_allowed"),
    [
        ("127.0.0.1", "http://127.0.0.1:8099/x", True),
        ("127.0.0.1", "http://127.0.0.1/x", True),
        ("127.0.0.1", "http://127.0.0.2:8099/x", False),
        ("127.0.0.1:8099", "http://127.0.0.1:8099/x", True),
        ("127.0.0.1:8099", "http://127.0.0.1:5005/x", False),
        ("[::1]:8099", "http://[::1]:8099/x", True),
        ("[::1]", "http://[::1]:1/x", True),
        ("localhost", "http://localhost:8099/x", True),
        ("relay.example.com", "https://relay.example.com/x", True),
        ("relay.example.com", "https://a.relay.example.com/x", False),
        ("relay.example.com", "http://relay.example.com/x", False),
        ("relay.example.com:8443", "https://relay.example.com:8443/x", True),
        ("relay.example.com:8443", "https://relay.example.com/x", False),
        (".example.com", "https://example.com/x", False),
        ("127.0.0.1", OWN, False),
    ],
)
def test_hosts_that_are_named_take_the_place_of_kakao_s(entry, url, is_allowed):
    assert (allowed(url, entry) is not None) == is_allowed


def test_entries_are_read_from_a_line():
    assert CallbackHosts.parse("Bot-API.kakao.com, 127.0.0.1:8099").entries == ("bot-api.kakao.com", "127.0.0.1:8099")


@pytest.mark.parametrize("entry", ["https://a.kr", "a.kr/x", "*", "a b", "a@b", ".", ""])
def test_an_entry_that_is_no_host_is_refused(entry):
    with pytest.raises(ValueError, match="callback host"):
        CallbackHosts((entry,))


@pytest.mark.parametrize(
    ("entry", "is_loopback"), [("127.0.0.1:80", True), ("[::1]", True), ("localhost", True), (".kakao.com", False)]
)
def test_loopback_is_told(entry, is_loopback):
    assert CallbackHosts((entry,)).has_loopback == is_loopback
