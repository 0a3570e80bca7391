"""Which machines use the same database file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Presence:
    """One process at work on the database.

    Attributes:
        process: Its id, made up at its start.
        host: What all processes of its machine have in common, and those of no other.
        name: What people call the machine.
        since: When it began.
        beat_at: When it last said so.
        beats: How often it has said so: that this changes tells more than two clocks.
    """

    process: str
    host: str
    name: str
    since: datetime
    beat_at: datetime
    beats: int = 0


class Hosts(Protocol):
    """Who is at work on a database that only one machine may use."""

    async def arrive(self, me: Presence, gone: Collection[Presence] = ()) -> Sequence[Presence]:
        """Write down ``me``, unless processes of other hosts are written down; returns these.

        Those that are in ``gone`` exactly as they are there are removed before.

        Raises:
            TryLater: The database is locked, or away.
        """
        ...

    async def leave(self, me: Presence) -> None:
        """Remove ``me``.

        Raises:
            TryLater: The database is locked, or away.
        """
        ...
