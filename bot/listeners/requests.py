"""Which request a line of the log belongs to."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.listeners.desk import Payload

log = structlog.get_logger(__name__)


def register(app: AsyncApp) -> None:
    """Bind an id of ours, and Slack's own, to every line that comes of a request.

    What is started for it takes them along, also beyond Bolt's own end. What people typed, and
    addresses and triggers, which are keys to something, are not among them.
    """

    @app.middleware
    async def numbered(
        body: Payload, context: AsyncBoltContext, next_: Callable[[], Awaitable[Any]]
    ) -> None:
        known = {
            "team": context.team_id,
            "enterprise": context.enterprise_id,
            "channel": context.channel_id,
            "user": context.user_id,
            "event_id": body.get("event_id"),
        }
        structlog.contextvars.bind_contextvars(
            request=uuid.uuid4().hex[:12],
            what=_what(body),
            **{name: value for name, value in known.items() if value},
        )
        log.info("request")
        await next_()


def _what(body: Payload) -> str:
    """The command, the type of the event, or that of the interaction."""
    inner = body.get("event")
    kind = inner.get("type") if isinstance(inner, dict) else None
    return str(kind or body.get("command") or body.get("type") or "")
