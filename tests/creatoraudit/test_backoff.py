"""How long to wait."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.creatoraudit.backoff import parse_retry_after, remaining, spacing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Mon, 23 Nov 2026 09:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 09:01:30", 90.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999", None),
        ("Mon, 01 Jan 0001 00:00:00 +2300", 0.0),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds or a date; anything else counts as not said."""
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_retry_after_takes_anything(value: str) -> None:
    """A header never breaks the client."""
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or seconds >= 0


def headers(limit: object, remaining: object, resets_in: int) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(NOW.timestamp()) + resets_in),
    }


@pytest.mark.parametrize(
    ("given_headers", "seconds"),
    [
        ({}, 0),
        (headers(600, 61, 30), 0),
        (headers(600, 59, 30), 0.5),
        (headers(600, 5, 30), 5),
        (headers(600, 0, 30), 30),
        (headers(600, -1, 30), 30),
        (headers(600, 0, 3_600), 60),
        (headers(600, 0, -5), 0),
        (headers(0, 0, 30), 0),
        (headers("many", 0, 30), 0),
        (headers(600, "few", 30), 0),
        (headers("1" + "0" * 400, 0, 30), 0),
        (headers("1" + "0" * 402, "1" + "0" * 400, 30), 0),
    ],
)
def test_spacing(given_headers: dict[str, str], seconds: float) -> None:
    """Nothing while plenty is left, then the rest is spread, and no header stops for long."""
    assert spacing(given_headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "left"),
    [({"x-ratelimit-remaining": "7"}, 7), ({"x-ratelimit-remaining": "-1"}, 0), ({}, None)],
)
def test_what_is_left(headers: dict[str, str], left: int | None) -> None:
    """What the API says, where it says it."""
    assert remaining(headers) == left
    assert remaining({"x-ratelimit-remaining": "many"}) is None
