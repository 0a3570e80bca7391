"""Dates from Slack's templates, in the reader's zone and language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.playground.page.dates import moment
from tests.playground.page.examples import VIEWER, read

MORNING = int(datetime(2026, 11, 23, 8, 5, 9, tzinfo=UTC).timestamp())
"""Nine in Berlin, on the day of the page's clock."""

DAY = 86_400


def said(template: str, seconds: int = MORNING, **viewer: str) -> str | None:
    made = moment(seconds, template, replace(VIEWER, **viewer))  # type: ignore[arg-type]
    return read(made).text if made is not None else None


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{date_num} {time}", "2026-11-23 9:05 AM"),
        ("{date_num} {time_secs}", "2026-11-23 9:05:09 AM"),
        ("{date_slash}", "11/23/2026"),
        ("{date_long}", "Monday, November 23rd, 2026"),
        ("{date_long_full}", "November 23, 2026"),
        ("{date}", "November 23rd"),
        ("{date_short}", "Nov 23"),
        ("{date_pretty} at {time}", "Today at 9:05 AM"),
        ("on {date_short_pretty}", "on today"),
        ("{date_long_pretty}", "Today"),
        ("{day_divider_pretty}", "Today"),
        ("{ago}", "4 hours ago"),
        ("{nothing} {", "{nothing} {"),
    ],
)
def test_tokens(template: str, text: str) -> None:
    """Every token of Slack's; others stay text."""
    assert said(template) == text


@pytest.mark.parametrize(
    ("days", "short", "long", "divider"),
    [
        (-1, "Yesterday", "Yesterday", "Yesterday"),
        (1, "Tomorrow", "Tomorrow", "Tomorrow"),
        (2, "Nov 25", "Wednesday, November 25th, 2026", "Wednesday, November 25th"),
        (-2, "Nov 21", "Saturday, November 21st, 2026", "Saturday, November 21st"),
        (-11, "Nov 12", "Thursday, November 12th, 2026", "Thursday, November 12th"),
        (-182, "May 25", "Monday, May 25th, 2026", "Monday, May 25th"),
        (-183, "May 24, 2026", "Sunday, May 24th, 2026", "Sunday, May 24th"),
        (60, "Jan 22", "Friday, January 22nd, 2027", "Friday, January 22nd, 2027"),
    ],
)
def test_near_and_far(days: int, short: str, long: str, divider: str) -> None:
    """Words for the days around today; the year where it is not plain."""
    tokens = "{date_short_pretty}", "{date_long_pretty}", "{day_divider_pretty}"
    assert [said(one, MORNING + days * DAY) for one in tokens] == [short, long, divider]


@pytest.mark.parametrize(
    ("days", "text"), [(-2, "21. November"), (-300, "27. Januar 2026"), (300, "19. September 2027")]
)
def test_date_in_another_language(days: int, text: str) -> None:
    """With its own order and month, and the year where it is not plain."""
    assert said("{date}", MORNING + days * DAY, locale="de") == text


def test_zone() -> None:
    """The reader's day and hour, and what changes with the clocks."""
    assert said("{date_short_pretty} {time}", zone="Pacific/Auckland") == "Yesterday 9:05 PM"
    assert said("{date_short_pretty} {time}", zone="Asia/Kolkata") == "Today 1:35 PM"
    assert said("{date_short_pretty} {time}", zone="Pacific/Honolulu") == "Yesterday 10:05 PM"
    summer = int(datetime(2026, 7, 1, 8, 0, tzinfo=UTC).timestamp())
    assert said("{time}", summer) == "10:00 AM"
    shown = '<time datetime="2026-07-01T10:00:00+02:00">10:00 AM</time>'
    assert moment(summer, "{time}", VIEWER) == shown


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-GB", "Today 09:05 · 23/11/2026 · Monday, November 23rd, 2026"),
        ("de", "Heute 09:05 · 23.11.2026 · Montag, 23. November 2026"),
        ("fr", "Aujourd’hui 09:05 · 23/11/2026 · lundi 23 novembre 2026"),
        ("sv", "23 nov. 09:05 · 2026-11-23 · måndag 23 november 2026"),
    ],
)
def test_locales(locale: str, text: str) -> None:
    """In the language's own order; plain dates where its words for the days are unknown."""
    template = "{date_short_pretty} {time} · {date_slash} · {date_long}"
    assert said(template, locale=locale) == text


@pytest.mark.parametrize("seconds", [10**12, -(10**12), 10**30, 253_402_300_799])
def test_beyond_the_calendar(seconds: int) -> None:
    """A time that no calendar holds is none."""
    assert said("{date}", seconds, zone="Pacific/Auckland") is None
