"""Numbers as a reader of one locale writes them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.facts import Number
from bot.digest.model import Change, Difference, NoChange, Percent, Points, Times, Unit
from bot.rendering.numbers import Numbers

english = Numbers()
german = Numbers("de")
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (0, "0"),
        (847, "847"),
        (9_120, "9,120"),
        (9_999.5, "9,999.5"),
        (12_400, "12.4K"),
        (123_456, "123K"),
        (999_499, "999K"),
        (999_950, "1M"),
        (1_243_531, "1.24M"),
        (-5_400, "-5,400"),
        (-999_999, "-1M"),
        (7_000_000_000, "7B"),
        (10**15, "1E15"),
        (1e300, "1E300"),
        (10**400, "1E400"),
        (0.0042, "0.0042"),
        (-0.001, "-0.001"),
        (0.00999, "0.01"),
        (0.000012345, "0.000012"),
        (1e-9, "1E-9"),
        (-1.26e-300, "-1.3E-300"),
        (-0.0, "0"),
    ],
)
def test_compact(number: Number | None, text: str) -> None:
    """Short enough for a phone, and never ``1000K``."""
    assert english.compact(number) == text


def test_compact_in_another_locale() -> None:
    """German has a decimal comma, and no short form for thousands: those stay exact."""
    shown = [german.compact(number) for number in (9_120, 12_431, 216_312.4, 1_243_531, -12_400)]
    assert shown == ["9.120", "12.431", "216.312", "1,24\xa0Mio.", "-12.400"]


def test_what_is_written_from_right_to_left_is_kept_to_itself() -> None:
    """It would turn what stands behind it around: ``12.4 ألف (+18.2%)``."""
    arabic = Numbers("ar")
    assert [arabic.compact(number) for number in (847, 12_400, -12_400)] == [
        "847",
        "\u206812.4\xa0ألف\u2069",
        "-\u206812.4\xa0ألف\u2069",
    ]
    assert arabic.moment(NINE) == "\u206823 نوفمبر 2026, 09:00\u2069 UTC"
    assert arabic.short_day(NINE.date()) == "\u206823 نوفمبر\u2069"
    assert arabic.day(NINE.date()) == "\u2068الاثنين، 23 نوفمبر\u2069"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (1_243_531, "1,243,531"),
        (4.2375, "4.2375"),
        (10**15, "1E15"),
        (0, "0"),
        (-0.0, "0"),
        (0.0042, "0.0042"),
        (0.00001, "1E-5"),
        (-0.00005, "-5E-5"),
        (0.000051, "0.0001"),
    ],
)
def test_exact(number: Number | None, text: str) -> None:
    """The receipt shows every digit that was sent, up to fifteen of them."""
    assert english.exact(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (0, "0%"),
        (4.2, "4.2%"),
        (4.237, "4.24%"),
        (1e9, "1B%"),
        (-3, "-3%"),
        (0.001, "0.001%"),
        (0.0000123, "0.000012%"),
        (1e-9, "1E-9%"),
        (-0.0, "0%"),
    ],
)
def test_rate(number: Number | None, text: str) -> None:
    """A rate is held in percent and printed with two decimals at most."""
    assert english.value(number, Unit.PERCENT) == text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (None, None),
        (NoChange(), "no change"),
        (Percent(0.182), "+18.2%"),
        (Percent(-0.5), "-50%"),
        (Percent(3), "+300%"),
        (Times(12.4), "×12"),
        (Times(23_456.0), "×23.5K"),
        (Difference(5), "+5"),
        (Difference(-12_400), "-12.4K"),
        (Points(0.2), "+0.2 pp"),
        (Points(-1.25), "-1.25 pp"),
    ],
)
def test_change(change: Change | None, text: str | None) -> None:
    """Every kind of change has one form."""
    assert english.change(change) == text


@pytest.mark.parametrize(
    ("by", "text"),
    [
        (0.182, "+18.2%"),
        (-0.18249, "-18.2%"),
        (0.0004, "no change"),
        (-0.0004, "no change"),
        (0.0006, "+0.1%"),
        (8.99, "+899%"),
        (9.0, "×10"),
        (25.2, "×26"),
    ],
)
def test_relative(by: float, text: str) -> None:
    """A fraction reads like a change: never ``+0%``, and a factor where that says more."""
    assert english.relative(by) == text


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (12_000, Unit.GAIN, "+12K"),
        (-26_900, Unit.GAIN, "-26.9K"),
        (0, Unit.GAIN, "0"),
        (None, Unit.GAIN, "–"),
        (12_000, Unit.COUNT, "12K"),
    ],
)
def test_gain(number: Number | None, unit: Unit, text: str) -> None:
    """A gain has its sign."""
    assert english.value(number, unit) == text


def test_percent_sign_as_the_locale_writes_it() -> None:
    """German puts a space before it."""
    assert german.change(Percent(0.182)) == "+18,2\xa0%"


def test_moment_names_its_zone() -> None:
    """A time without a zone would be somebody's guess."""
    moment = datetime(2026, 11, 1, 9, 2, tzinfo=UTC)
    assert english.moment(moment) == "1 Nov 2026, 09:02 UTC"
    assert german.moment(moment) == "1 Nov. 2026, 09:02 UTC"


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (datetime(2026, 11, 1, 9, 2, 59, tzinfo=UTC), "1 Nov 2026, 09:02 UTC"),
        (datetime(2026, 11, 1, 9, 3, tzinfo=UTC), "1 Nov 2026, 09:02–09:03 UTC"),
        (datetime(2026, 11, 2, 0, 1, tzinfo=UTC), "1 Nov 2026, 09:02 UTC to 2 Nov 2026, 00:01 UTC"),
    ],
)
def test_span(last: datetime, text: str) -> None:
    """No more of it than differs."""
    assert english.span(datetime(2026, 11, 1, 9, 2, tzinfo=UTC), last) == text


def test_short_day() -> None:
    """Short enough for the axis of a chart."""
    assert english.short_day(date(2026, 11, 1)) == "Nov 1"
    assert german.short_day(date(2026, 11, 1)) == "1. Nov."


@given(st.one_of(st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_never_long(number: Number | None) -> None:
    """No number breaks a line or a limit."""
    for text in (english.compact(number), english.exact(number), german.compact(number)):
        assert 1 <= len(text) <= 32
        assert (text == "0") == (number == 0)
