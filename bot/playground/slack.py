"""A stand-in for Slack over real HTTP and WebSocket, as strict as Slack itself.

It keeps a workspace, answers the Web API, delivers commands and clicks through Socket Mode or as
signed HTTP requests, and takes answers at ``response_url``. Kinds of ``Fault`` (``where`` is a Web
API method, or ``response_url``): ``rate_limited``, ``error`` (``ok: false`` with ``error``),
``status``, ``reset`` (before the call is accepted), ``lost`` (accepted, but the answer is lost) and
``slow``.
"""

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.playground.changes import Changes
from bot.playground.faults import Faults
from bot.playground.slack_calls import SlackCalls
from bot.playground.slack_workspace import Message, Workspace

ACK_SECONDS: Final = 3.0
TRIGGER_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Delivery:
    """What became of a command or a click.

    ``error`` is what the person would read: ``operation_timeout`` when the acknowledgement was too
    late, ``dispatch_failed`` when nothing took the payload, None when all went well.
    """

    payload: dict[str, Any]
    seconds: float
    error: str | None = None
    status: int | None = None
    answer: str = ""


@dataclass(frozen=True)
class Traffic:
    """One call that the app made: a Web API method, or ``response_url``."""

    method: str
    sent: dict[str, Any]
    status: int
    answer: Any


@dataclass
class SlackStandIn:
    """The server; use it as an async context manager.

    Args:
        workspace: Who and what is in it.
        now: Unix time in seconds.
        request_url: Where to deliver over HTTP; None delivers through Socket Mode.
        scopes: What the bot token may do.
    """

    workspace: Workspace
    now: Callable[[], float]
    request_url: str | None = None
    scopes: frozenset[str] = frozenset({"commands", "chat:write"})
    bot_token: str = "xoxb-stand-in"  # noqa: S105 -- no secret, it opens nothing
    app_token: str = "xapp-stand-in"  # noqa: S105
    signing_secret: str = "signed-by-the-stand-in"  # noqa: S105
    faults: Faults = field(default_factory=Faults)
    traffic: list[Traffic] = field(default_factory=list)
    api_url: str = ""
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _acks: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _changes: Changes = field(default_factory=Changes)
    _count: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/link", self._socket)
        app.router.add_post("/commands/{ticket}", self._response_url)
        app.router.add_post("/api/{method}", self._web_api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.api_url = f"{self.origin}/api/"
        self._calls = SlackCalls(self)
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()
        for socket in self._sockets:
            await socket.close()
        await self._runner.cleanup()

    # What a person does.

    async def command(
        self, user: str, channel: str, text: str, command: str = "/recap"
    ) -> Delivery:
        """Type ``command`` with ``text``; returns when the app has acknowledged it, or not."""
        payload = {
            "token": "deprecated",
            "team_id": self.workspace.team,
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": self.workspace.channels[channel].name,
            "user_id": user,
            "user_name": self.workspace.people[user].name.lower(),
            "command": command,
            "text": text,
            "api_app_id": "A0RECAP",
            "is_enterprise_install": "false",
            "response_url": self._calls.new_response_url(user, channel),
            "trigger_id": self._calls.new_trigger(user),
        }
        return await self._deliver("slash_commands", payload, urlencode(payload))

    async def press(self, user: str, message: Message, action_id: str) -> Delivery:
        """Press the button ``action_id`` under ``message``."""
        button = self.button(message, action_id)
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.ephemeral_to is not None,
        }
        payload: dict[str, Any] = {
            "type": "block_actions",
            "team": {"id": self.workspace.team, "domain": "acme"},
            "user": {"id": user, "team_id": self.workspace.team},
            "api_app_id": "A0RECAP",
            "container": container,
            "channel": {"id": message.channel},
            "response_url": self._calls.new_response_url(user, message.channel, message),
            "trigger_id": self._calls.new_trigger(user),
            "actions": [{**button, "block_id": "b1", "action_ts": f"{self.now():.6f}"}],
        }
        if message.ephemeral_to is None:
            payload["message"] = {"ts": message.ts, "text": message.text, "blocks": message.blocks}
        body = urlencode({"payload": json.dumps(payload)})
        return await self._deliver("interactive", payload, body)

    def button(self, message: Message, action_id: str) -> dict[str, Any]:
        """The button as it stands in the message."""
        for block in message.blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == action_id:
                    return {key: element[key] for key in ("type", "action_id", "value", "text")}
        raise LookupError(f"no button {action_id} under this message")

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until ``true``; it is asked again whenever something has changed."""
        await self._changes.until(true, seconds)

    # How it reaches the app.

    async def _deliver(self, kind: str, payload: dict[str, Any], body: str) -> Delivery:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(ACK_SECONDS):
                if self.request_url:
                    status, answer = await self.post_signed(body)
                else:
                    status, answer = 200, await self._through_socket(kind, payload)
        except TimeoutError:
            return Delivery(payload, loop.time() - began, "operation_timeout")
        except (aiohttp.ClientError, LookupError):
            return Delivery(payload, loop.time() - began, "dispatch_failed")
        error = None if status < 300 else "dispatch_failed"  # noqa: PLR2004 -- any 2xx
        return Delivery(payload, loop.time() - began, error, status, answer)

    async def post_signed(
        self,
        body: str,
        *,
        at: str | None = None,
        signature: str | None = None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> tuple[int, str]:
        """POST ``body`` as Slack signs it, or with another time or signature."""
        at = at or str(int(self.now()))
        base = f"v0:{at}:{body}".encode()
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": signature or f"v0={digest}",
        }
        async with self._http.post(str(self.request_url), data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def _through_socket(self, kind: str, payload: dict[str, Any]) -> str:
        open_sockets = [socket for socket in self._sockets if not socket.closed]
        if not open_sockets:
            raise LookupError("no socket is open")
        envelope = str(uuid.uuid4())
        acknowledged: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._acks[envelope] = acknowledged
        await open_sockets[-1].send_json(
            {
                "envelope_id": envelope,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": True,
            }
        )
        return json.dumps((await acknowledged).get("payload", ""))

    @property
    def connected(self) -> bool:
        """True while a socket is open."""
        return any(not socket.closed for socket in self._sockets)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every socket to come back through a new connection, as Slack does now and then."""
        for socket in [socket for socket in self._sockets if not socket.closed]:
            await socket.send_json({"type": "disconnect", "reason": reason})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": len(self._sockets)})
        await self._changes.happened()
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                ack = json.loads(message.data)
                waiting = self._acks.pop(ack.get("envelope_id", ""), None)
                if waiting and not waiting.done():
                    waiting.set_result(ack)
        return socket

    def new_socket_url(self) -> str:
        """A WebSocket address for one connection."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return f"{self.origin.replace('http', 'ws', 1)}/link?ticket={ticket}"

    # How the app reaches it.

    async def _web_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        sent = await _sent(request)
        return await self._answer(
            request, method, sent, lambda: self._calls.web_api(method, sent, request.headers)
        )

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        sent = await _sent(request)
        ticket = request.match_info["ticket"]
        return await self._answer(
            request, "response_url", sent, lambda: self._calls.respond(ticket, sent)
        )

    async def _answer(
        self,
        request: web.Request,
        method: str,
        sent: dict[str, Any],
        accept: Callable[[], web.Response],
    ) -> web.StreamResponse:
        if slow := self.faults.strike(method, "slow"):
            await asyncio.sleep(slow.seconds)
        if self.faults.strike(method, "reset"):
            _abort(request)
        response = self._refused(method) or accept()
        body = response.body
        answer = body.decode() if isinstance(body, bytes) else ""
        self.traffic.append(Traffic(method, sent, response.status, answer))
        await self._changes.happened()
        if self.faults.strike(method, "lost"):
            _abort(request)
        return response

    def _refused(self, method: str) -> web.Response | None:
        if fault := self.faults.strike(method, "rate_limited"):
            headers = {"Retry-After": fault.retry_after or "1"}
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers=headers
            )
        if fault := self.faults.strike(method, "status"):
            return web.Response(status=fault.status, text="<html>An error page</html>")
        if fault := self.faults.strike(method, "error"):
            return web.json_response({"ok": False, "error": fault.error})
        return None

    def next_ts(self) -> str:
        """A message's identity within its channel."""
        self._count += 1
        return f"{int(self.now())}.{self._count:06d}"


async def _sent(request: web.Request) -> dict[str, Any]:
    """The parameters of a call, sent as a form or as JSON."""
    if request.content_type == "application/json":
        body = await request.json()
        return body if isinstance(body, dict) else {}
    form = await request.post()
    return {key: _unpacked(str(value)) for key, value in form.items()}


def _unpacked(value: str) -> Any:  # noqa: ANN401 -- JSON is anything
    """slack_sdk sends lists and objects as JSON within a form."""
    return json.loads(value) if value[:1] in {"{", "["} else value


def _abort(request: web.Request) -> None:
    """End the connection as a reset network would, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError
