"""Who a request comes from, when proxies may stand between.

X-Forwarded-For is believed from the right, as far as the addresses that wrote it are trusted. A request that
shows signs of a proxy nobody named never counts as one from this machine, whatever address it arrives from.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FORWARDING = frozenset(
    {
        b"x-forwarded-for",
        b"forwarded",
        b"x-real-ip",
        b"via",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-forwarded-port",
        b"x-client-ip",
        b"true-client-ip",
        b"cf-connecting-ip",
    }
)
UNKNOWN = "unknown"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class ClientAddress:
    """`address` as text; `is_local` is whether the request certainly comes from this machine."""

    address: str
    is_local: bool

    @property
    def key(self) -> str:
        """What is counted together: the address, of IPv6 the network of a customer (/64)."""
        parsed = parse(self.address)
        if isinstance(parsed, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        return self.address


def client_address(peer: str | None, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]) -> ClientAddress:
    """The client of a request from `peer` with `headers` (lower-case names)."""
    headers = list(headers)
    came_from = parse(peer or "")
    if came_from is None:
        return ClientAddress(UNKNOWN, False)
    is_forwarded = any(name in FORWARDING for name, _ in headers)
    if not is_forwarded:
        return ClientAddress(str(came_from), came_from.is_loopback)
    if not is_trusted(came_from, trusted):
        return ClientAddress(str(came_from), False)
    hops = [hop.strip() for name, value in headers if name == b"x-forwarded-for" for hop in value.decode("latin-1").split(",")]
    found = came_from
    for hop in reversed(hops):
        address = parse(hop)
        if address is None:
            return ClientAddress(str(found), False)
        found = address
        if not is_trusted(found, trusted):
            break
    return ClientAddress(str(found), bool(hops) and found.is_loopback)


def is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted if network.version == address.version)


def parse(text: str) -> Address | None:
    """The address in `text`, an IPv4 one inside IPv6 as IPv4; None where it is none."""
    try:
        address = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
