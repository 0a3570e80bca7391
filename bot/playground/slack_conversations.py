"""What conversations.* and users.* tell a bot, page by page, and which scope each takes."""

import base64
import binascii
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from bot.playground.slack_chat import as_sent
from bot.playground.slack_errors import SlackError, missing_scope
from bot.playground.slack_workspace import Channel, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.slack_teams import Team

Json = dict[str, Any]
KINDS: Final = ("channels", "groups", "im")
PAGE: Final = 100


class Conversations:
    """The conversations.* and users.* methods, over the stand-in's workspace."""

    def __init__(self, team: "Team") -> None:
        self._team = team
        self.methods: dict[str, Callable[[Json], Json]] = {
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.members": self._members,
            "conversations.open": self._open,
            "conversations.replies": self._replies,
            "users.info": self._user,
        }

    def _channel(self, sent: Json, right: str) -> Channel:
        """The channel that was asked for, when the bot knows of it and may ``right`` it."""
        scopes = self._team.scopes
        channel = self._team.workspace.channels.get(str(sent.get("channel")))
        hidden = channel is None or self._team.workspace.hides(channel)
        if not scopes & {f"{kind}:{right}" for kind in KINDS}:
            kinds = KINDS if hidden or channel is None else (channel.kind,)
            raise missing_scope(",".join(f"{kind}:{right}" for kind in kinds), scopes)
        if channel is None or hidden:
            raise SlackError("channel_not_found")
        if (needed := f"{channel.kind}:{right}") not in scopes:
            raise missing_scope(needed, scopes)
        return channel

    def _history(self, sent: Json) -> Json:
        channel = self._readable(sent)
        limit, inclusive = _limit(sent, 999), _flag(sent.get("inclusive"))
        oldest, latest = _moment(sent, "oldest"), _moment(sent, "latest")
        before = _cursor(sent, "next_ts")
        found = [
            message
            for message in sorted(
                self._team.workspace.messages, key=lambda one: Decimal(one.ts), reverse=True
            )
            if message.channel == channel.id
            and (not message.deleted or self._team.workspace.replies(message))
            and message.ephemeral_to is None
            and message.thread_ts in {None, message.ts}
            and _within(Decimal(message.ts), oldest, latest, inclusive=inclusive)
            and (before is None or Decimal(message.ts) <= Decimal(before))
        ]
        whole = _flag(sent.get("include_all_metadata"))
        more = found[limit : limit + 1]
        return {
            "messages": [self._shown(message, whole_metadata=whole) for message in found[:limit]],
            "has_more": bool(more),
            **_next("next_ts", more[0].ts if more else None),
        }

    def _replies(self, sent: Json) -> Json:
        """A thread from its root on."""
        channel = self._readable(sent)
        root = self._team.workspace.thread(channel.id, sent.get("ts"))
        if root is None:
            raise SlackError("thread_not_found")
        limit, inclusive = _limit(sent, 1_000), _flag(sent.get("inclusive"))
        oldest, latest = _moment(sent, "oldest"), _moment(sent, "latest")
        after = _cursor(sent, "next_ts")
        found = [
            message
            for message in self._team.workspace.replies(root)
            if _within(Decimal(message.ts), oldest, latest, inclusive=inclusive)
            and (after is None or Decimal(message.ts) >= Decimal(after))
        ]
        whole = _flag(sent.get("include_all_metadata"))
        more = found[limit : limit + 1]
        # Whatever page and time were asked for, the root comes first.
        page = [root, *found[:limit]]
        return {
            "messages": [self._shown(message, whole_metadata=whole) for message in page],
            "has_more": bool(more),
            **_next("next_ts", more[0].ts if more else None),
        }

    def _readable(self, sent: Json) -> Channel:
        channel = self._channel(sent, "history")
        if self._team.workspace.bot not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _shown(self, message: Message, *, whole_metadata: bool) -> Json:
        """A message with what hangs from it; of a deleted root only its place is left."""
        shown = as_sent(message, whole_metadata=whole_metadata)
        replies = self._team.workspace.replies(message)
        if message.deleted:
            shown = {"type": "message", "subtype": "tombstone", "ts": message.ts, "hidden": True}
        if replies:
            thread = {"thread_ts": message.ts, "reply_count": len(replies)}
            shown |= thread | {"latest_reply": replies[-1].ts}
        return shown

    def _info(self, sent: Json) -> Json:
        channel = self._channel(sent, "read")
        shown: Json = {
            "id": channel.id,
            # Private channels have been channels, too, since 2021; only older ones are groups.
            "is_channel": not channel.is_im and not channel.id.startswith("G"),
            "is_group": channel.id.startswith("G"),
            "is_im": channel.is_im,
            "is_private": channel.is_private or channel.is_im,
            "is_archived": channel.is_archived,
            "is_member": self._team.workspace.bot in channel.members,
            "is_read_only": channel.is_read_only,
        }
        if channel.is_im:
            return {"channel": {**shown, "user": min(channel.members - {self._team.workspace.bot})}}
        return {"channel": {**shown, "name": channel.name}}

    def _members(self, sent: Json) -> Json:
        channel = self._channel(sent, "read")
        limit, first = _limit(sent, 1_000), _cursor(sent, "user")
        members = sorted(one for one in channel.members if first is None or one >= first)
        more = members[limit : limit + 1]
        return {"members": members[:limit], **_next("user", more[0] if more else None)}

    def _open(self, sent: Json) -> Json:
        users = str(sent.get("users") or "")
        if not users:
            raise SlackError("users_list_not_supplied")
        needed = "mpim:write" if "," in users else "im:write"
        if needed not in self._team.scopes:
            raise missing_scope(needed, self._team.scopes)
        if users not in self._team.workspace.people:
            raise SlackError("user_not_found")
        known = len(self._team.workspace.channels)
        channel = self._team.workspace.direct(users)
        if len(self._team.workspace.channels) > known:
            return {"channel": {"id": channel.id}}
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}

    def _user(self, sent: Json) -> Json:
        user = str(sent.get("user"))
        person = self._team.workspace.people.get(user)
        if person is None and user != self._team.workspace.bot:
            raise SlackError("user_not_found")
        name = person.name if person else "Recap"
        return {
            "user": {
                "id": user,
                "name": name.lower(),
                "real_name": name,
                "tz": person.tz if person else "America/Los_Angeles",
                "is_admin": bool(person and person.is_admin),
                "is_owner": False,
                "is_bot": person is None,
                "deleted": False,
            }
        }


def _limit(sent: Json, most: int) -> int:
    """How many to show; Slack's SDK leaves out what was not given."""
    given = str(sent.get("limit") or PAGE)
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise SlackError("invalid_limit")
    return int(given)


def _flag(value: object) -> bool:
    """A boolean, as JSON or as a form has it."""
    return str(value).lower() in {"1", "true"}


def _moment(sent: Json, key: str) -> Decimal | None:
    given = sent.get(key)
    try:
        # Both stand for no bound: Slack's defaults are 0 and now.
        return Decimal(str(given)) if given not in {None, "", "0"} else None
    except InvalidOperation:
        raise SlackError(f"invalid_ts_{key}") from None


def _within(
    ts: Decimal, oldest: Decimal | None, latest: Decimal | None, *, inclusive: bool
) -> bool:
    if inclusive and ts in {oldest, latest}:
        return True
    return (oldest is None or ts > oldest) and (latest is None or ts < latest)


def _cursor(sent: Json, kind: str) -> str | None:
    """Where the page begins."""
    given = str(sent.get("cursor") or "")
    if not given:
        return None
    try:
        found, _, place = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        found, place = "", ""
    if found != kind:
        raise SlackError("invalid_cursor")
    return place


def _next(kind: str, place: str | None) -> Json:
    cursor = base64.b64encode(f"{kind}:{place}".encode()).decode() if place else ""
    return {"response_metadata": {"next_cursor": cursor}}
