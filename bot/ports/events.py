"""What is remembered of what Slack told."""

from datetime import datetime
from typing import Protocol


class SeenEvents(Protocol):
    """Which of Slack's events were taken up; every method may raise ``TryLater``.

    Slack's ids of events are unique over all workspaces.
    """

    async def note(self, event_id: str, now: datetime) -> bool:
        """Note that the event is taken up; False when it was noted before.

        Of several that note the same event together, one gets True.
        """
        ...

    async def drop(self, event_id: str) -> None:
        """Count the event as new again."""
        ...

    async def forget(self, before: datetime) -> int:
        """Remove what was noted before that instant; returns how many."""
        ...
