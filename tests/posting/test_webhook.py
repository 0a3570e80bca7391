"""Messages to real receivers on this machine, and everything that may come between."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from bot.playground.faults import Fault
from bot.posting.outbox import Outbox
from bot.posting.webhook import WebhookSender, signature
from bot.rendering.numbers import Numbers
from bot.rendering.targets import Payload, render_target
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure
from bot.subscriptions.targets import Target, TargetKind, parse_target
from tests.examples import rich
from tests.posting.receivers import NAMES, PATHS, Receivers, trust
from tests.posting.test_addresses import HERE, Names
from tests.services.fakes import FixedClock

KEY = "7d/2026-11-23/all/abc"
OWN = frozenset({HERE})
WEB = tuple(PATHS)


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    async with Receivers() as receivers:
        yield receivers


def payload(kind: TargetKind) -> Payload:
    return render_target(kind, rich(), Numbers())


async def send(
    receivers: Receivers, kind: TargetKind = TargetKind.WEBHOOK, secret: str | None = None
) -> Result:
    sender = WebhookSender(FixedClock(), OWN, secret)
    return await sender.send(receivers.target(kind), payload(kind), KEY)


@pytest.mark.parametrize("kind", WEB)
async def test_each_service_takes_it(receivers: Receivers, kind: TargetKind) -> None:
    """As JSON, with the key; Discord says what its message is called."""
    named = "1042" if kind is TargetKind.DISCORD else ""
    assert await send(receivers, kind) == Sent(HERE, named)
    assert [service for service, _ in receivers.messages] == [NAMES[kind]]
    taken = receivers.taken[0]
    assert taken.headers["Idempotency-Key"] == KEY
    assert taken.headers["Content-Type"] == "application/json"
    assert taken.sent == json.loads(json.dumps(payload(kind)))


async def test_discord_in_a_thread(receivers: Receivers) -> None:
    """What the address asks for stays, and the answer is asked for beside it."""
    plain = receivers.target(TargetKind.DISCORD)
    target = Target(TargetKind.DISCORD, f"{plain.address}?thread_id=7")
    sender = WebhookSender(FixedClock(), OWN)
    assert await sender.send(target, payload(target.kind), KEY) == Sent(HERE, "1042")


@pytest.mark.parametrize("kind", [TargetKind.WEBHOOK, TargetKind.JSON])
async def test_signed(kind: TargetKind) -> None:
    """The receiver computes the same from the time and the very bytes that came."""
    async with Receivers(secret="a-shared-secret") as receivers:
        assert await send(receivers, kind, "a-shared-secret") == Sent(HERE, "")
        assert isinstance(await send(receivers, kind, "another-secret"), BadMessage)
        assert isinstance(await send(receivers, kind), BadMessage)


def test_signature() -> None:
    """One that anybody can compute: ``printf 1.x | openssl dgst -sha256 -hmac key``."""
    expected = "fc4913c41a7bf793267e2a384f3261c9436ec2cd097bd745e7b0d99113f510ec"
    assert signature("key", 1, b"x") == expected


async def test_a_known_chat_gets_no_signature(receivers: Receivers) -> None:
    """It could not check it."""
    assert isinstance(await send(receivers, TargetKind.DISCORD, "a-shared-secret"), Sent)
    assert "X-Recap-Signature" not in receivers.taken[0].headers


@pytest.mark.parametrize("kind", WEB)
@pytest.mark.parametrize(
    ("fault", "expected", "taken"),
    [
        (Fault("rate_limited", retry_after="7"), Busy("429", wait=7.0), 0),
        (Fault("status", status=503), Unsure("503"), 0),
        (Fault("status", status=404, body="no_service"), Refused("404 no_service"), 0),
        (Fault("status", status=400, body="invalid"), BadMessage("400 invalid"), 0),
        (Fault("reset"), Unsure("ServerDisconnectedError"), 0),
        (Fault("lost"), Unsure("ServerDisconnectedError"), 1),
        (Fault("redirect", status=302, error="http://169.254.169.254/"), Refused("redirect"), 0),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_faults(
    receivers: Receivers, kind: TargetKind, fault: Fault, expected: Result, taken: int
) -> None:
    """One request whatever happens, and a value that says whether another one is safe."""
    receivers.faults.add(Fault(**vars(fault) | {"fired": 0}))
    assert await send(receivers, kind) == expected
    assert len(receivers.messages) == taken
    assert receivers.connections == 1


async def test_an_answer_without_end(receivers: Receivers) -> None:
    """Its status says enough; no more than a little of the rest is read."""
    receivers.faults.add(Fault("endless"))
    assert await send(receivers) == Sent(HERE, "")


async def test_a_redirect_is_not_followed(receivers: Receivers) -> None:
    """Not even to the same host."""
    receivers.faults.add(Fault("redirect", status=307, error=receivers.origin + "/in/x"))
    assert await send(receivers) == Refused("redirect")
    assert receivers.messages == []


async def test_no_answer_in_time(receivers: Receivers) -> None:
    """It may have been taken."""
    receivers.faults.add(Fault("slow", seconds=30))
    sender = WebhookSender(FixedClock(), OWN, timeout=0.2)
    target = receivers.target(TargetKind.WEBHOOK)
    assert await sender.send(target, {"text": "x"}, KEY) == Unsure("TimeoutError")


async def test_no_connection_in_time() -> None:
    """A server that never gets to its part of the encryption has certainly taken nothing."""
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(silent, HERE, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        sender = WebhookSender(FixedClock(), OWN, timeout=0.2)
        target = Target(TargetKind.WEBHOOK, f"https://{HERE}:{port}/in/x")
        assert await sender.send(target, {"text": "x"}, KEY) == Busy("no connection came about")
        await ended.wait()


async def test_nobody_listens() -> None:
    """Certainly nothing was taken."""
    async with Receivers() as gone:
        target = gone.target(TargetKind.WEBHOOK)
    result = await WebhookSender(FixedClock(), OWN).send(target, {"text": "x"}, KEY)
    assert result == Busy("no connection came about")


async def test_an_unknown_host() -> None:
    """The name may be there later."""

    class Unknown(Names):
        async def resolve(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
            raise OSError("no such name")

    sender = WebhookSender(FixedClock(), resolver=Unknown())
    target = parse_target("https://nowhere.example.com/in")
    assert await sender.send(target, {"text": "x"}, KEY) == Busy("its host is not known")


async def test_inside(receivers: Receivers) -> None:
    """Without the operator's word nothing is even connected to, by address or by name."""
    sender = WebhookSender(FixedClock(), resolver=Names((HERE,)))
    for host in (HERE, "rebind.example.com"):
        target = parse_target(f"https://{host}:{receivers.port}/in/x")
        assert await sender.send(target, {"text": "x"}, KEY) == Refused("private_address")
    assert receivers.connections == 0


async def test_no_longer_an_own_host(receivers: Receivers) -> None:
    """What was taken when the host was on the list is refused once it is not."""
    sender = WebhookSender(FixedClock())
    result = await sender.send(receivers.target(TargetKind.WEBHOOK), {"text": "x"}, KEY)
    assert result == Refused("insecure_address")
    assert receivers.connections == 0


async def test_a_host_in_an_odd_notation(receivers: Receivers) -> None:
    """Such a target is never made; it would not be connected to either."""
    target = Target(TargetKind.WEBHOOK, f"https://2130706433:{receivers.port}/in/x")
    result = await WebhookSender(FixedClock()).send(target, {"text": "x"}, KEY)
    assert result == Refused("impossible_address")


async def test_the_environments_proxy_is_not_asked(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would connect to what nobody has checked."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await send(receivers) == Sent(HERE, "")


async def test_encrypted() -> None:
    """The certificate is that of the name, wherever the name points."""
    async with Receivers(encrypted=True) as receivers:
        names = Names((HERE,), (HERE,))
        own = ("hooks.example.com", "other.example.com")
        sender = WebhookSender(FixedClock(), own, resolver=names, trust=trust())
        there = parse_target(f"https://hooks.example.com:{receivers.port}/in/x")
        assert await sender.send(there, {"text": "x"}, KEY) == Sent("hooks.example.com", "")
        other = parse_target(f"https://other.example.com:{receivers.port}/in/x")
        result = await sender.send(other, {"text": "x"}, KEY)
        assert isinstance(result, Busy)
        assert result.detail.startswith("its certificate can't be trusted: Hostname mismatch")
        assert len(receivers.messages) == 1


async def test_a_certificate_that_nobody_trusts() -> None:
    """Nothing is sent to whoever has made it."""
    async with Receivers(encrypted=True) as receivers:
        result = await send(receivers)
        assert isinstance(result, Busy)
        assert result.detail == "its certificate can't be trusted: self-signed certificate"
        assert receivers.taken == []


async def test_https_where_http_is_spoken(receivers: Receivers) -> None:
    """No encrypted connection, no message."""
    target = Target(TargetKind.WEBHOOK, f"https://{HERE}:{receivers.port}/in/x")
    result = await WebhookSender(FixedClock(), OWN).send(target, {"text": "x"}, KEY)
    assert result == Busy("no encrypted connection came about")


async def test_outbox(receivers: Receivers) -> None:
    """E-mail goes to whoever carries mail; without one it is refused, and the web goes on."""
    webhooks = WebhookSender(FixedClock(), OWN)
    ana = Target(TargetKind.EMAIL, "ana@example.com")
    assert await Outbox(webhooks).send(ana, {}, KEY) == Refused("mail_not_set_up")
    there = receivers.target(TargetKind.WEBHOOK)
    assert await Outbox(webhooks).send(there, {"text": "x"}, KEY) == Sent(HERE, "")
    carried = Outbox(webhooks, Postman())
    assert await carried.send(ana, {"subject": "x"}, KEY) == Sent("example.com", "x")


class Postman:
    """Carries every mail."""

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        assert key == KEY
        return Sent(target.host, payload["subject"])
