"""Pictures out of characters."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.facts import Number
from bot.rendering.sparkline import bar, sparkline

numbers: st.SearchStrategy[Number | None] = (
    st.none() | st.integers(-(10**400), 10**400) | st.integers(-9, 9) | st.floats()
)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None], "·"),
        ([None, None], "··"),
        ([5], "▄"),
        ([0], "▄"),
        ([3, 3, 3], "▄▄▄"),
        ([3, None, 3], "▄·▄"),
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"),
        ([8, 1, None, 8], "█▁·█"),
        ([-2, 0, 2], "▁▅█"),
        ([-1, -8], "█▁"),
        ([0.5, 0.25], "█▁"),
        ([1, math.nan, 2], "▁·█"),
        ([1, math.inf, 2, -math.inf], "▁·█·"),
        ([1e308, -1e308], "█▁"),
        ([10**300, 0.0, 10**400], "█▁·"),
    ],
    ids=str,
)
def test_sparkline(values: list[Number | None], line: str) -> None:
    """From the smallest value to the largest, with a dot for what is not known."""
    assert sparkline(values) == line


@given(st.lists(numbers, max_size=40))
def test_one_character_for_each(values: list[Number | None]) -> None:
    """Whatever is in it, the line is as long as the list, and gaps stay where they are."""
    line = sparkline(values)
    assert len(line) == len(values)
    assert set(line) <= set("▁▂▃▄▅▆▇█·")
    assert all(line[place] == "·" for place, value in enumerate(values) if value is None)


@given(st.lists(st.integers(-1_000, 1_000), min_size=2))
def test_higher_is_never_drawn_lower(values: list[int]) -> None:
    """Sorted values never go down."""
    line = sparkline(sorted(values))
    assert list(line) == sorted(line)


@pytest.mark.parametrize(
    ("value", "largest", "drawn"),
    [
        (10, 10, "██████████"),
        (-10, 10, "░░░░░░░░░░"),
        (5, -10, "█████"),
        (-5.0, 10, "░░░░░"),
        (1, 1_000_000, "█"),
        (-0.001, 1, "░"),
        (20, 10, "██████████"),
        (0, 10, ""),
        (5, 0, ""),
        (None, 10, ""),
        (math.nan, 10, ""),
        (5, math.inf, ""),
    ],
)
def test_bar(value: Number | None, largest: Number, drawn: str) -> None:
    """Its length is the share of the largest, its colour the sign."""
    assert bar(value, largest, 10) == drawn


@given(numbers, numbers, st.integers(0, 30))
def test_a_bar_stays_within_its_width(
    value: Number | None, largest: Number | None, width: int
) -> None:
    """Whatever is compared with whatever, and even where there is no room at all."""
    assert len(bar(value, largest or 0, width)) <= width
