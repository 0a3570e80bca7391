"""What chat.* does to the messages, and how fast a bot may post."""

import html
import math
from typing import TYPE_CHECKING, Any, Final

from bot.playground.slack_blocks import check_message
from bot.playground.slack_errors import SlackError, refuse
from bot.playground.slack_workspace import Channel, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.slack_teams import Team

Json = dict[str, Any]
MINUTE: Final = 60.0
LONGEST_UPDATE: Final = 4_000


class Limits:
    """When chat.postMessage has to wait, and whether it did."""

    def __init__(self, team: "Team") -> None:
        self._team = team
        self._posted: list[float] = []
        self._last: dict[str, float] = {}
        self._closed_until: dict[str, float] = {}

    def arrived(self, method: str, sent: Json) -> None:
        """Count a post that comes earlier than its channel was told to."""
        until = self._closed_until.get(str(sent.get("channel")), 0.0)
        if method == "chat.postMessage" and self._team.now() < until:
            self._team.slack.undercut += 1

    def told_to_wait(self, method: str, sent: Json, retry_after: str) -> None:
        """Remember a ``Retry-After``; one that isn't a number says nothing that could be kept."""
        if method == "chat.postMessage" and retry_after.replace(".", "", 1).isdecimal():
            self._closed_until[str(sent.get("channel"))] = self._team.now() + float(retry_after)

    def check(self, sent: Json) -> None:
        """Refuse a post that comes too early.

        Raises:
            SlackError: HTTP 429, with a ``Retry-After`` in whole seconds.
        """
        wait = max(self._channel_wait(str(sent.get("channel"))), self._workspace_wait())
        if wait > 0:
            retry_after = str(max(1, math.ceil(wait)))
            self.told_to_wait("chat.postMessage", sent, retry_after)
            raise SlackError("ratelimited", status=429, headers={"Retry-After": retry_after})

    def posted(self, channel: str) -> None:
        """A post was taken."""
        now = self._team.now()
        self._last[channel] = now
        self._posted = [*(at for at in self._posted if now - at < MINUTE), now]

    def _channel_wait(self, channel: str) -> float:
        last = self._last.get(channel)
        return 0.0 if last is None else last + self._team.slack.channel_interval - self._team.now()

    def _workspace_wait(self) -> float:
        now, most = self._team.now(), self._team.slack.posts_per_minute
        recent = [at for at in self._posted if now - at < MINUTE]
        if most is None or len(recent) < most:
            return 0.0
        return recent[-most] + MINUTE - now if most else MINUTE


class Chat:
    """The chat.* methods, over the stand-in's workspace and clock."""

    def __init__(self, team: "Team", limits: Limits) -> None:
        self._team = team
        self._limits = limits
        self.methods: dict[str, Callable[[Json], Json]] = {
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.getPermalink": self._permalink,
        }

    def add(
        self, channel: str, text: str, blocks: list[Json], to: str | None, through: str = ""
    ) -> Message:
        """A new message of the bot."""
        workspace = self._team.workspace
        message = Message(
            self._team.next_ts(),
            channel,
            text,
            blocks,
            ephemeral_to=to,
            made_through=through,
            user=workspace.bot,
            bot_id=workspace.bot_id,
        )
        workspace.messages.append(message)
        return message

    def _post(self, sent: Json) -> Json:
        self._limits.check(sent)
        message = self._accept(sent, ephemeral_to=None)
        self._limits.posted(message.channel)
        return {"channel": message.channel, "ts": message.ts, "message": as_sent(message)}

    def _post_ephemeral(self, sent: Json) -> Json:
        if sent.get("user") not in self._team.workspace.people:
            raise SlackError("user_not_in_channel")
        message = self._accept(sent, ephemeral_to=sent["user"])
        return {"message_ts": message.ts}

    def _accept(self, sent: Json, *, ephemeral_to: str | None) -> Message:
        channel = self._channel(sent)
        if channel.is_archived:
            raise SlackError("is_archived")
        if self._team.workspace.bot not in channel.members:
            raise SlackError("not_in_channel")
        if channel.is_read_only and ephemeral_to is None:
            raise SlackError("restricted_action_read_only_channel")
        text, blocks = sent.get("text", ""), sent.get("blocks", [])
        refuse(self._problems(text, blocks))
        metadata = _metadata(sent)
        root = self._team.workspace.thread(channel.id, sent.get("thread_ts") or None)
        message = self.add(channel.id, text, blocks, ephemeral_to)
        # Slack has no error for a thread that is gone: the reply then stands in the channel itself.
        message.thread_ts, message.metadata = root.ts if root else None, metadata
        return message

    def _problems(self, text: str, blocks: Any) -> list[str]:  # noqa: ANN401 -- anything may be sent
        return check_message(text, blocks, data_blocks=self._team.workspace.data_blocks)

    def _update(self, sent: Json) -> Json:
        channel = self._channel(sent)
        if channel.is_archived:
            raise SlackError("is_inactive")
        message = self._message(channel, sent.get("ts"))
        if message.user != self._team.workspace.bot:
            raise SlackError("cant_update_message")
        text = sent.get("text", message.text)
        # Blocks stay only when neither they nor a new text are given.
        blocks = sent.get("blocks", [] if "text" in sent else message.blocks)
        problems = self._problems(text, blocks)
        if len(html.escape(html.unescape(text), quote=False).encode()) > LONGEST_UPDATE:
            problems.append("msg_too_long")
        refuse(problems)
        message.metadata = _metadata(sent) or message.metadata
        message.text, message.blocks, message.edited = text, blocks, True
        message.edited_at = f"{int(self._team.now())}.000000"
        answer = {"channel": channel.id, "ts": message.ts, "text": text}
        return {**answer, "message": as_sent(message)}

    def _delete(self, sent: Json) -> Json:
        message = self._message(self._channel(sent), sent.get("ts"))
        if message.user != self._team.workspace.bot:
            raise SlackError("cant_delete_message")
        message.deleted = True
        return {"channel": message.channel, "ts": message.ts}

    def _permalink(self, sent: Json) -> Json:
        message = self._message(self._channel(sent), sent.get("message_ts"))
        place = f"{message.channel}/p{message.ts.replace('.', '')}"
        domain = self._team.workspace.domain
        return {
            "channel": message.channel,
            "permalink": f"https://{domain}.slack.com/archives/{place}",
        }

    def _channel(self, sent: Json) -> Channel:
        channel = self._team.workspace.channels.get(str(sent.get("channel")))
        if channel is None or self._team.workspace.hides(channel):
            raise SlackError("channel_not_found")
        return channel

    def _message(self, channel: Channel, ts: object) -> Message:
        for message in self._team.workspace.messages:
            if (message.channel, message.ts) == (channel.id, ts) and _lasts(message):
                return message
        raise SlackError("message_not_found")


def as_sent(message: Message, *, whole_metadata: bool = True) -> Json:
    """A message as Slack's answers show it."""
    shown: Json = {
        "type": "message",
        "ts": message.ts,
        "text": message.text,
        "user": message.user,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "blocks": message.blocks,
    }
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.edited_at:
        shown["edited"] = {"user": message.user, "ts": message.edited_at}
    if message.metadata:
        kind = {"event_type": message.metadata["event_type"]}
        shown["metadata"] = message.metadata if whole_metadata else kind
    return shown


def _lasts(message: Message) -> bool:
    """An ephemeral message has no identity that a later call could name."""
    return not message.deleted and message.ephemeral_to is None


def _metadata(sent: Json) -> Json | None:
    metadata = sent.get("metadata")
    if metadata is None:
        return None
    well_formed = (
        isinstance(metadata, dict)
        and set(metadata) == {"event_type", "event_payload"}
        and isinstance(metadata["event_type"], str)
        and metadata["event_type"]
        and isinstance(metadata["event_payload"], dict)
    )
    if not well_formed:
        raise SlackError("invalid_metadata_format")
    return dict(metadata)
