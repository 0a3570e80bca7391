"""How long to wait. Pure: the clock comes in as an argument."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_PAUSE: Final = 60.0
"""Seconds; a window's length is not documented, and no header may stop Recap for longer."""

PLENTY: Final = 0.1
"""While more than this share of the window is left, nothing slows down."""


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` asks for, sent as seconds or as a date; None if unreadable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def spacing(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds between requests so that the rest of the rate limit lasts until it resets.

    ``X-RateLimit-Reset`` is in Unix seconds (docs.creatoraudit.com, /api-reference/rate-limits).
    0 while plenty is left, and where the headers are absent or make no sense.
    """
    try:
        limit = int(headers["x-ratelimit-limit"])
        remaining = int(headers["x-ratelimit-remaining"])
        resets_in = int(headers["x-ratelimit-reset"]) - now.timestamp()
        if limit <= 0 or resets_in <= 0 or remaining > limit * PLENTY:
            return 0.0
        return min(resets_in / (max(remaining, 0) + 1), LONGEST_PAUSE)
    except (KeyError, ValueError, OverflowError):
        return 0.0


def remaining(headers: Mapping[str, str]) -> int | None:
    """How many requests the key has left, as ``X-RateLimit-Remaining`` says; None if unreadable."""
    try:
        return max(int(headers["x-ratelimit-remaining"]), 0)
    except (KeyError, ValueError):
        return None
