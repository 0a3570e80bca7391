"""Following each of Slack's events once.

Slack tells an event again when the first answer came late, and with several processes the
repetition may reach another one.
"""

from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.errors import TryLater
from bot.ports import Clock, SeenEvents

log = structlog.get_logger(__name__)

REMEMBERED: Final = timedelta(days=1)
"""Slack's last repetition comes five minutes after the first try, or a little later."""

TIDIED_EVERY: Final = timedelta(hours=1)


class Once:
    """Tells repetitions from what is new, in all processes together."""

    def __init__(self, seen: SeenEvents, clock: Clock) -> None:
        self._seen = seen
        self._clock = clock
        self._tidied_at: datetime | None = None

    async def follow(self, event_id: str, doing: Coroutine[Any, Any, None]) -> None:
        """Let ``doing`` happen, unless the event was taken up before.

        While the database is away nobody can tell: the event is followed then, since all that
        follows events looks at what holds now. One that could not be followed counts as new again.

        Raises:
            Exception: What ``doing`` raises.
        """
        if await self._is_repeated(event_id):
            doing.close()
            log.info("event_repeated", event_id=event_id)
            return
        try:
            await doing
        except Exception:
            with suppress(TryLater):
                await self._seen.drop(event_id)
            raise

    async def _is_repeated(self, event_id: str) -> bool:
        now = self._clock.now()
        try:
            if not await self._seen.note(event_id, now):
                return True
            await self._tidy(now)
        except TryLater as error:
            log.warning("event_not_noted", detail=error.operator)
        return False

    async def _tidy(self, now: datetime) -> None:
        if self._tidied_at is None or now - self._tidied_at >= TIDIED_EVERY:
            await self._seen.forget(now - REMEMBERED)
            self._tidied_at = now
