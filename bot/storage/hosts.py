"""Who is at work on a SQLite file."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports.hosts import Presence
from bot.storage.database import Database
from bot.storage.schema import hosts

FORGOTTEN: Final = timedelta(hours=1)
"""After which what a killed process of this very machine has left behind is removed."""


class SqlHosts:
    """``Hosts`` on an engine whose database has the newest tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._database = Database(engine)

    async def arrive(self, me: Presence, gone: Collection[Presence] = ()) -> Sequence[Presence]:
        """Write down ``me``, unless processes of other hosts are written down; returns these."""
        mine = (hosts.c.host == me.host) & (hosts.c.beat_at < me.beat_at - FORGOTTEN)
        async with self._database.writing() as connection:
            for one in gone:
                same = (hosts.c.process == one.process) & (hosts.c.beats == one.beats)
                await connection.execute(delete(hosts).where(same))
            found = await connection.execute(select(hosts).where(hosts.c.host != me.host))
            others = [Presence(**row) for row in found.mappings()]
            if not others:
                await connection.execute(delete(hosts).where(mine | _is(me)))
                await connection.execute(insert(hosts).values(asdict(me)))
        return others

    async def leave(self, me: Presence) -> None:
        """Remove ``me``."""
        async with self._database.writing() as connection:
            await connection.execute(delete(hosts).where(_is(me)))


def _is(me: Presence) -> ColumnElement[bool]:
    return hosts.c.process == me.process


def shared_file(engine: AsyncEngine) -> SqlHosts | None:
    """Who uses the file of ``engine``; None on PostgreSQL, which any number of machines may use."""
    return SqlHosts(engine) if engine.dialect.name == "sqlite" else None
