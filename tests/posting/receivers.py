"""Stand-ins for what takes webhooks: each checks what its service documents, and no more.

Kinds of ``Fault`` (``where`` is a service's name): ``rate_limited``, ``status`` (with ``body``),
``reset`` (before the message is taken), ``lost`` (taken, but the answer is lost), ``endless``
(taken, and the answer is far too long and cut off), ``redirect`` (to ``error``) and ``slow``, which
is taken after a while. The limits share no line with the product's own.
"""

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from bot.playground.changes import Changes
from bot.playground.faults import Faults
from bot.playground.slack_blocks import check_message
from bot.subscriptions.targets import Target, TargetKind

CERTIFICATE: Final = Path(__file__).with_name("certificate.pem")
PATHS: Final[Mapping[TargetKind, str]] = {
    TargetKind.WEBHOOK: "/in/a-long-secret-1234",
    TargetKind.JSON: "/json/a-long-secret-1234",
    TargetKind.SLACK_WEBHOOK: "/services/T0001/B0001/a-long-secret-1234",
    TargetKind.MATTERMOST: "/hooks/abcdefghijklmnopqrstuvwxyz",
    TargetKind.DISCORD: "/api/webhooks/4711/a-long-secret-1234",
    TargetKind.TEAMS: "/workflows/1/triggers/manual/invoke?api-version=1&sig=a-long-secret-1234",
}
NAMES: Final = {kind: path.split("/")[1] for kind, path in PATHS.items()}
BUTTONS: Final = ("actions", "input")
Json = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """One request that was read to its end."""

    service: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def sent(self) -> Any:  # noqa: ANN401 -- JSON is anything
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Receivers:
    """All of them on one server of ``127.0.0.1``; use it as an async context manager.

    Args:
        secret: What the generic webhooks check signatures with; None checks none.
        encrypted: Whether it speaks https, with a certificate that only ``trust`` knows.

    Attributes:
        taken: Every request, in the order in which they ended.
        messages: What was taken for good, by service; a repetition of a key counts once there
            where the service knows ``Idempotency-Key``.
        undercut: How many came before the ``Retry-After`` they had been given was over.
        connections: How many connections came about.
        arrived: How many requests have been read, answered or not.
    """

    secret: str | None = None
    encrypted: bool = False
    faults: Faults = field(default_factory=Faults)
    taken: list[Taken] = field(default_factory=list)
    messages: list[tuple[str, Any]] = field(default_factory=list)
    undercut: int = 0
    connections: int = 0
    arrived: int = 0
    origin: str = ""
    changes: Changes = field(default_factory=Changes)
    _keys: set[str] = field(default_factory=set)
    _wait_until: dict[str, float] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{service}/{rest:.*}", self._arrived)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._count_connections()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if self.encrypted else None
        if context:
            context.load_cert_chain(CERTIFICATE)
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]
        self.origin = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        return self

    def _count_connections(self) -> None:
        server = self._runner.server
        assert server is not None
        made = server.connection_made

        def connection_made(handler: Any, transport: asyncio.Transport) -> None:  # noqa: ANN401
            self.connections += 1
            made(handler, transport)

        server.connection_made = connection_made  # type: ignore[method-assign]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    def target(self, kind: TargetKind) -> Target:
        """Where messages of ``kind`` go."""
        return Target(kind, self.origin + PATHS[kind])

    async def _arrived(self, request: web.Request) -> web.StreamResponse:
        service = request.match_info["service"]
        loop = asyncio.get_running_loop()
        # A wait is for one message; others may go to the same service meanwhile.
        message = request.headers.get("Idempotency-Key", service)
        self.undercut += loop.time() < self._wait_until.get(message, 0.0)
        body = await request.read()
        self.arrived += 1
        await self.changes.happened()
        if slow := self.faults.strike(service, "slow"):
            await asyncio.sleep(slow.seconds)
        if self.faults.strike(service, "reset"):
            _abort(request)
        response = self._refused(service, message) or self._accepted(service, request, body)
        self.taken.append(Taken(service, request.headers, body, response.status))
        await self.changes.happened()
        if self.faults.strike(service, "lost"):
            _abort(request)
        if self.faults.strike(service, "endless"):
            return await self._never_ending(request, response)
        return response

    async def _never_ending(
        self, request: web.Request, response: web.Response
    ) -> web.StreamResponse:
        stream = web.StreamResponse(status=response.status)
        await stream.prepare(request)
        # As much as a client may be made to read; then the connection is cut.
        for _ in range(64):
            await stream.write(b"{" * 1_024)
        _abort(request)
        return stream

    def _refused(self, service: str, message: str) -> web.Response | None:
        if fault := self.faults.strike(service, "rate_limited"):
            wait = fault.retry_after
            if wait and wait.isdecimal():
                self._wait_until[message] = asyncio.get_running_loop().time() + int(wait)
            headers = {"Retry-After": wait} if wait else {}
            return web.json_response(fault.body or {}, status=429, headers=headers)
        if fault := self.faults.strike(service, "redirect"):
            return web.Response(status=fault.status, headers={"Location": fault.error})
        if fault := self.faults.strike(service, "status"):
            return web.Response(status=fault.status, text=str(fault.body or ""))
        return None

    def _accepted(self, service: str, request: web.Request, body: bytes) -> web.Response:
        if request.method != "POST" or request.content_type != "application/json":
            return web.Response(status=405)
        check, answer = SERVICES[service]
        problems = [*check(json.loads(body)), *self._signature(service, request, body)]
        if problems:
            return web.Response(status=400, text="; ".join(problems))
        key = request.headers.get("Idempotency-Key", "")
        if service not in KNOW_KEYS or key not in self._keys:
            self.messages.append((service, json.loads(body)))
        self._keys.add(key)
        return answer(request)

    def _signature(self, service: str, request: web.Request, body: bytes) -> Iterator[str]:
        header = request.headers.get("X-Recap-Signature", "")
        if service not in KNOW_KEYS or self.secret is None:
            if header:
                yield "signed without being asked to"
            return
        named = dict(part.partition("=")[::2] for part in header.split(","))
        whole = named.get("t", "").encode() + b"." + body
        expected = hmac.new(self.secret.encode(), whole, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(named.get("v1", ""), expected):
            yield "wrong signature"


def _abort(request: web.Request) -> None:
    """End the connection as a reset network would, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def trust() -> ssl.SSLContext:
    """A context that trusts the receivers' certificate and no other."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


# What each service documents.


def _webhook(sent: Json) -> Iterator[str]:
    if not isinstance(sent.get("text"), str) or not sent["text"]:
        yield "no text"
    if sent.keys() - {"text", "digest"}:
        yield "unknown keys"


def _plain_webhook(sent: Json) -> Iterator[str]:
    yield from _webhook(sent)
    if "digest" in sent:
        yield "a digest that nobody asked for"


def _with_digest(sent: Json) -> Iterator[str]:
    yield from _webhook(sent)
    if sent.get("digest", {}).get("schema") != 1:
        yield "no digest of schema 1"


def _slack(sent: Json) -> Iterator[str]:
    """docs.slack.dev, /messaging/sending-messages-using-incoming-webhooks."""
    if sent.keys() - {"text", "blocks", "unfurl_links", "unfurl_media"}:
        yield "invalid_payload"
    blocks = sent.get("blocks", [])
    yield from check_message(sent.get("text", ""), blocks, data_blocks=False)
    if any(block["type"] in BUTTONS for block in blocks):
        yield "buttons that nobody hears"


def _mattermost(sent: Json) -> Iterator[str]:
    """developers.mattermost.com, /integrate/webhooks/incoming; posts hold 16,383 characters."""
    if set(sent) != {"text"} or not sent["text"]:
        yield "unable to parse incoming data"
    if len(sent["text"]) > 16_383:
        yield "too long"


def _discord(sent: Json) -> Iterator[str]:
    """docs.discord.com, /resources/webhook#execute-webhook."""
    if sent.keys() - {"content", "embeds", "allowed_mentions"}:
        yield "unknown keys"
    if not 0 < _units(sent.get("content", "")) <= 2_000:
        yield "content: must be 2000 or fewer in length"
    if sent.get("allowed_mentions") != {"parse": []}:
        yield "may ping"
    embeds = sent.get("embeds", [])
    if len(embeds) > 10:
        yield "embeds: must be 10 or fewer"
    for embed in embeds:
        if _units(embed.get("title", "")) > 256 or not 0 < _units(embed["description"]) <= 4_096:
            yield "an embed is empty or too long"
    if sum(_units(text) for embed in embeds for text in embed.values()) > 6_000:
        yield "embeds: 6000 characters together"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _teams(sent: Json) -> Iterator[str]:
    """learn.microsoft.com, connectors-using: 28 KB, a message with Adaptive Cards."""
    if len(json.dumps(sent, ensure_ascii=False).encode()) > 28 * 1024:
        yield "too large"
    if sent.get("type") != "message" or len(sent.get("attachments", [])) != 1:
        yield "no message"
        return
    attachment = sent["attachments"][0]
    if attachment.get("contentType") != "application/vnd.microsoft.card.adaptive":
        yield "no adaptive card"
    card = attachment["content"]
    if card.get("type") != "AdaptiveCard" or card.get("version") not in {"1.4", "1.5"}:
        yield "no card of a version that Teams shows"
    for element in card["body"]:
        if element["type"] != "RichTextBlock" or not element["inlines"]:
            yield "an unknown or an empty element"
        for run in element["inlines"]:
            if run["type"] != "TextRun" or not run["text"]:
                yield "an unknown or an empty run"


def _ok(_: web.Request) -> web.Response:
    return web.Response(text="ok")


def _message(request: web.Request) -> web.Response:
    if request.query.get("wait") != "true":
        return web.Response(status=204)
    return web.json_response({"id": "1042", "channel_id": "7", "type": 0})


def _triggered(_: web.Request) -> web.Response:
    return web.Response(status=202)


SERVICES: Final[
    Mapping[str, tuple[Callable[[Json], Iterator[str]], Callable[[web.Request], web.Response]]]
] = {
    "in": (_plain_webhook, _ok),
    "json": (_with_digest, _ok),
    "services": (_slack, _ok),
    "hooks": (_mattermost, _ok),
    "api": (_discord, _message),
    "workflows": (_teams, _triggered),
}
KNOW_KEYS: Final = frozenset({"in", "json"})


def problems_with(kind: TargetKind, sent: Json) -> list[str]:
    """Why the service of ``kind`` would refuse ``sent``; empty when it would take it."""
    return list(SERVICES[NAMES[kind]][0](sent))
