"""A stand-in for CreatorAudit's REST API v2 over real HTTP, as strict as its documentation.

Kinds of ``Fault``: ``status`` (a problem body; ``body`` replaces it, a str goes out as a web page),
``rate_limited``, ``reset`` (before the answer), ``torn`` (in the middle of the body), ``slow``
(``seconds`` before the answer), ``drip`` (the body, a byte every ``seconds``), ``not_modified``
(a bare 304), ``replace`` (``body`` instead of the answer, or a function of it), ``no_etag``,
``weak_etag`` and ``no_rate_limit``.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from bot.playground.changes import Changes
from bot.playground.creatoraudit_asked import ApiError, Asked
from bot.playground.creatoraudit_rules import answer
from bot.playground.faults import Faults
from bot.playground.organisation import Organisation

PREFIX: Final = "/v2"
OPEN: Final = frozenset({"/health", "/meta"})


@dataclass(frozen=True)
class ApiKey:
    """A key and what it may do; ``state`` is ``active``, ``disabled`` or ``lapsed``."""

    organisation: Organisation
    name: str = "Recap"
    scopes: frozenset[str] = frozenset({"read", "write", "admin"})
    state: str = "active"


@dataclass(frozen=True)
class RateLimit:
    """A fixed window per key."""

    limit: int = 600
    window_seconds: int = 60


@dataclass(frozen=True)
class Exchange:
    """One request and what it was answered with; ``at`` is loop time in seconds."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    request_body: bytes
    at: float
    status: int
    response_headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 -- JSON is anything
        """The answer's body."""
        return json.loads(self.body)


@dataclass
class _Usage:
    """What one key has used, and until when it was told to wait."""

    window: int = 0
    used: int = 0
    blocked_until: float = 0.0


@dataclass
class CreatorAuditStandIn:
    """The server; use it as an async context manager.

    Args:
        keys: Every key that it knows, with the organization behind it.
        now: The current instant; presets end on the day before it.
        latency: Seconds before each answer.
        max_batch: How many ids a batch call takes.
        rate_limit: Requests per window and key.
    """

    keys: dict[str, ApiKey]
    now: Callable[[], datetime]
    latency: float = 0.0
    max_batch: int = 200
    rate_limit: RateLimit = field(default_factory=RateLimit)
    faults: Faults = field(default_factory=Faults)
    exchanges: list[Exchange] = field(default_factory=list)
    undercut: int = 0
    """Requests that came earlier than a ``Retry-After`` allowed."""
    base_url: str = ""
    _changes: Changes = field(default_factory=Changes)
    _usage: dict[str, _Usage] = field(default_factory=dict)
    _count: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}{PREFIX}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until ``true``; it is asked again after every exchange."""
        await self._changes.until(true, seconds)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        at = asyncio.get_running_loop().time()
        content = await request.read()
        path = request.path.removeprefix(PREFIX) if request.path.startswith(PREFIX) else ""
        self._count += 1
        headers = {"X-Request-ID": f"req_{self._count:06d}"}
        await self._delay(path)
        if self.faults.strike(path, "reset"):
            _abort(request)
        status, body, kind = self._answer(request, path, content, headers)
        exchange = Exchange(
            request.method,
            path,
            dict(request.query),
            {name.lower(): value for name, value in request.headers.items()},
            content,
            at,
            status,
            headers,
            body,
        )
        self.exchanges.append(exchange)
        await self._changes.happened()
        return await self._send(request, path, web.Response(status=status), headers, body, kind)

    async def _delay(self, path: str) -> None:
        slow = self.faults.strike(path, "slow")
        if seconds := self.latency + (slow.seconds if slow else 0):
            await asyncio.sleep(seconds)

    def _answer(
        self, request: web.Request, path: str, content: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, str]:
        """Status, body and media type; what belongs into ``headers`` is added to them."""
        try:
            key = None if path in OPEN else self._authorize(request, path, headers)
            self._fail(path, headers)
            organisation = key.organisation if key else None
            asked = Asked(
                request.method, path, dict(request.query), request.headers, content, self.now(),
                organisation, key.name if key else "", key.scopes if key else frozenset(),
                self.max_batch, self.base_url,
            )  # fmt: skip
            whole: Any = answer(asked, headers)
        except ApiError as error:
            return error.status, _problem(error, path, headers), error.media_type
        if replaced := self.faults.strike(path, "replace"):
            new = replaced.body(whole) if callable(replaced.body) else replaced.body
            whole = new if new is not None else whole
        body = whole.encode() if isinstance(whole, str) else json.dumps(whole).encode()
        kind = "text/html" if isinstance(whole, str) else "application/json"
        if self._same(request, path, body, headers):
            return 304, b"", kind
        return 200, body, kind

    def _authorize(self, request: web.Request, path: str, headers: dict[str, str]) -> ApiKey:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        key = self.keys.get(token) if scheme == "Bearer" else None
        if key is None:
            raise ApiError(401, "UNAUTHORIZED", "The API key is missing or invalid.")
        self._meter(token, path, headers)
        if key.state == "disabled":
            raise ApiError(403, "FORBIDDEN", "This API key is disabled.")
        if key.state == "lapsed":
            raise ApiError(403, "FORBIDDEN", "The organization's subscription is inactive.")
        return key

    def _meter(self, token: str, path: str, headers: dict[str, str]) -> None:
        loop_now = asyncio.get_running_loop().time()
        seconds = self.rate_limit.window_seconds
        window = int(self.now().timestamp()) // seconds
        usage = self._usage.setdefault(token, _Usage())
        if usage.window != window:
            usage.window, usage.used = window, 0
        usage.used += 1
        reset = (window + 1) * seconds
        if not self.faults.strike(path, "no_rate_limit"):
            headers["X-RateLimit-Limit"] = str(self.rate_limit.limit)
            headers["X-RateLimit-Remaining"] = str(max(0, self.rate_limit.limit - usage.used))
            headers["X-RateLimit-Reset"] = str(reset)
        if loop_now < usage.blocked_until:
            self.undercut += 1
        if fault := self.faults.strike(path, "rate_limited"):
            usage.blocked_until = max(usage.blocked_until, loop_now + fault.seconds)
            raise _too_many(headers, fault.retry_after)
        if usage.used > self.rate_limit.limit:
            wait = reset - self.now().timestamp()
            usage.blocked_until = max(usage.blocked_until, loop_now + wait)
            raise _too_many(headers, str(int(wait) + 1))

    def _fail(self, path: str, headers: dict[str, str]) -> None:
        if self.faults.strike(path, "not_modified"):
            raise ApiError(304, "", "", body=b"")
        if fault := self.faults.strike(path, "status"):
            if fault.retry_after is not None:
                headers["Retry-After"] = fault.retry_after
            raise ApiError(fault.status, fault.error, "Something failed.", body=fault.body)

    def _same(self, request: web.Request, path: str, body: bytes, headers: dict[str, str]) -> bool:
        """Tag the answer, and say whether the client has the same one already."""
        if request.method != "GET" or self.faults.strike(path, "no_etag"):
            return False
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers["ETag"] = f"W/{tag}" if self.faults.strike(path, "weak_etag") else tag
        asked = request.headers.get("If-None-Match", "")
        return tag in [one.strip().removeprefix("W/") for one in asked.split(",")]

    async def _send(
        self,
        request: web.Request,
        path: str,
        response: web.Response,
        headers: Mapping[str, str],
        body: bytes,
        kind: str,
    ) -> web.StreamResponse:
        response.headers.update(headers)
        drip = self.faults.strike(path, "drip")
        if not drip and not self.faults.strike(path, "torn"):
            response.body = body
            if body:
                response.content_type = kind
            return response
        stream = web.StreamResponse(status=response.status, headers=headers)
        stream.content_length = len(body)
        await stream.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._drip(stream, body, drip.seconds if drip else None)
        if not drip:
            _abort(request)
        return stream

    async def _drip(self, stream: web.StreamResponse, body: bytes, seconds: float | None) -> None:
        if seconds is None:
            await stream.write(body[: len(body) // 2])
            return
        for position in range(len(body)):
            await stream.write(body[position : position + 1])
            await asyncio.sleep(seconds)


def _abort(request: web.Request) -> None:
    """End the connection as a reset network would, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _too_many(headers: dict[str, str], retry_after: str | None) -> ApiError:
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    return ApiError(429, "RATE_LIMITED", "Too many requests.")


def _problem(error: ApiError, path: str, headers: dict[str, str]) -> bytes:
    """An RFC 9457 body, or whatever a fault put in its place."""
    if error.body is not None:
        given = error.body
        if isinstance(given, bytes):
            return given
        error.media_type = "text/html" if isinstance(given, str) else error.media_type
        return given.encode() if isinstance(given, str) else json.dumps(given).encode()
    return json.dumps(error.problem(f"{PREFIX}{path}", headers["X-Request-ID"])).encode()
