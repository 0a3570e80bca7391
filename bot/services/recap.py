"""The one way to a digest: ask CreatorAudit, leave out what can't be had, build."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.digest.builder import build_digest
from bot.digest.collected import Facts
from bot.digest.engagement import ScaleSetting
from bot.digest.facts import Fetched, Leaderboard
from bot.digest.model import Digest, Missing
from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.errors import RecapError
from bot.ports import Clock, CreatorSource
from bot.rendering.names import one_line
from bot.services.gauge import WITHIN, Gauge

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


class RecapService:
    """Digests on demand, for the command, the button, the terminal and the schedule alike.

    Questions for the same window that are open at the same time share one fetch.
    """

    def __init__(
        self,
        source: CreatorSource,
        clock: Clock,
        scale: ScaleSetting = ScaleSetting.AUTO,
        *,
        measure_within: float = WITHIN,
    ) -> None:
        self._source = source
        self._clock = clock
        self._gauge = Gauge(source, clock, scale, within=measure_within)
        self._open: dict[Period, asyncio.Task[Facts]] = {}
        self._editions: dict[Period, Edition] = {}

    async def warm_up(self) -> None:
        """Measure ahead of the first question what its answer would have to wait for."""
        await self._gauge.measure()

    async def close(self) -> None:
        """End what is under way; nobody waits for it any more."""
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._gauge.close()

    async def digest(self, ask: Ask) -> Digest:
        """The recap that ``ask`` is for.

        Raises:
            RecapError: The headline could not be had; any other part is left out with its reason.
        """
        facts = await self._facts(ask.period)
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

    async def edition(self, ask: Ask, *, since: datetime) -> Digest:
        """The recap of everybody who is due together: one fetch serves them all.

        What was fetched after ``since`` and within the last minutes is not fetched again.

        Raises:
            RecapError: The headline could not be had; any other part is left out with its reason.
        """
        now = self._clock.now()
        edition = self._editions.get(ask.period)
        if edition is None or not since <= edition.fetched_at <= now <= edition.fetched_at + LIFE:
            edition = Edition(now, await self._facts(ask.period))
            self._editions[ask.period] = edition
        if ask not in edition.digests:
            built = build_digest(edition.facts, ask.period, ask.preferences, edition.fetched_at)
            edition.digests[ask] = built
        return edition.digests[ask]

    async def _facts(self, period: Period) -> Facts:
        task = self._open.get(period)
        if task is None:
            task = asyncio.create_task(self._collect(period))
            self._open[period] = task
            task.add_done_callback(lambda _: self._open.pop(period))
        # Shielded: one reader who goes away must not take the answer from the others.
        return await asyncio.shield(task)

    async def _collect(self, period: Period) -> Facts:
        leaderboard = asyncio.create_task(self._leaderboard(period))
        measured = asyncio.create_task(self._gauge.measure())
        try:
            overview = await self._source.overview(period)
            measurement = await measured
            scale = self._gauge.scale(overview.value, measurement)
            return Facts(overview, await leaderboard, scale, measurement.calls)
        finally:
            leaderboard.cancel()
            measured.cancel()

    async def _leaderboard(self, period: Period) -> Fetched[Leaderboard] | Missing:
        try:
            return await self._source.top_creators(period)
        except RecapError as error:
            return Missing("Top creators", error.reader)
