"""CreatorAudit's JSON, read tolerantly."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.creatoraudit import wire
from bot.digest.facts import Identity, LeaderboardRow, WindowMetrics
from bot.digest.periods import Window

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(
    st.sampled_from(["current", "previous", "changes", "views", "id", "name", "data", "meta"])
    | st.text(max_size=5),
    anything,
    max_size=5,
)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0, 0),
        (12, 12),
        (0.042, 0.042),
        (-3, -3),
        (None, None),
        (True, None),
        ("12", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**19, None),
        ([1], None),
        ({"value": 1}, None),
    ],
)
def test_number(value: object, read: object) -> None:
    """Only a finite number is one; everything else is unknown."""
    assert wire.number(value) == read


def test_nested_overview() -> None:
    """The documented shape, with a null, an unknown metric and a string in it."""
    read = wire.read_overview(
        {
            "type": "overview",
            "current": {"total_views": 12, "saves": None, "new_metric": 3.5, "likes": "many"},
            "previous": {"total_views": 10},
            "changes": {"total_views_pct": 20.0, "saves_pct": None, "odd": "x"},
        }
    )
    assert read.shape == "nested"
    assert read.current == {"total_views": 12, "saves": None, "new_metric": 3.5}
    assert read.previous == {"total_views": 10}
    assert read.server_changes == {"total_views": 20.0, "saves": None}
    assert read.unreadable == ("likes",)


def test_flat_overview() -> None:
    """The tutorial's shape; what is no metric by its name is not taken for one."""
    read = wire.read_overview(
        {
            "type": "overview",
            "id": 7,
            "views": 12,
            "likes": 0,
            "followers": None,
            "views_pct": 3,
            "start_date": 20261101,
            "updated_at": 5,
            "previous": {"views": 10},
        }
    )
    assert read.shape == "flat"
    assert read.current == {"views": 12, "likes": 0, "followers": None}
    assert read.previous == {"views": 10}


def test_overview_without_metrics_names_its_keys() -> None:
    """The builder's error needs them."""
    read = wire.read_overview({"message": "hello", "x" * 50: {}})
    assert read.current == {}
    assert read.keys_seen == ("message", "x" * 40)


@given(objects)
def test_overview_reads_anything(data: dict[str, Any]) -> None:
    """No answer breaks the reader, and no unknown becomes a number."""
    read = wire.read_overview(data)
    assert all(wire.number(value) == value for value in read.current.values())


def test_leaderboard() -> None:
    """Server order, tolerant values, ids of any kind, a name made from the id."""
    read = wire.read_leaderboard(
        [
            {"id": "a", "name": "Mia", "views": 12, "extra": {}},
            {"id": 7, "name": "", "views": None},
            "not a row",
            {"id": "org_1", "name": "Zoë", "views": "many"},
            {},
        ]
    )
    assert read.metric == "views"
    assert read.rows == (
        LeaderboardRow("a", "Mia", 12),
        LeaderboardRow("7", "7", None),
        LeaderboardRow("org_1", "Zoë", None),
        LeaderboardRow(None, "", None),
    )


@pytest.mark.parametrize(
    ("row", "metric"),
    [
        ({"total_views": 3}, "total_views"),
        ({"view_count": 3}, "view_count"),
        ({"metrics": {"views": 3}}, "metrics.views"),
        ({"current": {"total_views": 3}}, "current.total_views"),
    ],
)
def test_leaderboard_value_elsewhere(row: dict[str, Any], metric: str) -> None:
    """Only a tutorial shows the row's shape."""
    read = wire.read_leaderboard([row])
    assert (read.metric, read.rows[0].value) == (metric, 3)


def test_empty_leaderboard() -> None:
    """No row, no metric."""
    assert wire.read_leaderboard([]).metric is None


@given(st.lists(objects | anything, max_size=4))
def test_leaderboard_reads_anything(rows: list[Any]) -> None:
    """No row breaks the reader."""
    assert len(wire.read_leaderboard(rows).rows) <= len(rows)


def test_account() -> None:
    """Times in UTC; null means that the first refresh has not landed."""
    read = wire.read_account(
        {
            "id": 12,
            "platform": "threads",
            "creator_id": None,
            "is_active": "yes",
            "follower_count": 10,
            "added_at": "2026-11-01T08:00:00",
            "last_scrape_time": "2026-11-23T06:00:00Z",
            "scrape_interval_hours": 24,
        }
    )
    assert read is not None
    assert (read.id, read.platform, read.creator_id, read.is_active) == (
        "12",
        "threads",
        None,
        None,
    )
    assert read.added_at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert read.last_scrape_time == datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "row",
    [
        None, [], "a", {}, {"id": None}, {"id": ""}, {"id": {"a": 1}, "username": "mia"},
        {"id": "a"}, {"id": "a", "error": "gone"}, {"id": "a", "username": [], "is_active": "yes"},
    ],
)  # fmt: skip
def test_account_that_can_not_be_read(row: object) -> None:
    """Nothing could be asked about it, or nothing is known of it: it is not one that waits."""
    assert wire.read_account(row) is None


@pytest.mark.parametrize("value", [None, 5, "yesterday", ""])
def test_unreadable_times_are_unknown(value: object) -> None:
    """A bad date loses only itself."""
    read = wire.read_account({"id": "a", "is_active": False, "last_scrape_time": value})
    assert read is not None
    assert read.last_scrape_time is None


def test_metrics() -> None:
    """The window is what ``meta`` says; entries that are none are left out."""
    read = wire.read_metrics(
        {
            "data": {"a": {"views": 10, "likes": None, "comments": "x"}, "b": None},
            "meta": {"start_date": "2026-11-16", "end_date": "2026-11-22", "not_found": ["c", 4]},
        }
    )
    assert read.window == Window(date(2026, 11, 16), date(2026, 11, 22))
    assert read.window.days == 7
    assert read.by_account == {"a": WindowMetrics(10, None, None, None, None)}
    assert read.not_found == ("c", "4")


@pytest.mark.parametrize(
    ("values", "engagement"),
    [
        ({"engagement": 9, "likes": 1, "comments": 1, "shares": 1}, 9),
        ({"engagement": 0, "likes": 5, "comments": 1, "shares": 1}, 0),
        ({"engagement": None, "likes": 5, "comments": 2, "shares": 1}, 8),
        ({"likes": 5, "comments": 2}, None),
        ({"likes": 5, "shares": 2}, None),
        ({"comments": 5, "shares": 2}, None),
        ({}, None),
    ],
)
def test_engagement(values: dict[str, Any], engagement: object) -> None:
    """As sent, else the sum of the three, and never of fewer."""
    read = wire.read_metrics({"data": {"a": values}})
    assert read.by_account["a"].engagement == engagement


@pytest.mark.parametrize(
    "meta", [None, {}, {"start_date": "soon", "end_date": 5}, {"start_date": "2026-11-16"}]
)
def test_metrics_without_a_window(meta: object) -> None:
    """No invented dates."""
    assert wire.read_metrics({"data": [], "meta": meta}).window is None


@given(objects)
def test_metrics_read_anything(body: dict[str, Any]) -> None:
    """No answer breaks the reader."""
    wire.read_metrics(body)
    wire.read_account(body)
    assert isinstance(wire.read_identity(body), Identity)


@pytest.mark.parametrize(
    ("said", "known"),
    [("org_1", "org_1"), (7, "7"), ("", None), (" ", None), (None, None), ({}, None)],
)
def test_an_organization_without_an_id(said: object, known: str | None) -> None:
    """What can't tell organizations apart is not known."""
    assert wire.read_identity({"organization_id": said}).organization_id == known
