"""Posts and their numbers, over a real socket."""

import asyncio
import json
from datetime import date
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.creatoraudit.client import CreatorAuditClient
from bot.digest.facts import Video
from bot.digest.periods import Period, Window
from bot.errors import OperatorMustAct, ScopeMissing, TryLater, Unusable
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation
from tests.conftest import KEY, TODAY
from tests.creatoraudit.conftest import opened

WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))


def bodies(api: CreatorAuditStandIn) -> list[dict[str, Any]]:
    """What was sent, in order."""
    return [json.loads(one.request_body) for one in api.exchanges]


async def test_videos(client: CreatorAuditClient, organisation: Organisation) -> None:
    """Each with its account, its caption and its page."""
    answer = await client.videos()
    found = {video.id: video for video in answer.value}
    assert found.keys() == {video.id for video in organisation.videos}
    one = next(one for one in organisation.videos if one.account and one.platform == "instagram")
    read = found[one.id]
    assert read.url == f"https://www.instagram.com/p/{one.shortcode}/"
    assert (read.account_id, read.account_username) == (
        one.account and one.account.id,
        one.username,
    )
    assert read.added_at is not None
    assert read.added_at.date() == one.added_on
    assert [one.endpoint for one in answer.calls] == ["GET /videos?limit=200"]


async def test_a_guest_on_tiktok(client: CreatorAuditClient, organisation: Organisation) -> None:
    """The page is made of the username and TikTok's own number; nobody tracks the account."""
    videos = {video.id: video for video in (await client.videos()).value}
    one = next(one for one in organisation.videos if not one.account and one.platform == "tiktok")
    assert videos[one.id].url == f"https://www.tiktok.com/@{one.username}/video/{one.external_id}"
    assert videos[one.id].account_id is None


async def test_account_videos_page_after_page(api: CreatorAuditStandIn) -> None:
    """Cursor pages of 200; the first so many are enough where that is asked."""
    async with opened(api) as client:
        whole = (await client.account_videos()).value
        pages = [len(one.json["data"]) for one in api.exchanges]
        assert (max(pages), sum(pages)) == (200, len(whole))
        assert len((await client.account_videos(at_most=30)).value) == 30
    assert {video.platform for video in whole} == {"instagram", "tiktok"}
    assert any(video.creator_name == "Mia Chen" for video in whole)


async def test_video_metrics(client: CreatorAuditClient, organisation: Organisation) -> None:
    """All five numbers and their engagement; unknown ids are named."""
    video = organisation.videos[0]
    answer = await client.video_metrics([video.id, "nobody"], WEEK)
    total = video.total(WEEK.start, WEEK.end)
    read = answer.value.by_account[video.id]
    assert total.views > 0
    assert (read.views, read.plays, read.likes) == (total.views, total.plays, total.likes)
    assert (read.comments, read.shares) == (total.comments, total.shares)
    assert read.engagement == total.engagement
    assert answer.value.not_found == ("nobody",)
    assert answer.value.window == WEEK
    assert answer.calls[0].endpoint == "POST /videos/metrics"


async def test_video_metrics_of_a_preset(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """The API resolves it and says to which days."""
    answer = await client.video_metrics(["a"], Period.WEEK)
    assert bodies(api) == [{"video_ids": ["a"], "period": "7d"}]
    assert answer.value.window == WEEK


async def test_more_videos_than_a_batch_takes(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """At most 200 ids a call."""
    ids = [str(number) for number in range(450)]
    answer = await client.video_metrics(ids, WEEK)
    assert sorted(len(body["video_ids"]) for body in bodies(api)) == [50, 200, 200]
    assert sorted(answer.value.not_found) == sorted(ids)


async def test_both_platforms_use_the_same_ids(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """Each is asked about by itself, so neither's numbers stand in for the other's."""
    videos = (await client.account_videos()).value
    of = {
        platform: {video.id: video for video in videos if video.platform == platform}
        for platform in ("instagram", "tiktok")
    }
    shared = sorted(of["instagram"].keys() & of["tiktok"].keys())[:5]
    assert len(shared) == 5
    api.exchanges.clear()
    metrics = (await client.account_video_metrics(shared, shared, WEEK)).value
    assert all("instagram_post_ids" not in body or len(body) == 4 for body in bodies(api))
    assert len(api.exchanges) == 2
    for name in shared:
        one, other = metrics.of(of["instagram"][name]), metrics.of(of["tiktok"][name])
        assert one is not None
        assert other is not None
        assert other.plays == other.views
    instagram = [metrics.instagram.by_account[name].views for name in shared]
    assert instagram != [metrics.tiktok.by_account[name].views for name in shared]


async def test_ids_that_are_no_integers(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """One of them would have the whole batch refused, so they are not asked about."""
    metrics = (await client.account_video_metrics(["1", "x", "x", "02"], ["y"], WEEK)).value
    assert [body["instagram_post_ids"] for body in bodies(api)] == [[1]]
    assert metrics.instagram.not_found == ("1", "x", "02")
    assert metrics.tiktok.not_found == ("y",)


async def test_no_posts_no_calls(client: CreatorAuditClient, api: CreatorAuditStandIn) -> None:
    """Nothing is asked about nothing."""
    assert (await client.video_metrics([], WEEK)).value.by_account == {}
    answer = await client.account_video_metrics([], [], WEEK)
    assert (answer.value.instagram.window, answer.value.tiktok.window) == (None, None)
    assert answer.calls == ()
    assert api.exchanges == []


async def test_each_endpoint_has_a_bound_of_its_own(organisation: Organisation) -> None:
    """What one turns out to take says nothing about the others."""
    keys = {KEY: ApiKey(organisation)}
    ids = [str(number) for number in range(120)]
    async with CreatorAuditStandIn(keys, now=SystemClock().now) as api, opened(api) as client:
        api.faults.add(Fault("status", "/videos/metrics", status=422, error="VALIDATION_ERROR"))
        await client.video_metrics(ids, WEEK)
        await client.video_metrics(ids, WEEK)
        assert [len(body["video_ids"]) for body in bodies(api)] == [120, 60, 60, 60, 60]
        api.exchanges.clear()
        await client.account_metrics(ids, WEEK)
        await client.account_video_metrics(ids, [], WEEK)
        assert [len(next(iter(body.values()))) for body in bodies(api)] == [120, 120]


async def test_one_failed_platform_ends_the_other(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """No request goes on after the question has failed."""
    api.faults.add(Fault("status", times=1, status=403, error="INSUFFICIENT_SCOPE"))
    ids = [str(number) for number in range(1, 2_000)]
    with pytest.raises(ScopeMissing, match="POST /account-videos/metrics"):
        await client.account_video_metrics(ids, ids, WEEK)
    assert [task for task in asyncio.all_tasks() if "Client._" in repr(task)] == []


@pytest.mark.parametrize("path", ["/videos", "/account-videos"])
async def test_lists_fail_as_every_question_does(
    client: CreatorAuditClient, api: CreatorAuditStandIn, path: str
) -> None:
    """The same family of errors, each naming its question."""
    ask = client.videos if path == "/videos" else client.account_videos
    api.faults.add(Fault("status", path, status=401, error="UNAUTHORIZED"))
    with pytest.raises(OperatorMustAct, match=f"401 UNAUTHORIZED to GET {path} "):
        await ask()
    api.faults.add(Fault("replace", path, body={"data": {}}))
    with pytest.raises(Unusable, match=f"GET {path} has no data"):
        await ask()
    api.faults.add(Fault("status", path, status=503))
    assert (await ask()).value


async def test_a_list_within_its_budget(api: CreatorAuditStandIn) -> None:
    """All pages together may take as long as one question."""
    api.faults.add(Fault("slow", times=None, seconds=0.4))
    async with opened(api, budget=0.3) as client:
        with pytest.raises(TryLater, match=r"GET /videos had no complete answer within 0\.3 s"):
            await client.videos()


async def test_rows_that_can_not_be_read(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """A discovered post without id or platform is skipped, the others are there."""
    page = {"data": [{"id": 1}, {"platform": "tiktok"}, "x", {"id": 2, "platform": "tiktok"}]}
    api.faults.add(Fault("replace", "/account-videos", body=page))
    assert (await client.account_videos()).value == (Video("2", "tiktok"),)


async def test_a_large_organization_stays_within_the_rate_limit() -> None:
    """Five thousand accounts, two windows and their posts: nothing is refused."""
    large = Organisation(TODAY, accounts=5_000)
    async with CreatorAuditStandIn({KEY: ApiKey(large)}, now=SystemClock().now) as api:
        async with opened(api) as client:
            accounts = (await client.accounts()).value
            ids = [account.id for account in accounts]
            before = Window(date(2026, 11, 9), date(2026, 11, 15))
            for window in (WEEK, before):
                assert len((await client.account_metrics(ids, window)).value.by_account) == 5_000
        assert len(api.exchanges) == 75
        assert {one.status for one in api.exchanges} == {200}
