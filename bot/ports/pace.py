"""Whose turn it is."""

from typing import Protocol


class Pacer(Protocol):
    """The pace of each workspace, kept by everybody who posts to it.

    Turns are given one after the other, in the order in which they are asked for. What yields gets
    one only when nothing else waits for its own.
    """

    async def turn(self, team: str, channel: str, *, yields: bool = False) -> float:
        """Take the next turn of ``channel`` in the workspace ``team``; seconds to wait for it.

        More than ``bot.subscriptions.pace.NEAR`` of them mean that no turn was taken: who comes
        again then finds one near, as long as others keep to what they were told, too.

        Raises:
            TryLater: The database is away; no turn is known to be taken.
        """
        ...
