"""What is worth a sentence, and a week in which nothing is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.builder import build_digest
from bot.digest.changes import compare
from bot.digest.facts import Number
from bot.digest.highlights import MOST, highlights, is_quiet, unusual
from bot.digest.model import (
    Carried,
    Difference,
    Digest,
    Figure,
    LikeForLike,
    Percent,
    TrendPoint,
    Unit,
    Unusual,
)
from bot.digest.movers import Mover, Movers, find_movers
from bot.digest.periods import Period, Window
from bot.digest.preferences import Metric, Platform, Preferences
from tests.digest.examples import WEEK, account, creator, history, snapshot, tracked, whole
from tests.examples import NOON, overview


def views(current: Number | None, previous: Number | None) -> Figure:
    change = compare(current, previous, Unit.COUNT)
    source = "GET /overview?period=7d"
    return Figure("total_views", "Total views", Unit.COUNT, current, previous, change, source)


def moved(*pairs: tuple[Number, Number]) -> Movers:
    found = find_movers([creator(f"c{n}", *pair) for n, pair in enumerate(pairs)])
    assert found is not None
    return found


def trend(*points: Number | None) -> list[TrendPoint]:
    first = WEEK.end - timedelta(days=7 * (len(points) - 1))
    return [TrendPoint(first + timedelta(days=7 * n), one) for n, one in enumerate(points)]


GROWTH = moved((2_000, 1_000), (9_000, 9_000))
FALL = moved((1_000, 3_000), (7_000, 7_000))
STILL = moved((1_020, 1_000), (9_000, 9_000))
FAR = Unusual(30_000, 10_000, 4)
FAR_TREND = trend(10_000, 10_000, 10_000, 10_000, 30_000)


def test_who_carried_the_change() -> None:
    """With the percentage that the headline prints."""
    assert highlights(GROWTH, views(11_000, 10_000), None, ()) == (Carried(Percent(0.1), GROWTH),)
    assert highlights(FALL, views(8_000, 10_000), None, ()) == (Carried(Percent(-0.2), FALL),)


@pytest.mark.parametrize(
    "printed", [(11_200, 10_000), (1_100, 1_000), (22_000, 20_000), (10_900, 10_000)]
)
def test_two_sources_are_never_mixed(printed: tuple[int, int]) -> None:
    """Another change, or the same one of other views: all of it is then the accounts' own."""
    (told,) = highlights(GROWTH, views(*printed), None, ())
    assert told == Carried(Percent(0.1), GROWTH, is_own=True)


def test_sources_that_agree_are_one() -> None:
    """They were asked one after the other."""
    assert highlights(GROWTH, views(11_004, 10_001), None, ()) == (Carried(Percent(0.1), GROWTH),)


@pytest.mark.parametrize("printed", [(9_900, 10_000), (10_000, 10_000), (100_001, 100_000)])
def test_nobody_carried_what_did_not_happen(printed: tuple[int, int]) -> None:
    """The headline says that views fell, or hardly moved: nobody made them rise."""
    assert highlights(GROWTH, views(*printed), None, ()) == ()


@pytest.mark.parametrize("printed", [None, views(None, None), views(5, None), views(None, 5)])
def test_a_change_that_is_not_printed_is_the_accounts_own(printed: Figure | None) -> None:
    """Where the headline has none, nothing contradicts it."""
    assert highlights(GROWTH, printed, None, ()) == (Carried(Percent(0.1), GROWTH),)


def test_the_printed_change_is_that_of_those_who_compare() -> None:
    """Accounts that are known for this window only are in the sum and not in its change."""
    printed = replace(views(15_000, 10_000), change=Percent(0.1), compared=11_000)
    assert highlights(GROWTH, printed, None, ()) == (Carried(Percent(0.1), GROWTH),)
    split = LikeForLike(0.15, 0.05, 3)
    assert highlights(GROWTH, printed, split, ()) == (Carried(Percent(0.1), GROWTH),)


def test_a_change_that_rounds_to_none_was_carried_by_nobody() -> None:
    """A few hundred of a million views."""
    found = moved((150, 0), (1_000_000, 1_000_000))
    found = replace(found, lead=found.gains[0] if found.gains else Mover("c", "C", 150, 0))
    assert highlights(found, None, None, ()) == ()


def test_from_nothing() -> None:
    """No percentage on a base of zero."""
    found = moved((5_000, 0))
    assert highlights(found, None, None, ()) == (Carried(Difference(5_000), found),)


@pytest.mark.parametrize("movers", [None, STILL, moved((9_000, 5_000), (1_000, 5_000))])
def test_without_a_lead_nobody_carried_it(movers: Movers | None) -> None:
    """Unknown, noise, or changes that even out."""
    assert highlights(movers, views(11_000, 10_000), None, ()) == ()


@pytest.mark.parametrize(
    ("by", "of_new", "first"),
    [
        (0.1, 0.05, True),
        (0.1, 0.049, False),
        (0.1, 0.3, True),
        (-0.1, 0.08, False),
        (-0.1, -0.08, False),
        (0.0, 0.05, False),
    ],
)
def test_growth_of_added_accounts_is_told_as_that(by: float, of_new: float, first: bool) -> None:  # noqa: FBT001
    """When half of it or more is theirs; a fall is never explained by whom one added."""
    split = LikeForLike(by, of_new, 3)
    # Both changes are told, so nobody may take one for the other.
    carried = Carried(Percent(0.1), GROWTH, is_own=True)
    told = highlights(GROWTH, None, split, ())
    assert told == ((split, carried) if first else (carried, split))


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (views(10_000 + 1_090, 10_000), LikeForLike(0.109, 0.08, 3)),
        (views(10_000 + 910, 10_000), LikeForLike(0.091, 0.08, 3)),
        (views(10_000 + 1_110, 10_000), None),
        (views(9_000, 10_000), None),
        (views(None, 10_000), LikeForLike(0.1, 0.08, 3)),
        (views(500, 0), LikeForLike(0.1, 0.08, 3)),
        (views(500, None), LikeForLike(0.1, 0.08, 3)),
    ],
)
def test_the_change_that_is_split_is_the_printed_one(
    printed: Figure, told: LikeForLike | None
) -> None:
    """Within a point they are the same; another change is not explained by its parts."""
    found = highlights(None, printed, LikeForLike(0.1, 0.08, 3), ())
    assert [(round(one.by, 9), one.of_new) for one in found if isinstance(one, LikeForLike)] == (
        [(told.by, told.of_new)] if told else []
    )


def test_parts_of_other_views_are_not_told() -> None:
    """A tenth of what the accounts have is no tenth of what the overview prints."""
    split, still = LikeForLike(0.1, 0.08, 3), moved((5_000, 5_000))
    assert highlights(still, views(11_000, 10_000), split, ()) == ()
    assert highlights(still, views(5_500, 5_000), split, ()) == (split,)


def test_what_is_unusual_is_told_second() -> None:
    """Rather than the second best explanation, and alone where there is none."""
    split = LikeForLike(0.1, 0.08, 3)
    assert highlights(GROWTH, views(11_000, 10_000), split, FAR_TREND) == (split, FAR)
    assert highlights(None, None, None, FAR_TREND) == (FAR,)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ((10_000, 10_000, 10_000, 10_000, 11_500), False),
        ((10_000, 10_000, 10_000, 10_000, 11_501), True),
        ((10_000, 10_000, 10_000, 10_000, 8_499), True),
        ((8_000, 9_000, 10_000, 11_000, 12_000, 14_400), False),
        ((8_000, 9_000, 10_000, 11_000, 12_000, 14_448), True),
        ((None, 10_000, None, 10_000, 10_000, 10_000, 30_000), True),
        ((None, None, 10_000, 10_000, 10_000, 30_000), False),
        ((10_000, 10_000, 10_000, 10_000, None), False),
        ((0, 0, 0, 0, 100), False),
        ((0, 0, 0, 0, 101), True),
        ((20, 20, 20, 20, 40), False),
        ((), False),
        ((5,), False),
    ],
)
def test_unusual_is_far_from_the_median(points: tuple[Number | None, ...], told: bool) -> None:  # noqa: FBT001
    """Three spreads, of four weeks at least, and never for a few views."""
    assert (unusual(trend(*points)) is not None) is told


def test_the_median_of_an_even_number_of_weeks() -> None:
    """Half-way between the two in the middle."""
    assert unusual(trend(10, 20, 30, 40, 9_000)) == Unusual(9_000, 25, 4)


@pytest.mark.parametrize(
    ("printed", "movers", "quiet"),
    [
        (views(10_020, 10_000), STILL, True),
        (views(10_000, 10_000), moved((5_000, 5_000)), True),
        (views(10_300, 10_000), STILL, True),
        (views(10_310, 10_000), STILL, False),
        (views(9_690, 10_000), STILL, False),
        (views(None, 10_000), STILL, False),
        (views(10_000, None), STILL, False),
        (views(120_000, 10_000), STILL, False),
        (views(19, 5), STILL, False),
        (None, STILL, False),
        (views(10_020, 10_000), None, False),
        (views(10_020, 10_000), moved((10_300, 10_000)), True),
        (views(10_020, 10_000), moved((10_301, 10_000)), False),
        (views(10_020, 10_000), moved((1_500, 1_000), (8_500, 9_000)), True),
        (views(10_020, 10_000), moved((1_501, 1_000), (8_499, 9_000)), False),
        (views(20, 20), moved((20, 20)), True),
        (views(20, 20), moved((19, 19)), False),
        (views(0, 0), moved((0, 0)), False),
    ],
)
def test_a_quiet_week(printed: Figure | None, movers: Movers | None, quiet: bool) -> None:  # noqa: FBT001
    """Neither the printed total nor the accounts' nor anybody of them moved much."""
    assert is_quiet(printed, movers) is quiet


def test_a_large_organization_is_not_quiet_by_its_size() -> None:
    """Nobody of a thousand moves all views by 5 %; who has tripled is news all the same."""
    usual = [(1_000, 1_000)] * 998
    printed = views(1_000_000, 1_000_000)
    assert is_quiet(printed, moved((3_000, 1_000), (0, 1_000), *usual))
    assert not is_quiet(printed, moved((3_001, 1_000), (0, 1_000), *usual))


def test_an_unusual_week_is_not_quiet() -> None:
    """It may be just as bad as the one before."""
    assert not is_quiet(views(10_000, 10_000), STILL, [FAR])
    assert is_quiet(views(10_000, 10_000), STILL, [LikeForLike(0.01, 0.01, 1)])


OWN = tracked({"a": (2_000, 1_000), "b": (9_000, 9_000)}, account("b", platform="instagram"))
GREW = whole(overview({"total_views": 11_200}, {"total_views": 10_000}), OWN)


def digest(preferences: Preferences | None = None, **changes: object) -> Digest:
    given = replace(GREW, **changes)  # type: ignore[arg-type]
    return build_digest(given, Period.WEEK, preferences or Preferences(), NOON)


@pytest.mark.parametrize("metrics", [(), (Metric.VIEWS,), (Metric.FOLLOWERS,)])
def test_what_is_told_does_not_depend_on_the_chosen_figures(metrics: tuple[Metric, ...]) -> None:
    """Everybody who is due reads the same sentence."""
    made = digest(Preferences(metrics=metrics))
    assert made.movers is not None
    assert made.highlights == (Carried(Percent(0.1), made.movers, is_own=True),)


def test_of_one_platform_only_its_accounts_are_told() -> None:
    """The printed views are theirs, too."""
    made = digest(Preferences(platform=Platform.TIKTOK))
    assert made.figures[0].change == Percent(1.0)
    (told,) = made.highlights
    assert isinstance(told, Carried)
    assert told.change == Percent(1.0)
    assert told.movers == made.movers
    assert not made.quiet
    assert digest(Preferences(platform=Platform.INSTAGRAM)).quiet


def test_added_accounts_in_the_digest() -> None:
    """By the day on which they were added."""
    own = tracked(
        {"a": (1_000, 1_000), "b": (500, 0)}, account("b", added_at=NOON - timedelta(days=3))
    )
    numbers = overview({"total_views": 1_500}, {"total_views": 1_000})
    made = build_digest(whole(numbers, own), Period.WEEK, Preferences(), NOON)
    assert made.highlights[0] == LikeForLike(0.5, 0.5, 1)


def test_a_trend_of_the_kept_weeks() -> None:
    """Oldest first, this one last; gaps in between are unknown, those before are left out."""
    weeks = history(snapshot(1, 9_000), None, snapshot(3, 8_000), snapshot(4, None))
    made = digest(history=weeks)
    assert [(str(one.end), one.views) for one in made.trend] == [
        ("2026-11-01", 8_000),
        ("2026-11-08", None),
        ("2026-11-15", 9_000),
        ("2026-11-22", 11_200),
    ]
    assert digest(Preferences(platform=Platform.TIKTOK), history=weeks).trend == ()
    assert digest(Preferences(metrics=(Metric.LIKES,)), history=weeks).trend == made.trend
    assert digest(history=history()).trend == ()


def test_the_last_point_is_what_is_printed() -> None:
    """Also where the accounts stand in for an overview without views."""
    given = whole(overview({"total_views": None}, {}), OWN, history=history(snapshot(1, 5)))
    for metrics in ((), (Metric.FOLLOWERS,)):
        made = build_digest(given, Period.WEEK, Preferences(metrics=metrics), NOON)
        assert made.trend[-1].views == 11_000


def test_a_week_that_was_looked_at_early() -> None:
    """Its point stands on the day on which its window ended, not on the one it stands for."""
    last = snapshot(1, 9_000)
    early = Window(last.window.start - timedelta(days=2), last.window.end - timedelta(days=2))
    made = digest(history=history(replace(last, window=early)))
    assert [str(one.end) for one in made.trend] == ["2026-11-13", "2026-11-22"]


def test_weeks_of_unknown_views() -> None:
    """Something was kept, but nothing that makes a trend."""
    made = digest(history=history(snapshot(1, None)))
    assert [one.views for one in made.trend] == [None, 11_200]


numbers = st.none() | st.integers(0, 10**9)


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=6),
    numbers,
    numbers,
    st.none() | st.builds(LikeForLike, st.floats(-2, 2), st.floats(-2, 2), st.integers(1, 9)),
    st.lists(numbers, max_size=9),
)
def test_at_most_two_and_nothing_raises(
    pairs: list[tuple[int, int]],
    current: int | None,
    previous: int | None,
    split: LikeForLike | None,
    points: list[int | None],
) -> None:
    """Whatever is known; and no change is told that the headline does not print."""
    printed = views(current, previous)
    movers = find_movers([creator(f"c{n}", *pair) for n, pair in enumerate(pairs)])
    told = highlights(movers, printed, split, trend(*points))
    assert len(told) <= MOST
    assert len({type(one) for one in told}) == len(told)
    for one in told:
        if isinstance(one, Carried) and None not in (current, previous):
            assert one.is_own or one.change == printed.change
    if is_quiet(printed, movers, told):
        assert not any(isinstance(one, Unusual) for one in told)
