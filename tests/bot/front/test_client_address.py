import ipaddress

import pytest

from bot.front.client_address import client_address

NGINX = (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("10.0.0.0/8"))


def found(peer, trusted=(), **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    client = client_address(peer, pairs, trusted)
    return client.address, client.is_local


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("127.0.0.1", {}, ("127.0.0.1", True)),
        ("::1", {}, ("::1", True)),
        ("::ffff:127.0.0.1", {}, ("127.0.0.1", True)),
        ("203.0.113.5", {}, ("203.0.113.5", False)),
        ("203.0.113.5", {"x_forwarded_for": "127.0.0.1"}, ("203.0.113.5", False)),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}, ("127.0.0.1", False)),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, ("127.0.0.1", False)),
        ("127.0.0.1", {"x_real_ip": "198.51.100.1"}, ("127.0.0.1", False)),
        ("127.0.0.1", {"via": "1.1 proxy"}, ("127.0.0.1", False)),
        (None, {}, ("unknown", False)),
        ("testclient", {}, ("unknown", False)),
    ],
)
def test_nobody_is_believed_who_is_not_trusted(peer, headers, expected):
    assert found(peer, **headers) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1", ("198.51.100.1", False)),
        ("127.0.0.1, 198.51.100.1", ("198.51.100.1", False)),  # the customer wrote the first one
        ("198.51.100.1, 10.1.2.3", ("198.51.100.1", False)),
        ("127.0.0.1", ("127.0.0.1", True)),
        ("nonsense", ("127.0.0.1", False)),
        ("127.0.0.1, nonsense", ("127.0.0.1", False)),
        ("2001:db8::1", ("2001:db8::1", False)),
    ],
)
def test_a_trusted_proxy_is_believed_from_the_right(forwarded, expected):
    assert found("127.0.0.1", NGINX, x_forwarded_for=forwarded) == expected


def test_a_trusted_proxy_that_names_nobody_is_not_this_machine():
    assert found("127.0.0.1", NGINX, via="1.1 nginx") == ("127.0.0.1", False)


def test_an_ipv6_network_is_counted_as_one():
    keys = {client_address(peer, [], ()).key for peer in ("2001:db8::1", "2001:db8::ffff:2")}
    assert keys == {"2001:db8::/64"}
    assert client_address("203.0.113.5", [], ()).key == "203.0.113.5"
