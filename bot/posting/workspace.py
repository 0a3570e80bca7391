"""What Slack says of channels and people, and the windows and Homes it shows them."""

from typing import Final

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Member, Place
from bot.posting.codes import PAUSES, SLACK_ERRORS, code_of, refused
from bot.rendering.limits import Block
from bot.subscriptions.model import Pause
from bot.subscriptions.zones import zone_named

log = structlog.get_logger(__name__)

MEMBERS: Final = 1_000
MEMBER_PAGES: Final = 10
HASH_CONFLICT: Final = "hash_conflict"
SEEN_BY_CHANNEL: Final = frozenset({Pause.CHANNEL_GONE, Pause.NOT_IN_CHANNEL, Pause.ARCHIVED})


class SlackWorkspace:
    """``Workspace`` through the Web API.

    What can't be asked, for want of a scope or because Slack is away, counts as unknown and stands
    in nobody's way: the post itself will tell.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def place(self, channel: str) -> Place:
        """The channel, as far as it can be learned (``conversations.info``)."""
        try:
            answer = await self._client.conversations_info(channel=channel)
            found = dict(answer["channel"])
        except SlackApiError as error:
            problem = PAUSES.get(code_of(error))
            known = problem if problem in SEEN_BY_CHANNEL else None
            return Place(problem=known, is_private=None)
        except (*SLACK_ERRORS, KeyError, TypeError) as error:
            log.info("channel_not_read", channel=channel, reason=type(error).__name__)
            return Place(is_private=None)
        if not found:
            return Place(is_private=None)
        problem = None
        if found.get("is_archived"):
            problem = Pause.ARCHIVED
        elif found.get("is_member") is False and not found.get("is_im"):
            problem = Pause.NOT_IN_CHANNEL
        elif found.get("is_read_only"):
            problem = Pause.MAY_NOT_POST
        return Place(str(found.get("name") or ""), problem, bool(found.get("is_private")))

    async def member(self, user: str) -> Member:
        """The person, as far as it can be learned (``users.info``)."""
        try:
            answer = await self._client.users_info(user=user)
            found = dict(answer["user"])
        except (*SLACK_ERRORS, KeyError, TypeError) as error:
            log.info("person_not_read", user=user, reason=type(error).__name__)
            return Member()
        zone = zone_named(str(found.get("tz") or ""))
        return Member(zone, bool(found.get("is_admin") or found.get("is_owner")))

    async def is_in(self, user: str, channel: str) -> bool:
        """Whether ``user`` is a member of ``channel`` (``conversations.members``)."""
        cursor = ""
        try:
            for _ in range(MEMBER_PAGES):
                answer = await self._client.conversations_members(
                    channel=channel, limit=MEMBERS, cursor=cursor
                )
                if user in (answer.get("members") or ()):
                    return True
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    break
        except (*SLACK_ERRORS, TypeError) as error:
            log.info("members_not_read", channel=channel, reason=type(error).__name__)
        return False


class SlackModals:
    """``Modals`` through ``views.open``, ``views.update`` and ``views.publish``."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger_id: str, view: Block) -> str:
        """Open ``view`` for the person behind ``trigger_id``; its id."""
        try:
            opened = await self._client.views_open(trigger_id=trigger_id, view=view)
        except SLACK_ERRORS as error:
            raise refused("views.open", error) from error
        return str((opened.get("view") or {}).get("id") or "")

    async def update(self, view_id: str, view: Block) -> None:
        """Show ``view`` in the open window ``view_id``."""
        try:
            await self._client.views_update(view_id=view_id, view=view)
        except SLACK_ERRORS as error:
            raise refused("views.update", error) from error

    async def publish(self, user: str, view: Block, seen: str | None = None) -> bool:
        """Show ``view`` as the Home of ``user``; False when ``seen`` is no longer its hash."""
        try:
            await self._client.views_publish(user_id=user, view=view, hash=seen)
        except SlackApiError as error:
            if code_of(error) == HASH_CONFLICT:
                return False
            raise refused("views.publish", error) from error
        except SLACK_ERRORS as error:
            raise refused("views.publish", error) from error
        return True
