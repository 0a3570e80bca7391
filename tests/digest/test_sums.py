"""Account by account into sums; what is unknown is never added as a zero."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.creators import CreatorSums
from bot.digest.facts import Account, BatchMetrics, Number
from bot.digest.preferences import Metric, Platform
from bot.digest.sums import (
    NOTHING,
    Added,
    Compared,
    Tracked,
    compared,
    metrics_of,
    of_platform,
    total,
)
from tests.digest.examples import LONG_AGO, WEEK, Pair, account, at, batch, metrics, tracked

counts = st.none() | st.integers(0, 10**12)
creators = st.none() | st.sampled_from(["c1", "c2", "c3", ""])
IN_THE_WEEK = at(WEEK.start)


def by_creator(
    accounts: Sequence[Account], now: BatchMetrics, before: BatchMetrics
) -> tuple[CreatorSums, ...]:
    return Tracked(tuple(accounts), now, before, WEEK).people(None).creators


def test_each_metric_over_those_that_know_it() -> None:
    """One account without likes neither hides the others' nor counts as nothing."""
    assert total([5, None, 0]) == 5
    assert total([None]) is None
    assert total([]) is None


def test_only_what_is_known_of_both_windows_compares() -> None:
    """Everything is added up, and beside it what may be compared."""
    assert compared([5, None, 7, 0], [1, 2, None, 0]) == Compared(12, 3, 5, 1, 3, 3, 2)
    assert compared([None], [4]) == Compared(None, 4, None, None, 0, 1, 0)


def test_accounts_of_a_creator_together() -> None:
    """Both windows, by the creator that an account belongs to today."""
    accounts = [account("a", "c1"), account("b"), account("c", "c1")]
    found = by_creator(accounts, batch({"a": 10, "b": 20, "c": 30}), batch({"a": 1, "b": 2}))
    assert found == (
        CreatorSums("c1", "Creator c1", 40, 10, 1),
        CreatorSums("b", "@name.b", 20, 20, 2),
    )
    assert [one.gain for one in found] == [9, 18]


@pytest.mark.parametrize(
    ("pairs", "gain"),
    [
        ([(10, 4), (30, None)], 6),
        ([(10, 4), (None, 30)], 6),
        ([(10, None), (None, 4)], None),
        ([(10, 0), (0, 4)], 6),
        ([(None, None)], None),
    ],
)
def test_a_gain_is_that_of_the_same_accounts(pairs: list[Pair], gain: Number | None) -> None:
    """Views that are unknown in one window are no rise or fall of the creator."""
    accounts = [account(str(number), "c1") for number in range(len(pairs))]
    own = tracked({str(number): pair for number, pair in enumerate(pairs)}, *accounts)
    (found,) = own.people(None).creators
    assert found.gain == gain
    assert found.views == total(now for now, _ in pairs)


def test_added_accounts_are_nobodys_gain() -> None:
    """Neither their creator's, nor their own; one that had views before is not new."""
    accounts = [
        account("old", "c1", added_at=LONG_AGO),
        account("new", "c1", added_at=IN_THE_WEEK),
        account("first", added_at=IN_THE_WEEK),
        account("silent", added_at=IN_THE_WEEK),
        account("known", added_at=IN_THE_WEEK),
    ]
    pairs: dict[str, Pair] = {
        "old": (50, 40), "new": (500, 0), "first": (70, None), "silent": (0, None), "known": (9, 5),
    }  # fmt: skip
    found = tracked(pairs, *accounts).people(None)
    assert [(one.key, one.views, one.gain) for one in found.creators] == [
        ("c1", 550, 10),
        ("first", 70, None),
        ("silent", 0, None),
        ("known", 9, 4),
    ]
    assert found.added == Added(2, 570)


@pytest.mark.parametrize(
    ("added", "is_new"),
    [
        (at(WEEK.start - timedelta(days=1), 23), False),
        (at(WEEK.start, 0), True),
        (at(WEEK.end, 23), True),
        (at(WEEK.end + timedelta(days=1), 0), False),
        (None, False),
    ],
)
def test_new_is_who_was_added_in_the_window(added: datetime | None, is_new: bool) -> None:  # noqa: FBT001
    """Both its days count, in UTC; an account of unknown age is not new."""
    own = tracked({"a": (100, 0)}, account("a", added_at=added))
    assert own.people(None).added == (Added(1, 100) if is_new else Added(0, 0))
    assert own.people(None).creators[0].gain == (None if is_new else 100)
    assert replace(own, window=None).people(None).added == Added(0, 0)


def test_a_rate_over_whole_accounts() -> None:
    """An account without likes has views that would thin the rate of the others."""
    accounts = [account("a", "c1"), account("b", "c1"), account("c")]
    now = batch({"a": metrics(1_000, 40, 8, 2), "b": metrics(9_000, None, 8, 2), "c": 5})
    assert [one.engagement for one in by_creator(accounts, now, batch({}))] == [5.0, None]


def test_creators_of_one_name_are_two() -> None:
    """Who is who is a matter of ids."""
    accounts = [
        account("a", "c1", creator_name="Mia Chen"),
        account("b", "c2", creator_name="Mia Chen"),
    ]
    found = by_creator(accounts, batch({"a": 1, "b": 2}), batch({}))
    assert [(one.key, one.name) for one in found] == [("c1", "Mia Chen"), ("c2", "Mia Chen")]


def test_an_account_that_changed_its_creator() -> None:
    """It counts for its new one in both windows, so that nobody jumps by moving house."""
    (found,) = by_creator([account("a", "new")], batch({"a": 50}), batch({"a": 40}))
    assert (found.key, found.gain) == ("new", 10)


def test_names() -> None:
    """The creator's first name that is known; else the account's handle, or its id."""

    def name(*own: object) -> str:
        accounts = [account(f"a{number}", "c1", creator_name=one) for number, one in enumerate(own)]
        return by_creator(accounts, batch({}), batch({}))[0].name

    assert name(None, "", "Mia") == "Mia"
    assert name(None, "") == "@name.a0"
    nameless = account("a", creator_name="Mia", username=None)
    assert by_creator([nameless], batch({}), batch({}))[0].name == "a"
    assert account("a", username="").name == "a"


def test_platforms() -> None:
    """One of them, or all; an account of an unknown platform is of none."""
    accounts = (account("a"), account("b", platform="instagram"), account("c", platform=None))
    assert of_platform(accounts, None) == accounts
    assert of_platform(accounts, Platform.INSTAGRAM) == accounts[1:2]


def test_metrics_of_unknown_accounts() -> None:
    """Of an account that the answer lacks nothing is known."""
    found = metrics_of([account("a"), account("b")], batch({"b": 1, "z": 2}))
    assert found == [NOTHING, metrics(1)]


def test_a_zero_before_the_first_refresh() -> None:
    """It was not measured; views that came all the same were."""
    waiting = [account("a", last_scrape_time=None), account("b", last_scrape_time=None)]
    assert metrics_of(waiting, batch({"a": 0, "b": 5})) == [NOTHING, metrics(5)]
    assert metrics_of([account("a")], batch({"a": 0})) == [metrics(0)]


@given(st.lists(st.tuples(creators, counts, counts, counts)))
def test_creators_add_up_to_the_accounts(
    rows: list[tuple[str | None, int | None, int | None, int | None]],
) -> None:
    """Nobody is lost, and nobody counts twice."""
    accounts = [account(f"a{number}", row[0]) for number, row in enumerate(rows)]
    now = batch({f"a{n}": metrics(views, likes) for n, (_, views, likes, _) in enumerate(rows)})
    before = batch({f"a{n}": metrics(views) for n, (*_, views) in enumerate(rows)})
    everybody = Tracked(tuple(accounts), now, before).people(None)
    views = everybody.metrics[Metric.VIEWS]
    found = everybody.creators
    assert total(one.views for one in found) == total(row[1] for row in rows)
    assert total(one.views_of_both for one in found) == views.current_of_both
    assert total(one.before_of_both for one in found) == views.before_of_both
    assert views.current == total(row[1] for row in rows)
    assert everybody.metrics[Metric.LIKES].current == total(row[2] for row in rows)
    assert len({one.key for one in found}) == len(found)
