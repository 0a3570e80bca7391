"""What CreatorAudit told us, in our own types.

Foreign JSON becomes one of these at the door (``bot/creatoraudit/wire.py``) and nothing further in
ever looks at JSON again. ``None`` always means *unknown* (absent, null, unreadable); a 0 was
measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, NamedTuple, TypeVar

from bot.digest.periods import Window

Number = int | float

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request: what the receipt says about where a number came from.

    Attributes:
        endpoint: Method, path and query, such as ``GET /overview?period=7d``.
        fetched_at: When the answer was confirmed, in UTC.
        unchanged: True when the API answered 304 and the body came from our cache.
        request_id: CreatorAudit's ``X-Request-ID``, if it sent one.
    """

    endpoint: str
    fetched_at: datetime
    unchanged: bool = False
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """An answer together with the calls that it took; ``unread`` rows of it made no sense."""

    value: T
    calls: tuple[Call, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose key this is (``GET /whoami``); both are opaque strings or unknown."""

    organization_id: str | None
    api_key_name: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """``GET /overview``: the organization's figures for a window and the one before it.

    Attributes:
        shape: ``nested`` is the documented ``current/previous/changes``, ``flat`` the metrics
            directly under ``data`` as the public tutorial reads them.
        current: Every metric in the answer by its own key, in the answer's order.
        previous: The same for the window before; empty when the answer has none.
        server_changes: CreatorAudit's own ``*_pct`` by metric key, without the suffix.
        keys_seen: The keys of ``data``, for the error that names them when no metric is there.
        unreadable: Keys whose value is neither a number nor null.
    """

    shape: Literal["nested", "flat"]
    current: Mapping[str, Number | None]
    previous: Mapping[str, Number | None] = field(default_factory=dict)
    server_changes: Mapping[str, Number | None] = field(default_factory=dict)
    keys_seen: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One creator of ``GET /creators/top``; ``name`` is user text and must be escaped."""

    id: str | None
    name: str
    value: Number | None


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Creators in the server's order; ``metric`` is the key that ``value`` was read from."""

    metric: str | None
    rows: tuple[LeaderboardRow, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One tracked account of ``GET /accounts``.

    ``last_scrape_time`` is None until the first refresh has landed. Times are in UTC.
    """

    id: str
    platform: str | None
    username: str | None
    creator_id: str | None
    creator_name: str | None
    is_active: bool | None
    is_unavailable: bool | None
    follower_count: Number | None
    added_at: datetime | None
    last_scrape_time: datetime | None
    scrape_interval_hours: Number | None

    @property
    def name(self) -> str:
        """``@mia.1``, or the id where there is no username; user text."""
        return f"@{self.username}" if self.username else self.id


@dataclass(frozen=True, slots=True)
class Video:
    """A post: one of ``GET /videos``, added by hand, or of ``GET /account-videos``, discovered.

    Attributes:
        id: What metrics are asked for with; for discovered posts an integer of their platform.
        platform: ``instagram`` or ``tiktok``; every discovered post has one.
        title: Its caption, user text that must be escaped; None where it has none.
        url: Its page on Instagram or TikTok, nowhere else; None where no link to it is known.
        published_at: When it went online; all times are in UTC.
        added_at: When tracking began.
        last_scrape_time: None until the first refresh has landed.
    """

    id: str
    platform: str | None
    title: str | None = None
    url: str | None = None
    account_id: str | None = None
    account_username: str | None = None
    creator_id: str | None = None
    creator_name: str | None = None
    is_active: bool | None = None
    is_unavailable: bool | None = None
    published_at: datetime | None = None
    added_at: datetime | None = None
    last_scrape_time: datetime | None = None


class WindowMetrics(NamedTuple):
    """Sums of one account or post over a window; plays equal views on TikTok.

    ``engagement`` is a count, not a rate: likes, comments and shares together. A tuple, because
    thousands of these are read and turned into columns for one recap.
    """

    views: Number | None
    plays: Number | None
    likes: Number | None
    comments: Number | None
    shares: Number | None
    engagement: Number | None = None


@dataclass(frozen=True, slots=True)
class BatchMetrics:
    """A batch call for metrics: by the id asked for; unknown ids are in ``not_found``.

    ``window`` is what the answer's ``meta`` says was summed, None when it does not say.
    """

    window: Window | None
    by_account: Mapping[str, WindowMetrics]
    not_found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformMetrics:
    """``POST /account-videos/metrics``: Instagram's 7 and TikTok's 7 are two posts."""

    instagram: BatchMetrics
    tiktok: BatchMetrics

    def of(self, video: Video) -> WindowMetrics | None:
        """The metrics of a discovered post, None where there are none."""
        batch = {"instagram": self.instagram, "tiktok": self.tiktok}.get(video.platform or "")
        return batch.by_account.get(video.id) if batch else None
