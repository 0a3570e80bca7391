"""Each figure from the source that has it, and beside it what is to be said of it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.collected import Facts
from bot.digest.engagement import Scale
from bot.digest.facts import Account, BatchMetrics, Number, WindowMetrics
from bot.digest.headline import Headline, headline
from bot.digest.model import (
    Difference,
    Disagreement,
    Figure,
    Missing,
    NoChange,
    Percent,
    Points,
    Unit,
)
from bot.digest.periods import Period
from bot.digest.preferences import Metric, Platform, Preferences
from bot.digest.snapshots import Followers, History
from bot.digest.sums import Tracked
from tests.digest.examples import WEEK, account, batch, history, metrics, tracked, whole
from tests.examples import CURRENT, PREVIOUS, overview

INSTAGRAM = Preferences(platform=Platform.INSTAGRAM)
THREE = (account("a"), account("b"), account("c"))
NOW = {
    "a": metrics(500_000, 20_000, 1_000, 500),
    "b": metrics(700_000, 28_000, 2_000, 700),
    "c": metrics(43_000, 2_000, 30, 20),
}
THEN = {
    "a": metrics(400_000, 18_000, 900, 500),
    "b": metrics(600_000, 22_000, 1_800, 650),
    "c": metrics(51_000, 2_000, 10, 10),
}


def numbers(
    now: dict[str, WindowMetrics], then: dict[str, WindowMetrics], *accounts: Account
) -> Tracked:
    return Tracked(accounts or THREE, batch(now, WEEK), batch(then))


OWN = numbers(NOW, THEN)


def head(facts: Facts, preferences: Preferences | None = None) -> Headline:
    return headline(facts, Period.WEEK, preferences or Preferences())


def figures(facts: Facts, preferences: Preferences | None = None) -> dict[str, Figure]:
    return {one.key: one for one in head(facts, preferences).figures}


def counted(day: date, **counts: Number) -> History:
    return replace(history(), followers=Followers("org_1", day, counts))


def test_each_figure_from_its_source() -> None:
    """Views and rates of the overview, likes, comments and shares of the accounts, followers."""
    found = figures(whole(given=OWN))
    assert [(one.label, one.current, one.previous) for one in found.values()] == [
        ("Total views", 1_243_531, 1_051_002),
        ("Likes", 50_000, 42_000),
        ("Followers", 300, None),
        ("Engagement rate", 4.2, 4.0),
        ("Comments", 3_030, 2_710),
        ("Shares", 1_220, 1_160),
        ("Active accounts", 118, 115),
        ("Account videos", 412, 392),
        ("Tracked videos", 36, 36),
    ]
    assert found["likes"].change == Percent(0.19)
    sources = {one.source for one in found.values()}
    assert sources == {
        "GET /overview?period=7d",
        "POST /accounts/metrics 2026-11-16 to 2026-11-22, the sum over 3 accounts",
        "GET /accounts, follower_count of 3 accounts",
    }


def test_days_that_the_answer_does_not_name() -> None:
    """No bounds are made up."""
    own = replace(OWN, current=BatchMetrics(None, NOW))
    source = figures(whole(given=own))["likes"].source
    assert source == "POST /accounts/metrics (its days are not known), the sum over 3 accounts"


def test_the_accounts_stand_in_for_what_the_overview_lacks() -> None:
    """Views and a rate that it sent no value for, or on a scale that nobody knows."""
    nobody = Scale(None, "Nobody knows.")
    found = figures(whole(overview({**CURRENT, "total_views": None}), OWN, scale=nobody))
    views, rate = found["views"], found["engagement_rate"]
    assert (views.label, views.current, views.previous) == ("Views", 1_243_000, 1_051_000)
    assert rate.current == pytest.approx(100 * (50_000 + 3_030 + 1_220) / 1_243_000)
    assert rate.previous == pytest.approx(100 * (42_000 + 2_710 + 1_160) / 1_051_000)
    assert rate.unit is Unit.PERCENT
    assert rate.source == (
        "POST /accounts/metrics 2026-11-16 to 2026-11-22, over the accounts that gave likes, "
        "comments, shares and views"
    )


def test_likes_of_the_tutorials_shape_are_the_accounts_own() -> None:
    """Where both have them, the accounts' are printed and the others stand beside them."""
    found = head(whole(overview({"views": 1_243_000, "likes": 40_000}, {}), OWN))
    assert [one.current for one in found.figures[:2]] == [1_243_000, 50_000]
    assert found.disagreements == (
        Disagreement(
            "Likes",
            50_000,
            "POST /accounts/metrics 2026-11-16 to 2026-11-22, the sum over 3 accounts",
            40_000,
            "GET /overview?period=7d",
        ),
    )


@pytest.mark.parametrize(
    ("views", "apart"),
    [(1_243_000, False), (1_255_000, False), (1_256_000, True), (1_230_000, True), (0, True)],
)
def test_two_sources_a_percent_apart_disagree(views: int, apart: bool) -> None:  # noqa: FBT001
    """Asked at two moments they may differ a little; the overview's is printed."""
    wanted = Preferences(metrics=(Metric.VIEWS,))
    found = head(whole(overview({**CURRENT, "total_views": views}), OWN), wanted).disagreements
    assert [(one.label, one.printed, one.other) for one in found] == (
        [("Total views", views, 1_243_000)] if apart else []
    )


def test_a_rate_of_no_views_compares_with_nothing() -> None:
    """In the first week of an organization it would have risen by all of itself."""
    sent = {"total_views": 5_000, "engagement_rate": 4.2}, {"total_views": 0, "engagement_rate": 0}
    rate = figures(whole(overview(*sent)))["engagement_rate"]
    assert (rate.current, rate.previous, rate.change) == (4.2, 0, None)
    later = sent[0], {"total_views": 1, "engagement_rate": 0}
    assert figures(whole(overview(*later)))["engagement_rate"].change == Points(4.2)


def test_rates_may_disagree_too() -> None:
    """4.2 % are not 5 %."""
    found = head(whole(overview({**CURRENT, "engagement_rate": 5.0}), OWN)).disagreements
    assert [one.label for one in found] == ["Engagement rate"]


def test_nobody_disagrees_about_what_is_not_printed() -> None:
    """The reader did not choose views."""
    wrong = whole(overview({**CURRENT, "total_views": 1}), OWN)
    assert head(wrong, Preferences(metrics=(Metric.LIKES,))).disagreements == ()
    assert head(wrong, Preferences(metrics=(Metric.VIEWS,))).disagreements != ()


def test_an_account_without_likes() -> None:
    """It counts as unknown: not in the sum, not in the change, and it is said."""
    own = numbers(NOW | {"b": metrics(700_000)}, THEN)
    found = head(whole(given=own), Preferences(metrics=(Metric.LIKES,)))
    (likes,) = found.figures
    assert (likes.current, likes.previous, likes.change) == (22_000, 20_000, Percent(0.1))
    assert likes.source.endswith("the sum over 2 of 3 accounts")
    assert found.notes == (
        "Likes: the change is that of 2 accounts; the others gave it for one window only.",
    )


def test_an_account_without_likes_before() -> None:
    """What it has now is in the sum, but no gain."""
    own = numbers(NOW, THEN | {"b": metrics(600_000)})
    likes = figures(whole(given=own))["likes"]
    assert (likes.current, likes.previous, likes.change) == (50_000, 20_000, Percent(0.1))


def test_a_sum_that_nobody_knows_is_no_figure() -> None:
    """Neither zero nor a dash where nobody ever sent it."""
    silent = {"a": metrics(5)}
    found = figures(whole(given=numbers(silent, silent, account("a"))))
    assert not {"likes", "comments", "shares"} & set(found)


def test_a_sum_that_was_known_before_is_unknown_now() -> None:
    """It was sent a week ago, so its absence shows."""
    found = figures(whole(given=numbers({"a": metrics(5)}, {"a": metrics(5, 7)}, account("a"))))
    likes = found["likes"]
    assert (likes.current, likes.previous, likes.change) == (None, None, None)


def test_accounts_without_numbers_are_counted() -> None:
    """An answer that lacks some of the accounts is no sum over all of them."""
    own = numbers({"a": NOW["a"]}, THEN)
    assert head(whole(given=own)).notes[0] == ("2 of 3 accounts gave no numbers for the window.")


def test_followers_change_by_those_counted_on_both_days() -> None:
    """An account that was only added is no growth, and one that is gone is no fall."""
    accounts = (
        account("a", follower_count=1_000),
        account("b", follower_count=500),
        account("c", follower_count=None),
        account("d", follower_count=77, last_scrape_time=None),
    )
    facts = whole(accounts=accounts, history=counted(date(2026, 11, 16), a=800, c=5, gone=9_000))
    found = head(facts)
    followers = next(one for one in found.figures if one.key == "followers")
    assert (followers.current, followers.previous) == (1_500, 800)
    assert followers.change == Percent(0.25)
    assert followers.source == "GET /accounts, follower_count of 2 accounts"
    assert found.notes == (
        "Followers: compared with 2026-11-16, the nearest day on which they were counted, "
        "over 1 of 2 accounts.",
    )


@pytest.mark.parametrize(
    ("now", "then", "change"),
    [
        (900, 1_000, Percent(-0.1)),
        (5, 0, Difference(5)),
        (0, 19, Difference(-19)),
        (70, 70, NoChange()),
    ],
)
def test_followers_may_drop(now: int, then: int, change: object) -> None:
    """They follow the same rules as everything else."""
    facts = whole(accounts=[account("a", follower_count=now)], history=counted(WEEK.start, a=then))
    assert figures(facts)["followers"].change == change


@pytest.mark.parametrize("past", [None, history(), counted(WEEK.start, other=5), Missing("x", "y")])
def test_followers_without_a_count_to_compare(past: History | Missing | None) -> None:
    """They are there, their change is not, and no day is named."""
    found = head(whole(given=OWN, history=past))
    followers = next(one for one in found.figures if one.key == "followers")
    assert (followers.current, followers.change) == (300, None)
    assert not any("compared with" in note for note in found.notes)


def test_why_followers_have_no_change() -> None:
    """In the first weeks Recap has not counted any; where it keeps nothing it says nothing."""
    assert head(whole(given=OWN, history=history())).notes == (
        "Followers: no change, because Recap counted none about a window ago.",
    )
    assert head(whole(given=OWN, history=None)).notes == ()


def test_nobody_was_counted_yet() -> None:
    """All wait for their first refresh: unknown, not zero."""
    facts = whole(accounts=[account("a", follower_count=0, last_scrape_time=None)])
    assert figures(facts)["followers"].current is None


def test_without_accounts_there_are_no_followers() -> None:
    """Nobody is tracked, so nobody is followed."""
    assert "followers" not in figures(whole(given=tracked({})))


def test_chosen_figures_in_the_readers_order() -> None:
    """Only those; all of them where none of those is there."""
    wanted = Preferences(metrics=(Metric.SHARES, Metric.VIEWS, Metric.FOLLOWERS))
    assert list(figures(whole(given=OWN), wanted)) == ["shares", "total_views", "followers"]
    nothing = whole(given=tracked({}))
    shown = list(figures(nothing, Preferences(metrics=(Metric.SHARES,))))
    assert shown == list(CURRENT)


def test_of_one_platform_everything_is_summed_up() -> None:
    """The overview knows no platforms: none of its figures may stand for one."""
    accounts = (
        account("a", platform="instagram"),
        account("b"),
        account("c", platform="instagram", follower_count=11),
    )
    found = head(whole(given=numbers(NOW, THEN, *accounts)), INSTAGRAM)
    assert [(one.key, one.current) for one in found.figures[:3]] == [
        ("views", 543_000),
        ("likes", 22_000),
        ("followers", 111),
    ]
    assert [one.key for one in found.figures[3:]] == ["engagement_rate", "comments", "shares"]
    assert found.figures[3].change == Points(
        round(100 * 23_550 / 543_000 - 100 * 21_420 / 451_000, 2)
    )
    assert found.disagreements == ()
    assert "overview" not in "".join(one.source for one in found.figures)


values = st.none() | st.integers(0, 10**12) | st.floats(0, 1e12)
rows = st.builds(WindowMetrics, values, values, values, values, values)


@given(
    st.dictionaries(st.sampled_from("abcd"), rows),
    st.dictionaries(st.sampled_from("abcd"), rows),
    st.dictionaries(st.sampled_from([*CURRENT, "views", "likes", "saves"]), values),
    st.sampled_from([None, *Platform]),
    st.lists(st.sampled_from(Metric), unique=True),
)
def test_whatever_comes_in(
    now: dict[str, WindowMetrics],
    then: dict[str, WindowMetrics],
    sent: dict[str, Number | None],
    platform: Platform | None,
    wanted: list[Metric],
) -> None:
    """Nothing raises, no metric is printed twice, and a change needs both sides."""
    accounts = tuple(
        account(key, platform=one) for key, one in zip("abcd", [None, *Platform, "x"], strict=True)
    )
    facts = whole(overview(sent, PREVIOUS), numbers(now, then, *accounts))
    found = head(facts, Preferences(metrics=tuple(wanted), platform=platform))
    keys = [one.key for one in found.figures]
    assert len(set(keys)) == len(keys)
    assert all(one.change is None for one in found.figures if None in (one.current, one.previous))
