"""Which of Slack's events were taken up, on SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.storage.schema import seen_events


class SqlSeenEvents:
    """``SeenEvents`` on an engine whose database has the newest tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._database = Database(engine)

    async def note(self, event_id: str, now: datetime) -> bool:
        """Note that the event is taken up; False when it was noted before."""
        statement = (
            self._database.upsert(seen_events)
            .values(event_id=event_id, seen_at=now)
            .on_conflict_do_nothing(index_elements=["event_id"])
            .returning(seen_events.c.event_id)
        )
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).first() is not None

    async def drop(self, event_id: str) -> None:
        """Count the event as new again."""
        async with self._database.writing() as connection:
            await connection.execute(delete(seen_events).where(seen_events.c.event_id == event_id))

    async def forget(self, before: datetime) -> int:
        """Remove what was noted before that instant; returns how many."""
        async with self._database.writing() as connection:
            gone = await connection.execute(
                delete(seen_events).where(seen_events.c.seen_at < before)
            )
        return gone.rowcount
