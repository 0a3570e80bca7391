"""A window of which most has not landed yet is no story."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.digest.builder import MOVERS, NONE_REFRESHED, build_digest
from bot.digest.collected import Facts
from bot.digest.model import Carried, Digest, Missing, Percent
from bot.digest.periods import Period
from bot.digest.preferences import Metric, Platform, Preferences, Ranking
from tests.digest.examples import WEEK, account, batch, history, metrics, snapshot, tracked, whole
from tests.examples import overview

NINE = WEEK.closed_at + timedelta(hours=9)
STALE = WEEK.closed_at - timedelta(days=2)
NOW = {
    "a": metrics(11_000, 110),
    "b": metrics(4_000, 40),
    "c": metrics(100, 1),
    "paused": metrics(0, 0),
}
THEN = {
    "a": metrics(10_000, 100),
    "b": metrics(10_000, 100),
    "c": metrics(10_000, 100),
    "paused": metrics(500, 5),
}
SENT = (
    {"total_views": 15_100, "active_accounts": 3, "saves": 40},
    {"total_views": 30_500, "active_accounts": 4, "saves": 90},
)


def week(*fresh: str, sent: tuple[dict[str, int], dict[str, int]] = SENT) -> Facts:
    """Everybody but ``fresh`` was last refreshed two days before the window closed."""

    def last(key: str) -> datetime:
        return NINE if key in fresh else STALE

    accounts = (
        account("a", last_scrape_time=last("a")),
        account("b", last_scrape_time=last("b"), platform="instagram"),
        account("c", last_scrape_time=last("c")),
        account("paused", last_scrape_time=last("paused"), is_active=False),
    )
    own = tracked(dict.fromkeys(NOW, (None, None)), *accounts)
    return whole(overview(*sent), replace(own, current=batch(NOW), before=batch(THEN)))


def built(facts: Facts, preferences: Preferences | None = None) -> Digest:
    return build_digest(facts, Period.WEEK, preferences or Preferences(), NINE)


def changes(made: Digest) -> dict[str, object]:
    return {one.key: one.change for one in made.figures}


def test_changes_of_the_refreshed_accounts() -> None:
    """The sums are those of everybody, so that a correction sees when more has landed."""
    made = built(week("a", "paused"))
    likes = next(one for one in made.figures if one.key == "likes")
    assert (likes.current, likes.previous, likes.change) == (151, 100, Percent(0.1))
    assert likes.compared == 110
    assert made.sums["views"] == 15_100
    assert made.movers is not None
    assert [(one.key, one.by) for one in made.movers.gains] == [("a", 1_000)]
    assert made.movers.drops == ()
    assert "changes and movers are those of these 1" in "".join(made.receipt.notes)


def test_the_overview_knows_no_refreshed_accounts() -> None:
    """Its sums stand without a change; what does not grow with refreshes has one."""
    made = built(week("a"))
    assert (made.figures[0].current, made.figures[0].previous) == (15_100, 30_500)
    assert {key: moved is None for key, moved in changes(made).items()} == {
        "total_views": True,
        "likes": False,
        "followers": True,
        "active_accounts": False,
        "saves": True,
    }
    alone = replace(week("a"), tracked=Missing("Movers", "it is away."))
    assert changes(built(alone))["total_views"] is None


def test_no_story() -> None:
    """Nobody carried it, nothing is unusual, and no week is quiet before it is over."""
    weeks = history(*(snapshot(number, 30_500) for number in range(1, 9)))
    made = built(replace(week("a"), history=weeks))
    assert (made.highlights, made.quiet) == ((), False)
    full = built(replace(week("a", "b", "c"), history=weeks))
    assert [type(one).__name__ for one in full.highlights] == ["Carried", "Unusual"]
    still = ({"total_views": 30_500}, {"total_views": 30_500})
    same = whole(overview(*still), tracked({"a": (30_500, 30_500)}, account("a")))
    assert built(same).quiet
    stale = account("a", last_scrape_time=STALE), account("b", last_scrape_time=NINE)
    both = tracked({"a": (500, 500), "b": (30_000, 30_000)}, *stale)
    assert not built(whole(overview(*still), both)).quiet


def test_nine_of_ten_are_enough() -> None:
    """From there on a recap that may wait does not wait either."""
    accounts = [account(str(n), last_scrape_time=NINE if n else STALE) for n in range(10)]
    pairs = {str(n): (1_000 * n, 1_000) for n in range(10)}
    made = built(whole(given=tracked(pairs, *accounts)))
    assert made.movers is not None
    assert made.movers.net == 35_000
    assert [type(one) for one in made.highlights] == [Carried]
    fewer = [*accounts[:9], replace(accounts[9], last_scrape_time=STALE)]
    early = built(whole(given=tracked(pairs, *fewer)))
    assert early.movers is not None
    assert early.movers.net == 28_000
    assert early.highlights == ()


def test_nobody_is_refreshed_yet() -> None:
    """Then nothing compares, and it is said."""
    made = built(week())
    assert made.movers is None
    assert changes(made)["likes"] is None
    assert Missing(MOVERS, NONE_REFRESHED) in made.missing


def test_rows_and_one_platform() -> None:
    """A ranking by gain knows the refreshed only; a platform may be full while others are not."""
    by_gain = built(week("a"), Preferences(ranking=Ranking.GAIN))
    assert by_gain.top_creators is not None
    assert [row.name for row in by_gain.top_creators.rows] == ["@name.a"]
    wanted = Preferences(platform=Platform.INSTAGRAM, metrics=(Metric.VIEWS,))
    assert changes(built(week("b"), wanted)) == {"views": Percent(-0.6)}
