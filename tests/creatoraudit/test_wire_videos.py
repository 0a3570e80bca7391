"""CreatorAudit's posts, read tolerantly."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.creatoraudit import wire_videos
from bot.digest.facts import BatchMetrics, PlatformMetrics, Video, WindowMetrics

DOCUMENTED = {
    "id": "0a51",
    "type": "video",
    "platform": "instagram",
    "external_id": "31",
    "shortcode": "C0de",
    "description": " Spring menu ",
    "video_url": "https://scontent.cdninstagram.com/a.mp4",
    "account_id": "ac1",
    "account_username": "mia",
    "is_active": True,
    "is_unavailable": False,
    "create_time": "2026-11-18T10:00:00Z",
    "added_at": "2026-11-19T08:00:00Z",
    "last_scrape_time": None,
}
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
rows = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "platform",
            "url",
            "video_url",
            "shortcode",
            "external_id",
            "account",
            "creator",
            "caption",
            "account_username",
            "added_at",
            "is_active",
        ]
    ),
    values | st.lists(values, max_size=2) | st.dictionaries(st.just("id"), values),
)


def test_a_documented_row() -> None:
    """Every field in its place; the page is made from the code, not from the media file."""
    assert wire_videos.read_video(DOCUMENTED) == Video(
        id="0a51",
        platform="instagram",
        title="Spring menu",
        url="https://www.instagram.com/p/C0de/",
        account_id="ac1",
        account_username="mia",
        is_active=True,
        is_unavailable=False,
        published_at=datetime(2026, 11, 18, 10, tzinfo=UTC),
        added_at=datetime(2026, 11, 19, 8, tzinfo=UTC),
    )


def test_a_row_of_another_shape() -> None:
    """Nested objects and other names, as the documentation uses them elsewhere."""
    read = wire_videos.read_account_video(
        {
            "id": 12,
            "platform": "TikTok",
            "external_id": 7301,
            "caption": "Hi",
            "account": {"id": "ac2", "username": "@kofi", "creator_id": "c1"},
            "creator": {"id": "c1", "name": "Kofi Mensah"},
        }
    )
    assert read == Video(
        id="12",
        platform="tiktok",
        title="Hi",
        url="https://www.tiktok.com/@kofi/video/7301",
        account_id="ac2",
        account_username="@kofi",
        creator_id="c1",
        creator_name="Kofi Mensah",
    )


def test_a_creator_as_plain_text() -> None:
    """The name is all that there is."""
    read = wire_videos.read_video({"id": "a", "creator": "Mia Chen"})
    assert read == Video("a", None, creator_name="Mia Chen")


@pytest.mark.parametrize(
    ("change", "url"),
    [
        ({"permalink": "https://instagram.com/p/given/"}, "https://instagram.com/p/given/"),
        (
            {"permalink": None, "url": "https://instagram.com/p/given/"},
            "https://instagram.com/p/given/",
        ),
        ({"url": "https://evil.example/"}, "https://www.instagram.com/p/C0de/"),
        ({"platform": None}, None),
        ({"platform": "threads"}, None),
        ({"shortcode": None}, None),
        (
            {"shortcode": None, "video_url": "https://www.instagram.com/reel/R1/"},
            "https://www.instagram.com/reel/R1/",
        ),
        ({"platform": "tiktok"}, "https://www.tiktok.com/@mia/video/31"),
        (
            {"platform": "tiktok", "external_id": None, "shortcode": "44"},
            "https://www.tiktok.com/@mia/video/44",
        ),
        ({"platform": "tiktok", "account_username": None}, None),
    ],
)
def test_where_a_link_comes_from(change: dict[str, Any], url: str | None) -> None:
    """As given, else made from the code, else the video's address if that is a page."""
    read = wire_videos.read_video({**DOCUMENTED, **change})
    assert read is not None
    assert read.url == url


@pytest.mark.parametrize("row", [None, [], {}, {"id": None}, {"id": ""}, {"id": True}, {"id": {}}])
def test_a_row_without_an_id(row: object) -> None:
    """Nothing could be asked about it."""
    assert wire_videos.read_video(row) is None
    assert wire_videos.read_account_video(row) is None


@pytest.mark.parametrize("platform", [None, "", " ", []])
def test_a_discovered_post_without_a_platform(platform: object) -> None:
    """Its id could be either platform's, so it is skipped; an added one is not."""
    row = {"id": 4, "platform": platform}
    assert wire_videos.read_account_video(row) is None
    assert wire_videos.read_video(row) == Video("4", None)


@given(rows)
def test_reads_anything(row: dict[str, Any]) -> None:
    """No row breaks the reader, and no id is empty."""
    for read in (wire_videos.read_video(row), wire_videos.read_account_video(row)):
        assert read is None or read.id


@pytest.mark.parametrize(
    ("identifier", "whole"),
    [("0", True), ("12", True), ("012", False), ("-1", False), ("a", False), ("１２", False)],
)
def test_whole_numbers(identifier: str, *, whole: bool) -> None:
    """Only what comes back as the same text."""
    assert wire_videos.is_whole_number(identifier) is whole


def test_metrics_of_a_platform() -> None:
    """The same id on two platforms is two posts."""
    one, other = (WindowMetrics(views, None, None, None, None) for views in (1, 2))
    metrics = PlatformMetrics(BatchMetrics(None, {"7": one}), BatchMetrics(None, {"7": other}))
    assert metrics.of(Video("7", "instagram")) is one
    assert metrics.of(Video("7", "tiktok")) is other
    assert metrics.of(Video("8", "tiktok")) is None
    assert metrics.of(Video("7", None)) is None
