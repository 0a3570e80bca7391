"""The engagement rate is never printed on a guessed scale."""

import pytest

from bot.digest.engagement import assume, calibrate, measured_percent
from bot.digest.facts import Number, WindowMetrics


def metrics(views: Number | None, likes: Number | None = 30) -> WindowMetrics:
    return WindowMetrics(views=views, plays=views, likes=likes, comments=8, shares=4)


def test_measured_over_whole_accounts_only() -> None:
    """An account that lacks one of the four numbers would bend the rate, so it is left out."""
    assert measured_percent([metrics(1_000), metrics(None), metrics(500, None)]) == 4.2


@pytest.mark.parametrize("views", [None, 0])
def test_nothing_measured_without_views(views: Number | None) -> None:
    """No views, no rate."""
    assert measured_percent([metrics(views)]) is None


def test_a_rate_of_zero_was_measured() -> None:
    """Views that nobody liked, commented on or shared; it just proves no scale."""
    silent = WindowMetrics(views=900, plays=900, likes=0, comments=0, shares=0)
    assert measured_percent([silent]) == 0
    assert calibrate(4.2, 0.0) is None


@pytest.mark.parametrize(
    ("rate", "factor"), [(4.2, 1), (0.042, 100), (1.0, 1), (0.2, 100), (12, 1)]
)
def test_scale_follows_the_measurement(rate: float, factor: int) -> None:
    """4.2 and 0.042 are the same rate on two scales; a sample is good enough to tell."""
    scale = calibrate(rate, 4.2)
    assert scale is not None
    assert scale.factor == factor
    assert "4.2 %" in scale.why


@pytest.mark.parametrize(
    ("rate", "measured"), [(None, 4.2), (0, 4.2), (4.2, None), (420, 4.2), (0.0004, 4.2)]
)
def test_no_scale_without_agreement(rate: Number | None, measured: float | None) -> None:
    """A rate that fits neither reading proves nothing."""
    assert calibrate(rate, measured) is None


@pytest.mark.parametrize(
    ("rates", "factor"),
    [((4.2, 0.9), 1), ((0.9, 4.2), 1), ((0, 0.0), 1), ((None, None), None), ((0.042, None), None)],
)
def test_assumption_only_where_the_numbers_prove_it(
    rates: tuple[Number | None, ...], factor: int | None
) -> None:
    """Above 1 it can't be a fraction; below, nothing is proved and nothing is printed."""
    assert assume(*rates).factor == factor
