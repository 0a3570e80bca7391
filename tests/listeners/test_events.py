"""What becomes of an event that can't be followed."""

from structlog.testing import capture_logs

from bot.errors import TryLater
from bot.listeners.events import _followed


async def test_a_database_that_is_away() -> None:
    """A line in the log: the next post meets the same obstacle."""

    async def away() -> None:
        raise TryLater("away", "The database does not answer: locked.")

    with capture_logs() as logs:
        await _followed("channel_archive", away())
    assert logs == [
        {
            "event": "event_not_followed",
            "kind": "channel_archive",
            "detail": "The database does not answer: locked.",
            "log_level": "warning",
        }
    ]


async def test_a_bug() -> None:
    """A traceback in the log, and the app goes on."""

    async def broken() -> None:
        raise ZeroDivisionError

    with capture_logs() as logs:
        await _followed("channel_archive", broken())
    assert [(line["event"], line["log_level"]) for line in logs] == [("event_failed", "error")]
