"""The way to the API, from the outside in: ``Cache( Bearer( Pacing( network )))``.

The cache sits outside of the bearer, so that no key is ever part of what it holds.
"""

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anysqlite
import httpx
from hishel import AsyncSqliteStorage, CacheOptions
from hishel.httpx import AsyncCacheTransport

from bot.creatoraudit import problems
from bot.creatoraudit.backoff import parse_retry_after, remaining, spacing
from bot.meter import CREATORAUDIT, SILENT, Meter
from bot.ports import Clock
from bot.proxies import bad_proxy, proxy_for

AT_ONCE: Final = 8
"""Requests under way at the same time."""

LARGEST_CACHE: Final = 64 * 1024 * 1024
"""Bytes of answers kept; 5,000 accounts are some 5 MB."""

KEPT: Final = 8 * 24 * 3600
"""Seconds that an unused answer is kept: a weekly question finds its last one."""

DEADLINE: Final = "recap_deadline"
"""Request extension: loop time after which nobody waits for the answer any more."""

BUSY: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})


class BearerTransport(httpx.AsyncBaseTransport):
    """Puts the key on each request as it leaves."""

    def __init__(self, wrapped: httpx.AsyncBaseTransport, api_key: str) -> None:
        self._wrapped = wrapped
        self._authorization = f"Bearer {api_key}"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy of ``request`` with the key."""
        headers = httpx.Headers(request.headers)
        headers["Authorization"] = self._authorization
        signed = httpx.Request(
            request.method,
            request.url,
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._wrapped.handle_async_request(signed)

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._wrapped.aclose()


class PacingTransport(httpx.AsyncBaseTransport):
    """Keeps all requests of one key within what the API allows.

    A ``Retry-After`` stops every request of this key, not only the one that was refused, and the
    ``X-RateLimit-*`` headers slow the rest down before that happens.
    """

    def __init__(
        self, wrapped: httpx.AsyncBaseTransport, clock: Clock, meter: Meter = SILENT
    ) -> None:
        self._wrapped = wrapped
        self._clock = clock
        self._meter = meter
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._closed_until = 0.0
        self._next = 0.0
        self._spacing = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` when it may go.

        Raises:
            TryLater: That would be after the request's deadline.
        """
        async with self._slots:
            await self._turn(request.extensions.get(DEADLINE, float("inf")))
            try:
                with self._meter.doing(CREATORAUDIT, f"{request.method} {request.url.path}"):
                    response = await self._wrapped.handle_async_request(request)
            except httpx.HTTPError:
                self._meter.creatoraudit(None)
                raise
            self._learn(response)
            return response

    async def _turn(self, deadline: float) -> None:
        now = asyncio.get_running_loop().time
        while (start := max(self._next, self._closed_until)) > now():
            if start > deadline:
                wait = start - now()
                raise problems.rate_limited(wait, "CreatorAudit's rate limit is used up")
            await asyncio.sleep(start - now())
        # Only a request that goes takes a place: one that gives up must not push the others back.
        self._next = now() + self._spacing

    def _learn(self, response: httpx.Response) -> None:
        self._meter.creatoraudit(response.status_code, remaining(response.headers))
        now, loop_now = self._clock.now(), asyncio.get_running_loop().time()
        self._spacing = spacing(response.headers, now)
        self._next = max(self._next, loop_now + self._spacing)
        if response.status_code in BUSY:
            wait = parse_retry_after(response.headers.get("retry-after"), now) or 0.0
            self._closed_until = max(self._closed_until, loop_now + wait)

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._wrapped.aclose()


@asynccontextmanager
async def open_transport(
    api_key: str, base_url: str, clock: Clock, meter: Meter = SILENT
) -> AsyncIterator[httpx.AsyncBaseTransport]:
    """The whole stack for one key. Answers are kept in memory only, never on a disk.

    Raises:
        OperatorMustAct: ``base_url`` or the proxy that the environment names can't be used.
    """
    network = _network(base_url)
    connection = await anysqlite.connect(":memory:", isolation_level=None)
    storage = AsyncSqliteStorage(connection=connection, max_size=LARGEST_CACHE, default_tti=KEPT)
    await storage.get_entries("")  # makes its tables now, not within the first answer
    # Not shared: each answer is one tenant's. Every request asks for revalidation.
    stack = AsyncCacheTransport(
        BearerTransport(PacingTransport(network, clock, meter), api_key),
        storage,
        CacheOptions(shared=False),
    )
    try:
        yield stack
    finally:
        await stack.aclose()


def _network(base_url: str) -> httpx.AsyncHTTPTransport:
    try:
        _ = httpx.URL(base_url).host
    except (httpx.InvalidURL, ValueError) as error:
        raise problems.bad_address() from error
    proxy = proxy_for(base_url)
    try:
        return httpx.AsyncHTTPTransport(
            verify=_tls(), proxy=proxy, limits=httpx.Limits(max_connections=AT_ONCE)
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise bad_proxy() from error


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all keys: each would read the same certificates, for a megabyte and some time."""
    return httpx.create_ssl_context()
