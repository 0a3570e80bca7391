"""How much of a growth comes from accounts that were only added."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.cohorts import like_for_like
from bot.digest.facts import Account, Number
from bot.digest.model import LikeForLike
from bot.digest.sums import Tracked
from tests.digest.examples import LONG_AGO, WEEK, account, at, batch

Row = tuple[datetime | None, Number | None, Number | None]
IN_THE_WEEK = at(WEEK.start)


def split(*rows: Row) -> LikeForLike | None:
    """Of accounts, each with the instant it was added, its views and those before."""
    accounts: list[Account] = [account(f"a{n}", added_at=row[0]) for n, row in enumerate(rows)]
    now = batch({f"a{n}": row[1] for n, row in enumerate(rows)})
    before = batch({f"a{n}": row[2] for n, row in enumerate(rows)})
    return like_for_like(Tracked(tuple(accounts), now, before, WEEK).people(None))


def test_growth_by_old_and_new_accounts() -> None:
    """+18 % of which 10 points are two new accounts."""
    found = split((LONG_AGO, 1_080, 1_000), (IN_THE_WEEK, 60, 0), (IN_THE_WEEK, 40, None))
    assert found == LikeForLike(0.18, 0.1, 2)
    assert found.like_for_like == pytest.approx(0.08)


def test_who_brought_nothing_is_not_counted() -> None:
    """Accounts that wait for their first refresh explain no growth."""
    rows = [(LONG_AGO, 1_080, 1_000), (IN_THE_WEEK, 100, 0), (IN_THE_WEEK, 0, 0)]
    found = split(*rows, (IN_THE_WEEK, None, None))
    assert found == LikeForLike(0.18, 0.1, 1)


def test_only_the_same_accounts_compare() -> None:
    """Views that are unknown in one of the windows are neither growth nor a fall."""
    rows = [(LONG_AGO, 1_080, 1_000), (IN_THE_WEEK, 100, 0), (LONG_AGO, None, 9_000)]
    assert split(*rows, (None, 7_000, None)) == LikeForLike(0.18, 0.1, 1)


def test_a_fall_in_spite_of_new_accounts() -> None:
    """The two parts may point in opposite directions."""
    assert split((LONG_AGO, 700, 1_000), (IN_THE_WEEK, 100, 0)) == LikeForLike(-0.2, 0.1, 1)


@pytest.mark.parametrize(
    "rows",
    [
        [(LONG_AGO, 1_000, 1_000), (IN_THE_WEEK, 9, 0)],
        [(LONG_AGO, 2_000, 1_000)],
        [(LONG_AGO, 19, 19), (IN_THE_WEEK, 500, 0)],
        [(LONG_AGO, 0, 0), (IN_THE_WEEK, 500, 0)],
        [(IN_THE_WEEK, 500, None)],
        [(LONG_AGO, None, 1_000), (IN_THE_WEEK, None, 0)],
        [(LONG_AGO, 1_000, 1_000), (IN_THE_WEEK, None, None)],
        [],
    ],
)
def test_nothing_to_tell(rows: list[Row]) -> None:
    """Hardly anything brought, nobody new, a base that is tiny, zero or unknown."""
    assert split(*rows) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, LONG_AGO, IN_THE_WEEK, IN_THE_WEEK + timedelta(days=7)]),
            st.none() | st.integers(0, 10**9),
            st.none() | st.integers(0, 10**9),
        )
    )
)
def test_the_parts_are_of_one_base(rows: list[Row]) -> None:
    """Whatever comes in, both fractions are of the same views before."""
    found = split(*rows)
    if found:
        new = [now for added, now, before in rows if added == IN_THE_WEEK and not before and now]
        pairs = [
            (now, before)
            for added, now, before in rows
            if now is not None and before is not None
            if before or added != IN_THE_WEEK
        ]
        base = sum(before for _, before in pairs)
        assert found.of_new == pytest.approx(sum(new) / base)
        assert found.like_for_like == pytest.approx(
            sum(now for now, _ in pairs) / base - 1, abs=1e-6
        )
        assert found.accounts == len(new)
