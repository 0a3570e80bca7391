"""The made-up organization: a large one, and those that show what a recap has to cope with."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.days import Day
from bot.playground.organisation import Organisation, landing
from bot.playground.tracked import TrackedAccount
from tests.conftest import KEY, TODAY

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUTH = {"Authorization": f"Bearer {KEY}"}
SUNDAY = TODAY - timedelta(days=1)
WEEK = (TODAY - timedelta(days=7), SUNDAY)
BEFORE = (TODAY - timedelta(days=14), TODAY - timedelta(days=8))


def views(organisation: Organisation, now: datetime | None, days: tuple[date, date]) -> int:
    """Views of everybody."""
    return sum(organisation.total(one, *days, now).views for one in organisation.tracked)


def test_days_add_up_in_a_large_organization() -> None:
    """Days repeat there, but a window is still the sum of its days for every account."""
    large = Organisation(TODAY, accounts=300)
    days = [WEEK[0] + timedelta(days=offset) for offset in range(7)]
    for account in large.tracked:
        assert sum((account.day(day) for day in days), Day()) == account.total(*WEEK)
    twins = large.tracked[5], large.tracked[125]
    assert twins[0].day(SUNDAY).views == twins[1].day(SUNDAY).views
    assert len({account.id for account in large.tracked}) == 300


def test_posts_keep_within_their_accounts(organisation: Organisation) -> None:
    """What single posts have is part of what their account has."""
    views_of = dict.fromkeys((account.id for account in organisation.tracked), 0)
    for post in organisation.posts(TODAY):
        views_of[post.account.id] += organisation.total(post, *WEEK).views
    assert all(
        views_of[account.id] <= account.total(*WEEK).views for account in organisation.tracked
    )
    assert sum(views_of.values()) > 0


def test_a_creator_explodes() -> None:
    """In one week, with all accounts; before and after it is an organization like the other."""
    usual, viral = Organisation(TODAY), Organisation(TODAY, viral=True)
    star = viral.viral_creator
    assert star is not None
    assert usual.viral_creator is None
    top = viral.top_creators("7d", TODAY, 25)
    assert top[0]["id"] == star.id
    assert usual.top_creators("7d", TODAY, 1)[0]["id"] != star.id
    assert [one.id for one in usual.tracked] == [one.id for one in viral.tracked]
    assert views(viral, None, BEFORE) == views(usual, None, BEFORE)
    assert viral.tracked[0].day(TODAY) == usual.tracked[0].day(TODAY)
    theirs = viral.by_creator[star.id]
    week, before = (sum(one.total(*days).views for one in theirs) for days in (WEEK, BEFORE))
    assert week > 10 * before


@pytest.mark.parametrize("number", [0, 4, 20])
def test_new_accounts(number: int) -> None:
    """So many have days in the week, but not in the one before it."""
    organisation = Organisation(TODAY, new_accounts=number)
    new = [
        account
        for account in organisation.tracked
        if not account.waiting and account.added_on >= WEEK[0]
    ]
    assert len(new) == number
    assert all(account.total(*WEEK).views > 0 for account in new)
    assert all(account.total(*BEFORE) == Day() for account in new)


def test_half_refreshed() -> None:
    """Some refreshes lie before the end of the week, and what came later counts 0."""
    organisation = Organisation(TODAY, half_refreshed=0.5)
    refreshed = {
        account: scraped
        for account in organisation.tracked
        if (scraped := organisation.scraped(account, MONDAY))
    }
    late = [account for account, scraped in refreshed.items() if scraped.date() < TODAY]
    assert 40 < len(late) < 80
    active = next(one for one in late if one.is_active and one.added_on < WEEK[0])
    known = active.total(WEEK[0], TODAY - timedelta(days=3))
    assert organisation.total(active, *WEEK, MONDAY) == known
    assert organisation.total(active, SUNDAY, SUNDAY, MONDAY) == Day()
    assert views(organisation, MONDAY, BEFORE) == views(Organisation(TODAY), MONDAY, BEFORE)


def test_everything_has_landed_as_a_rule(organisation: Organisation) -> None:
    """Without a scenario the week is complete once it is over."""
    early = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)
    assert views(organisation, early, WEEK) == views(organisation, None, WEEK)


def test_data_lands_later() -> None:
    """Between two instants refreshes and numbers of a closed week change together."""
    at = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    organisation = Organisation(TODAY, scraped_at=landing(at, 0.5))
    whole = views(Organisation(TODAY), None, WEEK)
    assert views(organisation, MONDAY, WEEK) < 0.95 * whole
    assert views(organisation, at, WEEK) == whole
    before = [organisation.scraped(account, MONDAY) for account in organisation.tracked]
    after = [organisation.scraped(account, at) for account in organisation.tracked]
    assert {one for one in before if one and one.date() < TODAY} == {at - timedelta(days=2)}
    assert min(one for one in after if one).date() == TODAY
    assert before.count(None) == after.count(None) == 3


def test_refreshes_of_ones_own() -> None:
    """Any function will do; an account that was never refreshed has nothing."""

    def never(_: TrackedAccount, __: datetime) -> None:
        return None

    organisation = Organisation(TODAY, scraped_at=never)
    assert views(organisation, MONDAY, WEEK) == 0
    assert views(organisation, None, WEEK) > 0


async def test_every_endpoint_tells_of_the_same_landing() -> None:
    """Headline, leaderboard, batches, posts and rows change at one instant."""
    at, now = datetime(2026, 11, 23, 11, 0, tzinfo=UTC), [MONDAY]
    organisation = Organisation(TODAY, scraped_at=landing(at, 0.5))
    ids = [account.id for account in organisation.tracked]
    found: list[list[object]] = []
    async with (
        CreatorAuditStandIn({KEY: ApiKey(organisation)}, now=lambda: now[0]) as api,
        httpx.AsyncClient(base_url=api.base_url, headers=AUTH) as http,
    ):
        for now[0] in (MONDAY, at):
            overview = (await http.get("/overview")).json()["data"]["current"]["total_views"]
            top = (await http.get("/creators/top?limit=25")).json()["data"]
            body = {"account_ids": ids, "period": "7d"}
            metrics = (await http.post("/accounts/metrics", json=body)).json()["data"]
            assert overview == sum(one["views"] for one in metrics.values())
            rows = [
                (await http.get(path, params={"limit": 200})).json()["data"]
                for path in ("/accounts", "/videos", "/account-videos")
            ]
            found.append([overview, top, metrics, *rows])
    assert all(one != other for one, other in zip(*found, strict=True))


def test_ninety_days_of_five_thousand_accounts() -> None:
    """The headline of a large organization is still the sum of its accounts."""
    large = Organisation(TODAY, accounts=5_000)
    days = (TODAY - timedelta(days=90), SUNDAY)
    current = large.overview("90d", TODAY)["current"]
    assert isinstance(current, dict)
    assert current["total_views"] == views(large, None, days)
