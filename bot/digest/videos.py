"""The posts that gained most in a window."""

from collections.abc import Iterator
from typing import Final

from bot.digest.collected import VideoBoard
from bot.digest.facts import Number, Video
from bot.digest.model import TopVideo
from bot.digest.preferences import Platform

BEST: Final = 3


def top_videos(board: VideoBoard, platform: Platform | None) -> tuple[TopVideo, ...]:
    """The best three; a post that is tracked and was discovered as well counts once."""
    found = sorted(_gained(board, platform), key=lambda pair: (-pair[0], pair[1].id))
    best: dict[str, TopVideo] = {}
    for views, video in found:
        by = video.creator_name or (
            f"@{video.account_username}" if video.account_username else None
        )
        title = video.title or f"Post {video.id}"
        best.setdefault(video.url or f"{video.platform} {video.id}", TopVideo(
            title, by, video.url, views,
        ))  # fmt: skip
    return tuple(best.values())[:BEST]


def _gained(board: VideoBoard, platform: Platform | None) -> Iterator[tuple[Number, Video]]:
    for video, metrics in board.posts:
        wanted = platform is None or video.platform == platform.value
        if wanted and metrics.views is not None and metrics.views > 0:
            yield metrics.views, video
