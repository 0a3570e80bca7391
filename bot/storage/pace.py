"""Turns at Slack's pace on PostgreSQL, for every process that posts."""

from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.subscriptions.pace import BEHIND, FARTHEST, NEAR, PUBLISHED, Rate

SERVER_CLOCK: Final = "extract(epoch FROM clock_timestamp())::float8"
"""One clock for all machines."""

BELIEVED: Final = 60.0
"""Nothing is given away as far ahead as this; where it says so, the server's clock was put back."""

KEPT: Final = 3600.0
"""Seconds after which a row says nothing any more; a burst is earned again much sooner."""

SWEEP_EVERY: Final = 1_000
"""Turns of one process between two looks for such rows."""

# A statement sees one state of the tables, but ON CONFLICT sees the row as whoever was first has
# left it, and keeps it until the end. So all that decides is decided there. Every channel comes
# after its workspace, whose row is locked by then: nobody waits for each other in a circle.
TURN: Final = """
    WITH asked AS MATERIALIZED (SELECT {now} AS now),
    busy AS (
        SELECT used_up_to FROM paces, asked
        WHERE team = :team AND channel = :channel
        AND used_up_to > now + :near AND used_up_to < now + :believed
    ),
    workspace AS (
        INSERT INTO paces AS p (team, channel, used_up_to, sent_away_to, yielded_to, told)
        SELECT :team, '', now - :ahead + :each, now, now, now FROM asked
        WHERE NOT EXISTS (TABLE busy)
        ON CONFLICT (team, channel) DO UPDATE SET (used_up_to, sent_away_to, yielded_to, told) = (
            SELECT
                CASE WHEN is_near THEN used ELSE p.used_up_to END,
                CASE WHEN is_near OR :yields THEN p.sent_away_to ELSE behind END,
                CASE WHEN is_near OR NOT :yields THEN p.yielded_to ELSE behind END,
                CASE WHEN is_near THEN greatest(used, now) ELSE behind END
            FROM (
                SELECT now, used, first <= now + :near AS is_near, CASE
                    WHEN line + :each > now + :farthest THEN first
                    ELSE greatest(line + :each, first)
                END AS behind
                FROM (
                    SELECT now, used,
                    CASE WHEN :yields THEN p.yielded_to ELSE p.sent_away_to END AS line,
                    CASE
                        WHEN NOT :yields THEN used
                        WHEN p.sent_away_to > now + :farthest THEN used + :behind
                        ELSE greatest(used, p.sent_away_to) + :behind
                    END AS first
                    FROM (
                        SELECT now, greatest(excluded.used_up_to, :each + CASE
                            WHEN p.used_up_to < now + :believed THEN p.used_up_to ELSE 0
                        END) AS used
                        FROM asked
                    ) AS next
                ) AS lines
            ) AS decided
        )
        RETURNING told
    ),
    place AS (
        INSERT INTO paces AS p (team, channel, used_up_to, sent_away_to, yielded_to, told)
        SELECT :team, :channel, told + :interval, now, now, told FROM workspace, asked
        WHERE told <= now + :near
        ON CONFLICT (team, channel) DO UPDATE SET
            used_up_to = :interval + CASE
                WHEN p.used_up_to < excluded.sent_away_to + :believed
                THEN greatest(p.used_up_to, excluded.told)
                ELSE excluded.told
            END
        -- Somebody took this channel's turn since the statement began.
        WHERE NOT (
            p.used_up_to > excluded.sent_away_to + :near
            AND p.used_up_to < excluded.sent_away_to + :believed
        )
        RETURNING used_up_to - :interval AS free_at
    )
    SELECT coalesce(
        (SELECT used_up_to FROM busy),
        (SELECT free_at FROM place),
        (SELECT told FROM workspace WHERE told > now + :near),
        now + :near + :interval
    ) - now FROM asked
"""

# Rows that somebody is about to use are left for the next time instead of being waited for.
SWEEP: Final = """
    DELETE FROM paces WHERE (team, channel) IN (
        SELECT team, channel FROM paces
        WHERE greatest(used_up_to, sent_away_to, yielded_to) < {now} - :kept
        FOR UPDATE SKIP LOCKED
    )
"""


class SqlPace:
    """``Pacer`` on an engine whose PostgreSQL has the newest tables.

    Each turn is one statement and a transaction of its own: never part of the ledger's, which would
    keep a whole workspace waiting until its commit.

    Args:
        engine: PostgreSQL's.
        rate: How fast.
        now: The seconds of one clock for all, in SQL.
    """

    def __init__(
        self, engine: AsyncEngine, rate: Rate = PUBLISHED, now: str = SERVER_CLOCK
    ) -> None:
        self._database = Database(engine)
        numbers = {
            "near": NEAR,
            "believed": BELIEVED,
            "behind": BEHIND,
            "farthest": FARTHEST,
            "ahead": rate.ahead,
            "each": rate.each,
            "interval": rate.channel_interval,
        }
        typed = [
            bindparam(name, value=value, type_=DOUBLE_PRECISION) for name, value in numbers.items()
        ]
        self._turn = text(TURN.format(now=now)).bindparams(*typed)
        self._sweep = text(SWEEP.format(now=now)).bindparams(kept=KEPT)
        self._turns = 0

    async def turn(self, team: str, channel: str, *, yields: bool = False) -> float:
        """Take the next turn of ``channel`` in the workspace ``team``; seconds to wait for it."""
        asked = self._turn.bindparams(team=team, channel=channel, yields=yields)
        async with self._database.writing() as connection:
            wait = float((await connection.execute(asked)).scalar_one())
        self._turns += 1
        if self._turns % SWEEP_EVERY == 0:
            await self.sweep()
        return max(wait, 0.0)

    async def sweep(self) -> None:
        """Forget what says nothing any more."""
        async with self._database.writing() as connection:
            await connection.execute(self._sweep)


def shared_pace(engine: AsyncEngine) -> SqlPace | None:
    """The turns of all processes on ``engine``; None on SQLite, where one process posts."""
    return SqlPace(engine) if engine.dialect.name == "postgresql" else None
