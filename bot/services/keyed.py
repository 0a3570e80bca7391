"""Recaps with the key of a workspace: whichever it is by now, and what happens when it is refused.

Nothing that was asked for with one key is ever shown with another: each has a client, a cache and a
``RecapService`` of its own, and a recap that was begun with a key is finished with it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, TypeVar

import structlog

from bot.digest.facts import (
    Account,
    BatchMetrics,
    Fetched,
    Identity,
    Leaderboard,
    Overview,
    PlatformMetrics,
    Video,
)
from bot.digest.model import Digest
from bot.digest.periods import Period, Window
from bot.digest.preferences import Ask
from bot.errors import KeyNeeded, KeyRefused, RecapError
from bot.ports import ApiKeys, Clock, CreatorSource, Ledger
from bot.rendering import keys as words
from bot.services.keys import Opening
from bot.services.recap import RecapService
from bot.services.tidings import notice
from bot.subscriptions.change import Change
from bot.tenants.api_key import ApiKey

log = structlog.get_logger(__name__)

T = TypeVar("T")

FIX: Final = "An admin of this workspace enters {} in the Home of Recap."


class KeyWatch:
    """Keeps what is known of a workspace's key up to date, and tells whoever entered it."""

    def __init__(self, store: ApiKeys, ledger: Ledger, clock: Clock, team: str) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self.team = team

    async def key(self) -> ApiKey:
        """The key as it is now.

        Raises:
            KeyNeeded: There is none.
        """
        key = await self._store.of(self.team)
        if key is None:
            raise KeyNeeded(
                f"Recap has no CreatorAudit key yet. {FIX.format('one')}",
                f"The workspace {self.team} has no CreatorAudit key: an admin enters it in Home.",
                is_refused=False,
            )
        return key

    async def refused(self, secret: str, error: KeyRefused) -> None:
        """CreatorAudit refuses ``secret``: the first to learn it tells whoever entered it."""
        try:
            key = await self._store.of(self.team)
            if key is None or key.secret != secret or key.refused_at is not None:
                return
            await self._tell(key, error.why)
            if await self._store.put(key, replace(key, refused_at=self._clock.now())):
                log.warning("key_refused", team=self.team, detail=error.said)
        except RecapError as trouble:
            # Whoever is refused next tries this again.
            log.warning("refusal_not_kept", team=self.team, detail=trouble.operator)

    async def _tell(self, key: ApiKey, why: str) -> None:
        """Once for this version of ``key``; where nothing is posted, nobody has to hear of it."""
        stopped = [one for one in await self._ledger.subscriptions(self.team) if one.is_active]
        if stopped:
            name = f"notice/key/{self.team}/{key.version}/{key.identity}"
            message = words.refused(key, why)
            now = self._clock.now()
            told = notice(name, stopped[0], message, now, to=key.entered_by)
            await self._ledger.commit(Change(new=(told,)))

    async def works(self, secret: str) -> None:
        """CreatorAudit takes ``secret`` again: what waited for that goes out."""
        try:
            key = await self._store.of(self.team)
            if key is None or key.secret != secret or key.refused_at is None:
                return
            if await self._store.put(key, replace(key, refused_at=None)):
                woken = await self._ledger.wake(self.team, self._clock.now())
                log.info("key_works_again", team=self.team, woken=woken)
        except RecapError as trouble:
            log.warning("recovery_not_kept", team=self.team, detail=trouble.operator)


class WatchedSource:
    """``CreatorSource`` with one key, which notices when that is refused, and works again.

    It raises ``KeyNeeded`` then, whose sentences are for a workspace that has a key of its own.
    ``was_refused`` is what was last known of the key.
    """

    def __init__(self, source: CreatorSource, secret: str, watch: KeyWatch) -> None:
        self._source = source
        self._secret = secret
        self._watch = watch
        self.was_refused = False

    async def whoami(self) -> Fetched[Identity]:
        """Whose key this is."""
        return await self._asked(self._source.whoami())

    async def overview(self, period: Period) -> Fetched[Overview]:
        """The organization's figures."""
        return await self._asked(self._source.overview(period))

    async def top_creators(self, period: Period) -> Fetched[Leaderboard]:
        """The leaderboard."""
        return await self._asked(self._source.top_creators(period))

    async def accounts(self, *, at_most: int | None = None) -> Fetched[tuple[Account, ...]]:
        """The tracked accounts."""
        return await self._asked(self._source.accounts(at_most=at_most))

    async def account_metrics(
        self, account_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """Sums per account."""
        return await self._asked(self._source.account_metrics(account_ids, window))

    async def videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """The posts that were added by hand."""
        return await self._asked(self._source.videos(at_most=at_most))

    async def video_metrics(
        self, video_ids: Sequence[str], window: Period | Window
    ) -> Fetched[BatchMetrics]:
        """Sums per post of ``videos``."""
        return await self._asked(self._source.video_metrics(video_ids, window))

    async def account_videos(self, *, at_most: int | None = None) -> Fetched[tuple[Video, ...]]:
        """The posts that were discovered."""
        return await self._asked(self._source.account_videos(at_most=at_most))

    async def account_video_metrics(
        self, instagram_ids: Sequence[str], tiktok_ids: Sequence[str], window: Period | Window
    ) -> Fetched[PlatformMetrics]:
        """Sums per post of ``account_videos``."""
        return await self._asked(
            self._source.account_video_metrics(instagram_ids, tiktok_ids, window)
        )

    async def _asked(self, asking: Awaitable[T]) -> T:
        try:
            answer = await asking
        except KeyRefused as error:
            self.was_refused = True
            await self._watch.refused(self._secret, error)
            raise KeyNeeded(
                f"{error.why} {FIX.format('one that works')}",
                f"{error.said}. An admin of the workspace {self._watch.team} enters a key in Home.",
                is_refused=True,
                request_id=error.request_id,
            ) from error
        if self.was_refused:
            self.was_refused = False
            await self._watch.works(self._secret)
        return answer


@dataclass(eq=False, slots=True)
class _Opened:
    """What is open for one key, and how many work with it."""

    secret: str = field(repr=False)
    source: WatchedSource
    recap: RecapService
    stack: AsyncExitStack
    users: int = 0


class KeyedRecaps:
    """``Recaps`` with the key that the workspace has at that moment.

    Args:
        watch: Knows that key.
        opening: Opens the way to CreatorAudit with it.
        made: What makes a ``RecapService`` of that way.
    """

    def __init__(
        self, watch: KeyWatch, opening: Opening, made: Callable[[CreatorSource], RecapService]
    ) -> None:
        self._watch = watch
        self._opening = opening
        self._made = made
        self._current: _Opened | None = None
        self._changing = asyncio.Lock()

    async def close(self) -> None:
        """End what is under way; nobody waits for it any more."""
        async with self._changing:
            await self._retire()

    async def digest(self, ask: Ask) -> Digest:
        """The recap that ``ask`` is for."""
        async with self._recap() as recap:
            return await recap.digest(ask)

    async def outline(self, ask: Ask) -> Digest:
        """What two calls give of the recap that ``ask`` is for."""
        async with self._recap() as recap:
            return await recap.outline(ask)

    async def connection(self) -> str:
        """Whether CreatorAudit answers, and as whom, in one sentence."""
        try:
            async with self._recap() as recap:
                return await recap.connection()
        except RecapError as error:
            return error.reader

    async def edition(self, ask: Ask, *, since: datetime, day: date) -> Digest:
        """The recap of everybody who is due together on ``day``: one fetch serves all."""
        async with self._recap() as recap:
            return await recap.edition(ask, since=since, day=day)

    @asynccontextmanager
    async def _recap(self) -> AsyncIterator[RecapService]:
        """What is open for the key of this moment; it stays so until whoever has it is done."""
        async with self._changing:
            opened = await self._opened()
            opened.users += 1
        try:
            yield opened.recap
        finally:
            opened.users -= 1
            if opened is not self._current and not opened.users:
                await opened.stack.aclose()

    async def _opened(self) -> _Opened:
        try:
            key = await self._watch.key()
        except KeyNeeded:
            await self._retire()
            raise
        if self._current is None or self._current.secret != key.secret:
            await self._retire()
            self._current = await self._open(key.secret)
        self._current.source.was_refused |= key.refused_at is not None
        return self._current

    async def _open(self, secret: str) -> _Opened:
        async with AsyncExitStack() as stack:
            way = await stack.enter_async_context(self._opening(secret))
            source = WatchedSource(way, secret, self._watch)
            recap = self._made(source)
            stack.push_async_callback(recap.close)
            return _Opened(secret, source, recap, stack.pop_all())

    async def _retire(self) -> None:
        """Nobody new gets what is open; it is closed by the last one who works with it."""
        retired, self._current = self._current, None
        if retired is not None and not retired.users:
            await retired.stack.aclose()
