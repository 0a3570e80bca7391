"""Which addresses a message may go to, asked at the moment of the connection.

People type the addresses of webhooks, so one of them may name a machine that only Recap can reach:
the database, a router, the cloud's metadata service. A name is of no use for telling: whoever owns
it can let it point elsewhere between a check and the connection. Here the check is the last thing
before the connection, on the very address that is connected to, however it was written.
"""

import socket
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final

from aiohttp import ClientSession, TCPConnector, TraceConfig
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

NOT_PUBLIC: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # a provider's own network; one cloud's metadata are there
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's own, from within a machine there
            "169.254.0.0/16",  # link-local: most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays for 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
"""IANA's special-purpose addresses, and what clouds keep for themselves."""

GLOBAL: Final = IPv6Network("2000::/3")
"""All that IANA has given out. Loopback, link-local, local, multicast, IPv4-mapped addresses and
those for NAT64 lie outside."""

NOT_GLOBAL: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo, which holds an IPv4 address, and others of special purpose
            "2001:db8::/32",
            "2002::/16",  # 6to4, which holds an IPv4 address
            "3fff::/20",
        ),
    )
)

AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether ``address`` is one that anybody can reach from anywhere."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC)
    return address in GLOBAL and not any(address in network for network in NOT_GLOBAL)


class Gate:
    """Lets connections through to public addresses only; to any address of an operator's host.

    Attributes:
        refused: Whether anything was stopped.
        is_passed: Whether a connection came about: only then can anything have been sent.
    """

    def __init__(self, *, is_own: bool) -> None:
        self._is_own = is_own
        self.refused = False
        self.is_passed = False

    def open(self, where: AddrInfo) -> socket.socket:
        """A socket for ``where``, which aiohttp connects to exactly that address.

        Raises:
            PermissionError: It is not public.
        """
        family, kind, protocol, _, address = where
        if not self._is_own and not _may_be_reached(str(address[0])):
            self.refused = True
            raise PermissionError("not a public address")
        return socket.socket(family, kind, protocol)


def _may_be_reached(text: str) -> bool:
    try:
        return is_public(ip_address(text))
    except (AddressValueError, ValueError):
        return False


def guarded(gate: Gate, resolver: AbstractResolver | None) -> TCPConnector:
    """What connects through ``gate``; ``resolver`` stands in for the machine's own.

    Names are looked up once for each connection, and nothing is remembered: neither what a name
    pointed to nor an open connection.
    """
    return TCPConnector(
        resolver=resolver or ThreadedResolver(),
        socket_factory=gate.open,
        use_dns_cache=False,
        force_close=True,
    )


def watched(gate: Gate) -> TraceConfig:
    """What tells ``gate`` that a connection has come about, its encryption included."""
    trace = TraceConfig()

    async def passed(_session: ClientSession, _context: object, _how: object) -> None:
        gate.is_passed = True

    trace.on_connection_create_end.append(passed)
    return trace
