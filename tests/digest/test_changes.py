"""How two values compare: product rules, one case each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.changes import compare
from bot.digest.facts import Number
from bot.digest.model import Change, Difference, NoChange, Percent, Points, Times, Unit

numbers = st.one_of(st.integers(-(10**15), 10**15), st.floats(-1e15, 1e15))


@pytest.mark.parametrize(
    ("current", "previous", "change"),
    [
        (118, 100, Percent(0.18)),
        (50, 100, Percent(-0.5)),
        (0, 100, Percent(-1.0)),
        (-50, 100, Percent(-1.5)),
        (999, 100, Percent(8.99)),
        (1_000, 100, Times(10.0)),
        (1_200, 100, Times(12.0)),
        (100, 100, NoChange()),
        (100_010, 100_000, NoChange()),
        (100_060, 100_000, Percent(0.001)),
        (7, 0, Difference(7)),
        (0, 7, Difference(-7)),
        (30, 19, Difference(11)),
        (21, 20, Percent(0.05)),
        (5, -5, Difference(10)),
        (0, 0, NoChange()),
        (0.0, 0, NoChange()),
    ],
)
def test_counts(current: Number, previous: Number, change: Change) -> None:
    """A count moves by a percentage, by a factor, or by a difference on a tiny base."""
    assert compare(current, previous, Unit.COUNT) == change


@pytest.mark.parametrize(
    ("current", "previous", "change"),
    [(4.2, 4.0, Points(0.2)), (0, 4.0, Points(-4.0)), (4.001, 4.0, NoChange()), (4, 4, NoChange())],
)
def test_rates_move_in_points(current: Number, previous: Number, change: Change) -> None:
    """A rate never gets a percentage of a percentage."""
    assert compare(current, previous, Unit.PERCENT) == change


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize(("current", "previous"), [(None, 1), (1, None), (None, None)])
def test_unknown_does_not_compare(
    current: Number | None, previous: Number | None, unit: Unit
) -> None:
    """Without both values there is no change, not even a zero one."""
    assert compare(current, previous, unit) is None


@given(numbers, numbers)
def test_no_percentage_on_nothing(current: Number, previous: Number) -> None:
    """Whatever comes in, a percentage stands on a base of at least twenty."""
    change = compare(current, previous, Unit.COUNT)
    if isinstance(change, (Percent, Times)):
        assert previous >= 20
    if isinstance(change, Percent):
        assert change.by != 0
        assert change.by < 9.001
