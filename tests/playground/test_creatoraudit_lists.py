"""Lists of CreatorAudit's stand-in: filters, sorts, pages, and the search over all of them."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.creatoraudit_asked import ApiError, Asked
from bot.playground.creatoraudit_rules import answer
from bot.playground.organisation import Organisation
from tests.conftest import KEY, TODAY

AUTH = {"Authorization": f"Bearer {KEY}"}
ORGANISATION = Organisation(TODAY)
COUNTS = " view_count like_count comment_count share_count play_count saved_count"
ACCOUNT = frozenset(
    (
        "id type platform username name description link_in_bio category profile_pic_url "
        "profile_pic_url_original is_verified is_active is_unavailable creator_id creator_name "
        "metadata added_at first_scrape_time last_scrape_time scrape_interval_hours follower_count "
        "following_count profile_post_count total_post_count fb_play_count ig_play_count "
        "fb_like_count max_recent_posts_per_account post_lookback_days "
        "effective_max_recent_posts_per_account effective_post_lookback_days" + COUNTS
    ).split()
)
VIDEO = frozenset(
    (
        "id external_id type shortcode is_active scrape_interval_hours metadata added_at "
        "updated_at first_scrape_time last_scrape_time description create_time media_type duration "
        "is_unavailable cover_image_url cover_image_url_original video_url video_url_original "
        "total_views total_plays account_id account_username platform_account_id platform_data "
        "platform" + COUNTS
    ).split()
)
LISTS = ("/accounts", "/creators", "/videos", "/account-videos")


@pytest.fixture
async def http(api: CreatorAuditStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A plain client with a valid key."""
    async with httpx.AsyncClient(base_url=api.base_url, headers=AUTH) as http:
        yield http


async def rows(http: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    """The first 200 rows."""
    found: list[dict[str, Any]] = (await http.get(path, params={"limit": "200", **query})).json()[
        "data"
    ]
    return found


def asked(path: str, **query: str) -> Asked:
    """A request that comes to the rules without a server in between."""
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    return Asked(
        "GET", path, query, {}, b"", now, ORGANISATION, "Recap", frozenset(), 200, "http://a"
    )


def status(request: Asked) -> int:
    try:
        json.dumps(answer(request, {}))
    except ApiError as error:
        return error.status
    return 200


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/accounts", "added_at"),
        ("/accounts", "username"),
        ("/accounts", "last_scrape_time"),
        ("/accounts", "follower_count"),
        ("/accounts", "view_count"),
        ("/accounts", "like_count"),
        ("/accounts", "play_count"),
        ("/videos", "added_at"),
        ("/videos", "create_time"),
        ("/videos", "view_count"),
        ("/videos", "like_count"),
        ("/videos", "play_count"),
        ("/creators", "name"),
        ("/account-videos", "create_time"),
        ("/account-videos", "view_count"),
    ],
)
async def test_sorts(http: httpx.AsyncClient, path: str, name: str) -> None:
    """Both ways, in the new form and in the old one; unknown values stand last."""
    for direction, sign in (("asc", ""), ("desc", "-")):
        found = await rows(http, path, order_by=name, order_direction=direction)
        assert found == await rows(http, path, sort=f"{sign}{name}")
        values = [row[name] for row in found]
        known = [value for value in values if value is not None]
        assert values == known + [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=direction == "desc")


async def test_usual_order(http: httpx.AsyncClient) -> None:
    """Newest first, creators by name; ``order_by`` wins over ``sort``."""
    for path in ("/accounts", "/videos"):
        assert await rows(http, path) == await rows(http, path, sort="-added_at")
        winner = await rows(http, path, order_by="view_count", sort="added_at")
        assert winner == await rows(http, path, sort="-view_count")
    assert await rows(http, "/creators") == await rows(http, "/creators", sort="name")
    names = await rows(http, "/creators", order_direction="desc")
    assert names == await rows(http, "/creators", sort="-name")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        {"order_by": "id"},
        {"order_by": ""},
        {"order_direction": "up"},
        {"sort": "+name"},
        {"limit": "0"},
        {"limit": "9" * 5_000},
        {"include_total": "yes"},
        {"cursor": ""},
    ],
    ids=str,
)
def test_queries_that_are_refused(path: str, query: dict[str, str]) -> None:
    """Whatever the list does not know."""
    assert status(asked(path, **query)) == 422


async def test_filters(http: httpx.AsyncClient, organisation: Organisation) -> None:
    """Combined with AND, and echoed together with the sort."""
    query = {"is_active": "false", "platform": "tiktok", "order_by": "username"}
    body = (await http.get("/accounts", params=query)).json()
    assert body["filters"] == query
    inactive = [one for one in organisation.tracked if not one.is_active]
    tiktok = sorted(one.username for one in inactive if one.platform == "tiktok")
    assert sorted(row["username"] for row in body["data"]) == tiktok
    food = await rows(http, "/accounts", category="food")
    assert {row["category"] for row in food} == {"food"}
    of = next(video.account for video in organisation.videos if video.account)
    videos = await rows(http, "/videos", account_id=of.id)
    assert {row["account_username"] for row in videos} == {of.username}
    posts = await rows(http, "/account-videos", account_id=of.id)
    assert {row["account_id"] for row in posts} == {of.id}
    assert await rows(http, "/creators", is_active="false") == []
    assert len(await rows(http, "/videos", is_active="false")) == 1
    assert status(asked("/videos", is_active="maybe")) == 422


@pytest.mark.parametrize("path", LISTS)
async def test_links_lead_through_all_pages(http: httpx.AsyncClient, path: str) -> None:
    """``first`` and ``next`` are whole addresses that keep filter, sort and size."""
    page = await http.get(path, params={"limit": "17", "include_total": "true"})
    first, seen = page, page.json()["data"]
    total = page.json()["pagination"]["total_count"]
    while "next" in page.links:
        page = await http.get(page.links["next"]["url"])
        assert page.json()["pagination"]["limit"] == 17
        assert page.links["first"] == first.links["first"]
        seen += page.json()["data"]
    assert len({(row["id"], row.get("platform")) for row in seen}) == len(seen)
    assert len(seen) == total
    again = await http.get(page.links["first"]["url"])
    assert again.json() == first.json()


def test_a_cursor_is_tied_to_its_sort() -> None:
    """Another order is another list."""
    body = answer(asked("/accounts", limit="10"), {})
    cursor = body["pagination"]["next_cursor"]
    assert status(asked("/accounts", cursor=cursor)) == 200
    assert status(asked("/accounts", cursor=cursor, sort="-added_at")) == 200
    assert status(asked("/accounts", cursor=cursor, sort="added_at")) == 422
    assert status(asked("/videos", cursor=cursor)) == 422


@pytest.mark.parametrize(
    "made",
    [
        b"5",
        b"[]",
        b"null",
        b'{"a": 1}',
        b'["1", "2"]',
        b"[1, 2, 3]",
        b"[1, null]",
        b'[-1, "x"]',
        b"\xff\xfe",
        b"[" * 5_000,
        b"9" * 5_000,
    ],
)
def test_crafted_cursors(made: bytes) -> None:
    """A cursor is opaque, but somebody will look into it."""
    assert status(asked("/accounts", cursor=base64.urlsafe_b64encode(made).decode())) == 422


@given(st.sampled_from(LISTS), st.text(alphabet=st.characters(exclude_categories=())))
def test_any_cursor(path: str, cursor: str) -> None:
    """Whatever stands there is refused and breaks nothing."""
    assert status(asked(path, cursor=cursor)) == 422


@given(
    st.sampled_from([*LISTS, "/search", "/overview", "/creators/top", "/accounts/"]),
    st.dictionaries(
        st.sampled_from(
            ["limit", "q", "platform", "is_active", "sort", "order_by", "order_direction", "period"]
        ),
        st.text(alphabet=st.characters(exclude_categories=()), max_size=8),
    ),
)
def test_any_query(path: str, query: dict[str, str]) -> None:
    """Answered or refused, never broken."""
    assert status(asked(path, **query)) in {200, 404, 422}


async def test_odd_bytes_in_an_address(http: httpx.AsyncClient) -> None:
    """What is no text can't be found, and the links of its page are addresses still."""
    for query in ("q=%ff%fe", "q=%ed%a0%bd", "category=%00"):
        assert (await http.get(f"/accounts?{query}")).status_code == 200


async def test_accounts_have_every_field(http: httpx.AsyncClient) -> None:
    """As documented; TikTok has no saves."""
    found = await rows(http, "/accounts")
    assert {frozenset(row) for row in found} == {ACCOUNT}
    assert {row["saved_count"] is None for row in found if row["platform"] == "tiktok"} == {True}
    assert {type(row["saved_count"]) for row in found if row["platform"] == "instagram"} == {int}
    waiting = [row for row in found if row["last_scrape_time"] is None]
    assert [row["view_count"] for row in waiting] == [0, 0, 0]


async def test_videos_have_every_field(http: httpx.AsyncClient) -> None:
    """As documented; what is waiting for its first refresh has no times."""
    found = await rows(http, "/videos")
    assert len(found) == 36
    assert {frozenset(row) for row in found} == {VIDEO}
    assert {row["saved_count"] is None for row in found if row["platform"] == "tiktok"} == {True}
    assert sum(row["last_scrape_time"] is None for row in found) == 1
    assert any(row["account_id"] is None for row in found)
    assert any(row["description"] is None for row in found)


async def test_discovered_posts(http: httpx.AsyncClient, organisation: Organisation) -> None:
    """A few of each account in thirty days; both platforms count from the same number."""
    found = (await http.get("/account-videos?include_total=true&limit=200")).json()
    some = organisation.posts(TODAY)
    assert found["pagination"]["total_count"] == len(some)
    assert 2 <= len(some) / len({post.account.id for post in some}) <= 4
    assert all(isinstance(row["id"], int) for row in found["data"])
    ids = {
        platform: {post.id for post in some if post.account.platform == platform}
        for platform in ("instagram", "tiktok")
    }
    assert ids["instagram"] & ids["tiktok"]
    created = [row["create_time"] for row in found["data"]]
    assert all(one >= other for one, other in pairwise(created))


async def test_one_account(http: httpx.AsyncClient, organisation: Organisation) -> None:
    """The same row as in the list; an unknown id is not found."""
    row = (await rows(http, "/accounts"))[0]
    assert (await http.get(f"/accounts/{row['id']}")).json() == {"data": row}
    for identifier in ("nobody", "", f"{row['id']}/x"):
        answer = await http.get(f"/accounts/{identifier}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert organisation.by_id[row["id"]].username == row["username"]


async def test_creators_sum_up_their_accounts(http: httpx.AsyncClient) -> None:
    """How many, where, and how many followers in all."""
    creators = {row["id"]: row["accounts_summary"] for row in await rows(http, "/creators")}
    accounts = await rows(http, "/accounts")
    for identifier, summary in creators.items():
        theirs = [row for row in accounts if row["creator_id"] == identifier]
        assert summary["total"] == len(theirs) == sum(summary["platforms"].values())
        assert summary["total_followers"] == sum(row["follower_count"] for row in theirs)


async def test_search(http: httpx.AsyncClient) -> None:
    """Substrings in three sections, as many as the caps say; no pagination."""
    body = (await http.get("/search", params={"q": "MIA", "limit": "2"})).json()
    assert body.keys() == {"data", "meta"}
    assert body["meta"]["effective_caps"] == {"accounts": 2, "creators": 2, "videos": 2}
    assert [one["name"] for one in body["data"]["creators"]] == ["Mia Chen", "Mia Chen"]
    assert all("mia" in one["username"] for one in body["data"]["accounts"])
    caption = (await http.get("/search", params={"q": "sourdough"})).json()["data"]["videos"]
    assert {one["caption"] for one in caption} == {"*Nobody* told me this about _sourdough_"}
    for blank in ("", "  "):
        nothing = (await http.get("/search", params={"q": blank})).json()["data"]
        assert nothing == {"accounts": [], "creators": [], "videos": []}
    assert (await http.get("/search", params={"q": "x" * 129})).status_code == 422
    assert (await http.get("/search", params={"q": "x", "limit": "26"})).status_code == 422


async def test_meta_leads_on(http: httpx.AsyncClient, api: CreatorAuditStandIn) -> None:
    """Its addresses are those of this very server."""
    data = (await http.get("/meta")).json()["data"]
    assert (await http.get(data["whoami_url"])).json()["data"]["api_key_name"] == "Recap"
    assert data["openapi_url"] == f"{api.base_url}/openapi.json"
    assert data["docs_url"] == f"{api.base_url}/docs"
