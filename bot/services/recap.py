"""The one way to a digest: ask CreatorAudit, leave out what can't be had, build."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from bot.digest.builder import build_digest
from bot.digest.collected import Facts
from bot.digest.engagement import ScaleSetting
from bot.digest.model import Digest
from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.errors import RecapError
from bot.ports import Clock, CreatorSource, SnapshotStore
from bot.rendering.names import one_line
from bot.services.collect import SNAPSHOT_LIFE, WITHIN, Collector

T = TypeVar("T")

_Window = tuple[Period, date]
"""A period, and the UTC date before which its window ends."""

_Key = tuple[Period, date, datetime]
"""The same, and when CreatorAudit was first asked."""

CONNECTION: Final = 2.0
"""Seconds to find out whether CreatorAudit answers."""

LIFE: Final = timedelta(minutes=5)
"""How long the numbers of a slot serve the others that are due with it."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The facts of one window for everybody who is due together, and what was built of them."""

    fetched_at: datetime
    facts: Facts
    digests: dict[Ask, Digest] = field(default_factory=dict)

    def digest(self, ask: Ask) -> Digest:
        """The digest for ``ask``, built once."""
        if ask not in self.digests:
            built = build_digest(self.facts, ask.period, ask.preferences, self.fetched_at)
            self.digests[ask] = built
        return self.digests[ask]


@dataclass(frozen=True, slots=True)
class _Collecting:
    """Questions under way: the two calls that are soon answered, and all of them."""

    began_at: datetime
    quick: asyncio.Task[Facts]
    whole: asyncio.Task[Facts]


class Recaps(Protocol):
    """Digests on demand, for the command, the button, the terminal and the schedule alike."""

    async def digest(self, ask: Ask) -> Digest:
        """The recap that ``ask`` is for.

        Raises:
            RecapError: The headline could not be had; any other part is left out with its reason.
        """
        ...

    async def outline(self, ask: Ask) -> Digest:
        """What two calls give of the recap that ``ask`` is for: ``partial`` is set.

        Raises:
            RecapError: The headline could not be had.
        """
        ...

    async def connection(self) -> str:
        """Whether CreatorAudit answers, and as whom, in one sentence."""
        ...

    async def edition(self, ask: Ask, *, since: datetime, day: date) -> Digest:
        """The recap of everybody who is due together on ``day``, a UTC date: one fetch serves all.

        What was asked for after ``since`` and within the last minutes is not asked for again; an
        answer to an earlier question may be older than ``since``.

        Raises:
            RecapError: The headline could not be had; any other part is left out with its reason.
        """
        ...


class RecapService:
    """``Recaps`` with one key.

    Questions for the same window that are open at the same time share one fetch.
    """

    def __init__(
        self,
        source: CreatorSource,
        clock: Clock,
        scale: ScaleSetting = ScaleSetting.AUTO,
        store: SnapshotStore | None = None,
        *,
        snapshot_life: timedelta = SNAPSHOT_LIFE,
        within: float = WITHIN,
    ) -> None:
        self._source = source
        self._clock = clock
        self._collector = Collector(
            source, store, clock, scale, snapshot_life=snapshot_life, within=within
        )
        self._open: dict[_Key, _Collecting] = {}
        self._making: dict[_Key, asyncio.Task[Edition]] = {}
        self._editions: dict[_Window, Edition] = {}

    async def close(self) -> None:
        """End what is under way; nobody waits for it any more."""
        tasks: list[asyncio.Task[Any]] = list(self._making.values())
        tasks += [task for one in self._open.values() for task in (one.quick, one.whole)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def digest(self, ask: Ask) -> Digest:
        """The recap that ``ask`` is for."""
        facts = await asyncio.shield(self._today(ask.period).whole)
        return build_digest(facts, ask.period, ask.preferences, self._clock.now())

    async def outline(self, ask: Ask) -> Digest:
        """What two calls give of the recap that ``ask`` is for: ``partial`` is set."""
        facts = await asyncio.shield(self._today(ask.period).quick)
        return build_digest(facts, ask.period, ask.preferences, self._clock.now())

    async def connection(self) -> str:
        """Whether CreatorAudit answers, and as whom, in one sentence."""
        try:
            async with asyncio.timeout(CONNECTION):
                identity = (await self._source.whoami()).value
        except TimeoutError:
            return "CreatorAudit does not answer at the moment."
        except RecapError as error:
            return error.reader
        return f"Connected to CreatorAudit with the key “{one_line(identity.api_key_name or '–')}”."

    async def edition(self, ask: Ask, *, since: datetime, day: date) -> Digest:
        """The recap of everybody who is due together on ``day``: one fetch serves all."""
        now, window = self._clock.now(), (ask.period, day)
        # A clock that was put back: nothing is newer than what is asked for now.
        since = min(since, now)
        edition = self._editions.get(window)
        if edition is None or not since <= edition.fetched_at <= now <= edition.fetched_at + LIFE:
            making = _begun(self._making, window, since)
            if making is None:
                key = (*window, now)
                making = _shared(self._make(window, since), self._making, key)
                self._making[key] = making
            edition = await asyncio.shield(making)
        return edition.digest(ask)

    async def _make(self, window: _Window, since: datetime) -> Edition:
        collecting = self._collecting(window, since)
        facts = await asyncio.shield(collecting.whole)
        edition = Edition(collecting.began_at, await self._collector.with_videos(facts))
        now = self._clock.now()
        self._editions = {
            other: one for other, one in self._editions.items() if now <= one.fetched_at + LIFE
        } | {window: edition}
        return edition

    def _today(self, period: Period) -> _Collecting:
        now = self._clock.now()
        return self._collecting((period, now.date()), now - LIFE)

    def _collecting(self, window: _Window, since: datetime) -> _Collecting:
        """Shielded by those who wait: one reader who leaves must not take it from the others."""
        collecting = _begun(self._open, window, since)
        if collecting is None:
            now = self._clock.now()
            key = (*window, now)
            quick = asyncio.create_task(self._collector.quick(*window))
            whole = _shared(self._whole(quick, window, since), self._open, key)
            collecting = self._open[key] = _Collecting(now, quick, whole)
        return collecting

    async def _whole(self, quick: asyncio.Task[Facts], window: _Window, since: datetime) -> Facts:
        facts = await self._collector.whole(quick, *window, since=since)
        await self._collector.keep(facts, window[0], self._clock.now())
        return facts


def _begun(under_way: Mapping[_Key, T], window: _Window, since: datetime) -> T | None:
    """What is asked for ``window`` already, and was not asked before ``since``."""
    found = (
        one
        for (period, day, began_at), one in under_way.items()
        if (period, day) == window and began_at >= since
    )
    return next(found, None)


def _shared(work: Coroutine[Any, Any, T], tasks: dict[_Key, Any], key: _Key) -> asyncio.Task[T]:
    """``work`` as a task that several wait for; it leaves ``tasks`` when it ends."""

    def ended(task: asyncio.Task[T]) -> None:
        tasks.pop(key, None)
        if not task.cancelled():
            # Everybody who waited may have left; a failure that nobody sees is none.
            task.exception()

    task = asyncio.create_task(work)
    task.add_done_callback(ended)
    return task
