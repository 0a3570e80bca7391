"""A believable organization: some 40 creators, 120 accounts, and daily numbers for any date.

Everything follows from a seed and the day on which the organization is looked at first, so that
every recap of the demo and of the tests can be computed by hand. Nothing here reads a clock.
"""

import math
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.playground.days import SURGE_DAYS, Day, Pattern, noise
from bot.playground.tracked import Creator, Post, TrackedAccount, TrackedVideo

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
CREATORS: Final = 40
ACCOUNTS: Final = 120
VIDEOS: Final = 36
WITHOUT_CREATOR: Final = 6
JUST_ADDED: Final = 4
WAITING: Final = 3
BEHIND: Final = timedelta(days=2)
"""How old the last refresh of an account is that lags."""

ScrapedAt = Callable[[TrackedAccount, datetime], datetime | None]


@dataclass(frozen=True)
class Organisation:
    """The organization behind one key.

    Args:
        today: The day on which it is looked at first; some accounts were added just before it.
        seed: Another seed is another organization.
        accounts: How many accounts; creators grow along.
        engagement_in: How ``engagement_rate`` is sent, ``percent`` or ``fraction``.
        new_accounts: How many were added in the days before ``today``.
        viral: One creator explodes in the week before ``today``: ``viral_creator``.
        half_refreshed: The share of the accounts whose refreshes are two days behind.
        scraped_at: When an account was last refreshed as of an instant, instead of the usual
            times. What happened on that day and later has not landed then and counts 0.
    """

    today: date
    seed: int = 7
    accounts: int = ACCOUNTS
    engagement_in: str = "percent"
    id: str = "org_2a91c7"
    new_accounts: int = JUST_ADDED
    viral: bool = False
    half_refreshed: float = 0.0
    scraped_at: ScrapedAt | None = None
    creators: tuple[Creator, ...] = field(init=False)
    tracked: tuple[TrackedAccount, ...] = field(init=False)
    videos: tuple[TrackedVideo, ...] = field(init=False)
    viral_creator: Creator | None = field(init=False, default=None)
    by_id: Mapping[str, TrackedAccount] = field(init=False, repr=False, compare=False)
    by_creator: Mapping[str, list[TrackedAccount]] = field(init=False, repr=False, compare=False)
    _posts: dict[date, tuple[Post, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311 -- made-up numbers, not secrets
        count = max(1, self.accounts * CREATORS // ACCOUNTS)
        creators = tuple(
            Creator(_uuid(chance), NAMES[number % len(NAMES)]) for number in range(count)
        )
        object.__setattr__(self, "creators", creators)
        tracked: list[TrackedAccount] = []
        ranks = {"instagram": 0, "tiktok": 0}
        for number in range(self.accounts):
            account = self._account(chance, number, ranks, tracked)
            ranks[account.platform] += 1
            tracked.append(account)
        if self.viral:
            tracked = self._exploded(tracked)
        object.__setattr__(self, "tracked", tuple(tracked))
        object.__setattr__(self, "by_id", {account.id: account for account in tracked})
        theirs: dict[str, list[TrackedAccount]] = {creator.id: [] for creator in creators}
        for account in tracked:
            if account.creator:
                theirs[account.creator.id].append(account)
        object.__setattr__(self, "by_creator", theirs)
        # Its own chance: what comes later must not change what was there before.
        chance = random.Random(f"videos of {self.seed}")  # noqa: S311
        object.__setattr__(self, "videos", _videos(chance, self))

    def _account(
        self,
        chance: random.Random,
        number: int,
        ranks: Mapping[str, int],
        before: list[TrackedAccount],
    ) -> TrackedAccount:
        last = self.accounts - number
        creator = None
        if number >= WITHOUT_CREATOR:
            creator = self.creators[int(len(self.creators) * chance.random() ** 1.3)]
        platform = chance.choice(("instagram", "tiktok"))
        added = self.today - timedelta(days=chance.randint(200, 900))
        if last <= self.new_accounts + WAITING:
            added = self.today - timedelta(days=chance.randint(1, 5))
        handle = "".join(c for c in (creator.name if creator else "brand") if c.isalnum()).lower()
        identifier, pattern = _uuid(chance), _pattern(chance, number, platform)
        if number >= ACCOUNTS:
            # In a large organization the days repeat, so that sums over all of it are cheap.
            pattern = replace(before[number % ACCOUNTS].pattern, platform=platform)
        return TrackedAccount(
            number=number,
            rank=ranks[platform],
            id=identifier,
            platform=platform,
            username=f"{handle[:20]}.{number}",
            creator=creator,
            added_on=added,
            pattern=pattern,
            followers=int(math.exp(chance.gauss(9.5, 1.2))),
            is_active=number not in {11, 47},
            is_unavailable=number == 23,  # noqa: PLR2004 -- one of them, anyone
            waiting=last <= WAITING,
        )

    def _exploded(self, tracked: list[TrackedAccount]) -> list[TrackedAccount]:
        """``tracked`` with the week of a creator who is neither large nor small."""
        settled = self.today - timedelta(days=2 * SURGE_DAYS)
        usual = dict.fromkeys(self.creators, 0.0)
        for account in tracked:
            if account.creator and account.is_active and account.added_on < settled:
                usual[account.creator] += account.pattern.base_views
        ranked = sorted((views, creator.id, creator) for creator, views in usual.items() if views)
        star = ranked[len(ranked) // 2][-1]
        object.__setattr__(self, "viral_creator", star)
        monday = self.today - timedelta(days=SURGE_DAYS)
        return [
            replace(account, pattern=replace(account.pattern, surge_on=monday))
            if account.creator == star
            else account
            for account in tracked
        ]

    def window(self, period: str, today: date) -> tuple[date, date]:
        """The UTC days of a preset: the last whole ones, so it ends yesterday."""
        return today - timedelta(days=PRESETS[period]), today - timedelta(days=1)

    def total(
        self,
        tracked: TrackedAccount | TrackedVideo | Post,
        start: date,
        end: date,
        now: datetime | None = None,
    ) -> Day:
        """Sums over whole days, both ends included, as far as they are known at ``now``.

        Without ``now`` everything has landed.
        """
        return tracked.total(
            start, end if now is None else min(end, self.known_until(tracked, now))
        )

    def known_until(self, tracked: TrackedAccount | TrackedVideo | Post, now: datetime) -> date:
        """The last day that counts at ``now``: one that ended before the last refresh."""
        account = tracked if isinstance(tracked, TrackedAccount) else tracked.account
        if account is None or not (self.scraped_at or self._lags(account)):
            return now.date()
        scraped = self.scraped(account, now)
        return scraped.date() - timedelta(days=1) if scraped else date.min

    def scraped(self, account: TrackedAccount, now: datetime) -> datetime | None:
        """When ``account`` was last refreshed; None until its first refresh has landed."""
        if account.waiting:
            return None
        if self.scraped_at:
            return self.scraped_at(account, now)
        usual = usual_refresh(account.number, now)
        return usual - BEHIND if self._lags(account) else usual

    def _lags(self, account: TrackedAccount) -> bool:
        return is_chosen(account, self.half_refreshed)

    def posts(self, today: date) -> tuple[Post, ...]:
        """Every discovered post of the last weeks, account by account."""
        if today not in self._posts:
            self._posts[today] = tuple(
                post
                for account in self.tracked
                if account.is_active and not account.waiting
                for post in account.posts(today)
            )
        return self._posts[today]

    def overview(self, period: str, today: date, now: datetime | None = None) -> dict[str, object]:
        """``data`` of ``GET /overview``."""
        start, end = self.window(period, today)
        length = timedelta(days=PRESETS[period])
        current = self._kpis(start, end, now)
        previous = self._kpis(start - length, end - length, now)
        changes = {
            f"{key}_pct": round(100 * (value - previous[key]) / previous[key], 1)
            if previous[key]
            else None
            for key, value in current.items()
        }
        return {"type": "overview", "current": current, "previous": previous, "changes": changes}

    def _kpis(self, start: date, end: date, now: datetime | None) -> dict[str, float]:
        whole = sum((self.total(account, start, end, now) for account in self.tracked), Day())
        rate = whole.engagement / whole.views if whole.views else 0.0
        there = [one for one in self.tracked if one.is_active and one.added_on <= end]
        posts = sum(1 + int(3 * noise(one.number, start.toordinal() + 1)) for one in there)
        return {
            "total_views": whole.views,
            "engagement_rate": round(rate * 100, 2)
            if self.engagement_in == "percent"
            else round(rate, 4),
            "active_accounts": len(there),
            "account_videos": posts,
            "tracked_videos": len(self.videos),
        }

    def top_creators(
        self, period: str, today: date, limit: int, now: datetime | None = None
    ) -> list[dict[str, object]]:
        """``data`` of ``GET /creators/top``: by views of the window, largest first."""
        start, end = self.window(period, today)
        views = {creator.id: 0 for creator in self.creators}
        for account in self.tracked:
            if account.creator:
                views[account.creator.id] += self.total(account, start, end, now).views
        ranked = sorted(self.creators, key=lambda creator: (-views[creator.id], creator.id))
        return [
            {"id": creator.id, "name": creator.name, "views": views[creator.id]}
            for creator in ranked[:limit]
        ]


def usual_refresh(number: int, now: datetime) -> datetime:
    """The last refresh of account ``number``: each has its own time, in the early morning."""
    scraped = datetime.combine(now.date(), time(number % 7, 20), UTC)
    return scraped if scraped <= now else scraped - timedelta(days=1)


def is_chosen(account: TrackedAccount, share: float) -> bool:
    """Whether ``account`` is among a ``share`` of all accounts, always the same ones."""
    return noise(account.number, 5) < share


def landing(at: datetime, share: float = 0.5) -> ScrapedAt:
    """Refreshes of which a ``share`` lands only at ``at`` and is two days behind until then."""

    def scraped_at(account: TrackedAccount, now: datetime) -> datetime:
        if not is_chosen(account, share):
            return usual_refresh(account.number, now)
        return max(at, usual_refresh(account.number, now)) if now >= at else at - BEHIND

    return scraped_at


def _pattern(chance: random.Random, number: int, platform: str) -> Pattern:
    return Pattern(
        number=number,
        platform=platform,
        base_views=math.exp(chance.gauss(6.9, 0.8)),
        swing=chance.uniform(0.05, 0.55),
        phase=chance.uniform(0, 6.28),
        like_rate=chance.uniform(0.02, 0.06),
    )


def _videos(chance: random.Random, organisation: Organisation) -> tuple[TrackedVideo, ...]:
    """The posts that somebody added by hand; every sixth is of an account that nobody tracks."""
    accounts = [one for one in organisation.tracked if one.is_active and not one.waiting]
    videos = []
    for number in range(VIDEOS):
        account = chance.choice(accounts) if number % 6 < 5 and accounts else None  # noqa: PLR2004
        platform = account.platform if account else chance.choice(("instagram", "tiktok"))
        created = organisation.today - timedelta(days=chance.randint(8, 120))
        pattern = _pattern(chance, 50_000 + number, platform)
        videos.append(
            TrackedVideo(
                number=number,
                id=_uuid(chance),
                account=account,
                username=account.username if account else f"guest.{number}",
                platform=platform,
                created_on=created,
                added_on=created + timedelta(days=chance.randint(0, 6)),
                pattern=replace(pattern, surge_on=account.pattern.surge_on if account else None),
                is_active=number != 17,  # noqa: PLR2004 -- one of them, anyone
                waiting=number == VIDEOS - 1,
            )
        )
    return tuple(videos)


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
