"""The CreatorAudit client: one key, one method per question."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import httpx

from bot.creatoraudit import problems, wire, wire_videos
from bot.creatoraudit.asking import Asker, Group, InvalidError, Question
from bot.creatoraudit.transport import open_transport
from bot.digest.facts import (
    Account,
    BatchMetrics,
    Call,
    Fetched,
    Identity,
    Leaderboard,
    Overview,
    PlatformMetrics,
    Video,
    WindowMetrics,
)
from bot.digest.periods import Period, Window
from bot.meter import SILENT, Meter
from bot.ports import Clock

T = TypeVar("T")

BUDGET: Final = 20.0
PAGE: Final = 200
BATCH: Final = 200
"""The bound of the batch endpoints that document one; the others turn out to have one or not."""

TOP: Final = 25
TIMEOUT: Final = httpx.Timeout(10, connect=5)
HEADERS: Final = {
    "Accept": "application/json",
    "Cache-Control": "no-cache",  # the cache always asks whether its answer still holds
    "User-Agent": "creatoraudit-recap",
}


@dataclass(frozen=True, slots=True)
class _Sums:
    """What a batch call asks for: the endpoint, the field for the ids, and the days."""

    path: str
    field: str
    window: Period | Window

    def body(self, ids: Sequence[str | int]) -> dict[str, object]:
        if isinstance(self.window, Period):
            return {self.field: ids, "period": self.window.value}
        return {
            self.field: ids,
            "period": "custom",
            "start_date": self.window.start.isoformat(),
            "end_date": self.window.end.isoformat(),
        }


class CreatorAuditClient:
    """A ``CreatorSource``; open one with ``open_client``."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._batch_sizes: dict[str, int] = {}

    async def whoami(self) -> Fetched[Identity]:
        """``GET /whoami``."""
        async with self._asker.question("GET /whoami") as question:
            answer = await self._asker.get(question, "/whoami")
            return Fetched(wire.read_identity(answer.data()), (answer.call,))

    async def overview(self, period: Period) -> Fetched[Overview]:
        """``GET /overview``."""
        async with self._asker.question("GET /overview") as question:
            answer = await self._asker.get(question, "/overview", period=period.value)
            return Fetched(wire.read_overview(answer.data()), (answer.call,))

    async def top_creators(self, period: Period) -> Fetched[Leaderboard]:
        """``GET /creators/top``; always 25 rows, so that every reader shares one answer."""
        path = "/creators/top"
        async with self._asker.question(f"GET {path}") as question:
            answer = await self._asker.get(question, path, period=period.value, limit=TOP)
            return Fetched(wire.read_leaderboard(answer.rows()), (answer.call,))

    async def accounts(self, *, at_most: int | None = None) -> Fetched[tuple[Account, ...]]:
        """``GET /accounts``, page after page."""
        return await self._pages("/accounts", wire.read_account, at_most)

    async def videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """``GET /videos``, page after page."""
        return await self._pages("/videos", wire_videos.read_video, at_most)

    async def account_videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """``GET /account-videos``, page after page."""
        return await self._pages("/account-videos", wire_videos.read_account_video, at_most)

    async def account_metrics(
        self, account_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """``POST /accounts/metrics``, in parallel batches."""
        return await self._sums(_Sums("/accounts/metrics", "account_ids", window), account_ids)

    async def video_metrics(
        self, video_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """``POST /videos/metrics``, in parallel batches."""
        return await self._sums(_Sums("/videos/metrics", "video_ids", window), video_ids)

    async def account_video_metrics(
        self, instagram_ids: Sequence[str], tiktok_ids: Sequence[str], window: Period | Window
    ) -> Fetched[PlatformMetrics]:
        """``POST /account-videos/metrics``, each platform by itself.

        Both platforms count their posts from 1 and the answer has one map for all ids, so a call
        for both could not be read.
        """
        path = "/account-videos/metrics"
        instagram = _Sums(path, "instagram_post_ids", window)
        tiktok = _Sums(path, "tiktok_video_ids", window)
        async with self._asker.question(f"POST {path}") as question, Group() as group:
            tasks = [
                group.start(self._whole_numbers(question, group, sums, ids))
                for sums, ids in ((instagram, instagram_ids), (tiktok, tiktok_ids))
            ]
            one, other = [await task for task in tasks]
            return Fetched(PlatformMetrics(one.value, other.value), one.calls + other.calls)

    async def _pages(
        self, path: str, read: Callable[[object], T | None], at_most: int | None
    ) -> Fetched[tuple[T, ...]]:
        """The rows of a list, one page after the other: each holds the cursor of the next."""
        found: list[T] = []
        unread = 0
        calls: list[Call] = []
        cursors: list[str | None] = [None]
        async with self._asker.question(f"GET {path}") as question:
            while True:
                answer = await self._asker.get(question, path, limit=PAGE, cursor=cursors[-1])
                calls.append(answer.call)
                rows = [read(row) for row in answer.rows()]
                found += (row for row in rows if row is not None)
                unread += rows.count(None)
                cursor = _next_cursor(answer.body)
                if cursor is None or (at_most is not None and len(found) >= at_most):
                    return Fetched(tuple(found[:at_most]), tuple(calls), unread)
                if cursor in cursors:
                    raise problems.repeating(question.name)
                cursors.append(cursor)

    async def _sums(self, sums: _Sums, ids: Sequence[str]) -> Fetched[BatchMetrics]:
        async with self._asker.question(f"POST {sums.path}") as question, Group() as group:
            return await self._batches(question, group, sums, ids)

    async def _whole_numbers(
        self, question: Question, group: Group, sums: _Sums, ids: Sequence[str]
    ) -> Fetched[BatchMetrics]:
        """The metrics of ids that must be integers; one that is none is not found."""
        numbers = {one: int(one) for one in ids if wire_videos.is_whole_number(one)}
        fetched = await self._batches(question, group, sums, tuple(numbers.values()))
        others = tuple(dict.fromkeys(one for one in ids if one not in numbers))
        not_found = fetched.value.not_found + others
        return replace(fetched, value=replace(fetched.value, not_found=not_found))

    async def _batches(
        self, question: Question, group: Group, sums: _Sums, given: Iterable[str | int]
    ) -> Fetched[BatchMetrics]:
        """The metrics of the ``given`` ids; the transport decides how many batches go at once."""
        ids, size = list(dict.fromkeys(given)), self._batch_sizes.get(sums.path, BATCH)
        tasks = [
            group.start(self._batch(question, sums, ids[start : start + size]))
            for start in range(0, len(ids), size)
        ]
        return _together([part for task in tasks for part in await task], sums.window)

    async def _batch(
        self, question: Question, sums: _Sums, ids: Sequence[str | int]
    ) -> list[Fetched[BatchMetrics]]:
        """The metrics of ``ids``; halved where the API finds that too many, as its 422 says."""
        try:
            answer = await self._asker.post(question, sums.path, sums.body(ids))
        except InvalidError:
            half = len(ids) // 2
            if half == 0:
                raise
            # One after the other: a 422 for any other reason ends at the first single id.
            first = await self._batch(question, sums, ids[:half])
            rest = await self._batch(question, sums, ids[half:])
            self._batch_sizes[sums.path] = min(self._batch_sizes.get(sums.path, BATCH), half)
            return first + rest
        answer.data()
        return [Fetched(wire.read_metrics(answer.body), (answer.call,))]


def _next_cursor(body: wire.Json) -> str | None:
    """The cursor of the next page; None on the last one, or where pages are not documented."""
    pagination = body.get("pagination")
    if not isinstance(pagination, dict) or pagination.get("has_next") is not True:
        return None
    cursor = pagination.get("next_cursor")
    return wire.text(cursor) or None if isinstance(cursor, str) else None


def _together(
    parts: Sequence[Fetched[BatchMetrics]], asked: Period | Window
) -> Fetched[BatchMetrics]:
    by_account: dict[str, WindowMetrics] = {}
    for part in parts:
        by_account.update(part.value.by_account)
    windows = dict.fromkeys(part.value.window for part in parts)
    others = [one for one in windows if one and one != asked]
    # Batches that straddle midnight may differ; then no window holds for all of them. But days that
    # nobody asked for must show, however many batches have the right ones.
    window = next(iter(windows), None) if len(windows) == 1 else None
    if isinstance(asked, Window) and others:
        window = others[0]
    return Fetched(
        BatchMetrics(
            window=window,
            by_account=by_account,
            not_found=tuple(name for part in parts for name in part.value.not_found),
        ),
        tuple(call for part in parts for call in part.calls),
    )


@asynccontextmanager
async def open_client(
    api_key: str,
    base_url: str,
    clock: Clock,
    *,
    budget: float = BUDGET,
    meter: Meter = SILENT,
) -> AsyncIterator[CreatorAuditClient]:
    """A client for one key, with its own cache and its own pace.

    Args:
        api_key: Opaque; it only ever leaves in the ``Authorization`` header.
        base_url: With or without a slash at its end.
        clock: For rate-limit headers, which hold points in time.
        budget: Seconds that one question may take, with all its pages and retries.
        meter: Told of every answer.
    """
    async with (
        open_transport(api_key, base_url, clock, meter) as transport,
        httpx.AsyncClient(
            transport=transport,
            base_url=base_url.rstrip("/") + "/",
            headers=HEADERS,
            timeout=TIMEOUT,
        ) as http,
    ):
        tenant = hashlib.sha256(api_key.encode()).hexdigest()
        yield CreatorAuditClient(Asker(http, tenant, clock, budget))
