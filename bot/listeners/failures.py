"""The last net: what happens when a listener itself fails."""

import uuid

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.rendering import notices

log = structlog.get_logger(__name__)


def register(app: AsyncApp) -> None:
    """Log a listener's exception once, with the reference that the person is told."""

    @app.error
    async def failed(error: Exception) -> BoltResponse:
        reference = uuid.uuid4().hex[:8]
        log.error("listener_failed", reference=reference, exc_info=error)
        return BoltResponse(status=200, body=notices.bug(reference).text)
