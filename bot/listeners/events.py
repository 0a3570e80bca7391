"""What happens in the workspace (Events API)."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp

from bot.errors import RecapError
from bot.listeners.desk import Desk, Payload
from bot.subscriptions.model import Pause

log = structlog.get_logger(__name__)

STOPS: Final = {
    "channel_archive": Pause.ARCHIVED,
    "group_archive": Pause.ARCHIVED,
    "channel_left": Pause.NOT_IN_CHANNEL,
    "group_left": Pause.NOT_IN_CHANNEL,
    "channel_deleted": Pause.CHANNEL_GONE,
    "group_deleted": Pause.CHANNEL_GONE,
}
UNARCHIVED: Final = ("channel_unarchive", "group_unarchive")
RENAMED: Final = ("channel_rename", "group_rename")
GONE: Final = ("app_uninstalled", "tokens_revoked")
JOINED: Final = "member_joined_channel"
HOME: Final = "app_home_opened"
EVENTS: Final = (HOME, *GONE, *STOPS, *UNARCHIVED, *RENAMED, JOINED)
"""What ``manifest.yml`` subscribes to. Slack is answered before any of it is worked on."""


Follow = Callable[[Payload], Coroutine[Any, Any, None] | None]


def register(app: AsyncApp, desk: Desk) -> None:
    """Follow what happens to channels, and show the Home."""
    for kind, follow in _followers(desk).items():
        app.event(kind)(_listener(kind, follow, desk))


def _listener(kind: str, follow: Follow, desk: Desk) -> Callable[..., Awaitable[None]]:
    async def happened(event: Payload, body: Payload) -> None:
        if doing := follow(event):
            # The Home is drawn as it is now, however often Slack asks.
            is_plain = kind == HOME or "event_id" not in body
            work = doing if is_plain else desk.once.follow(body["event_id"], doing)
            desk.background.start(_followed(kind, work))

    return happened


def _followers(desk: Desk) -> dict[str, Follow]:
    """What each kind of event sets going; None where it means nothing to us."""
    follow, windows = desk.happenings, desk.windows

    def stopped(event: Payload) -> Coroutine[Any, Any, None]:
        return follow.stopped(event["channel"], STOPS[event["type"]])

    def unarchived(event: Payload) -> Coroutine[Any, Any, None]:
        return follow.unarchived(event["channel"])

    def renamed(event: Payload) -> Coroutine[Any, Any, None]:
        return follow.renamed(event["channel"]["id"], event["channel"]["name"])

    def gone(event: Payload) -> Coroutine[Any, Any, None] | None:
        return follow.install_gone() if _is_ours(event) else None

    def joined(event: Payload) -> Coroutine[Any, Any, None] | None:
        return follow.joined(event["channel"]) if event["user"] == desk.bot_user else None

    def home(event: Payload) -> Coroutine[Any, Any, None] | None:
        if event.get("tab", "home") != "home":
            return None
        return windows.show_home(event["user"], event.get("view", {}).get("hash"))

    return {
        HOME: home,
        **dict.fromkeys(GONE, gone),
        **dict.fromkeys(STOPS, stopped),
        **dict.fromkeys(UNARCHIVED, unarchived),
        **dict.fromkeys(RENAMED, renamed),
        JOINED: joined,
    }


def _is_ours(event: Payload) -> bool:
    """Whether the bot's own token is gone, and not only that of some person."""
    return event["type"] == "app_uninstalled" or bool(event.get("tokens", {}).get("bot"))


async def _followed(kind: str, doing: Coroutine[Any, Any, None]) -> None:
    try:
        await doing
    except RecapError as error:
        # Nothing is lost: the next post meets the same obstacle and pauses the subscription.
        log.warning("event_not_followed", kind=kind, detail=error.operator)
    except Exception:
        log.exception("event_failed", kind=kind)
