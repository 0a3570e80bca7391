"""Who looks at what: the person, and the channel or the Home that they have open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.playground.page.stage import Stage
from bot.playground.page.viewer import Viewer
from bot.playground.page.workspace import MARKETING, MIA, SLACKBOT
from bot.playground.slack_workspace import BOT, Channel, Message, Person

HOME: Final = "home"
APP_NAME: Final = "Recap"


@dataclass(frozen=True)
class Look:
    """One person's view of the workspace; ``place`` is a channel's id or ``HOME``."""

    stage: Stage
    person: Person
    place: str

    @property
    def channel(self) -> Channel:
        """The open channel; beside the Home it is the conversation with Recap."""
        if self.place == HOME:
            return self.stage.slack.workspace.direct(self.person.id)
        return self.stage.slack.workspace.channels[self.place]

    @property
    def at_app(self) -> bool:
        """Whether the person is at the app's own place, and not in a channel."""
        return self.channel.is_im

    @property
    def viewer(self) -> Viewer:
        """For the renderer of blocks."""
        workspace = self.stage.slack.workspace
        return Viewer(
            self.person.id,
            self.person.tz,
            self.stage.clock.now(),
            names(self.stage),
            {one.id: one.name for one in workspace.channels.values() if not one.is_im},
        )

    def channels(self) -> list[Channel]:
        """The channels that the person sees, by name."""
        every = self.stage.slack.workspace.channels.values()
        return sorted((one for one in every if self.may_see(one)), key=lambda one: one.name)

    def may_see(self, channel: Channel) -> bool:
        """Whether the channel stands in the person's list."""
        return not channel.is_im and (not channel.is_private or self.person.id in channel.members)

    def messages(self, channel: Channel) -> list[Message]:
        """What the person sees there, oldest first, replies included."""
        return self.stage.slack.workspace.seen_by(self.person.id, channel.id)

    def unread(self, channel: Channel) -> int:
        """How many messages have come since the person was there; replies make no channel new."""
        known = self.stage.seen.get((self.person.id, channel.id), 0)
        return max(0, self._roots(channel) - known)

    def read(self) -> None:
        """Everything that is here has been seen."""
        if self.place != HOME:
            key = (self.person.id, self.channel.id)
            self.stage.seen[key] = self._roots(self.channel)

    def _roots(self, channel: Channel) -> int:
        return sum(one.thread_ts in {None, one.ts} for one in self.messages(channel))


def names(stage: Stage) -> Mapping[str, str]:
    """Everybody's name by id, the bot's too."""
    people = {one.id: one.name for one in stage.slack.workspace.people.values()}
    return {**people, BOT: APP_NAME, SLACKBOT: "Slackbot"}


def look(stage: Stage, asked: Mapping[str, object]) -> Look:
    """The view that ``asked`` names; what is unknown or hidden falls back to Mia in #marketing."""
    workspace = stage.slack.workspace
    person = workspace.people.get(str(asked.get("person")), workspace.people[MIA])
    place = str(asked.get("channel") or MARKETING)
    own = workspace.direct(person.id)
    channel = own if place == HOME else workspace.channels.get(place)
    here = Look(stage, person, place)
    if channel is None or not (channel is own or here.may_see(channel)):
        return Look(stage, person, MARKETING)
    return here
