"""Answers that no documentation promises, over a real socket: each ends in the error family."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.creatoraudit.client import CreatorAuditClient, open_client
from bot.digest.periods import Period
from bot.errors import OperatorMustAct, TryLater, Unusable

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DEEP = "[" * 100_000


class StoppedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


@asynccontextmanager
async def answered(
    *bodies: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    asked: list[Mapping[str, str]] | None = None,
    budget: float = 20,
) -> AsyncIterator[CreatorAuditClient]:
    """A client whose questions get these bodies in turn, then the last one for ever."""
    left = list(bodies)

    async def answer(request: web.Request) -> web.Response:
        if asked is not None:
            asked.append(request.headers)
        text = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(
            text=text, status=status, headers=headers, content_type="application/json"
        )

    async with asked_of(answer, budget=budget) as client:
        yield client


@asynccontextmanager
async def asked_of(
    answer: Callable[[web.Request], Awaitable[web.Response]], *, budget: float = 20
) -> AsyncIterator[CreatorAuditClient]:
    """A client whose questions ``answer`` is asked."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        base_url = f"http://{host}:{port}"
        async with open_client("made-up-key", base_url, StoppedClock(), budget=budget) as client:
            yield client
    finally:
        await runner.cleanup()


async def test_giving_up_pushes_nobody_back() -> None:
    """However often people ask in vain, the wait stays that of the rate limit."""
    reset = str(int(NOW.timestamp()) + 30)
    headers = {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": reset,
    }
    waits = []
    async with answered('{"data": {"current": {}}}', headers=headers) as client:
        await client.overview(Period.WEEK)
        for _ in range(3):
            with pytest.raises(TryLater) as caught:
                await client.overview(Period.WEEK)
            waits.append(caught.value.retry_after or 0)
    assert all(25 < wait <= 30 for wait in waits)


async def test_an_answer_nested_too_deep() -> None:
    """The JSON parser gives up on it, so it counts as none."""
    async with answered(DEEP, budget=2) as client:
        with pytest.raises(TryLater, match="instead of JSON"):
            await client.overview(Period.WEEK)


async def test_a_refusal_nested_too_deep() -> None:
    """The status alone says what to do then."""
    async with answered(DEEP, status=401) as client:
        with pytest.raises(OperatorMustAct, match="CREATORAUDIT_API_KEY"):
            await client.overview(Period.WEEK)


async def test_half_an_emoji_in_an_account() -> None:
    """Names and ids lose it, and a key of that kind harms nothing."""
    row = '{"id": "a\\ud83d", "username": "Mia \\ud83d", "\\ud83d": 1}'
    async with answered(f'{{"data": [{row}]}}') as client:
        (account,) = (await client.accounts()).value
    assert (account.id, account.username) == ("a", "Mia ")


async def test_half_an_emoji_in_metrics() -> None:
    """Unknown keys of that kind harm nothing."""
    async with answered('{"data": {"a": {"views": 1, "\\ud83d": 2}}}') as client:
        metrics = (await client.account_metrics(["a"], Period.WEEK)).value
    assert metrics.by_account["a"].views == 1


async def test_half_an_emoji_in_a_cursor() -> None:
    """It can't be sent back as it came; the pages go on with what can."""
    first = '{"data": [], "pagination": {"has_next": true, "next_cursor": "\\ud83dc"}}'
    async with answered(first, '{"data": []}') as client:
        assert len((await client.accounts()).calls) == 2


async def test_times_are_in_utc() -> None:
    """Whatever zone they come in; one that UTC can't hold is unknown."""
    row = (
        '{"id": "a", "added_at": "2026-11-20T10:00:00+05:00",'
        ' "last_scrape_time": "0001-01-01T00:00:00+14:00"}'
    )
    async with answered(f'{{"data": [{row}]}}') as client:
        (account,) = (await client.accounts()).value
    assert account.added_at == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert account.added_at.tzinfo is UTC
    assert account.last_scrape_time is None


async def test_a_code_is_cut_and_cleaned() -> None:
    """Neither a control character nor a whole body reaches a terminal."""
    body = '{"code": "\\u001b[31m' + "y" * 5_000 + '"}'
    async with answered(body, status=403) as client:
        with pytest.raises(OperatorMustAct) as caught:
            await client.overview(Period.WEEK)
    assert "\x1b" not in caught.value.operator
    assert len(caught.value.operator) < 500


async def test_the_keys_seen_are_cleaned() -> None:
    """They are the other side's text, too."""
    async with answered('{"\\u001b[2J": 1}') as client:
        with pytest.raises(Unusable, match=r"Keys seen: \[2J\.$"):
            await client.overview(Period.WEEK)


async def test_metrics_without_data() -> None:
    """An answer of another shape is an error, not a batch of unknowns."""
    async with answered('{"message": "hello"}') as client:
        with pytest.raises(Unusable, match="Keys seen: message"):
            await client.account_metrics(["a"], Period.WEEK)


OLD = '{"data": {"current": {"total_views": 1}}}'
NEW = '{"data": {"current": {"total_views": 2}}}'


async def test_freshness_that_a_proxy_promises() -> None:
    """``max-age`` or not: last week's numbers are never shown without asking again."""
    headers = {"Cache-Control": "max-age=3600", "ETag": '"a"'}
    async with answered(OLD, NEW, headers=headers) as client:
        assert (await client.overview(Period.WEEK)).value.current == {"total_views": 1}
        assert (await client.overview(Period.WEEK)).value.current == {"total_views": 2}


async def test_private_answers_are_kept_too() -> None:
    """The cache is one tenant's own, so ``private`` does not keep it from asking conditionally."""
    asked: list[Mapping[str, str]] = []
    headers = {"Cache-Control": "private", "ETag": '"a"'}
    async with answered(OLD, headers=headers, asked=asked) as client:
        await client.overview(Period.WEEK)
        await client.overview(Period.WEEK)
    assert [one.get("If-None-Match") for one in asked] == [None, '"a"']


async def test_no_more_than_eight_at_once() -> None:
    """However many batches there are, the others wait for their turn."""
    under_way, most, full = 0, 0, asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 8:
            await asyncio.sleep(0.1)  # a ninth would come now
            full.set()
        await full.wait()
        under_way -= 1
        return web.json_response({"data": {}})

    async with asked_of(answer) as client:
        ids = [str(number) for number in range(5_000)]
        assert len((await client.video_metrics(ids, Period.WEEK)).calls) == 25
    assert most == 8
