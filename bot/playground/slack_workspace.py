"""What is in a workspace of the stand-in: people, channels, messages, windows and App Homes."""

from dataclasses import dataclass, field
from typing import Any, Final

BOT: Final = "U0RECAPBOT"
BOT_ID: Final = "B0RECAP"
APP: Final = "A0RECAP"
"""``BOT`` and ``BOT_ID`` are the bot in the first workspace; the app is one in all of them."""


@dataclass(frozen=True)
class Enterprise:
    """An organization of Enterprise Grid; the app has one bot in all of its workspaces."""

    id: str = "E0GRID"
    name: str = "Acme Grid"
    domain: str = "acme-grid"
    bot: str = "W0RECAPBOT"
    bot_id: str = "B0RECAPGRID"


@dataclass(frozen=True)
class Person:
    """A member; ``tz`` is an IANA zone."""

    id: str
    name: str
    tz: str = "Europe/Berlin"
    is_admin: bool = False


@dataclass
class Channel:
    """A channel, or a person's conversation with the bot, and who is in it."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    is_archived: bool = False
    is_im: bool = False
    is_read_only: bool = False
    """Only a few may post, and the bot is none of them."""

    @property
    def kind(self) -> str:
        """How the scopes name it: ``channels``, ``groups`` or ``im``."""
        if self.is_im:
            return "im"
        return "groups" if self.is_private else "channels"


@dataclass
class Message:
    """A message as Slack keeps it; ``ephemeral_to`` is the one person who sees it, or None."""

    ts: str
    channel: str
    text: str
    blocks: list[dict[str, Any]]
    ephemeral_to: str | None = None
    edited: bool = False
    edited_at: str = ""
    """When the app changed it last, as Slack names moments."""
    deleted: bool = False
    made_through: str = ""
    """The ``response_url`` that made it, if one did."""
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    user: str = BOT
    bot_id: str = BOT_ID
    app_id: str = APP


@dataclass
class Workspace:
    """A workspace; no two stand-ins share one."""

    team: str = "T0ACME"
    name: str = "Acme Creators"
    domain: str = "acme"
    bot: str = BOT
    bot_id: str = BOT_ID
    enterprise: Enterprise | None = None
    """The organization that it belongs to, if it is one of several."""
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    windows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Open modals by person, the uppermost last."""
    window_errors: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the uppermost modal says under its inputs, by person and ``block_id``."""
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The published App Home of each person."""
    data_blocks: bool = True
    """Whether it knows ``data_table`` and ``data_visualization``; not every workspace does yet."""

    @classmethod
    def sample(cls) -> "Workspace":
        """Two people, and one channel of each kind that makes a difference."""
        return _peopled(cls(), "")

    @classmethod
    def another(cls, key: str, name: str, enterprise: Enterprise | None = None) -> "Workspace":
        """The sample again, with ``key`` at the end of every id: ``T0NORTH``, ``U0MIANORTH``."""
        bot, bot_id = f"{BOT}{key}", f"{BOT_ID}{key}"
        if enterprise:
            bot, bot_id = enterprise.bot, enterprise.bot_id
        return _peopled(cls(f"T0{key}", name, key.lower(), bot, bot_id, enterprise), key)

    def hides(self, channel: Channel) -> bool:
        """Whether ``channel`` does not exist for the bot."""
        return self.bot not in channel.members and (channel.is_private or channel.is_im)

    def direct(self, person: str) -> Channel:
        """The conversation of ``person`` with the bot; made when there was none."""
        name = f"D{person[1:]}"
        conversation = Channel(name, "directmessage", {person, self.bot}, is_im=True)
        return self.channels.setdefault(name, conversation)

    def replies(self, root: Message) -> list[Message]:
        """What stands in the thread under ``root``, oldest first."""
        return [
            message
            for message in self.messages
            if (message.channel, message.thread_ts) == (root.channel, root.ts)
            and message is not root
            and not message.deleted
            and message.ephemeral_to is None
        ]

    def thread(self, channel: str, ts: str | None) -> Message | None:
        """The root of the thread that ``ts`` belongs to, as long as Slack keeps it.

        A deleted root stays as a tombstone while there are replies under it.
        """
        if ts is None:
            return None
        meant = next(
            (
                one
                for one in self.messages
                if (one.channel, one.ts, one.ephemeral_to) == (channel, ts, None)
            ),
            None,
        )
        if meant is None or (meant.deleted and not self.replies(meant)):
            return None
        return self.thread(channel, meant.thread_ts) if meant.thread_ts else meant

    def seen_by(self, person: str, channel: str) -> list[Message]:
        """What ``person`` sees in ``channel``, oldest first."""
        return [
            message
            for message in self.messages
            if message.channel == channel
            and not message.deleted
            and message.ephemeral_to in {None, person}
        ]


def _peopled(made: Workspace, key: str) -> Workspace:
    mia = Person(f"U0MIA{key}", "Mia")
    kofi = Person(f"U0KOFI{key}", "Kofi", "America/New_York")
    everybody = {mia.id, kofi.id}
    channels = [
        Channel(f"C0GENERAL{key}", "general", everybody | {made.bot}),
        Channel(f"C0MARKETING{key}", "marketing", everybody | {made.bot}),
        Channel(f"C0LAUNCH{key}", "launch", set(everybody)),
        Channel(f"G0LEADS{key}", "leads", {mia.id, made.bot}, is_private=True),
        Channel(f"C0OLD{key}", "old", everybody | {made.bot}, is_archived=True),
    ]
    made.people = {person.id: person for person in (mia, kofi)}
    made.channels = {channel.id: channel for channel in channels}
    return made
