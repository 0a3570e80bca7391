"""Asking CreatorAudit: one request after another within a question's time budget."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

import httpx
import stamina

from bot.creatoraudit import problems, wire
from bot.creatoraudit.transport import DEADLINE
from bot.digest.facts import Call
from bot.errors import RecapError, TryLater, Unusable
from bot.ports import Clock

T = TypeVar("T")

TRIES: Final = 5


@dataclass(slots=True)
class Question:
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
class Answer:
    """A body that came, and the request that brought it."""

    question: str
    body: wire.Json
    call: Call

    def data(self) -> wire.Json:
        """``data`` as the object that it must be."""
        data = self.body.get("data")
        if not isinstance(data, dict):
            raise problems.unreadable(self.question, list(self.body))
        return data

    def rows(self) -> list[Any]:
        """``data`` as the list that it must be."""
        rows = self.body.get("data")
        if not isinstance(rows, list):
            raise problems.unreadable(self.question, list(self.body))
        return rows


class InvalidError(Unusable):
    """422: perhaps only because a batch was too large."""

    @classmethod
    def of(cls, error: RecapError) -> "InvalidError":
        """The same, known by its status."""
        return cls(error.reader, error.operator, request_id=error.request_id)


class Asker:
    """Sends requests for one key, and tries again what may pass."""

    def __init__(self, http: httpx.AsyncClient, tenant: str, clock: Clock, budget: float) -> None:
        self._http = http
        self._tenant = tenant
        self._clock = clock
        self._budget = budget
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=TRIES, timeout=None, wait_initial=0.2, wait_max=4, wait_jitter=0.3
        )

    @asynccontextmanager
    async def question(self, name: str) -> AsyncIterator[Question]:
        """A question within the time budget; what failed last is what is told when it is over."""
        question = Question(name, asyncio.get_running_loop().time() + self._budget)
        try:
            async with asyncio.timeout_at(question.deadline):
                yield question
        except TimeoutError:
            raise question.last or problems.too_slow(name, self._budget) from None

    async def get(self, question: Question, path: str, **query: str | int | None) -> Answer:
        """The answer to a GET; what is None in ``query`` is left out of it."""
        given = {key: value for key, value in query.items() if value is not None}
        return await self._send(question, "GET", path, params=given)

    async def post(self, question: Question, path: str, body: Mapping[str, object]) -> Answer:
        """The answer to a POST that only reads.

        Raises:
            InvalidError: The API finds the body invalid (422).
        """
        return await self._send(question, "POST", path, json=body)

    async def _send(
        self,
        question: Question,
        method: str,
        path: str,
        **content: Any,  # noqa: ANN401
    ) -> Answer:
        return await self._retrying(question.retry, self._once, question, method, path, **content)

    async def _once(
        self,
        question: Question,
        method: str,
        path: str,
        **content: Any,  # noqa: ANN401
    ) -> Answer:
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
            raise InvalidError.of(problem) if invalid else problem
        call = self._call(response, method, path, content)
        return Answer(question.name, _json(response, question.name), call)

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


class Group:
    """Tasks that end with the block that started them, also when one of them fails."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin ``work`` beside the rest of the block."""
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
