"""Names of zones as people type them."""

from zoneinfo import ZoneInfo

import pytest

from bot.subscriptions.zones import nearest_zone, places, rules_version, zone_named


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("utc", "UTC"),
        ("Mars/Olympus", None),
        ("CET", None),
        ("EST5EDT", None),
        ("", None),
    ],
)
def test_zone_named(typed: str, meant: str | None) -> None:
    """Any case; abbreviations are not zones."""
    assert zone_named(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("belrin", "Europe/Berlin"),
        ("Mars/Olympus", None),
    ],
)
def test_nearest_zone(typed: str, meant: str | None) -> None:
    """A city alone, or a slip of the finger."""
    assert nearest_zone(typed) == meant


def test_places() -> None:
    """A list to choose from: sorted, every entry a zone, UTC at its end."""
    names = places()
    assert list(names[:-1]) == sorted(names[:-1])
    assert names[-1] == "UTC"
    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata"} <= set(names)
    assert all(ZoneInfo(name) for name in names)


def test_rules_version() -> None:
    """The installed edition, such as 2026.2."""
    assert rules_version()[:2] == "20"
