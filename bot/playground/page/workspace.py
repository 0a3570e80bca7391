"""The workspace that the page shows."""

from datetime import datetime, timedelta
from typing import Final

from bot.playground.slack_workspace import Message, Workspace

MIA: Final = "U0MIA"
KOFI: Final = "U0KOFI"
MARKETING: Final = "C0MARKETING"
SLACKBOT: Final = "USLACKBOT"
TALK: Final = (
    (MARKETING, KOFI, 190, "Morning! How did last week go?"),
    (MARKETING, MIA, 12, "Let me ask Recap."),
    ("C0LAUNCH", KOFI, 95, "Recap is not in here yet: `/invite @Recap` brings it in."),
    ("G0LEADS", MIA, 60, "Numbers for the leads only, please."),
)
"""Channel, person, how many minutes ago, and what they said."""


def acme(now: datetime) -> Workspace:
    """A channel of each kind, two people in different zones, and a little talk of today."""
    workspace = Workspace.sample()
    for number, (channel, person, ago, text) in enumerate(TALK):
        said_at = now - timedelta(minutes=ago)
        workspace.messages.append(said(channel, person, text, said_at.timestamp(), number))
    return workspace


def said(channel: str, person: str, text: str, at: float, number: int) -> Message:
    """A message that a person wrote, not the app."""
    ts = f"{int(at)}.9{number:05d}"
    return Message(ts, channel, text, [], user=person, bot_id="", app_id="")


def whispered(channel: str, to: str, text: str, at: float, number: int) -> Message:
    """What Slackbot tells one person alone."""
    message = said(channel, SLACKBOT, text, at, number)
    message.ephemeral_to = to
    return message
