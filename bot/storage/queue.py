"""Carrying deliveries to workers, with procrastinate's tables in the ledger's own database.

PostgreSQL only. The statements speak to these tables themselves, because a job has to come into
being in the transaction that says in the ledger that it was carried.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Update, exists, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports import Route
from bot.storage import rows, turns
from bot.storage.database import Database
from bot.storage.schema import deliveries, holds
from bot.subscriptions.deliveries import COPIES, CORRECTIONS, POSTS, Delivery, Kind

CARRIED: Final = "queue"
"""The owner of a delivery that waits in the queue."""

DEPTH: Final = 500
"""Deliveries of one route that wait there at most. Who looks for the next job reads all of them,
and whoever becomes due meanwhile is to stand behind few."""

KINDS: Final = {
    Route.SLACK: POSTS,
    Route.CORRECTIONS: CORRECTIONS,
    Route.ELSEWHERE: COPIES,
}

BEHIND: Final = 1_000_000
"""More than the turns of any workspace."""

SILENT: Final = timedelta(seconds=50)
"""A job that began so long ago, and whose delivery no worker has a lease on, is nobody's. It is
shorter than any lease, so that its channel is free by the time at which the lease is over."""

PLANNING: Final = 7_262_413
"""PostgreSQL's lock of whoever plans; the number only has to differ from others."""

PLANNED_WITHIN: Final = timedelta(seconds=15)
"""After that the turn of whoever plans is over: it may be a machine that is gone. What it plans
all the same is written, or refused where the next one has planned it."""

PLAN = text("""
SELECT pg_try_advisory_xact_lock(:key)
FROM (SELECT set_config('idle_in_transaction_session_timeout', :within, true)) AS limited
""")

# Deliveries that wait already come first, or each tick would give the first turns anew. Details in
# threads come behind the posts of all workspaces: each post that is out brings more of them, and
# these would keep standing before the second post of a workspace.
CARRY: Final = text("""
WITH turns AS (
    SELECT id, row_number() OVER (
        PARTITION BY team, kind = 'reply'
        ORDER BY owner IS DISTINCT FROM :carried OR ready_at <= :now,
            CASE WHEN kind = 'copy' THEN tries ELSE 0 END, due_at, id
    ) AS turn
    FROM deliveries
    WHERE ready_at IS NOT NULL
        AND (ready_at <= :now OR owner = :carried)
        AND kind = ANY(:kinds)
), ready AS (
    SELECT deliveries.id, turns.turn
    FROM deliveries JOIN turns USING (id)
    WHERE deliveries.ready_at <= :now
        AND (kind = 'copy' OR team NOT IN (SELECT team FROM holds WHERE until > :now))
    ORDER BY kind = 'reply', turns.turn, deliveries.due_at, deliveries.id
    LIMIT greatest(0, :depth - (
        SELECT count(*) FROM deliveries
        WHERE ready_at > :now AND owner = :carried AND kind = ANY(:kinds)
    ))
    FOR UPDATE OF deliveries SKIP LOCKED
), carried AS (
    UPDATE deliveries
    SET owner = :carried,
        ready_at = :until,
        fence = CASE WHEN owner IS NULL OR owner = :carried THEN fence ELSE fence + 1 END
    FROM ready
    WHERE deliveries.id = ready.id
    RETURNING deliveries.id, due_at, team || '/' || coalesce(way, target) AS lock,
        turn + CASE WHEN kind = 'reply' THEN :behind ELSE 0 END AS turn
), deferred AS (
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW(
            :queue, :queue, -turn, lock, id, jsonb_build_object('delivery', id), NULL
        )::procrastinate_job_to_defer_v1
        ORDER BY turn, due_at, id
    ))
    FROM carried
    WHERE NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = carried.id
    )
)
SELECT count(carried.id) FROM carried CROSS JOIN deferred
""")

RESCUE: Final = text("""
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT job.id FROM procrastinate_jobs AS job
    WHERE job.status = 'doing'
        AND job.queue_name = :queue
        AND NOT EXISTS (
            SELECT FROM deliveries
            WHERE deliveries.id = job.queueing_lock
                AND deliveries.ready_at > :now
                AND deliveries.owner <> :carried
        )
        AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event
            WHERE event.job_id = job.id
                AND event.type = 'started'
                AND event.at > now() - CAST(:silent AS interval)
        )
    FOR UPDATE SKIP LOCKED
)
""")


class SqlQueue:
    """``Queue`` on a PostgreSQL that has procrastinate's tables."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        depth: int = DEPTH,
        silent: timedelta = SILENT,
        planned_within: timedelta = PLANNED_WITHIN,
    ) -> None:
        self._database = Database(engine)
        self._depth = depth
        self._silent = silent
        self._planned_within = f"{planned_within // timedelta(milliseconds=1)}ms"

    @asynccontextmanager
    async def planning(self) -> AsyncIterator[bool]:
        """Whether this worker is the one to plan; then nobody else is until the end."""
        turn = {"key": PLANNING, "within": self._planned_within}
        async with self._database.writing(urgent=True) as connection:
            yield (await connection.execute(PLAN, turn)).scalar_one()

    async def carry(self, route: Route, now: datetime, until: datetime) -> int:
        """Hand over what is ready on ``route``, in turns between workspaces; returns how many."""
        known = {"queue": route.value, "carried": CARRIED, "now": now}
        kinds = [kind.value for kind in KINDS[route]]
        room = {"kinds": kinds, "until": until, "depth": self._depth, "behind": BEHIND}
        async with self._database.writing() as connection:
            await connection.execute(RESCUE, {**known, "silent": self._silent})
            carried = await connection.execute(CARRY, {**known, **room})
            return int(carried.scalar_one())

    async def take(
        self, identifier: str, owner: str, now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Claim the one delivery that a job names, until ``now + lease``."""
        async with self._database.writing() as connection:
            claim = _claim(identifier, owner, now, lease).returning(*deliveries.c)
            row = (await connection.execute(claim)).mappings().one_or_none()
            if row is None:
                await connection.execute(_put_back(identifier, now))
        return None if row is None else rows.delivery(row)


def _claim(identifier: str, owner: str, now: datetime, lease: timedelta) -> Update:
    waits = (holds.c.team == deliveries.c.team) & (holds.c.until > now)
    may_go = (deliveries.c.kind == Kind.COPY.value) | ~exists().where(waits)
    return _carried(identifier).where(may_go).values(turns.claimed(owner, now + lease))


def _put_back(identifier: str, now: datetime) -> Update:
    """Ends the carrying of a delivery whose workspace has to wait, until it may post again."""
    until = select(holds.c.until).where(holds.c.team == deliveries.c.team, holds.c.until > now)
    held_until = until.scalar_subquery()
    return (
        _carried(identifier).where(held_until.is_not(None)).values(owner=None, ready_at=held_until)
    )


def _carried(identifier: str) -> Update:
    mine = (deliveries.c.id == identifier) & (deliveries.c.owner == CARRIED)
    return update(deliveries).where(mine, deliveries.c.ready_at.is_not(None))
