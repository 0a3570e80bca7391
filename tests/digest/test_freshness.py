"""How complete a closed window is, and when to look again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.facts import Account, Number
from bot.digest.freshness import TIGHTEST, WIDEST, Coverage, coverage, next_look
from tests.digest.examples import WEEK, account

CLOSED = datetime(2026, 11, 23, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 -- the zone comes from ``timezones``
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
flags = st.none() | st.booleans()
odd_hours = st.none() | st.integers(-5, 10**6) | st.floats()


@st.composite
def any_accounts(draw: st.DrawFn) -> list[Account]:
    rows = st.tuples(flags, flags, st.none() | moments, odd_hours)
    return [
        account(
            f"a{number}",
            is_active=active,
            is_unavailable=gone,
            last_scrape_time=scraped,
            scrape_interval_hours=hours,
        )
        for number, (active, gone, scraped, hours) in enumerate(draw(st.lists(rows, max_size=12)))
    ]


def scraped(*instants: datetime | None, hours: Number | None = 24) -> list[Account]:
    return [
        account(f"a{n}", last_scrape_time=one, scrape_interval_hours=hours)
        for n, one in enumerate(instants)
    ]


def test_every_state() -> None:
    """Refreshed, stale, waiting, paused or unavailable; the first two reasons win."""
    found = coverage(
        [
            account("fresh", last_scrape_time=CLOSED),
            account("late", last_scrape_time=CLOSED - timedelta(microseconds=1)),
            account("new", last_scrape_time=None),
            account("off", is_active=False, is_unavailable=True, last_scrape_time=None),
            account("gone", is_unavailable=True, last_scrape_time=CLOSED),
            account("unknown", is_active=None, is_unavailable=None),
        ],
        WEEK,
    )
    assert found == Coverage(
        of=4,
        refreshed=2,
        stale=("@name.late",),
        waiting=("@name.new",),
        paused=("@name.off",),
        unavailable=("@name.gone",),
    )
    assert found.share == 0.5
    assert not found.is_enough
    assert not found.is_complete


@pytest.mark.parametrize(
    ("fresh", "stale", "enough", "complete"),
    [(0, 0, True, True), (9, 1, True, False), (8, 2, False, False), (3, 0, True, True)],
)
def test_enough_is_nine_of_ten(fresh: int, stale: int, enough: bool, complete: bool) -> None:  # noqa: FBT001
    """Nobody to wait for is enough, too."""
    found = coverage(scraped(*[NOW] * fresh, *[CLOSED - MINUTE] * stale), WEEK)
    assert (found.is_enough, found.is_complete) == (enough, complete)


@given(any_accounts())
def test_coverage_partitions_the_accounts(accounts: list[Account]) -> None:
    """Everybody is in one state, and only those who are refreshed at all count."""
    found = coverage(accounts, WEEK)
    rest = len(found.stale) + len(found.waiting)
    assert found.of == found.refreshed + rest
    assert found.of + len(found.paused) + len(found.unavailable) == len(accounts)
    assert 0 <= found.share <= 1
    assert found.is_complete is (rest == 0)


@given(any_accounts(), moments, st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_a_look_is_neither_too_soon_nor_too_late(
    accounts: list[Account], now: datetime, share: float
) -> None:
    """Whatever the accounts say of themselves."""
    assert now + TIGHTEST <= next_look(accounts, WEEK, now, share) <= now + WIDEST


@pytest.mark.parametrize(
    ("last", "hours", "at"),
    [
        (CLOSED - 15 * timedelta(hours=1), 24, NOW + TIGHTEST),
        (CLOSED - 15 * timedelta(hours=1) + 20 * MINUTE, 24, NOW + 20 * MINUTE),
        (CLOSED - 14 * timedelta(hours=1), 24, NOW + WIDEST),
        (CLOSED - 62 * MINUTE, 0.5, NOW + TIGHTEST),
        (CLOSED - timedelta(hours=15) + 20 * MINUTE, None, NOW + 20 * MINUTE),
        (CLOSED - timedelta(hours=15) + 20 * MINUTE, 0, NOW + 20 * MINUTE),
        (CLOSED - timedelta(hours=15) + 20 * MINUTE, -3, NOW + 20 * MINUTE),
        (CLOSED - timedelta(hours=15) + 20 * MINUTE, 1e9, NOW + 20 * MINUTE),
        (CLOSED - timedelta(hours=15) + 20 * MINUTE, 1e-12, NOW + 20 * MINUTE),
        (CLOSED - timedelta(hours=15) + 20 * MINUTE, float("nan"), NOW + 20 * MINUTE),
        (CLOSED - 3 * timedelta(hours=1) + 20 * MINUTE, 12, NOW + 20 * MINUTE),
        (CLOSED - 63 * timedelta(hours=1) + 20 * MINUTE, 24, NOW + 20 * MINUTE),
        (CLOSED, 24, NOW + TIGHTEST),
    ],
)
def test_the_next_look_is_when_the_refresh_is_due(
    last: datetime, hours: Number | None, at: datetime
) -> None:
    """The first one after the window closed, by the account's own interval or the usual one."""
    assert next_look(scraped(last, hours=hours), WEEK, NOW) == at


def test_a_look_waits_for_the_share_that_is_wanted() -> None:
    """The slowest tenth does not matter, the rest does."""
    due = [CLOSED - timedelta(hours=15) + minutes * MINUTE for minutes in range(10, 30, 2)]
    assert next_look(scraped(*due), WEEK, NOW) == NOW + 26 * MINUTE
    assert next_look(scraped(*due), WEEK, NOW, 0.5) == NOW + 18 * MINUTE
    assert next_look(scraped(*due), WEEK, NOW, 1) == NOW + 28 * MINUTE


def test_who_is_not_refreshed_is_not_waited_for() -> None:
    """Paused, gone and new accounts have no next refresh that could be told."""
    nobody = [
        account("a", is_active=False, last_scrape_time=CLOSED - timedelta(hours=14)),
        account("b", is_unavailable=True, last_scrape_time=CLOSED - timedelta(hours=14)),
        account("c", last_scrape_time=None),
    ]
    assert next_look(nobody, WEEK, NOW) == NOW + TIGHTEST
    assert next_look([], WEEK, NOW) == NOW + TIGHTEST


def test_nine_of_ten_are_the_same_to_both() -> None:
    """When as many are refreshed as a look waits for, the coverage is enough; no earlier."""
    fresh, late = NOW, NOW + 30 * MINUTE - timedelta(hours=24)
    for count in range(1, 120):
        wanted = next(n for n in range(count + 1) if Coverage(count, n).is_enough)
        enough = scraped(*[fresh] * wanted, *[late] * (count - wanted))
        assert next_look(enough, WEEK, NOW) == NOW + TIGHTEST
        fewer = scraped(*[fresh] * (wanted - 1), *[late] * (count - wanted + 1))
        assert next_look(fewer, WEEK, NOW) == NOW + 30 * MINUTE
