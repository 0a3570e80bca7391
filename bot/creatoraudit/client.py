"""The CreatorAudit client: one key, one method per question."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

import httpx
import stamina

from bot.creatoraudit import problems, wire
from bot.creatoraudit.transport import DEADLINE, open_transport
from bot.digest.facts import (
    Account,
    BatchMetrics,
    Call,
    Fetched,
    Identity,
    Leaderboard,
    Overview,
    WindowMetrics,
)
from bot.digest.periods import Period, Window
from bot.errors import RecapError, TryLater, Unusable
from bot.ports import Clock

T = TypeVar("T")

BUDGET: Final = 20.0
TRIES: Final = 5
PAGE: Final = 200
BATCH: Final = 200
"""The bound of the batch endpoints that document one; ``/accounts/metrics`` does not."""

TOP: Final = 25
TIMEOUT: Final = httpx.Timeout(10, connect=5)
HEADERS: Final = {
    "Accept": "application/json",
    "Cache-Control": "no-cache",  # the cache always asks whether its answer still holds
    "User-Agent": "creatoraudit-recap",
}


@dataclass(slots=True)
class _Question:
    """A question under way: when its time is up, and what went wrong last."""

    name: str
    deadline: float
    last: TryLater | None = None

    def retry(self, error: Exception) -> bool | float:
        """Whether to try again, and after how many seconds if the API said so."""
        if not isinstance(error, TryLater):
            return False
        self.last = error
        if error.retry_after is None:
            return True
        soon_enough = asyncio.get_running_loop().time() + error.retry_after < self.deadline
        return error.retry_after if soon_enough else False


@dataclass(frozen=True, slots=True)
class _Answer:
    body: wire.Json
    call: Call


class CreatorAuditClient:
    """A ``CreatorSource``; open one with ``open_client``."""

    def __init__(self, http: httpx.AsyncClient, tenant: str, clock: Clock, budget: float) -> None:
        self._http = http
        self._tenant = tenant
        self._clock = clock
        self._budget = budget
        self._batch_size = BATCH
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=TRIES, timeout=None, wait_initial=0.2, wait_max=4, wait_jitter=0.3
        )

    async def whoami(self) -> Fetched[Identity]:
        """``GET /whoami``."""
        async with self._question("GET /whoami") as question:
            answer = await self._get(question, "/whoami")
            return Fetched(wire.read_identity(_data(answer, question)), (answer.call,))

    async def overview(self, period: Period) -> Fetched[Overview]:
        """``GET /overview``."""
        async with self._question("GET /overview") as question:
            answer = await self._get(question, "/overview", period=period.value)
            return Fetched(wire.read_overview(_data(answer, question)), (answer.call,))

    async def top_creators(self, period: Period) -> Fetched[Leaderboard]:
        """``GET /creators/top``; always 25 rows, so that every reader shares one answer."""
        async with self._question("GET /creators/top") as question:
            answer = await self._get(question, "/creators/top", period=period.value, limit=TOP)
            return Fetched(wire.read_leaderboard(_rows(answer, question)), (answer.call,))

    async def accounts(self, *, at_most: int | None = None) -> Fetched[tuple[Account, ...]]:
        """``GET /accounts``, page after page."""
        found: list[Account] = []
        calls: list[Call] = []
        cursors: list[str | None] = [None]
        async with self._question("GET /accounts") as question:
            while True:
                answer = await self._get(question, "/accounts", limit=PAGE, cursor=cursors[-1])
                calls.append(answer.call)
                found += filter(None, map(wire.read_account, _rows(answer, question)))
                cursor = _next_cursor(answer.body)
                if cursor is None or (at_most is not None and len(found) >= at_most):
                    return Fetched(tuple(found[:at_most]), tuple(calls))
                if cursor in cursors:
                    raise problems.repeating(question.name)
                cursors.append(cursor)

    async def account_metrics(
        self, account_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """``POST /accounts/metrics``, in parallel batches."""
        ids, size = list(dict.fromkeys(account_ids)), self._batch_size
        async with self._question("POST /accounts/metrics") as question, _Group() as group:
            tasks = [
                group.start(self._batch(question, ids[start : start + size], window))
                for start in range(0, len(ids), size)
            ]
            return _together([part for task in tasks for part in await task])

    async def _batch(
        self, question: _Question, ids: Sequence[str], window: Period | Window
    ) -> list[Fetched[BatchMetrics]]:
        """The metrics of ``ids``; halved where the API finds that too many, as its 422 says."""
        body = {"account_ids": ids, **_range(window)}
        try:
            answer = await self._send(question, "POST", "/accounts/metrics", json=body)
        except _InvalidError:
            half = len(ids) // 2
            if half == 0:
                raise
            # One after the other: a 422 for any other reason ends at the first single id.
            first = await self._batch(question, ids[:half], window)
            rest = await self._batch(question, ids[half:], window)
            self._batch_size = min(self._batch_size, half)
            return first + rest
        _data(answer, question)
        return [Fetched(wire.read_metrics(answer.body), (answer.call,))]

    @asynccontextmanager
    async def _question(self, name: str) -> AsyncIterator[_Question]:
        """A question within the time budget; what failed last is what is told when it is over."""
        question = _Question(name, asyncio.get_running_loop().time() + self._budget)
        try:
            async with asyncio.timeout_at(question.deadline):
                yield question
        except TimeoutError:
            raise question.last or problems.too_slow(name, self._budget) from None

    async def _get(self, question: _Question, path: str, **query: str | int | None) -> _Answer:
        given = {key: value for key, value in query.items() if value is not None}
        return await self._send(question, "GET", path, params=given)

    async def _send(
        self,
        question: _Question,
        method: str,
        path: str,
        **content: Any,  # noqa: ANN401
    ) -> _Answer:
        return await self._retrying(question.retry, self._once, question, method, path, **content)

    async def _once(
        self,
        question: _Question,
        method: str,
        path: str,
        **content: Any,  # noqa: ANN401
    ) -> _Answer:
        request = self._http.build_request(method, path.removeprefix("/"), **content)
        request.extensions[DEADLINE] = question.deadline
        request.extensions["caching"] = {"key": self._cache_key(request.url)}
        try:
            response = await self._http.send(request)
        except httpx.HTTPError as error:
            raise problems.unreachable(question.name, error) from error
        if not response.is_success:
            problem = problems.from_response(response, question.name, self._clock.now())
            invalid = response.status_code == httpx.codes.UNPROCESSABLE_ENTITY
            raise _InvalidError.of(problem) if invalid else problem
        return _Answer(_json(response, question.name), self._call(response, method, path, content))

    def _cache_key(self, url: httpx.URL) -> str:
        """One per tenant and address, so that no store could ever mix two tenants."""
        return hashlib.sha256(f"{self._tenant} {url}".encode()).hexdigest()

    def _call(
        self, response: httpx.Response, method: str, path: str, content: Mapping[str, Any]
    ) -> Call:
        query = {k: v for k, v in content.get("params", {}).items() if k != "cursor"}
        status = response.extensions.get("caching", {})
        return Call(
            endpoint=f"{method} {path}{'?' if query else ''}{urlencode(query)}",
            fetched_at=self._clock.now(),
            unchanged=bool(status.get("from_cache")),
            request_id=response.headers.get("x-request-id"),
        )


class _InvalidError(Unusable):
    """422: perhaps only because a batch was too large."""

    @classmethod
    def of(cls, error: RecapError) -> "_InvalidError":
        return cls(error.reader, error.operator, request_id=error.request_id)


class _Group:
    """Tasks that end with the block that started them, also when one of them fails."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _json(response: httpx.Response, name: str) -> wire.Json:
    try:
        body = response.json()
    except (ValueError, RecursionError) as error:
        raise problems.not_json(response, name) from error
    if not isinstance(body, dict):
        raise problems.unreadable(name, [])
    return body


def _data(answer: _Answer, question: _Question) -> wire.Json:
    data = answer.body.get("data")
    if not isinstance(data, dict):
        raise problems.unreadable(question.name, list(answer.body))
    return data


def _rows(answer: _Answer, question: _Question) -> list[Any]:
    rows = answer.body.get("data")
    if not isinstance(rows, list):
        raise problems.unreadable(question.name, list(answer.body))
    return rows


def _next_cursor(body: wire.Json) -> str | None:
    """The cursor of the next page; None on the last one, or where pages are not documented."""
    pagination = body.get("pagination")
    if not isinstance(pagination, dict) or pagination.get("has_next") is not True:
        return None
    cursor = pagination.get("next_cursor")
    return wire.text(cursor) or None if isinstance(cursor, str) else None


def _range(window: Period | Window) -> dict[str, str]:
    if isinstance(window, Period):
        return {"period": window.value}
    return {
        "period": "custom",
        "start_date": window.start.isoformat(),
        "end_date": window.end.isoformat(),
    }


def _together(parts: Sequence[Fetched[BatchMetrics]]) -> Fetched[BatchMetrics]:
    by_account: dict[str, WindowMetrics] = {}
    for part in parts:
        by_account.update(part.value.by_account)
    windows = {part.value.window for part in parts}
    return Fetched(
        BatchMetrics(
            # Batches that straddle midnight may differ; then no window holds for all of them.
            window=windows.pop() if len(windows) == 1 else None,
            by_account=by_account,
            not_found=tuple(name for part in parts for name in part.value.not_found),
        ),
        tuple(call for part in parts for call in part.calls),
    )


@asynccontextmanager
async def open_client(
    api_key: str, base_url: str, clock: Clock, *, budget: float = BUDGET
) -> AsyncIterator[CreatorAuditClient]:
    """A client for one key, with its own cache and its own pace.

    Args:
        api_key: Opaque; it only ever leaves in the ``Authorization`` header.
        base_url: With or without a slash at its end.
        clock: For rate-limit headers, which hold points in time.
        budget: Seconds that one question may take, with all its pages and retries.
    """
    async with (
        open_transport(api_key, base_url, clock) as transport,
        httpx.AsyncClient(
            transport=transport,
            base_url=base_url.rstrip("/") + "/",
            headers=HEADERS,
            timeout=TIMEOUT,
        ) as http,
    ):
        tenant = hashlib.sha256(api_key.encode()).hexdigest()
        yield CreatorAuditClient(http, tenant, clock, budget)
