"""Batch calls of CreatorAudit's stand-in."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from tests.conftest import KEY, TODAY

AUTH = {"Authorization": f"Bearer {KEY}"}
WEEK = {"period": "custom", "start_date": "2026-11-16", "end_date": "2026-11-22"}
VIDEOS, DELTAS, POSTS = "/videos/metrics", "/videos/deltas", "/account-videos/metrics"


@pytest.fixture
async def http(api: CreatorAuditStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A plain client with a valid key."""
    async with httpx.AsyncClient(base_url=api.base_url, headers=AUTH) as http:
        yield http


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (VIDEOS, {}, "video_ids"),
        (VIDEOS, {"video_ids": []}, "video_ids"),
        (VIDEOS, {"video_ids": ["a"] * 201}, "video_ids"),
        (VIDEOS, {"video_ids": ["a"], "period": []}, "period"),
        (VIDEOS, {"video_ids": ["a"], "period": "custom"}, "start_date"),
        (DELTAS, {"video_ids": ["a"] * 201, "windows": [7]}, "video_ids"),
        (DELTAS, {"windows": [7]}, "video_ids"),
        (DELTAS, {"video_ids": ["a"]}, "windows"),
        (DELTAS, {"video_ids": ["a"], "windows": []}, "windows"),
        (DELTAS, {"video_ids": ["a"], "windows": list(range(1, 12))}, "windows"),
        (DELTAS, {"video_ids": ["a"], "windows": [0]}, "windows"),
        (DELTAS, {"video_ids": ["a"], "windows": [366]}, "windows"),
        (DELTAS, {"video_ids": ["a"], "windows": ["7"]}, "windows"),
        (DELTAS, {"video_ids": ["a"], "windows": [True]}, "windows"),
        (POSTS, {}, "instagram_post_ids"),
        (POSTS, {"instagram_post_ids": [], "tiktok_video_ids": []}, "instagram_post_ids"),
        (POSTS, {"instagram_post_ids": 5}, "instagram_post_ids"),
        (POSTS, {"tiktok_video_ids": ["5"]}, "tiktok_video_ids"),
        (POSTS, {"tiktok_video_ids": [5.0]}, "tiktok_video_ids"),
        (POSTS, {"tiktok_video_ids": [2**64]}, "tiktok_video_ids"),
        (POSTS, {"tiktok_video_ids": [5] * 201}, "tiktok_video_ids"),
        (POSTS, {"tiktok_video_ids": [5], "period": "14d"}, "period"),
    ],
)
async def test_refusals(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    """Each names the field that it is about."""
    answer = await http.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_body_nested_too_deep(http: httpx.AsyncClient) -> None:
    """Refused, not broken."""
    headers = {"Content-Type": "application/json"}
    answer = await http.post(VIDEOS, content=b"[" * 100_000, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


async def test_reading_in_batches_needs_the_scope_to_write(
    api: CreatorAuditStandIn, organisation: Organisation
) -> None:
    """As the documentation is worded, every POST does."""
    api.keys["reader"] = ApiKey(organisation, scopes=frozenset({"read"}))
    headers = {"Authorization": "Bearer reader"}
    async with httpx.AsyncClient(base_url=api.base_url, headers=headers) as http:
        for path in (VIDEOS, DELTAS, POSTS):
            answer = await http.post(path, json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_SCOPE")


async def test_sums_are_those_of_the_days(
    http: httpx.AsyncClient, organisation: Organisation
) -> None:
    """One week is seven single days, for added and for discovered posts."""
    video, post = organisation.videos[3], organisation.posts(TODAY)[0]
    instagram = post.account.platform == "instagram"
    asks: list[tuple[str, dict[str, Any], str]] = [
        (VIDEOS, {"video_ids": [video.id]}, video.id),
        (
            POSTS,
            {"instagram_post_ids" if instagram else "tiktok_video_ids": [post.id]},
            str(post.id),
        ),
    ]
    for path, ids, name in asks:
        week = (await http.post(path, json={**ids, **WEEK})).json()
        assert week["meta"]["days"] == 7
        days = [TODAY - timedelta(days=before) for before in range(1, 8)]
        total = 0
        for day in days:
            one = {"period": "custom", "start_date": str(day), "end_date": str(day)}
            total += (await http.post(path, json={**ids, **one})).json()["data"][name]["views"]
        assert week["data"][name]["views"] == total > 0


async def test_deltas_agree_with_the_sums(
    http: httpx.AsyncClient, organisation: Organisation
) -> None:
    """Views only, by window; a window that comes twice counts once."""
    ids = [video.id for video in organisation.videos[:4]]
    sums = (await http.post(VIDEOS, json={"video_ids": ids, **WEEK})).json()["data"]
    body = {"video_ids": [*ids, "nobody"], "windows": [7, 1, 7]}
    deltas = (await http.post(DELTAS, json=body)).json()
    assert {one: change["7d"] for one, change in deltas["data"].items()} == {
        one: metrics["views"] for one, metrics in sums.items()
    }
    assert all(change.keys() == {"7d", "1d"} for change in deltas["data"].values())
    assert deltas["meta"] == {"windows": [7, 1], "video_count": 4, "not_found": ["nobody"]}


async def test_both_platforms_in_one_call(
    http: httpx.AsyncClient, organisation: Organisation
) -> None:
    """One map for two id spaces: one of the two posts is lost, so a client asks twice."""
    posts = organisation.posts(TODAY)
    tiktok = {post.id for post in posts if post.account.platform == "tiktok"}
    shared = next(
        post.id for post in posts if post.account.platform == "instagram" and post.id in tiktok
    )
    ids = {"instagram_post_ids": [shared], "tiktok_video_ids": [shared]}
    answer = (await http.post(POSTS, json={**ids, **WEEK})).json()
    assert list(answer["data"]) == [str(shared)]
    unknown = (await http.post(POSTS, json={"tiktok_video_ids": [1]})).json()
    assert unknown["data"] == {}
    assert unknown["meta"]["not_found"] == ["1"]


async def test_the_future_counts_nothing(
    http: httpx.AsyncClient, organisation: Organisation
) -> None:
    """A window may reach beyond both ends of what is known, however far."""
    ids = {"account_ids": [organisation.tracked[0].id], "period": "custom"}
    later = {**ids, "start_date": "2026-11-24", "end_date": "9999-12-31"}
    (zeros,) = (await http.post("/accounts/metrics", json=later)).json()["data"].values()
    assert set(zeros.values()) == {0}
    ever = {**ids, "start_date": "0001-01-01", "end_date": "9999-12-31"}
    (whole,) = (await http.post("/accounts/metrics", json=ever)).json()["data"].values()
    assert whole["views"] > 0
