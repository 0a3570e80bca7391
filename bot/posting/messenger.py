"""Posting a delivery once, looking whether it is there, and correcting it where it stands."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.posting.codes import (
    INSTALL_GONE,
    NOT_EDITABLE,
    PAUSES,
    SLACK_ERRORS,
    THREAD_GONE,
    code_of,
    outcome_of,
    refused,
)
from bot.rendering.blocks import SlackMessage
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.outcomes import (
    Busy,
    Gone,
    Hidden,
    NotThere,
    Outcome,
    Sent,
    Sighting,
    Unsure,
)

log = structlog.get_logger(__name__)

EVENT_TYPE: Final = "recap_delivery"
MARGIN: Final = timedelta(hours=2)
"""Our clock and Slack's may disagree, and ours may be put back by an hour."""

PAGE: Final = 200
PAGES: Final = 50
"""Ten thousand messages in two hours: whoever gets there is not going to find it."""

NO_THREAD: Final = "thread_not_found"
TOO_MANY_MESSAGES: Final = "too_many_messages"
UNREADABLE: Final = frozenset(PAUSES) - INSTALL_GONE | {
    "missing_scope",
    "method_not_supported",
    "unknown_method",
}
"""The channel's history is closed to the bot, and asking again will not open it."""


class SlackMessenger:
    """``Messenger`` through the Web API.

    Args:
        client: With ``retry_handlers=[]``: slack_sdk's own would repeat a post after a reset.
        bot_id: Slack's id of our bot; a message of another app with our key is not ours.
    """

    def __init__(self, client: AsyncWebClient, bot_id: str | None) -> None:
        self._client = client
        self._bot_id = bot_id

    async def post(
        self, target: str, message: Frozen, key: str, thread: str | None = None
    ) -> Outcome:
        """Hand ``message`` over once, with ``key`` in its metadata, and say what came of it."""
        try:
            channel = await self._channel(target)
        except (*SLACK_ERRORS, KeyError, TypeError) as error:
            # Nothing was handed over yet, so nothing is in doubt.
            came = outcome_of(error)
            return Busy(came.detail) if isinstance(came, Unsure) else came
        try:
            answer = await self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SLACK_ERRORS as error:
            return outcome_of(error, THREAD_GONE if thread else frozenset())
        if not answer.get("ts"):
            return Unsure("no ts")
        there = Sent(str(answer.get("channel") or channel), str(answer["ts"]))
        return await self._taken_back(there) if thread and _strayed(answer) else there

    async def edit(self, channel: str, ts: str, message: Frozen) -> Outcome:
        """Put ``message`` in the place of the one at ``ts`` (``chat.update``)."""
        try:
            await self._client.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=list(message.blocks)
            )
        except SLACK_ERRORS as error:
            return outcome_of(error, NOT_EDITABLE)
        return Sent(channel, ts)

    async def find(
        self, target: str, key: str, since: datetime, thread: str | None = None
    ) -> Sighting:
        """Look for our message with ``key`` among those that came after ``since``."""
        cursor = ""
        try:
            channel = await self._channel(target)
            for _ in range(PAGES):
                answer = await self._page(channel, thread, since, cursor)
                for message in answer.get("messages") or ():
                    if self._is_ours(message, key):
                        return Sent(channel, str(message["ts"]))
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    return NotThere()
        except SlackApiError as error:
            return _not_read(error)
        except (*SLACK_ERRORS, KeyError, TypeError) as error:
            return Busy(type(error).__name__)
        return Hidden(TOO_MANY_MESSAGES)

    async def whisper(self, channel: str, user: str, message: SlackMessage) -> None:
        """Show ``message`` to one person in a channel (``chat.postEphemeral``)."""
        try:
            await self._client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=list(message.blocks)
            )
        except SLACK_ERRORS as error:
            raise refused("chat.postEphemeral", error) from error

    async def _page(
        self, channel: str, thread: str | None, since: datetime, cursor: str
    ) -> AsyncSlackResponse:
        """Some of the messages of ``channel``, or of one thread: its history has no replies."""
        how: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{(since - MARGIN).timestamp():.6f}",
            "limit": PAGE,
            "cursor": cursor,
            "include_all_metadata": True,
        }
        if thread:
            return await self._client.conversations_replies(ts=thread, **how)
        return await self._client.conversations_history(**how)

    async def _taken_back(self, stray: Sent) -> Gone:
        """Delete a reply that Slack has put into the channel because its thread is gone."""
        try:
            await self._client.chat_delete(channel=stray.channel, ts=stray.ts)
        except SLACK_ERRORS as error:
            detail = refused("chat.delete", error).operator
            log.warning("reply_left_in_channel", channel=stray.channel, ts=stray.ts, detail=detail)
        return Gone(NO_THREAD)

    def _is_ours(self, message: Mapping[str, Any], key: str) -> bool:
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") != EVENT_TYPE:
            return False
        if (metadata.get("event_payload") or {}).get("key") != key:
            return False
        bots = {message.get("bot_id"), self._bot_id} - {None}
        return len(bots) < 2  # noqa: PLR2004 -- the same one, or one of them is not known

    async def _channel(self, target: str) -> str:
        """Where to post: a person's id stands for the conversation with them."""
        if not target.startswith(("U", "W")):
            return target
        answer = await self._client.conversations_open(users=target)
        channel = (answer.get("channel") or {}).get("id")
        if not channel:
            raise SlackClientError("conversations.open named no conversation")
        return str(channel)


def _strayed(answer: AsyncSlackResponse) -> bool:
    """Whether a reply stands in the channel: Slack has no error for a thread that is gone."""
    message = answer.get("message")
    return isinstance(message, dict) and not message.get("thread_ts")


def _not_read(error: SlackApiError) -> Sighting:
    code = code_of(error)
    if code == NO_THREAD:
        return NotThere()
    if code in UNREADABLE:
        return Hidden(code)
    came = outcome_of(error)
    return came if isinstance(came, Busy) else Busy(code)
