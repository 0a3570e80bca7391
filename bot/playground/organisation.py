"""A believable organization: some 40 creators, 120 accounts, and daily numbers for any date.

Everything follows from a seed and the day on which the organization is looked at first, so that
every recap of the demo and of the tests can be computed by hand. Nothing here reads a clock.
"""

import math
import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

PRESETS: Final = {"7d": 7, "30d": 30, "90d": 90}
LONG_NAME: Final = (
    "The Official Fan Channel of Everything That Happens Behind the Scenes at the Small Bakery "
    "on the Corner of Fifth Street"
)
NAMES: Final = (
    "Mia Chen", "Kofi Mensah", "Siobhán O'Brien", "سارة الفهد", "さくら日記", "Lena & Tom",
    "<!channel> & Co", "Priya Nair", "Mateo Rojas", "Zoë Lindqvist", "Anna Nowak", "DJ Rafa",
    "Noor Haddad", "Theo Martin", "Ada Okafor", "Jonas Weber", "Camila Duarte", "Ravi Shah",
    "Hana Suzuki", "Emre Yıldız", "Olivia Grant", "Luca Bianchi", "Ingrid Dahl", "Tariq Aziz",
    "Chloé Dubois", "Samuel Kim", "Bean There Coffee", "Trailhead Gear", "Nadia Petrova",
    "Diego Santos", "Mia Chen", "Grace Lee", "Finn Murphy", "Aisha Bello", "Peak & Pine",
    "Yuki Tanaka", "Marta Silva", "Oskar Berg", LONG_NAME, "👩‍🍳 Nonna's Table",
)  # fmt: skip
WEEKDAYS: Final = (0.9, 0.92, 0.97, 1.0, 1.12, 1.2, 1.05)
VIRAL: Final = 0.992
CREATORS: Final = 40
ACCOUNTS: Final = 120
WITHOUT_CREATOR: Final = 6
JUST_ADDED: Final = 4
WAITING: Final = 3


@dataclass(frozen=True, slots=True)
class Day:
    """One account's numbers of one UTC day."""

    views: int = 0
    plays: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0

    def __add__(self, other: "Day") -> "Day":
        return Day(
            self.views + other.views,
            self.plays + other.plays,
            self.likes + other.likes,
            self.comments + other.comments,
            self.shares + other.shares,
        )

    @property
    def engagement(self) -> int:
        """Likes, comments and shares: a count, not a rate."""
        return self.likes + self.comments + self.shares


@dataclass(frozen=True, slots=True)
class Creator:
    """Somebody with any number of accounts."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TrackedAccount:
    """An account and what its days are made of."""

    number: int
    id: str
    platform: str
    username: str
    creator: Creator | None
    added_on: date
    base_views: float
    swing: float
    phase: float
    like_rate: float
    followers: int
    is_active: bool
    is_unavailable: bool
    waiting: bool

    def day(self, day: date) -> Day:
        """What happened on ``day``; nothing before the account was tracked."""
        if day < self.added_on or self.waiting or not self.is_active:
            return Day()
        week = day.toordinal() / 7
        season = 1 + self.swing * math.sin(week * 0.9 + self.phase)
        luck = 0.7 + 0.6 * _noise(self.number, day.toordinal())
        views = int(self.base_views * WEEKDAYS[day.weekday()] * season * luck * self._viral(day))
        likes = int(views * self.like_rate)
        plays = views if self.platform == "tiktok" else int(views * 1.3)
        return Day(views, plays, likes, likes // 14, likes // 22)

    def _viral(self, day: date) -> float:
        """Rarely, one week of one account goes through the roof."""
        return 9.0 if _noise(self.number * 31, day.toordinal() // 7) > VIRAL else 1.0


def _noise(one: int, other: int) -> float:
    """A number in [0, 1) that depends on both arguments and on nothing else."""
    mixed = (one * 2_654_435_761 + other * 2_246_822_519 + 374_761_393) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_507) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 3_266_489_909) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 16)) / 2**32


@dataclass(frozen=True)
class Organisation:
    """The organization behind one key.

    Args:
        today: The day on which it is looked at first; four accounts were added just before it.
        seed: Another seed is another organization.
        accounts: How many accounts; creators grow along.
        engagement_in: How ``engagement_rate`` is sent, ``percent`` or ``fraction``.
    """

    today: date
    seed: int = 7
    accounts: int = ACCOUNTS
    engagement_in: str = "percent"
    id: str = "org_2a91c7"
    creators: tuple[Creator, ...] = field(init=False)
    tracked: tuple[TrackedAccount, ...] = field(init=False)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311 -- made-up numbers, not secrets
        count = max(1, self.accounts * CREATORS // ACCOUNTS)
        creators = tuple(
            Creator(_uuid(chance), NAMES[number % len(NAMES)]) for number in range(count)
        )
        object.__setattr__(self, "creators", creators)
        tracked = tuple(self._account(chance, number) for number in range(self.accounts))
        object.__setattr__(self, "tracked", tracked)

    def _account(self, chance: random.Random, number: int) -> TrackedAccount:
        last = self.accounts - number
        creator = None
        if number >= WITHOUT_CREATOR:
            creator = self.creators[int(len(self.creators) * chance.random() ** 1.3)]
        platform = chance.choice(("instagram", "tiktok"))
        added = self.today - timedelta(days=chance.randint(200, 900))
        if last <= JUST_ADDED + WAITING:
            added = self.today - timedelta(days=chance.randint(1, 5))
        handle = "".join(c for c in (creator.name if creator else "brand") if c.isalnum()).lower()
        return TrackedAccount(
            number=number,
            id=_uuid(chance),
            platform=platform,
            username=f"{handle[:20]}.{number}",
            creator=creator,
            added_on=added,
            base_views=math.exp(chance.gauss(6.9, 0.8)),
            swing=chance.uniform(0.05, 0.55),
            phase=chance.uniform(0, 6.28),
            like_rate=chance.uniform(0.02, 0.06),
            followers=int(math.exp(chance.gauss(9.5, 1.2))),
            is_active=number not in {11, 47},
            is_unavailable=number == 23,  # noqa: PLR2004 -- one of them, anyone
            waiting=last <= WAITING,
        )

    def window(self, period: str, today: date) -> tuple[date, date]:
        """The UTC days of a preset: the last whole ones, so it ends yesterday."""
        return today - timedelta(days=PRESETS[period]), today - timedelta(days=1)

    def total(self, account: TrackedAccount, start: date, end: date) -> Day:
        """Sums of one account over whole days, both ends included."""
        return _total(account, start, end)

    def overview(self, period: str, today: date) -> dict[str, object]:
        """``data`` of ``GET /overview``."""
        start, end = self.window(period, today)
        length = timedelta(days=PRESETS[period])
        current, previous = self._kpis(start, end), self._kpis(start - length, end - length)
        changes = {
            f"{key}_pct": round(100 * (value - previous[key]) / previous[key], 1)
            if previous[key]
            else None
            for key, value in current.items()
        }
        return {"type": "overview", "current": current, "previous": previous, "changes": changes}

    def _kpis(self, start: date, end: date) -> dict[str, float]:
        whole = sum((self.total(account, start, end) for account in self.tracked), Day())
        rate = whole.engagement / whole.views if whole.views else 0.0
        return {
            "total_views": whole.views,
            "engagement_rate": round(rate * 100, 2)
            if self.engagement_in == "percent"
            else round(rate, 4),
            "active_accounts": sum(
                account.is_active and account.added_on <= end for account in self.tracked
            ),
            "account_videos": sum(
                1 + int(3 * _noise(account.number, start.toordinal() + 1))
                for account in self.tracked
                if account.is_active and account.added_on <= end
            ),
            "tracked_videos": 36,
        }

    def top_creators(self, period: str, today: date, limit: int) -> list[dict[str, object]]:
        """``data`` of ``GET /creators/top``: by views of the window, largest first."""
        start, end = self.window(period, today)
        views = dict.fromkeys(self.creators, 0)
        for account in self.tracked:
            if account.creator:
                views[account.creator] += self.total(account, start, end).views
        ranked = sorted(views.items(), key=lambda pair: (-pair[1], pair[0].id))
        return [
            {"id": creator.id, "name": creator.name, "views": count}
            for creator, count in ranked[:limit]
        ]

    def account_rows(self, now: datetime) -> list[dict[str, object]]:
        """Every row of ``GET /accounts``, latest added first."""
        rows = sorted(self.tracked, key=lambda account: account.added_on, reverse=True)
        return [self._row(account, now) for account in rows]

    def _row(self, account: TrackedAccount, now: datetime) -> dict[str, object]:
        scraped = datetime.combine(now.date(), time(account.number % 7, 20), UTC)
        if scraped > now:
            scraped -= timedelta(days=1)
        grown = int(account.followers * (1 + 0.0004 * (now.date() - account.added_on).days))
        return {
            "id": account.id,
            "type": "account",
            "platform": account.platform,
            "username": account.username,
            "name": account.username,
            "is_active": account.is_active,
            "is_unavailable": account.is_unavailable,
            "creator_id": account.creator.id if account.creator else None,
            "creator_name": account.creator.name if account.creator else None,
            "added_at": f"{account.added_on}T08:00:00Z",
            "last_scrape_time": None if account.waiting else _iso(scraped),
            "scrape_interval_hours": 24,
            "follower_count": 0 if account.waiting else grown,
            "metadata": {},
        }


@lru_cache(maxsize=65_536)
def _total(account: TrackedAccount, start: date, end: date) -> Day:
    days = (start + timedelta(days=offset) for offset in range((end - start).days + 1))
    return sum((account.day(day) for day in days), Day())


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
