"""What happens in the workspace (Events API)."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.errors import RecapError
from bot.listeners.desk import Desk, Desks, Payload
from bot.services.background import Background
from bot.services.leaving import persist
from bot.services.once import Once
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
GONE: Final = ("app_uninstalled", "tokens_revoked", "team_access_revoked")
JOINED: Final = "member_joined_channel"
HOME: Final = "app_home_opened"
EVENTS: Final = (HOME, *GONE, *STOPS, *UNARCHIVED, *RENAMED, JOINED)
"""What ``manifest.yml`` subscribes to. Slack is answered before any of it is worked on."""


Doing = Coroutine[Any, Any, None]
Follow = Callable[[Desk, Payload], Doing | None]
Leave = Callable[[AsyncBoltContext, Payload], Doing]
"""What becomes of a workspace that Recap is no longer in, by the body of the event."""


def register(app: AsyncApp, desks: Desks, leave: Leave, background: Background, once: Once) -> None:
    """Follow what happens to channels and to the installation, and show the Home."""
    for kind, follow in FOLLOWERS.items():
        app.event(kind)(_listener(kind, follow, desks, once))
    for kind in GONE:
        app.event(kind)(_last_listener(kind, leave, background, once))


def _listener(
    kind: str, follow: Follow, desks: Desks, once: Once
) -> Callable[..., Awaitable[None]]:
    async def happened(event: Payload, body: Payload, context: AsyncBoltContext) -> None:
        desk = await desks(context)
        if doing := follow(desk, event):
            # The Home is drawn as it is now, however often Slack asks.
            work = doing if kind == HOME else once.follow(body["event_id"], doing)
            desk.background.start(_followed(kind, work))

    return happened


def _last_listener(
    kind: str, leave: Leave, background: Background, once: Once
) -> Callable[..., Awaitable[None]]:
    async def gone(body: Payload, context: AsyncBoltContext) -> None:
        if _is_ours(body["event"]):
            doing = once.follow(body["event_id"], persist(lambda: leave(context, body)))
            background.start(_followed(kind, doing))

    return gone


def _stopped(desk: Desk, event: Payload) -> Doing:
    return desk.happenings.stopped(event["channel"], STOPS[event["type"]])


def _unarchived(desk: Desk, event: Payload) -> Doing:
    return desk.happenings.unarchived(event["channel"])


def _renamed(desk: Desk, event: Payload) -> Doing:
    return desk.happenings.renamed(event["channel"]["id"], event["channel"]["name"])


def _joined(desk: Desk, event: Payload) -> Doing | None:
    return desk.happenings.joined(event["channel"]) if event["user"] == desk.bot_user else None


def _home(desk: Desk, event: Payload) -> Doing | None:
    if event.get("tab", "home") != "home":
        return None
    return desk.windows.show_home(event["user"], event.get("view", {}).get("hash"))


FOLLOWERS: Final[Mapping[str, Follow]] = {
    HOME: _home,
    **dict.fromkeys(STOPS, _stopped),
    **dict.fromkeys(UNARCHIVED, _unarchived),
    **dict.fromkeys(RENAMED, _renamed),
    JOINED: _joined,
}
"""What each kind of event sets going; None where it means nothing to us."""


def _is_ours(event: Payload) -> bool:
    """Whether the bot's own token is gone, and not only that of some person."""
    return event["type"] != "tokens_revoked" or bool(event.get("tokens", {}).get("bot"))


async def _followed(kind: str, doing: Doing) -> None:
    try:
        await doing
    except RecapError as error:
        # Nothing is lost: the next post meets the same obstacle and pauses the subscription.
        log.warning("event_not_followed", kind=kind, detail=error.operator)
    except Exception:
        log.exception("event_failed", kind=kind)
