"""The posts that gained most."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.collected import VideoBoard
from bot.digest.facts import Number, Video
from bot.digest.model import TopVideo
from bot.digest.preferences import Platform
from bot.digest.videos import BEST, top_videos
from tests.digest.examples import metrics

PAGE = "https://www.tiktok.com/@mia/video/7"


def top(
    *posts: tuple[Video, Number | None], platform: Platform | None = None
) -> tuple[TopVideo, ...]:
    board = VideoBoard(tuple((video, metrics(views)) for video, views in posts))
    return top_videos(board, platform)


def post(identifier: str, platform: str | None = "tiktok", **more: str) -> Video:
    return Video(identifier, platform, **more)  # type: ignore[arg-type]


def test_the_best_three() -> None:
    """By the views of the window; who has the same comes in the order of the ids."""
    found = top((post("1"), 5), (post("4"), 9), (post("3"), 9), (post("2"), 7))
    assert [(one.title, one.views) for one in found] == [
        ("Post 3", 9),
        ("Post 4", 9),
        ("Post 2", 7),
    ]


@pytest.mark.parametrize("views", [None, 0, -5])
def test_a_post_that_gained_nothing_is_none_of_them(views: Number | None) -> None:
    """Also where there are no others."""
    assert top((post("1"), views)) == ()


def test_words() -> None:
    """Its caption, and whose it is: the creator, else the account, else nobody."""
    named = post("1", title="How", url=PAGE, creator_name="Mia", account_username="mia.1")
    assert top((named, 5)) == (TopVideo("How", "Mia", PAGE, 5),)
    assert top((post("1", account_username="mia.1"), 5)) == (TopVideo("Post 1", "@mia.1", None, 5),)
    assert top((post("1", account_username=""), 5))[0].by is None


def test_one_post_known_in_two_ways_counts_once() -> None:
    """Added by hand and discovered: one page, the larger number."""
    found = top((post("v1", url=PAGE), 5), (post("7", url=PAGE), 6), (post("8"), 4))
    assert [one.views for one in found] == [6, 4]


def test_two_platforms_may_use_one_id() -> None:
    """Instagram's 7 and TikTok's 7 are two posts."""
    found = top((post("7"), 5), (post("7", "instagram"), 5))
    assert len(found) == 2


def test_of_one_platform() -> None:
    """The others are left out, those of no known platform too."""
    posts = [(post("1"), 5), (post("2", "instagram"), 4), (post("3", None), 3)]
    assert [one.title for one in top(*posts, platform=Platform.INSTAGRAM)] == ["Post 2"]
    assert len(top(*posts)) == 3


@given(
    st.lists(
        st.tuples(
            st.builds(
                Video,
                st.sampled_from("123456"),
                st.sampled_from([None, "tiktok", "instagram"]),
                url=st.sampled_from([None, "a", "b"]),
            ),
            st.none() | st.integers(-5, 50) | st.floats(-5, 50),
        )
    )
)
def test_never_more_than_three_and_never_less_than_the_next(
    posts: list[tuple[Video, Number | None]],
) -> None:
    """Whatever is there: the order is by views, and nobody better was left out."""
    found = top(*posts)
    views = [one.views for one in found]
    assert len(found) <= BEST
    assert views == sorted(views, reverse=True)
    gained = [one for _, one in posts if one and one > 0]
    assert views[:1] == sorted(gained, reverse=True)[:1]
    urls = [one.url for one in found if one.url]
    assert len(urls) == len(set(urls))
