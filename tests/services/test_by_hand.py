"""Every number of a recap beside the same number computed by hand from the raw answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.creatoraudit.client import open_client
from bot.digest.model import (
    Carried,
    Change,
    Difference,
    Digest,
    Highlight,
    LikeForLike,
    NoChange,
    Percent,
    Points,
    RankedCreator,
    Times,
    Unusual,
)
from bot.digest.movers import Movers
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Platform, Preferences, Ranking
from bot.digest.standings import Moved
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation, landing
from bot.services.recap import RecapService
from bot.storage.memory import MemorySnapshots
from tests.conftest import KEY, TODAY
from tests.services import by_hand
from tests.services.fakes import FixedClock

NINE = datetime.fromisoformat(f"{TODAY}T09:00:00+00:00")
WEEK = timedelta(days=7)
ASK = Ask()


@dataclass
class Weeks:
    """A team that reads its recap every Monday at nine."""

    api: CreatorAuditStandIn
    clock: FixedClock
    store: MemorySnapshots = field(default_factory=MemorySnapshots)
    earlier: list[by_hand.Answers] = field(default_factory=list)

    async def recap(self, at: datetime, ask: Ask = ASK) -> tuple[Digest, by_hand.Answers]:
        """The recap of ``at``, by a process that was just started, and its raw answers."""
        self.clock.instant = at
        self.api.exchanges.clear()
        async with open_client(KEY, self.api.base_url, self.clock) as client:
            recaps = RecapService(client, self.clock, store=self.store)
            digest = await recaps.edition(ask, since=at, day=at.date())
        return digest, by_hand.read(self.api.exchanges, at.date(), ask.period.days)

    async def after(self, weeks: int) -> tuple[Digest, by_hand.Answers]:
        """The recap of today, after that of so many weeks before it."""
        for week in range(weeks, 0, -1):
            self.earlier.append((await self.recap(NINE - week * WEEK))[1])
        return await self.recap(NINE)

    @property
    def week_ago(self) -> by_hand.Answers | None:
        return self.earlier[-1] if self.earlier else None


@asynccontextmanager
async def weeks_of(organisation: Organisation) -> AsyncIterator[Weeks]:
    clock = FixedClock(NINE)

    def added(whole: Any) -> Any:  # noqa: ANN401 -- JSON is anything
        """Nobody is listed before the day on which they were added."""
        today = str(clock.instant.date())
        whole["data"] = [row for row in whole["data"] if row["added_at"][:10] <= today]
        return whole

    async with CreatorAuditStandIn({KEY: ApiKey(organisation)}, now=clock.now) as api:
        api.faults.add(Fault("replace", "/accounts", times=None, body=added))
        yield Weeks(api, clock)


def words(change: Change | None) -> str:
    """A change as ``by_hand`` writes it."""
    match change:
        case None:
            return "?"
        case NoChange():
            return "="
        case Percent(by):
            return f"{100 * by:+.1f} %"
        case Times(factor):
            return f"×{factor:.4f}"
        case Difference(by):
            return f"{by:+}"
        case Points(by):
            return f"{by:+.2f} pp"


def row_of(one: RankedCreator) -> tuple[Any, ...]:
    moved = one.movement.by if isinstance(one.movement, Moved) else one.movement and "NEW"
    return one.rank, one.name, one.value, moved, one.gain, one.engagement


def moved(movers: Movers) -> by_hand.Table:
    return {
        "gains": [(one.name, one.current, one.before) for one in movers.gains],
        "drops": [(one.name, one.current, one.before) for one in movers.drops],
        "floor": movers.floor,
        "net": movers.net,
        "lead": movers.lead and movers.lead.name,
        "share": movers.share,
    }


def told(highlight: Highlight) -> tuple[Any, ...]:
    match highlight:
        case Carried(change, movers, is_own):
            return words(change), moved(movers), is_own
        case LikeForLike(by, of_new, accounts):
            return by, of_new, accounts
        case Unusual(views, median, weeks):
            return views, median, weeks


def printed(digest: Digest) -> by_hand.Table:
    """Every number that a recap may print of ``digest``."""
    assert digest.top_creators is not None
    assert digest.movers is not None
    assert digest.coverage is not None
    top, covered = digest.top_creators, digest.coverage
    names = (covered.stale, covered.waiting, covered.paused, covered.unavailable)
    return {
        "figures": {
            one.label: (one.current, one.previous, words(one.change)) for one in digest.figures
        },
        "top": [*map(row_of, (*top.rows, *top.rest)), top.out],
        "movers": moved(digest.movers),
        "coverage": (covered.of, covered.refreshed, *map(len, names)),
        "trend": [(one.end, one.views) for one in digest.trend],
        "videos": [one.views for one in digest.videos],
        "disagreements": [one.label for one in digest.disagreements],
        "highlights": [(type(one).__name__, *told(one)) for one in digest.highlights],
    }


def computed(this: by_hand.Answers, weeks: Weeks, *highlights: type[Highlight]) -> by_hand.Table:
    """The same of a week by hand; which ``highlights`` are told is for the test to say."""
    candidates: dict[type, Callable[[], tuple[Any, ...]]] = {
        Carried: lambda: by_hand.carried(this),
        LikeForLike: lambda: by_hand.added(this),
        Unusual: lambda: by_hand.unusual(this, weeks.earlier),
    }
    return {
        "figures": by_hand.figures(this, weeks.week_ago),
        "top": by_hand.top(this, weeks.week_ago),
        "movers": by_hand.movers(this),
        "coverage": by_hand.coverage(this),
        "trend": by_hand.trend(this, weeks.earlier),
        "videos": by_hand.videos(this),
        "disagreements": by_hand.disagreements(this),
        "highlights": [(one.__name__, *candidates[one]()) for one in highlights],
    }


def about(value: object) -> object:
    """``value`` with room for the rounding of floats, however deep they are."""
    match value:
        case dict():
            return {key: about(one) for key, one in value.items()}
        case tuple():
            return tuple(map(about, value))
        case list():
            return list(map(about, value))
        case float():
            return pytest.approx(value, rel=1e-9)
    return value


def compare(digest: Digest, by_hand: by_hand.Table) -> None:
    """Line by line, so that a failure names the number that is wrong."""
    table = printed(digest)
    assert table.keys() == by_hand.keys()
    for line, expected in by_hand.items():
        assert table[line] == about(expected), line


async def test_a_normal_week_with_eight_before_it() -> None:
    """Every part has something to say, and all of it can be computed."""
    async with weeks_of(Organisation(TODAY, new_accounts=0)) as weeks:
        digest, answers = await weeks.after(8)
        compare(digest, computed(answers, weeks, Carried))
    assert digest.missing == ()
    assert len(digest.trend) == 9
    assert len(digest.videos) == 3
    assert digest.top_creators is not None
    assert {type(one.movement) for one in digest.top_creators.rows} == {Moved}


async def test_a_first_week() -> None:
    """Nothing to look back on: no movement, no trend, and no change of followers."""
    async with weeks_of(Organisation(TODAY, new_accounts=0)) as weeks:
        digest, answers = await weeks.after(0)
        compare(digest, computed(answers, weeks, Carried))
    assert [one.part for one in digest.missing] == ["Rank movement"]
    assert digest.trend == ()


async def test_an_organization_without_accounts() -> None:
    """Nothing of it is wrong or missing but what the first week has not: its windows are right."""
    async with weeks_of(Organisation(TODAY, accounts=0)) as weeks:
        digest, _ = await weeks.after(0)
    assert [one.part for one in digest.missing] == ["Rank movement"]
    assert digest.compares


async def test_a_week_with_four_new_accounts() -> None:
    """More than half of the growth is theirs; those that wait for a refresh don't count."""
    async with weeks_of(Organisation(TODAY, accounts=24, new_accounts=4)) as weeks:
        digest, answers = await weeks.after(1)
        compare(digest, computed(answers, weeks, LikeForLike, Carried))
    (split, _) = digest.highlights
    assert isinstance(split, LikeForLike)
    assert split.accounts == 4
    assert split.of_new > split.by / 2 > 0
    assert not digest.quiet


async def test_a_half_refreshed_week() -> None:
    """Days that have not landed count 0: no fall is told, and who moved was refreshed."""
    async with weeks_of(Organisation(TODAY, half_refreshed=0.5)) as weeks:
        digest, answers = await weeks.after(1)
        compare(digest, computed(answers, weeks))
    views = digest.figures[0]
    assert views.current is not None
    assert views.previous is not None
    assert views.current < 0.9 * views.previous
    assert views.change is None
    assert digest.movers is not None
    assert abs(digest.movers.net) < 0.05 * digest.movers.before
    assert not digest.quiet
    assert digest.coverage is not None
    assert 0.4 < digest.coverage.share < 0.6
    assert not digest.coverage.is_enough


async def test_a_week_that_lands_late() -> None:
    """What was printed at nine grows until noon, and the fuller one is what next week sees."""
    noon = NINE + timedelta(hours=3)
    async with weeks_of(Organisation(TODAY, scraped_at=landing(noon))) as weeks:
        early, answers = await weeks.after(0)
        compare(early, computed(answers, weeks))
        late, answers = await weeks.recap(noon + timedelta(hours=1))
        compare(late, computed(answers, weeks, Carried, LikeForLike))
        (kept,) = await weeks.store.ended("org_2a91c7", ASK.period, [TODAY - timedelta(days=1)])
    assert early.coverage is not None
    assert late.coverage is not None
    assert early.coverage.refreshed < late.coverage.refreshed
    assert kept.totals["views"] == late.figures[0].current > early.figures[0].current  # type: ignore[operator]
    assert kept.refreshed == late.coverage.refreshed


async def test_a_week_with_one_viral_creator() -> None:
    """The growth has a name, and a week like this one is unusual."""
    organisation = Organisation(TODAY, viral=True)
    async with weeks_of(organisation) as weeks:
        digest, answers = await weeks.after(5)
        compare(digest, computed(answers, weeks, Carried, Unusual))
    assert organisation.viral_creator is not None
    assert digest.movers is not None
    assert digest.movers.lead is not None
    assert digest.movers.lead.name == organisation.viral_creator.name


async def test_a_month() -> None:
    """Ranks moved since a week ago, followers since a month ago; what was kept early counts."""
    month = Ask(Period.MONTH)
    async with weeks_of(Organisation(TODAY)) as weeks:
        _, then = await weeks.recap(NINE - timedelta(days=30), month)
        _, week_ago = await weeks.recap(NINE - WEEK, month)
        digest, answers = await weeks.recap(NINE, month)
    table = printed(digest)
    assert table["figures"] == about(by_hand.figures(answers, then))
    assert table["top"] == about(by_hand.top(answers, week_ago))
    assert table["movers"] == about(by_hand.movers(answers))
    assert table["coverage"] == by_hand.coverage(answers)
    known = by_hand.trend(answers, [then, week_ago])
    gaps = [(TODAY - timedelta(days=days), None) for days in (22, 15)]
    assert table["trend"] == [known[0], *gaps, *known[1:]]
    assert table["videos"] == by_hand.videos(answers)


@pytest.mark.parametrize("platform", Platform)
async def test_one_platform_ranked_by_gain(platform: Platform) -> None:
    """Nothing of the overview or the ranking, which know no platforms."""
    wanted = Preferences(top=3, ranking=Ranking.GAIN, platform=platform)
    async with weeks_of(Organisation(TODAY)) as weeks:
        digest, answers = await weeks.recap(NINE, Ask(preferences=wanted))
    own = by_hand.on_platform(answers, platform.value)
    table = printed(digest)
    assert table["figures"] == about(by_hand.sums(own))
    assert table["movers"] == about(by_hand.movers(own))
    assert table["coverage"] == by_hand.coverage(own)
    assert digest.top_creators is not None
    assert len(digest.top_creators.rows) == 3
    rows = [*digest.top_creators.rows, *digest.top_creators.rest]
    assert [(one.rank, one.name, one.value, one.engagement) for one in rows] == about(
        by_hand.by_gain(own)
    )
    assert all(one.gain == one.value for one in rows)


async def test_an_overview_that_disagrees() -> None:
    """It is printed, the accounts' own sum stands beside it, and both are what was answered."""

    def fewer(whole: Any) -> Any:  # noqa: ANN401 -- JSON is anything
        whole["data"]["current"]["total_views"] -= 100_000
        return whole

    async with weeks_of(Organisation(TODAY)) as weeks:
        weeks.api.faults.add(Fault("replace", "/overview", times=None, body=fewer))
        digest, answers = await weeks.after(1)
        compare(digest, computed(answers, weeks))
    (one,) = digest.disagreements
    assert one.printed == answers.overview["current"]["total_views"]
    assert one.other == sum(answers.now[account["id"]]["views"] for account in answers.accounts)


async def test_accounts_without_likes() -> None:
    """Unknown is not zero: what every second account has is summed, compared and rated alone."""

    def silent(whole: Any) -> Any:  # noqa: ANN401
        for number, row in enumerate(whole["data"].values()):
            row["likes"] = None if number % 2 else row["likes"]
        return whole

    async with weeks_of(Organisation(TODAY)) as weeks:
        weeks.api.faults.add(Fault("replace", "/accounts/metrics", times=None, body=silent))
        digest, answers = await weeks.after(0)
    now = was = 0
    for account in answers.accounts:
        likes = answers.now[account["id"]]["likes"], answers.before[account["id"]]["likes"]
        if None not in likes:
            now, was = now + likes[0], was + likes[1]
    likes_of = next(one for one in digest.figures if one.label == "Likes")
    assert (likes_of.current, likes_of.previous) == (now, was)
    assert words(likes_of.change) == by_hand.change(now, was)
    assert digest.top_creators is not None
    people = by_hand.by_creator(answers)
    for row, answered in zip(digest.top_creators.rows, answers.top, strict=False):
        own = [answers.now[one] for one in people[answered["id"]][1]]
        known = by_hand.rate([one for one in own if one["likes"] is not None])
        assert row.engagement == about(known)


async def test_a_slot_of_yesterday() -> None:
    """The presets have moved on by a day: every figure is of the slot's own days."""
    async with weeks_of(Organisation(TODAY)) as weeks:
        on_time, _ = await weeks.recap(NINE)
        weeks.clock.instant = NINE + timedelta(hours=20)
        async with open_client(KEY, weeks.api.base_url, weeks.clock) as client:
            recaps = RecapService(client, weeks.clock, store=MemorySnapshots())
            late = await recaps.edition(ASK, since=weeks.clock.instant, day=TODAY)
    assert late.window == on_time.window
    keys = ["total_views", "views", "likes", "comments", "shares"]
    before, after = (
        [one.current for one in digest.figures if one.key in keys] for digest in (on_time, late)
    )
    assert after == before
    assert late.disagreements == ()
    assert late.top_creators is not None
    assert on_time.top_creators is not None
    top = on_time.top_creators
    ranked = {(row.name, row.value) for row in (*top.rows, *top.rest)}
    assert {(row.name, row.value) for row in late.top_creators.rows} <= ranked
