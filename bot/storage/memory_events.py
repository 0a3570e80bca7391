"""Slack's events in memory: the same contract; nothing outlives the process."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class MemorySeenEvents:
    """``SeenEvents`` in a dictionary."""

    _seen: dict[str, datetime] = field(default_factory=dict)

    async def note(self, event_id: str, now: datetime) -> bool:
        """Note that the event is taken up; False when it was noted before."""
        if event_id in self._seen:
            return False
        self._seen[event_id] = now
        return True

    async def drop(self, event_id: str) -> None:
        """Count the event as new again."""
        self._seen.pop(event_id, None)

    async def forget(self, before: datetime) -> int:
        """Remove what was noted before that instant; returns how many."""
        old = [event_id for event_id, seen_at in self._seen.items() if seen_at < before]
        for event_id in old:
            del self._seen[event_id]
        return len(old)
