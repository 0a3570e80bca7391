"""Numbers, changes and dates as a reader of one locale writes them (babel)."""

import math
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Any, Final, TypeGuard

from babel import Locale
from babel.dates import format_datetime, format_skeleton
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    format_scientific,
)

from bot.digest.changes import TIMES_FROM
from bot.digest.facts import Number
from bot.digest.model import Change, Difference, Figure, NoChange, Percent, Points, Times, Unit
from bot.rendering.names import isolated

UNKNOWN: Final = "–"
COMPACT_FROM: Final = 10_000
SCIENTIFIC_FROM: Final = 10**15
THREE_DIGITS: Final = Context(prec=3, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)
EXACT_DIGITS: Final = 15
TWO_DIGITS: Final = Context(prec=2, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)
SMALL: Final = 0.01
"""Two decimals can't show what is below; it gets two significant digits, or it would read as 0."""

SCIENTIFIC_BELOW: Final = 1e-6
MOST_DECIMALS: Final = "#" * 7
REMEMBERED: Final = 8_192
"""Texts of each kind. Rounded to three digits, the numbers of many organizations are the same."""

EXACT_ZERO: Final = 0.00005
"""The receipt's four decimals show nothing of what is not above."""


class Numbers:
    """Prints numbers for one locale; every result is at most some 30 characters long."""

    def __init__(self, locale: str = "en") -> None:
        self._locale = Locale.parse(locale, sep="-" if "-" in locale else "_")
        # The locale knows whether a space stands before its percent sign. Reading it here loads
        # the locale's data at start and not within the first answer.
        percent = str(self._locale.percent_formats[None].pattern)
        self._percent = percent.replace("0", "0.##", 1)
        # A post, its thread and its text hold the same numbers, and babel takes its time.
        remembering = lru_cache(maxsize=REMEMBERED)
        self._shortened = remembering(self._shorten)
        self._formatted = remembering(self._format)
        self._percentage = remembering(self._format_percent)
        self._told = remembering(self._tell)
        self._small_percent = percent.replace("0", f"0.{MOST_DECIMALS}", 1)

    def compact(self, number: Number | None) -> str:
        """Short enough for a phone: 847, 9,120, 12.4K, 1.24M; an unknown number is ``–``.

        Rounded to three digits before it is shortened, or 999,950 would read ``1000K``.
        """
        if number is None:
            return UNKNOWN
        if _is_small(number):
            return self._small(number)
        if abs(number) < COMPACT_FROM:
            return self._plain(number, "#,##0.##")
        short = self._shortened(THREE_DIGITS.create_decimal(Decimal(number)))
        return self._plain(number, "#,##0") if short is None else short

    def _shorten(self, rounded: Decimal) -> str | None:
        """The short form; None where the locale has none."""
        if abs(rounded) >= SCIENTIFIC_FROM:
            return format_scientific(rounded, format="0.##E0", locale=self._locale)
        # babel's stubs forgot Decimal, which is what it works in.
        short: Any = rounded
        text = format_compact_decimal(short, fraction_digits=2, locale=self._locale)
        # German and others have no short form for thousands: babel then gives the bare digits of
        # the rounded number, which would read as if they were exact.
        if text.lstrip("-").isdecimal():
            return None
        # Its sign stays where those of all other numbers are.
        return f"{'-' if text.startswith('-') else ''}{isolated(text.removeprefix('-'))}"

    def exact(self, number: Number | None) -> str:
        """Every digit, for the receipt; ``–`` when unknown."""
        if number is None:
            return UNKNOWN
        if abs(number) >= 10**EXACT_DIGITS or 0 < abs(number) <= EXACT_ZERO:
            return format_scientific(Decimal(number), format="0.####E0", locale=self._locale)
        return self._plain(number, "#,##0.####")

    def figure(self, figure: Figure) -> str:
        """The current value of ``figure`` in its unit."""
        return self.value(figure.current, figure.unit)

    def value(self, number: Number | None, unit: Unit) -> str:
        """``number`` in ``unit``: ``1.24M``, ``4.2%`` or ``+12K``."""
        if number is None or unit is Unit.COUNT:
            return self.compact(number)
        if unit is Unit.GAIN:
            return self.gain(number)
        if abs(number) >= COMPACT_FROM or 0 < abs(number) < SCIENTIFIC_BELOW:
            return f"{self.compact(number)}%"
        pattern, percent = self._percent, Decimal(number or 0)
        if _is_small(number):
            pattern, percent = self._small_percent, TWO_DIGITS.create_decimal(percent)
        return self._percentage(percent, pattern)

    def gain(self, number: Number) -> str:
        """``number`` with its sign: ``+12K``."""
        return _signed(self.compact(number), number)

    def relative(self, by: float) -> str:
        """A change as a fraction in words: 0.182 is ``+18.2%``, 25 is ``×26``, 0.0001 no change."""
        if by >= TIMES_FROM - 1:
            return self._change(Times(by + 1))
        rounded = round(by, 3)
        return self._change(Percent(rounded) if rounded else NoChange())

    def change(self, change: Change | None) -> str | None:
        """A change in words that fit in brackets: ``+18.2%``, ``×12``, ``no change``."""
        return None if change is None else self._change(change)

    def _change(self, change: Change) -> str:
        match change:
            case Percent(by):
                return _signed(self.value(round(100 * by, 1), Unit.PERCENT), by)
            case Times(factor):
                return f"×{self.compact(round(factor))}"
            case Difference(by):
                return self.gain(by)
            case Points(by):
                return f"{_signed(self.compact(by), by)} pp"
            case _:
                return "no change"

    def moment(self, instant: datetime) -> str:
        """``instant`` in UTC, to the minute, with its zone: ``21 Nov 2026, 09:02 UTC``."""
        return self._told(instant.replace(second=0, microsecond=0))

    def _tell(self, minute: datetime) -> str:
        text = format_datetime(minute, "d MMM y, HH:mm", locale=self._locale)
        return f"{isolated(text)} UTC"

    def span(self, first: datetime, last: datetime) -> str:
        """Both in UTC, to the minute: ``21 Nov 2026, 09:02–09:03 UTC``."""
        start, end = self.moment(first), self.moment(last)
        if start == end:
            return start
        if first.date() != last.date():
            return f"{start} to {end}"
        hour = format_datetime(last, "HH:mm", locale=self._locale)
        return f"{start.removesuffix(' UTC')}–{hour} UTC"

    def short_day(self, day: date) -> str:
        """A date without its year: ``Nov 30``."""
        return isolated(format_skeleton("MMMd", day, locale=self._locale))

    def day(self, day: date) -> str:
        """A date with its weekday and without its year: ``Mon, Nov 30``."""
        return isolated(format_skeleton("MMMEd", day, locale=self._locale))

    def weekday(self, day: date) -> str:
        """Its short name: ``Mon``."""
        return str(format_skeleton("E", day, locale=self._locale))

    def _small(self, number: Number) -> str:
        rounded = TWO_DIGITS.create_decimal(Decimal(number))
        if abs(rounded) < SCIENTIFIC_BELOW:
            return format_scientific(rounded, format="0.#E0", locale=self._locale)
        return self._plain(rounded, f"0.{MOST_DECIMALS}")

    def _plain(self, number: Number | Decimal, pattern: str) -> str:
        # "or 0": minus zero is zero.
        return self._formatted(Decimal(number or 0), pattern)

    def _format(self, number: Decimal, pattern: str) -> str:
        return str(format_decimal(number, format=pattern, locale=self._locale))

    def _format_percent(self, percent: Decimal, pattern: str) -> str:
        return str(format_percent(percent / 100, format=pattern, locale=self._locale))


def is_finite(value: Number | None) -> TypeGuard[Number]:
    """Whether ``value`` can be drawn: JSON has no NaN, and JavaScript no number beyond 1e308."""
    try:
        return value is not None and math.isfinite(value)
    except OverflowError:
        return False


def _is_small(number: Number) -> bool:
    return 0 < abs(number) < SMALL


def _signed(text: str, by: Number) -> str:
    return f"+{text}" if by > 0 else text
