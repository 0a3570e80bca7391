"""Who takes a message to which kind of target."""

from typing import Final

from bot.ports import TargetSender
from bot.rendering.targets import Payload
from bot.subscriptions.outcomes import Refused, Result
from bot.subscriptions.targets import Target, TargetKind

NO_MAIL: Final = "mail_not_set_up"


class Outbox:
    """``TargetSender`` for every kind of target; without ``mail``, e-mail is refused."""

    def __init__(self, webhooks: TargetSender, mail: TargetSender | None = None) -> None:
        self._webhooks = webhooks
        self._mail = mail

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        """Hand ``payload`` to the one who can take it there."""
        sender = self._mail if target.kind is TargetKind.EMAIL else self._webhooks
        return await sender.send(target, payload, key) if sender else Refused(NO_MAIL)
