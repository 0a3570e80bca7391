"""How the database is: what an operator asks of it."""

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.meter import Backlog
from bot.storage.database import Database
from bot.storage.schema import deliveries, holds, subscriptions
from bot.storage.upgrade import is_current
from bot.subscriptions.deliveries import Kind


class SqlCondition:
    """``Condition`` of the database behind an engine; nothing here waits for a writer."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._database = Database(engine)

    async def is_current(self) -> bool:
        """Whether its tables are as this Recap needs them."""
        return await is_current(self._engine)

    async def backlog(self, now: datetime) -> Backlog:
        """What is due at ``now``.

        What a person asked for is not counted: its slot may be days old.
        """
        owed_since = func.coalesce(deliveries.c.waits_until, deliveries.c.due_at)
        held = select(holds.c.team).where(holds.c.until > now)
        is_free = (deliveries.c.ready_at <= now) & deliveries.c.team.not_in(held)
        open_slots = select(
            func.count().label("due"),
            func.min(owed_since).label("oldest_at"),
            func.min(case((is_free, deliveries.c.ready_at))).label("untaken_since"),
        ).where(
            deliveries.c.ready_at.is_not(None),
            deliveries.c.kind == Kind.RECAP.value,
            deliveries.c.asked_by.is_(None),
            owed_since <= now,
        )
        next_due_at = subscriptions.c.next_due_at
        unplanned = select(
            func.count().label("due"), func.min(next_due_at).label("oldest_at")
        ).where(next_due_at <= now)
        in_ledger = (await self._database.read(open_slots))[0]
        ahead = (await self._database.read(unplanned))[0]
        return Backlog(
            in_ledger["due"] + ahead["due"],
            min(filter(None, (in_ledger["oldest_at"], ahead["oldest_at"])), default=None),
            in_ledger["untaken_since"],
        )
