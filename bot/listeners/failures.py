"""The last net: a listener itself fails, or nobody can say whose request it is."""

import uuid

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.errors import RecapError
from bot.rendering import notices

log = structlog.get_logger(__name__)


def register(app: AsyncApp) -> None:
    """Say what is in the way; log a bug once, with the reference that the person is told."""

    @app.error
    async def failed(error: Exception) -> BoltResponse:
        if isinstance(error, RecapError):
            log.warning("request_refused", detail=error.operator)
            return BoltResponse(status=200, body=error.reader)
        reference = uuid.uuid4().hex[:8]
        log.error("listener_failed", reference=reference, exc_info=error)
        return BoltResponse(status=200, body=notices.bug(reference).text)
