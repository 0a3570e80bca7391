"""What the services need to send recaps elsewhere."""

from typing import Protocol

from bot.rendering.targets import Payload
from bot.subscriptions.outcomes import Result
from bot.subscriptions.sends import Send
from bot.subscriptions.targets import Target


class TargetSender(Protocol):
    """Where else recaps go. What the other side does comes back as a value, never as an error."""

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        """Hand ``payload`` over once, with ``key`` where the other side can tell a repetition.

        Nothing is repeated in here. ``Sent`` names the host and, where there is one, the message.
        """
        ...


class SendStore(Protocol):
    """What the command line has sent; every method may raise ``TryLater``."""

    async def find(self, key: str) -> Send | None:
        """The one with this key."""
        ...

    async def put(self, before: Send | None, after: Send) -> bool:
        """Write ``after`` in the place of ``before``, None where there is none yet.

        False, and nothing is written, when somebody else was faster.
        """
        ...
