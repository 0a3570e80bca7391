"""Creators, accounts and posts of the made-up organization, each with its days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from bot.playground.days import Day, Pattern, noise

CAPTIONS: Final = (
    "Spring menu, first taste", "Three mistakes everybody makes", "Why we moved <!channel>",
    "A morning at the market\n\nLink in bio 👇 #market #morning", "Fragen & Antworten", None,
    "*Nobody* told me this about _sourdough_", "やってみた：一週間チャレンジ", "How it started",
    "Unboxing what you sent us 📦", "The trail nobody knows", "رحلة إلى الجبال", "Ask me anything",
    "Before you buy one, watch this. " * 12, "5 minutes, 1 pan, 0 excuses", "Behind the counter",
)  # fmt: skip
CATEGORIES: Final = ("food", "travel", "lifestyle", None)

EVERY: Final = 10
"""Days in which an account posts once, on a day of its own."""

LOOKBACK: Final = 30
"""Days for which a discovered post is listed and measured."""

FADE: Final = 0.6
HEADLINER: Final = 0.55
"""Share of an account's views that its newest post has on its first day."""


@dataclass(frozen=True, slots=True)
class Creator:
    """Somebody with any number of accounts."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TrackedAccount:
    """An account and what its days are made of.

    Attributes:
        number: Its place in the organization.
        rank: Its place among the accounts of its platform; ids of posts are made of it.
        waiting: Its first refresh has not landed, so nothing is known of it.
    """

    number: int
    rank: int
    id: str
    platform: str
    username: str
    creator: Creator | None
    added_on: date
    pattern: Pattern
    followers: int
    is_active: bool
    is_unavailable: bool
    waiting: bool

    def day(self, day: date) -> Day:
        """What happened on ``day``; nothing before the account was tracked."""
        return self.total(day, day)

    def total(self, start: date, end: date) -> Day:
        """Sums over whole days, both ends included."""
        if self.waiting or not self.is_active:
            return Day()
        return self.pattern.total(max(start, self.added_on), end)

    def posts(self, today: date) -> "Iterator[Post]":
        """What it has posted in the last weeks, newest first."""
        oldest = today - timedelta(days=LOOKBACK)
        for slot in range(today.toordinal() // EVERY, oldest.toordinal() // EVERY - 1, -1):
            offset = int(EVERY * noise(self.number + 7, slot))
            created_on = date.fromordinal(slot * EVERY + offset)
            if oldest < created_on <= today:
                yield Post(slot, self, created_on)

    @property
    def category(self) -> str | None:
        """What it is about."""
        return CATEGORIES[self.number % len(CATEGORIES)]


@dataclass(frozen=True, slots=True)
class TrackedVideo:
    """A post that somebody added by hand; ``account`` is None where its account is not tracked."""

    number: int
    id: str
    account: TrackedAccount | None
    username: str
    platform: str
    created_on: date
    added_on: date
    pattern: Pattern
    is_active: bool
    waiting: bool

    def total(self, start: date, end: date) -> Day:
        """Sums over whole days, both ends included; nothing before the post was tracked."""
        if self.waiting or not self.is_active:
            return Day()
        return self.pattern.total(max(start, self.added_on), end)

    def lifetime(self, end: date) -> Day:
        """Everything since it went online, also what came before it was tracked."""
        return Day() if self.waiting else self.pattern.total(self.created_on, end)

    @property
    def caption(self) -> str | None:
        """User text, with everything that user text may hold."""
        return CAPTIONS[self.number % len(CAPTIONS)]

    @property
    def external_id(self) -> str:
        """The platform's own number."""
        return str(7_300_000_000_000_000_000 + self.pattern.number * 7_919)

    @property
    def shortcode(self) -> str:
        """What stands in the address of its page; TikTok has its number there."""
        return self.external_id if self.platform == "tiktok" else f"C{self.pattern.number:05d}-x_"


@dataclass(frozen=True, slots=True)
class Post:
    """A post that CreatorAudit discovered by itself; it has a share of its account's days."""

    slot: int
    account: TrackedAccount
    created_on: date

    @property
    def id(self) -> int:
        """Counted by each platform for itself: Instagram's ids are TikTok's, too."""
        return self.account.rank * 100_000 + self.slot

    @property
    def caption(self) -> str | None:
        """User text, with everything that user text may hold."""
        return CAPTIONS[(self.account.number + self.slot) % len(CAPTIONS)]

    @property
    def external_id(self) -> str:
        """The platform's own number."""
        return str(7_200_000_000_000_000_000 + self.account.number * 100_000 + self.slot)

    @property
    def shortcode(self) -> str | None:
        """What stands in the address of its page on Instagram."""
        return None if self.account.platform == "tiktok" else f"D{self.id}"

    def total(self, start: date, end: date) -> Day:
        """Sums over whole days, both ends included."""
        return _total(self, max(start, self.created_on), end)


@lru_cache(maxsize=65_536)
def _total(post: Post, first: date, end: date) -> Day:
    days = (first + timedelta(days=offset) for offset in range((end - first).days + 1))
    shares = ((day, HEADLINER * FADE ** (day - post.created_on).days) for day in days)
    return sum((post.account.day(day).part(share) for day, share in shares), Day())
