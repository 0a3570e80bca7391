"""How the stand-in for Slack is reached, and how it reaches the app.

It answers the Web API, delivers payloads through Socket Mode or as signed HTTP requests, and takes
answers at ``response_url``. Kinds of ``Fault`` (``where`` is a Web API method or
``response_url``, also of one workspace as in ``T0ACME chat.postMessage``): ``rate_limited``,
``error`` (``ok: false`` with ``error``), ``status``, ``reset`` (before the call is accepted),
``lost`` (accepted, but the answer is lost) and ``slow``. Of a connection (``where`` is
``socket``): ``silent`` (it is open, and nothing comes, not even a pong) and ``status`` (its address
is used up, and no connection came of it).
"""

import asyncio
import copy
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from bot.playground.changes import Changes
from bot.playground.faults import Fault, Faults
from bot.playground.slack_bodies import FORM, arguments, body_of
from bot.playground.slack_installs import FirstInstallation, Installations
from bot.playground.slack_oauth import OAuth
from bot.playground.slack_teams import Team, Teams
from bot.playground.slack_traffic import Delivery, Traffic
from bot.playground.slack_workspace import Workspace

EVERY_SCOPE: Final = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "users:read",
    }
)
"""What an app is usually given; a test takes some of it away."""

ACK_SECONDS: Final = 3.0
SOCKET: Final = "socket"


@dataclass
class SlackServer:
    """The server; use it as an async context manager.

    Args:
        workspace: The first workspace; the app is installed there from the beginning.
        now: Unix time in seconds.
        request_url: Where to deliver over HTTP; None delivers through Socket Mode.
        scopes: What the first workspace's bot token may do.
        others: More workspaces, into which nobody has installed the app yet.
        client_id: The app's, as its client_secret.
        redirect_urls: Where the app may have people sent back to, each with all that is below.
        rotates: The app has its tokens rotated.
        org_ready: The app may be installed in a whole organization.
        posts_per_minute: How many chat.postMessage a workspace takes within 60 seconds.
        channel_interval: Seconds between two chat.postMessage to one channel.
        revoked: The app was uninstalled from the first workspace: its bot token is dead.
        ping_every: Seconds between two pings of a Socket Mode connection.
        greeted: How many Socket Mode connections were greeted.
        undercut: How many chat.postMessage came before the ``Retry-After`` that their channel had
            been given was over.
        patience: Seconds that an acknowledgement may take, and that a trigger lives.
    """

    workspace: Workspace
    now: Callable[[], float]
    request_url: str | None = None
    scopes: frozenset[str] = EVERY_SCOPE
    bot_token: str = "xoxb-stand-in"  # noqa: S105 -- no secret, it opens nothing
    app_token: str = "xapp-stand-in"  # noqa: S105
    signing_secret: str = "signed-by-the-stand-in"  # noqa: S105
    faults: Faults = field(default_factory=Faults)
    traffic: list[Traffic] = field(default_factory=list)
    api_url: str = ""
    posts_per_minute: int | None = None
    channel_interval: float = 0.0
    revoked: bool = False
    undercut: int = 0
    others: list[Workspace] = field(default_factory=list)
    client_id: str = "1.2"
    client_secret: str = "kept-by-the-stand-in"  # noqa: S105
    redirect_urls: tuple[str, ...] = ()
    rotates: bool = False
    org_ready: bool = False
    _told: set[asyncio.Task[None]] = field(default_factory=set)
    patience: float = ACK_SECONDS
    ping_every: float = 10.0
    greeted: int = 0
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _acks: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _changes: Changes = field(default_factory=Changes)
    _count: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/link", self._socket)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_post("/commands/{ticket}", self._response_url)
        app.router.add_post("/api/{method}", self._web_api)
        app.router.add_get("/api/{method}", self._web_api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.api_url = f"{self.origin}/api/"
        self.installations = Installations(self)
        self.installations.add(FirstInstallation(self))
        self.oauth = OAuth(self, self.installations)
        self.teams = Teams(self, self.installations)
        self.here = self.teams.add(self.workspace)
        self._calls = self.here.calls
        for workspace in self.others:
            self.teams.add(workspace)
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._told:
            task.cancel()
        await self._http.close()
        for socket in self._sockets:
            await socket.close()
        await self._runner.cleanup()

    async def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until ``true``; it is asked again whenever something has changed."""
        await self._changes.until(true, seconds)

    # How it reaches the app.

    async def deliver(self, kind: str, payload: dict[str, Any], retry_num: int = 0) -> Delivery:
        """Hand ``payload`` to the app and wait until it has acknowledged it, or not.

        Args:
            kind: The envelope's type: ``slash_commands``, ``interactive`` or ``events_api``.
            payload: What Slack would send; the delivery keeps a copy.
            retry_num: The number of the redelivery, 0 for the first.
        """
        payload = copy.deepcopy(payload)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self.patience):
                if self.request_url:
                    body, content = body_of(kind, payload)
                    status, answer = await self.post_signed(body, kind=content, retry_num=retry_num)
                else:
                    status, answer = 200, await self._through_socket(kind, payload, retry_num)
        except TimeoutError:
            return Delivery(payload, loop.time() - began, "operation_timeout")
        except (aiohttp.ClientError, LookupError):
            return Delivery(payload, loop.time() - began, "dispatch_failed")
        error = None if status < 300 else "dispatch_failed"  # noqa: PLR2004 -- any 2xx
        return Delivery(payload, loop.time() - began, error, status, answer)

    def tell(self, payload: dict[str, Any]) -> None:
        """Hand an event to the app without waiting for it."""

        async def deliver() -> None:
            await self.deliver("events_api", payload)
            await self._changes.happened()

        task = asyncio.create_task(deliver())
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    async def open_page(self, query: str) -> None:
        """Open the page that asks whether to install the app, as a browser does.

        Raises:
            AssertionError: It shows an error instead.
        """
        page = f"{self.origin}/oauth/v2/authorize?{query}"
        async with self._http.get(page) as answer:
            if not answer.ok:
                raise AssertionError(f"Slack shows an error: {await answer.text()}")

    async def post_signed(
        self,
        body: str,
        *,
        at: str | None = None,
        signature: str | None = None,
        kind: str = FORM,
        retry_num: int = 0,
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
        if retry_num:
            headers["X-Slack-Retry-Num"] = str(retry_num)
            headers["X-Slack-Retry-Reason"] = "http_timeout"
        async with self._http.post(str(self.request_url), data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def _through_socket(self, kind: str, payload: dict[str, Any], retry_num: int) -> str:
        open_sockets = [socket for socket in self._sockets if not socket.closed]
        if not open_sockets:
            raise LookupError("no socket is open")
        envelope = str(uuid.uuid4())
        acknowledged: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._acks[envelope] = acknowledged
        is_event = kind == "events_api"
        retry = {"retry_attempt": retry_num, "retry_reason": "timeout" if retry_num else ""}
        await open_sockets[-1].send_json(
            {
                "envelope_id": envelope,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": not is_event,
                **(retry if is_event else {}),
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

    async def hang_up(self) -> None:
        """Close every socket without a word, as a broken network would."""
        for socket in [socket for socket in self._sockets if not socket.closed]:
            await socket.close()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        if fault := self.faults.strike(SOCKET, "status"):
            return web.Response(status=fault.status)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._sockets.append(socket)
        if not self.faults.strike(SOCKET, "silent"):
            await socket.send_json({"type": "hello", "num_connections": len(self._sockets)})
            self.greeted += 1
        await self._changes.happened()
        pinging = asyncio.create_task(self._ping(socket))
        try:
            await self._listen(socket)
        finally:
            pinging.cancel()
        return socket

    async def _ping(self, socket: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while not socket.closed:
                await asyncio.sleep(self.ping_every)
                if not self.faults.strike(SOCKET, "silent"):
                    await socket.ping()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.PING:
                if not self.faults.strike(SOCKET, "silent"):
                    await socket.pong(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                ack = json.loads(message.data)
                waiting = self._acks.pop(ack.get("envelope_id", ""), None)
                if waiting and not waiting.done():
                    waiting.set_result(ack)

    def new_socket_url(self) -> str:
        """A WebSocket address for one connection."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return f"{self.origin.replace('http', 'ws', 1)}/link?ticket={ticket}"

    # How the app reaches it.

    async def _web_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        sent = await arguments(request)
        if team := self._team(request, sent):
            team.calls.limits.arrived(method, sent)
        return await self._answer(
            request, method, sent, lambda: self.teams.web_api(method, sent, request.headers)
        )

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        return self.oauth.page(request.query)

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        sent = await arguments(request)
        ticket = request.match_info["ticket"]
        return await self._answer(
            request, "response_url", sent, lambda: self.teams.respond(ticket, sent)
        )

    async def _answer(
        self,
        request: web.Request,
        method: str,
        sent: dict[str, Any],
        accept: Callable[[], web.Response],
    ) -> web.StreamResponse:
        if slow := self._struck(request, method, sent, "slow"):
            await asyncio.sleep(slow.seconds)
        if self._struck(request, method, sent, "reset"):
            _abort(request)
        # The call itself may end the token that says whose it is.
        team = self._team(request, sent)
        response = self._refused(request, method, sent) or accept()
        body = response.body
        answer = body.decode() if isinstance(body, bytes) else ""
        place = team.workspace.team if team else ""
        self.traffic.append(Traffic(method, sent, response.status, answer, place))
        await self._changes.happened()
        if self._struck(request, method, sent, "lost"):
            _abort(request)
        return response

    def _refused(
        self, request: web.Request, method: str, sent: dict[str, Any]
    ) -> web.Response | None:
        if fault := self._struck(request, method, sent, "rate_limited"):
            wait = fault.retry_after or "1"
            if team := self._team(request, sent):
                team.calls.limits.told_to_wait(method, sent, wait)
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": wait}
            )
        if fault := self._struck(request, method, sent, "status"):
            return web.Response(status=fault.status, text="<html>An error page</html>")
        if fault := self._struck(request, method, sent, "error"):
            return web.json_response({"ok": False, "error": fault.error})
        return None

    def _struck(
        self, request: web.Request, method: str, sent: dict[str, Any], kind: str
    ) -> Fault | None:
        team = self._team(request, sent)
        here = f"{team.workspace.team} {method}" if team else method
        return self.faults.strike(here, kind) or self.faults.strike(method, kind)

    def _team(self, request: web.Request, sent: dict[str, Any]) -> Team | None:
        """The workspace that a request is about."""
        if ticket := request.match_info.get("ticket"):
            return self.teams.of_ticket(ticket)
        return self.teams.meant(sent, request.headers)

    def next_ts(self) -> str:
        """A message's identity within its channel."""
        self._count += 1
        return f"{int(self.now())}.{self._count:06d}"


def _abort(request: web.Request) -> None:
    """End the connection as a reset network would, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError
