"""What may become of one call to Slack or a target, as values; each stands for one decision."""

from dataclasses import dataclass

from bot.subscriptions.model import Pause


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is there."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Nothing was taken, and the same may work later.

    ``wait`` is the number of seconds that the other side asked for; ``hold`` means that it asked
    them of the whole workspace.
    """

    detail: str
    wait: float | None = None
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Unsure:
    """It is not known whether Slack took the message."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Nothing was taken, and nothing will be until a person does something about ``pause``."""

    pause: Pause
    code: str


@dataclass(frozen=True, slots=True)
class BadMessage:
    """Nothing was taken, because Slack does not like the message itself."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was taken, and nothing will be at this address until a person does something.

    It is what a webhook or a mailbox says; the channel of the same subscription may be fine.
    """

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """The message to edit, or the thread to reply in, is out of reach for ever.

    It was deleted, or the workspace lets nobody change it any more. The channel itself may be fine.
    """

    code: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """The channel was read, and the message is not in it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """The channel can't be read, so nobody can tell."""

    code: str


Outcome = Sent | Busy | Unsure | NotAllowed | BadMessage | Gone
Sighting = Sent | Busy | NotThere | Hidden
Result = Sent | Busy | Unsure | Refused | BadMessage
"""What may become of one message to a target."""
