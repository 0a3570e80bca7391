"""CreatorAudit's stand-in refuses what the real one refuses (docs.creatoraudit.com)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.days import Day
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation
from tests.conftest import KEY, TODAY

AUTH = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
async def http(api: CreatorAuditStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A plain client with a valid key."""
    async with httpx.AsyncClient(base_url=api.base_url, headers=AUTH) as http:
        yield http


async def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which is a complete RFC 9457 problem."""
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"] == answer.request.url.path
    return answer.status_code, body["code"]


async def test_open_endpoints(http: httpx.AsyncClient) -> None:
    """Health and meta need no key and have no rate limit."""
    for path in ("/health", "/meta"):
        answer = await http.get(path, headers={"Authorization": ""})
        assert answer.status_code == 200
        assert "x-ratelimit-limit" not in answer.headers


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {KEY}"])
async def test_bearer(http: httpx.AsyncClient, header: str) -> None:
    """No key, no answer."""
    answer = await http.get("/whoami", headers={"Authorization": header})
    assert await problem(answer) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("method", "path", "request_", "expected"),
    [
        ("GET", "/overview?period=14d", {}, (422, "VALIDATION_ERROR")),
        ("GET", "/creators/top?limit=26", {}, (422, "VALIDATION_ERROR")),
        ("GET", "/creators/top?limit=0", {}, (422, "VALIDATION_ERROR")),
        ("GET", "/accounts?limit=201", {}, (422, "VALIDATION_ERROR")),
        ("GET", "/accounts?cursor=x", {}, (422, "VALIDATION_ERROR")),
        ("GET", "/accounts?platform=threads", {}, (422, "VALIDATION_ERROR")),
        ("GET", "/videos/top", {}, (404, "NOT_FOUND")),
        ("DELETE", "/overview", {}, (404, "NOT_FOUND")),
        ("GET", "/overview", {"headers": {"Accept": "text/html"}}, (406, "NOT_ACCEPTABLE")),
        (
            "POST",
            "/accounts/metrics",
            {"content": "x", "headers": {"Content-Type": "text/plain"}},
            (415, "UNSUPPORTED_MEDIA_TYPE"),
        ),
        (
            "POST",
            "/accounts/metrics",
            {"content": "{", "headers": {"Content-Type": "application/json"}},
            (400, "BAD_REQUEST"),
        ),
        ("POST", "/accounts/metrics", {"json": []}, (400, "BAD_REQUEST")),
        ("POST", "/accounts/metrics", {"json": {"account_ids": []}}, (422, "VALIDATION_ERROR")),
        (
            "POST",
            "/accounts/metrics",
            {"json": {"account_ids": ["a"], "period": "1d"}},
            (422, "VALIDATION_ERROR"),
        ),
        (
            "POST",
            "/accounts/metrics",
            {"json": {"account_ids": ["a"], "period": "custom", "start_date": "2026-11-01"}},
            (422, "VALIDATION_ERROR"),
        ),
        (
            "POST",
            "/accounts/metrics",
            {
                "json": {
                    "account_ids": ["a"],
                    "period": "custom",
                    "start_date": "2026-11-02",
                    "end_date": "2026-11-01",
                }
            },
            (422, "VALIDATION_ERROR"),
        ),
        (
            "POST",
            "/accounts/metrics",
            {"json": {"account_ids": ["a"] * 201}},
            (422, "VALIDATION_ERROR"),
        ),
    ],
)
async def test_refusals(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    request_: dict[str, Any],
    expected: tuple[int, str],
) -> None:
    """Each rule of the documentation, with its status and code."""
    assert await problem(await http.request(method, path, **request_)) == expected


async def test_bound_is_named(http: httpx.AsyncClient) -> None:
    """An oversize batch learns how many ids are allowed."""
    answer = await http.post("/accounts/metrics", json={"account_ids": ["a"] * 201})
    assert answer.json()["detail"] == "account_ids takes at most 200 items"
    assert answer.json()["errors"][0]["field"] == "account_ids"


async def test_pages(http: httpx.AsyncClient) -> None:
    """A cursor leads on under the same filter only; the Link header says the same."""
    first = await http.get("/accounts", params={"limit": 70, "include_total": "true"})
    body = first.json()
    assert body["pagination"]["total_count"] == 120
    assert body["pagination"]["has_next"] is True
    cursor = body["pagination"]["next_cursor"]
    assert cursor in first.headers["link"]
    second = (await http.get("/accounts", params={"limit": 70, "cursor": cursor})).json()
    assert len(body["data"]) + len(second["data"]) == 120
    assert second["pagination"]["next_cursor"] is None
    other = await http.get("/accounts", params={"cursor": cursor, "platform": "tiktok"})
    assert await problem(other) == (422, "VALIDATION_ERROR")


async def test_filters(http: httpx.AsyncClient) -> None:
    """What is filtered is echoed."""
    body = (await http.get("/accounts", params={"platform": "tiktok", "q": "MIA"})).json()
    assert body["filters"] == {"platform": "tiktok", "q": "MIA"}
    assert {row["platform"] for row in body["data"]} == {"tiktok"}
    one = body["data"][0]["creator_id"]
    mine = (await http.get("/accounts", params={"creator_id": one})).json()
    assert {row["creator_id"] for row in mine["data"]} == {one}
    assert len((await http.get("/creators")).json()["data"]) == 40


async def test_conditional(http: httpx.AsyncClient) -> None:
    """A strong tag, and nothing but it when the client has the answer."""
    first = await http.get("/overview")
    tag = first.headers["etag"]
    again = await http.get("/overview", headers={"If-None-Match": f'"x", {tag}'})
    assert tag.startswith('"')
    assert (again.status_code, again.content) == (304, b"")


async def test_the_overview_is_the_sum_of_the_accounts(
    http: httpx.AsyncClient, organisation: Organisation
) -> None:
    """Headline and batch metrics of one window agree, so that a test can reconcile by hand."""
    ids = [account.id for account in organisation.tracked]
    metrics = (
        await http.post("/accounts/metrics", json={"account_ids": ids, "period": "7d"})
    ).json()
    overview = (await http.get("/overview?period=7d")).json()["data"]["current"]
    rows = metrics["data"].values()
    views = sum(row["views"] for row in rows)
    engagement = sum(row["engagement"] for row in rows)
    assert views == overview["total_views"]
    assert round(100 * engagement / views, 2) == overview["engagement_rate"]
    assert metrics["meta"]["start_date"] == "2026-11-16"
    assert metrics["meta"]["end_date"] == "2026-11-22"


def test_same_seed_same_organisation() -> None:
    """Every number can be computed again."""
    one, same, other = Organisation(TODAY), Organisation(TODAY), Organisation(TODAY, seed=8)
    assert one.overview("7d", TODAY) == same.overview("7d", TODAY)
    assert one.overview("7d", TODAY) != other.overview("7d", TODAY)


def test_believable_people(organisation: Organisation) -> None:
    """The traps are in it: mentions, scripts, long names, namesakes, new and waiting accounts."""
    names = [creator.name for creator in organisation.creators]
    assert "<!channel> & Co" in names
    assert names.count("Mia Chen") == 2
    assert max(map(len, names)) > 100
    waiting = [account for account in organisation.tracked if account.waiting]
    assert [account.day(TODAY) for account in waiting] == [Day()] * 3
    assert sum(account.creator is None for account in organisation.tracked) == 6


async def test_undercut_is_counted(http: httpx.AsyncClient, api: CreatorAuditStandIn) -> None:
    """A client that comes back too early is caught."""
    api.faults.add(Fault("rate_limited", seconds=30, retry_after="30"))
    refused = await http.get("/whoami")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    await http.get("/whoami")
    assert api.undercut == 1


async def test_faults_are_counted_and_cleared(
    http: httpx.AsyncClient, api: CreatorAuditStandIn
) -> None:
    """A fault hits what it matches, as often as it should."""
    fault = api.faults.add(Fault("status", "/overview", times=None, status=503))
    assert (await http.get("/whoami")).status_code == 200
    assert (await http.get("/overview")).status_code == 503
    api.faults.clear()
    assert (await http.get("/overview")).status_code == 200
    assert fault.fired == 1


async def test_without_rate_limit_headers(
    http: httpx.AsyncClient, api: CreatorAuditStandIn
) -> None:
    """They may be absent."""
    api.faults.add(Fault("no_rate_limit"))
    assert "x-ratelimit-limit" not in (await http.get("/whoami")).headers
    assert (await http.get("/whoami")).headers["x-ratelimit-limit"] == "600"


async def test_faults_with_retry_after(http: httpx.AsyncClient, api: CreatorAuditStandIn) -> None:
    """A 503 may carry one, too."""
    api.faults.add(Fault("status", status=503, retry_after="7"))
    assert (await http.get("/whoami")).headers["retry-after"] == "7"
