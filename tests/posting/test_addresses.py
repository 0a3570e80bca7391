"""What people may type, and where nothing of it may lead."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.posting.addresses import Gate, guarded, is_public, watched

PUBLIC = ("8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
          "192.0.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e")  # fmt: skip
NOT_PUBLIC = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 -- an address to refuse
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",  # AWS, Azure, Google, DigitalOcean
    "169.254.170.2",  # AWS, for containers
    "168.63.129.16",  # Azure
    "100.100.100.200",  # Alibaba
    "192.0.0.192",  # Oracle
    "100.64.0.1",
    "100.127.255.255",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS
    "ff02::1",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
)
HERE = "127.0.0.1"


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    """What anybody can reach, and the neighbours of what nobody may."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_public(address: str) -> None:
    """The machine itself, its network, its cloud, and what only wraps those."""
    assert not is_public(ip_address(address))


class Names(AbstractResolver):
    """Says of any name what the test wants, each time the next of ``answers``."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        assert family in {socket.AF_INET, socket.AF_UNSPEC}
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.answers.pop(0)
        ]

    async def close(self) -> None:
        pass


class Listener:
    """Listens on all of the machine's own addresses, and counts who comes."""

    def __init__(self) -> None:
        self.came: list[str] = []

    async def take(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came.append(writer.get_extra_info("sockname")[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[tuple[Listener, int]]:
    one = Listener()
    server = await asyncio.start_server(one.take, "0.0.0.0", 0)  # noqa: S104 -- of this machine
    async with server:
        yield one, server.sockets[0].getsockname()[1]


async def ask(url: str, gate: Gate, names: Names | None = None) -> int | str:
    """The status of the answer, or the kind of error."""
    async with aiohttp.ClientSession(
        connector=guarded(gate, names), trace_configs=[watched(gate)]
    ) as session:
        try:
            async with session.post(url) as answer:
                return answer.status
        except aiohttp.ClientError as error:
            return type(error).__name__


HERE_WRITTEN = (
    "127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "0177.0.0.1", "2130706433",
    "017700000001", "0", "0x0", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST", "localhost.",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "[::ffff:0:0]",
)  # fmt: skip
"""This machine, in every notation that some library understands."""


@pytest.mark.parametrize("host", HERE_WRITTEN)
async def test_literals_in_any_notation(host: str, listener: tuple[Listener, int]) -> None:
    """Aiohttp asks no resolver about some of them; the check comes later, so it sees them all."""
    one, port = listener
    gate = Gate(is_own=False)
    assert isinstance(await ask(f"http://{host}:{port}/", gate), str)
    assert (one.came, gate.is_passed) == ([], False)


async def test_a_name_that_leads_inside(listener: tuple[Listener, int]) -> None:
    """Whoever owns a name lets it point where they like."""
    one, port = listener
    gate, names = Gate(is_own=False), Names((HERE,))
    assert await ask(f"http://rebind.example.com:{port}/", gate, names) == "ClientConnectorError"
    assert (one.came, gate.refused, gate.is_passed) == ([], True, False)


async def test_one_of_many_leads_inside(listener: tuple[Listener, int]) -> None:
    """Not one of a name's addresses is tried that is not public, wherever it stands."""
    one, port = listener
    gate, names = Gate(is_own=False), Names(("::1", HERE, "10.0.0.1", "::ffff:127.0.0.1"))
    assert isinstance(await ask(f"http://many.example.com:{port}/", gate, names), str)
    assert (one.came, len(names.asked)) == ([], 1)


async def test_no_second_question(listener: tuple[Listener, int]) -> None:
    """One connection goes where the one answer pointed; the next one asks anew."""
    one, port = listener
    names = Names((HERE,), ("127.0.0.2",))
    for _ in range(2):
        assert await ask(f"http://own.example.com:{port}/", Gate(is_own=True), names) == 200
    assert one.came == [HERE, "127.0.0.2"]
    assert names.asked == ["own.example.com"] * 2


async def test_own_hosts(listener: tuple[Listener, int]) -> None:
    """What an operator has listed may be anywhere."""
    one, port = listener
    gate = Gate(is_own=True)
    assert await ask(f"http://{HERE}:{port}/", gate) == 200
    assert (one.came, gate.refused, gate.is_passed) == ([HERE], False, True)


def test_what_is_no_address_is_not_connected_to() -> None:
    """Nothing is let through that could not be read."""
    gate = Gate(is_own=False)
    with pytest.raises(PermissionError):
        gate.open((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("somewhere", 80)))
    assert gate.refused
